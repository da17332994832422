// What the values of options are held to before anything is done with them.
#pragma once

#include <CLI/CLI.hpp>

namespace keyledger::tools::program {

// Of an option that names something. An empty text is most often a variable that was never set, and it must
// not be taken for an option that was not given: that would ask another, wider question.
CLI::Validator not_empty();

// Of an option that takes a length of time ("90d"), or "none".
CLI::Validator length_of_time_or_none();

// Of an option that takes a position of the log, or a number of events.
CLI::Validator digits_only();

}  // namespace keyledger::tools::program
