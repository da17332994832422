// docs/refusals.md, made from the one table of codes. Pure.
#pragma once

#include <string>

namespace keyledger::tools::help {

// The page as Markdown, as `keyledger refusals --page` prints it. A test holds the file to it.
std::string refusals_page();

}  // namespace keyledger::tools::help
