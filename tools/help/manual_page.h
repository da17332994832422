// Manual pages, in the macros of man(7), written out from a program's tree of commands.
//
// The program, each noun and each verb has a page of its own, named as its words joined with dashes.
// What the tree cannot tell, because it holds for a program as a whole, is in Manual. A page has no
// date: it would be that of the build, and two builds of one version would differ. Pure functions; any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/help/command_tree.h"

namespace keyledger::tools::help {

struct ManualEntry {
  std::string term;
  std::string meaning;
};

struct Manual {
  CommandNode program;
  int section = 1;
  std::string version;
  std::vector<ManualEntry> exit_statuses;
  std::vector<ManualEntry> environment;
  std::vector<std::string> see_also;  // of other programs, "keyledgerd(8)"
};

// "keyledger-key-create".
std::string page_name(const CommandPlace& place);

// The page of a command of `manual.program`.
std::string manual_page(const Manual& manual, const CommandPlace& place);

// The text so that roff shows it as it is, and no line of it is taken for a request.
std::string roff_text(std::string_view text);

}  // namespace keyledger::tools::help
