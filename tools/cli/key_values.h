// What is said of a key on the command line, as values. Each answers with nothing, and the usage shown, if
// the text is not what it should be.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/cli/cli.h"

namespace keyledger::tools::cli {

// NAME=VALUE each.
std::optional<std::vector<ledger::Annotation>> parse_annotations(Cli& cli,
                                                                 const std::vector<std::string>& texts,
                                                                 int& status);

// REQUESTS/TIME, or "none".
std::optional<std::optional<ledger::RateLimit>> parse_limit(Cli& cli, const std::string& text, int& status);

// CIDR notation each.
std::optional<std::vector<ledger::AddressRange>> parse_ranges(Cli& cli, const std::vector<std::string>& texts,
                                                              int& status);

}  // namespace keyledger::tools::cli
