// The verbs `list` and `show`, which several nouns have.
#pragma once

#include <functional>
#include <string>

#include "projections/rows.h"
#include "tools/cli/cli.h"

namespace keyledger::tools::cli {

// Adds `list` and `show NAME` to a noun.
void add_list_verbs(Cli& cli, CLI::App& noun, projections::RowKind kind, const std::string& name,
                    const std::string& placeholder);

using AskRows = std::function<net::Answer<ledger::Position>(Source&, const Source::EachRows&)>;

// Asks the source and prints each row on arrival. Returns the exit status.
int print_rows(Cli& cli, projections::RowKind kind, const AskRows& ask);

}  // namespace keyledger::tools::cli
