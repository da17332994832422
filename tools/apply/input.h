// Splits the input of `keyledger apply` into entries and checks every entry before anything is done.
//
// A file is read as JSON lines if its name ends in .jsonl or .json, or if its first character outside blanks
// and comments is '{'; otherwise as YAML. One line of JSON or one YAML document is one entry: a command, a
// record of an export, or a manifest of Smarter. Blank lines and lines beginning with '#' are skipped. Pure;
// any thread.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ledger/values/error.h"
#include "ledger/values/timestamp.h"
#include "net/service/messages.h"
#include "tools/apply/older_export.h"
#include "tools/apply/smarter_manifest.h"

namespace keyledger::tools::apply {

struct InputFile {
  std::string name;  // as shown in messages
  std::string text;
};

// The place of an entry. The file's name is a view into the input.
struct InputPlace {
  std::string_view file;
  std::size_t line = 0;  // from 1

  friend bool operator==(const InputPlace&, const InputPlace&) = default;
};

// An entry: a line of JSON as a view into the input, or a YAML document already read.
struct ApplyEntry {
  InputPlace place;
  std::variant<std::string_view, boost::json::object> content;
};

// The action of one entry.
struct ApplyStep {
  std::string name;  // "key.create", "record key", "SmarterAuthToken"
  boost::json::object json;
  std::variant<net::RunCommand, SmarterManifest> action;
};

struct ApplyFault {
  InputPlace place;
  std::string what;

  friend bool operator==(const ApplyFault&, const ApplyFault&) = default;
};

struct ApplyPlan {
  std::vector<ApplyEntry> entries;
  std::map<std::string_view, OlderExport>
      exports;                     // by file, for files that begin with the policy of an export
  std::vector<ApplyFault> faults;  // in the order of the input; with any fault, nothing must be done
};

// Checks every entry. The steps are not kept, because a large input would have too many. The files must
// outlive the plan.
ApplyPlan plan_of(std::span<const InputFile> files, ledger::Timestamp now);

// Returns the step of one entry, or all faults of the entry in one line of text.
ledger::Result<ApplyStep, std::string> step_of(const ApplyEntry& entry, ledger::Timestamp now);
// Returns the step of an entry of a plan without faults.
ApplyStep step_of(const ApplyEntry& entry, const ApplyPlan& plan, ledger::Timestamp now);

}  // namespace keyledger::tools::apply
