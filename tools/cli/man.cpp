// man prints the manual pages of both programs.
#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <memory>
#include <system_error>

#include "ledger/values/printable_text.h"
#include "tools/cli/cli.h"
#include "tools/daemon/options.h"
#include "tools/help/manual_page.h"
#include "tools/program/exit_status.h"
#include "tools/program/option_checks.h"
#include "tools/program/system.h"

namespace keyledger::tools::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDaemon = "keyledgerd";

// Describes where the default ledger is, for any machine that the page may be read on.
const std::vector<help::ManualEntry>& default_places() {
  static const std::vector<help::ManualEntry> places = {
      {"KEYLEDGER_DATA", "The default ledger's directory, for keyledgerd and for the default socket."},
      {"XDG_STATE_HOME",
       "Without KEYLEDGER_DATA, the default ledger is in its directory keyledger, or in /var/lib/keyledger "
       "for root."},
      {"HOME", "Without XDG_STATE_HOME, the default ledger is in its directory .local/state/keyledger."}};
  return places;
}

help::Manual manual_of_keyledger(const CLI::App& app) {
  help::Manual manual{
      .program = help::command_tree_of(app),
      .section = 1,
      .version = program::program_version(),
      .exit_statuses =
          {{std::to_string(program::kExitDone), "Done, or allowed."},
           {std::to_string(program::kExitRefused),
            "Refused by a rule, denied, or input that cannot be used."},
           {std::to_string(program::kExitUsage), "The command line is not understood."},
           {std::to_string(program::kExitUnreachable),
            "A daemon, a ledger or a file cannot be reached or opened, or the output cannot be written."},
           {std::to_string(program::kExitCorrupt), "Corruption was found."}},
      .environment = {{"KEYLEDGER_CONNECT",
                       "The daemon, if --connect does not name one: unix:PATH or tcp:HOST:PORT."},
                      {"KEYLEDGER_API_KEY",
                       "The key that whoami asks about, if --api-key does not give one."}},
      .see_also = {std::string(kDaemon) + "(8)"}};
  manual.environment.insert(manual.environment.end(), default_places().begin(), default_places().end());
  return manual;
}

help::Manual manual_of_keyledgerd() {
  CLI::App app(daemon::kDaemonDescription, kDaemon);
  daemon::DaemonOptions options;
  add_daemon_options(
      app, options,
      "/var/lib/keyledger for root, else $XDG_STATE_HOME/keyledger or ~/.local/state/keyledger");
  return {
      .program = help::command_tree_of(app),
      .section = 8,
      .version = program::program_version(),
      .exit_statuses = {{std::to_string(program::kExitDone), "Stopped by a signal, with everything written."},
                        {std::to_string(program::kExitUsage),
                         "The command line or the configuration is not understood."},
                        {std::to_string(program::kExitUnreachable),
                         "The ledger or an endpoint cannot be opened, or a write had failed."},
                        {std::to_string(program::kExitCorrupt), "Corruption was found."}},
      .environment = default_places(),
      .see_also = {"keyledger(1)"}};
}

struct ManFlags {
  std::vector<std::string> words;
  std::string all;
};

int print_page(Cli& cli, const std::vector<std::string>& words) {
  const bool of_daemon = words == std::vector<std::string>{kDaemon};
  const help::Manual manual = of_daemon ? manual_of_keyledgerd() : manual_of_keyledger(cli.app());
  std::vector<std::string> wanted = {manual.program.name};
  if (!of_daemon) wanted.insert(wanted.end(), words.begin(), words.end());
  for (const help::CommandPlace& place : every_command(manual.program)) {
    if (place.words != wanted) continue;
    cli.out() << manual_page(manual, place);
    return program::kExitDone;
  }
  return cli.usage("there is no command " + ledger::quoted(fmt::format("{}", fmt::join(words, " "))));
}

int write_pages(Cli& cli, const fs::path& directory) {
  const auto fail = [&](const fs::path& path, const std::error_code& why) {
    cli.err() << "keyledger: " << ledger::printable(path.string()) << " cannot be written: " << why.message()
              << "\n";
    return program::kExitUnreachable;
  };
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return fail(directory, error);
  for (const help::Manual& manual : {manual_of_keyledger(cli.app()), manual_of_keyledgerd()}) {
    for (const help::CommandPlace& place : every_command(manual.program)) {
      const fs::path path = directory / (page_name(place) + "." + std::to_string(manual.section));
      errno = 0;
      std::ofstream file(path, std::ios::binary | std::ios::trunc);
      file << manual_page(manual, place);
      file.close();
      if (!file) return fail(path, {errno == 0 ? EIO : errno, std::generic_category()});
    }
  }
  return program::kExitDone;
}

}  // namespace

void add_man_verbs(Cli& cli) {
  auto flags = std::make_shared<ManFlags>();
  CLI::App& verb = *cli.app().add_subcommand("man", "Print the manual page of a command, for man -l -");
  CLI::Option* words = verb.add_option(
      "COMMAND", flags->words, "The command, such as key create, or keyledgerd (default: keyledger itself)");
  verb.add_option("--all", flags->all, "Write the pages of all commands into this directory instead")
      ->type_name("DIR")
      ->check(program::not_empty())
      ->excludes(words);
  cli.on(verb, [&cli, flags] {
    return flags->all.empty() ? print_page(cli, flags->words) : write_pages(cli, flags->all);
  });
}

}  // namespace keyledger::tools::cli
