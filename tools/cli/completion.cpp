// completion prints scripts for shells.
#include <memory>

#include "tools/cli/cli.h"
#include "tools/help/completion.h"
#include "tools/program/exit_status.h"

namespace keyledger::tools::cli {
namespace {

int print_script(Cli& cli, const std::string& name) {
  const help::Shell shell = name == "bash"  ? help::Shell::kBash
                            : name == "zsh" ? help::Shell::kZsh
                                            : help::Shell::kFish;
  cli.out() << completion_script(help::command_tree_of(cli.app()), shell);
  return program::kExitDone;
}

}  // namespace

void add_completion_verbs(Cli& cli) {
  auto shell = std::make_shared<std::string>();
  CLI::App& verb =
      *cli.app().add_subcommand("completion", "Print a script that completes commands in a shell");
  verb.add_option("SHELL", *shell, "The shell: bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  cli.on(verb, [&cli, shell] { return print_script(cli, *shell); });
}

}  // namespace keyledger::tools::cli
