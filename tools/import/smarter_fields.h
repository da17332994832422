// Adapts Smarter's texts, tags and annotations to the limits of the ledger.
//
// Smarter allows more than the ledger: a description of any length, a name with any characters. A value
// beyond the limits is changed as little as possible, or left out. Each change is reported through `report`
// with its reason; nothing is changed silently. Pure except for these calls; one thread.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "commands/command.h"
#include "tools/import/dump_objects.h"
#include "tools/import/smarter_rows.h"

namespace keyledger::tools::import {

// Receives each change of a field: the field, and a description of the change.
using ReportField = std::function<void(DumpField field, std::string reason)>;

// Returns the first of company name, name and number that is a valid name.
std::string fitting_account_name(const AccountRow& row, const ReportField& report);

// Returns the client's own name, or one made from `number`, the client's primary key in its project.
std::string fitting_client_name(const ClientRow& row, std::string_view number, const ReportField& report);

// Returns the key's own name, short enough for a number after it, or "smarter_20261121" from the day of
// creation.
std::string fitting_key_name(const SmarterTokenRow& row, ledger::Timestamp created,
                             const ReportField& report);

// Returns the text without control characters, cut to the length allowed for descriptions.
std::string fitting_description(const std::string& text, const ReportField& report);

// Returns the valid tags of the list, each once.
std::vector<std::string> fitting_tags(const boost::json::value& list, const ReportField& report);

// Returns one annotation for each member of the objects in the list; a value other than a text becomes
// compact JSON. A version other than Smarter's default becomes the annotation "smarter.sh/version".
std::vector<ledger::Annotation> fitting_annotations(const SmarterTokenRow& row, const ReportField& report);

}  // namespace keyledger::tools::import
