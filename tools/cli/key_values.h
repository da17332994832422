// Converts texts of the command line into values of a key. If a text is not valid, each function prints the
// usage, sets `status` and returns nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/cli/cli.h"

namespace keyledger::tools::cli {

// Each text has the form NAME=VALUE.
std::optional<std::vector<ledger::Annotation>> parse_annotations(Cli& cli,
                                                                 const std::vector<std::string>& texts,
                                                                 int& status);

// The text has the form REQUESTS/TIME, or is "none" for no limit.
std::optional<std::optional<ledger::RateLimit>> parse_limit(Cli& cli, const std::string& text, int& status);

// Each text is an address or a range in CIDR notation.
std::optional<std::vector<ledger::AddressRange>> parse_ranges(Cli& cli, const std::vector<std::string>& texts,
                                                              int& status);

}  // namespace keyledger::tools::cli
