// Generates docs/refusals.md from the table of codes. Pure.
#pragma once

#include <string>

namespace keyledger::tools::help {

// Returns the page as Markdown; `keyledger refusals --page` prints the page, and a test compares
// docs/refusals.md.
std::string refusals_page();

}  // namespace keyledger::tools::help
