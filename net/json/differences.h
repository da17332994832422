// The report of an import as JSON, and the names of the classes of differences. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <vector>

#include "commands/difference.h"

namespace keyledger::net {

// Returns the fields of a row under the names of docs/cli.md.
boost::json::object json_of(const commands::Difference& difference);

// Returns the row as a sentence: "user bob: active: true here, false there (flags)".
std::string text_of(const commands::Difference& difference);

// Returns every class's name, and "all".
std::vector<std::string> difference_class_names();

// Returns the classes of these names, each from difference_class_names() (ENSURE).
commands::DifferenceSet difference_set_of(std::span<const std::string> names);

// Counts the differences that are neither taken nor ignored.
struct DifferencesLeft {
  std::uint64_t all = 0;
  std::uint64_t dangerous = 0;
  commands::DifferenceSet dangerous_classes;
};
DifferencesLeft left_of(const commands::ImportReport& report, commands::DifferenceSet ignored);

// Returns the rows that are not ignored.
std::vector<commands::Difference> rows_of(const commands::ImportReport& report,
                                          commands::DifferenceSet ignored);

}  // namespace keyledger::net
