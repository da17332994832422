#include "tools/daemon/options.h"

#include <CLI/CLI.hpp>

#include "tools/daemon/snapshotter.h"
#include "tools/program/option_checks.h"
#include "tools/program/system.h"

namespace keyledger::tools::daemon {

const char* const kDaemonDescription =
    "Serves a Keyledger ledger: answers authentication queries and records every use.\n"
    "Runs until SIGINT, SIGTERM or SIGHUP. See also: keyledger --help";

void add_daemon_options(CLI::App& app, DaemonOptions& options, const std::string& default_data) {
  DaemonConfig& config = options.config;
  app.add_option("--data", config.data,
                 "The ledger's directory; created if it does not exist (default: KEYLEDGER_DATA, else " +
                     default_data + ")")
      ->check(program::not_empty())
      ->type_name("DIR");
  app.add_option("--listen", config.listen,
                 "The address to listen on: unix:PATH or tcp:HOST:PORT (loopback only; port 0: any free "
                 "port); may be repeated (default: DIR/keyledger.sock)");
  app.add_option("--snapshot-every", config.snapshot_every,
                 "Take a snapshot of the state after this many events, and when the daemon stops; 0: never "
                 "(default: " +
                     std::to_string(kEventsPerSnapshot) + ")")
      ->check(program::digits_only())
      ->type_name("EVENTS");
  app.add_option("--archive-after", config.archive_after,
                 "Move records that are older than this into the ledger's archive: 90d, 52w; none: never "
                 "(default: none)")
      ->check(program::length_of_time_or_none())
      ->type_name("AGE");
  app.add_option("--config", options.config_file,
                 "A TOML file with data, listen, log_level, durability, threads, snapshot_every and "
                 "archive_after; options of the command line take precedence")
      ->check(program::not_empty())
      ->type_name("FILE");
  app.add_option("--log-level", config.log_level,
                 "Log messages of at least this level: debug, info, warn or error (default: info)")
      ->check(CLI::IsMember(log_levels()));
  app.add_option("--durability", config.durability,
                 "Where a use must be stored before its verdict is sent: with the operating system "
                 "(written), on the disk (synced), or nowhere yet, but with the operating system within 5 ms "
                 "(buffered) (default: written)")
      ->check(CLI::IsMember(durabilities()));
  app.add_option("--threads", config.threads,
                 "The number of threads that serve connections, each of which needs a processor (default: 1)")
      ->check(CLI::Range(std::size_t{1}, kServingThreadsMax))
      ->type_name("N");
  app.set_version_flag("--version", "keyledgerd " + program::program_version());
}

}  // namespace keyledger::tools::daemon
