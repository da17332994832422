// Reads values about a key from the command line. If a text is wrong, a function prints the usage, sets the
// status and returns nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/cli/cli.h"

namespace keyledger::tools::cli {

// Each text is NAME=VALUE.
std::optional<std::vector<ledger::Annotation>> parse_annotations(Cli& cli,
                                                                 const std::vector<std::string>& texts,
                                                                 int& status);

// The text is REQUESTS/TIME, or "none".
std::optional<std::optional<ledger::RateLimit>> parse_limit(Cli& cli, const std::string& text, int& status);

// Each text is a range in CIDR notation.
std::optional<std::vector<ledger::AddressRange>> parse_ranges(Cli& cli, const std::vector<std::string>& texts,
                                                              int& status);

}  // namespace keyledger::tools::cli
