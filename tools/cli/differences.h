// The options --take and --ignore, and the differences left by an import, for `import django` and `apply`.
#pragma once

#include <string>
#include <vector>

#include "net/json/differences.h"
#include "tools/cli/cli.h"

namespace keyledger::tools::cli {

struct DifferenceFlags {
  std::vector<std::string> take;
  std::vector<std::string> ignore;

  commands::DifferenceSet taken() const { return net::difference_set_of(take); }
  commands::DifferenceSet ignored() const { return net::difference_set_of(ignore); }
};

// Adds the options to a verb. `there` names the imported thing: "the dump".
void add_difference_options(CLI::App& verb, DifferenceFlags& flags, const std::string& there);

// Writes every row of a class outside `ignored`, and nothing else, to standard output.
void print_difference_rows(Cli& cli, const commands::ImportReport& report, commands::DifferenceSet ignored);

// Says on standard error how many dangerous differences are left, and how to end the differences. Returns the
// exit status: kExitRefused while a dangerous difference is neither taken nor ignored.
int warn_of_dangers(Cli& cli, const net::DifferencesLeft& left);

}  // namespace keyledger::tools::cli
