// Generates manual pages, in the macros of man(7), from a program's tree of commands.
//
// The program, each noun and each verb have a page each, named by the words of the command joined with
// dashes. `Manual` adds facts about the program as a whole that the tree does not contain. A page has no
// date, because a build date would make two builds of one version differ. Pure functions; any thread.
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
  std::vector<std::string> see_also;  // pages of other programs: "keyledgerd(8)"
};

// Returns the name of the page: "keyledger-key-create".
std::string page_name(const CommandPlace& place);

// Returns the page of a command of `manual.program`.
std::string manual_page(const Manual& manual, const CommandPlace& place);

// Returns the text escaped for roff: roff shows the text unchanged and takes no line for a request.
std::string roff_text(std::string_view text);

}  // namespace keyledger::tools::help
