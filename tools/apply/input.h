// What `keyledger apply` is given, taken apart and checked before anything is done.
//
// A file is JSON lines if its name ends in .jsonl or .json, or if the first character that is neither
// blank nor in a comment is '{'; else it is YAML. One line, or one YAML document, is one entry: a
// command, a record of an export, or a manifest of Smarter. Blank lines and lines that begin with '#'
// are skipped. Pure; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ledger/values/error.h"
#include "ledger/values/timestamp.h"
#include "net/service/messages.h"
#include "tools/apply/smarter_manifest.h"

namespace keyledger::tools::apply {

struct InputFile {
  std::string name;  // as messages show it
  std::string text;
};

// Where something is written; the file's name belongs to the input.
struct InputPlace {
  std::string_view file;
  std::size_t line = 0;  // from 1

  friend bool operator==(const InputPlace&, const InputPlace&) = default;
};

// A line of JSON belongs to the input; a YAML document has been read already.
struct ApplyEntry {
  InputPlace place;
  std::variant<std::string_view, boost::json::object> content;
};

// What an entry asks for.
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
  std::vector<ApplyFault> faults;  // in the order of the input; if there is any, nothing is to be done
};

// Checks every entry and keeps none of the steps: of a large input there would be too many. The files
// outlive the plan.
ApplyPlan plan_of(std::span<const InputFile> files, ledger::Timestamp now);

// What one entry asks for, or everything that is wrong with it in one line.
ledger::Result<ApplyStep, std::string> step_of(const ApplyEntry& entry, ledger::Timestamp now);

}  // namespace keyledger::tools::apply
