// `list` and `show`, which every noun has.
#pragma once

#include <functional>
#include <string>

#include "projections/rows.h"
#include "tools/cli/cli.h"

namespace keyledger::tools::cli {

// `list`, and `show NAME` of one.
void add_list_verbs(Cli& cli, CLI::App& noun, projections::RowKind kind, const std::string& name,
                    const std::string& placeholder);

using AskRows = std::function<net::Answer<ledger::Position>(Source&, const Source::EachRows&)>;

// Asks the source and prints the rows as they come.
int print_rows(Cli& cli, projections::RowKind kind, const AskRows& ask);

}  // namespace keyledger::tools::cli
