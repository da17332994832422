// Checks of option values, made while the command line is parsed, before anything is done.
#pragma once

#include <CLI/CLI.hpp>

namespace keyledger::tools::program {

// Accepts any text except the empty one, for options that name something. An empty text is usually a shell
// variable nobody has set. Treating an empty text as an absent option would ask a different, wider question.
CLI::Validator not_empty();

// Accepts a length of time ("90d") or "none".
CLI::Validator length_of_time_or_none();

// Accepts a decimal number: a position of the log, or a count of events.
CLI::Validator digits_only();

}  // namespace keyledger::tools::program
