#include "tools/daemon/options.h"

#include <CLI/CLI.hpp>

#include "tools/daemon/snapshotter.h"
#include "tools/program/option_checks.h"
#include "tools/program/system.h"

namespace keyledger::tools::daemon {

const char* const kDaemonDescription =
    "The daemon of a Keyledger ledger: answers authentication queries and records every use.\n"
    "It serves until SIGINT, SIGTERM or SIGHUP. See also: keyledger --help";

void add_daemon_options(CLI::App& app, DaemonOptions& options, const std::string& default_data) {
  DaemonConfig& config = options.config;
  app.add_option(
         "--data", config.data,
         "The ledger's directory; created if missing (default: KEYLEDGER_DATA, else " + default_data + ")")
      ->check(program::not_empty())
      ->type_name("DIR");
  app.add_option(
      "--listen", config.listen,
      "unix:PATH or tcp:HOST:PORT (loopback; port 0: any); may be repeated (default: DIR/keyledger.sock)");
  app.add_option("--snapshot-every", config.snapshot_every,
                 "Take a snapshot of the state after so many events, and at a stop; 0: never (default: " +
                     std::to_string(kEventsPerSnapshot) + ")")
      ->check(program::digits_only())
      ->type_name("EVENTS");
  app.add_option(
         "--archive-after", config.archive_after,
         "Move what is older than this into the ledger's archive: 90d, 52w; none: never (default: none)")
      ->check(program::length_of_time_or_none())
      ->type_name("AGE");
  app.add_option(
         "--config", options.config_file,
         "A TOML file with data, listen, log_level, durability, threads, snapshot_every and archive_after; "
         "flags win over it")
      ->check(program::not_empty())
      ->type_name("FILE");
  app.add_option("--log-level", config.log_level, "debug, info, warn or error (default: info)")
      ->check(CLI::IsMember(log_levels()));
  app.add_option("--durability", config.durability,
                 "What has happened to a use before its verdict is sent: it is with the operating system "
                 "(written), on the disk (synced), or on its way, within 5 ms (buffered) (default: written)")
      ->check(CLI::IsMember(durabilities()));
  app.add_option("--threads", config.threads,
                 "How many threads serve connections, one processor each (default: 1)")
      ->check(CLI::Range(std::size_t{1}, kServingThreadsMax))
      ->type_name("N");
  app.set_version_flag("--version", "keyledgerd " + program::program_version());
}

}  // namespace keyledger::tools::daemon
