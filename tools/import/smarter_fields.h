// Smarter's texts, tags and annotations, made to fit what the ledger allows.
//
// Smarter allows more than the ledger does: a description of any length, a name of any characters. What does
// not fit is changed as little as it can be, or left out, and each time `report` is told what and why;
// nothing is changed silently. Pure but for that call; one thread.
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

// Something of one object that does not come over as it was: the field, and what became of it.
using ReportField = std::function<void(DumpField field, std::string reason)>;

// The first of company name, name and number that can be a name.
std::string fitting_account_name(const AccountRow& row, const ReportField& report);

// The client's own name, or one made of `number`, which names it in its project.
std::string fitting_client_name(const ClientRow& row, std::string_view number, const ReportField& report);

// The key's own name with room for a number behind it, or "smarter_20261121" after the day it was created.
std::string fitting_key_name(const SmarterTokenRow& row, ledger::Timestamp created,
                             const ReportField& report);

// Without control characters, cut to what a description may have.
std::string fitting_description(const std::string& text, const ReportField& report);

// Those of the list that can be tags, each once.
std::vector<std::string> fitting_tags(const boost::json::value& list, const ReportField& report);

// Of a list of objects, each member is one; a value that is no text becomes compact JSON. A version other
// than Smarter's default is the annotation "smarter.sh/version".
std::vector<ledger::Annotation> fitting_annotations(const SmarterTokenRow& row, const ReportField& report);

}  // namespace keyledger::tools::import
