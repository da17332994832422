// keyledgerd: the daemon of one ledger.
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "ledger/ledger_directory.h"
#include "ledger/snapshot_file.h"
#include "net/daemon.h"
#include "projections/state_snapshot.h"
#include "tools/archiver.h"
#include "tools/daemon_options.h"
#include "tools/exit_status.h"
#include "tools/fold_log.h"
#include "tools/snapshots.h"
#include "tools/snapshotter.h"
#include "tools/system.h"

namespace keyledger::tools {
namespace {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;

int fail(const Error& error) {
  std::cerr << "keyledgerd: " << error.message() << "\n" << error.advice() << "\n";
  return exit_status_of(static_cast<std::uint16_t>(error.code));
}

// Of what the daemon was told: input that cannot be used is wrong usage.
int fail_usage(const Error& error) {
  const int status = fail(error);
  return status == kExitRefused ? kExitUsage : status;
}

void set_limits() {
  // Ten thousand connections need as many descriptors.
  rlimit descriptors{};
  if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
  }
  // An image of this process would hold the tokens that were asked about last.
  const rlimit no_core{};
  setrlimit(RLIMIT_CORE, &no_core);
}

// Blocked in every thread, so that this one can wait for them.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

Result<std::vector<net::Endpoint>> parse_endpoints(const std::vector<std::string>& texts) {
  std::vector<net::Endpoint> endpoints;
  for (const std::string& text : texts) {
    auto endpoint = net::parse_endpoint(text);
    if (!endpoint) return endpoint.error();
    endpoints.push_back(std::move(*endpoint));
  }
  return endpoints;
}

Result<void> listen_everywhere(net::Daemon& daemon, const std::vector<net::Endpoint>& endpoints) {
  for (const net::Endpoint& endpoint : endpoints) {
    const auto bound = daemon.listen(endpoint);
    if (!bound) return bound.error();
    spdlog::info("listening on {}", net::to_string(*bound));
  }
  return {};
}

// The exit status: that of a failed write if there was one, after which nothing is claimed.
int leave_digest(ledger::LedgerDirectory& directory, const net::Daemon& daemon) {
  const auto closing = daemon.closing_digest();
  if (!closing) return exit_status_of(static_cast<std::uint16_t>(ErrorCode::kWriteFailed));
  if (auto left = directory.leave_closing_digest({.position = closing->position,
                                                  .digest = closing->digest,
                                                  .definition = projections::kStateDigestDefinition});
      !left) {
    spdlog::warn("{}", left.error().message());
  }
  return kExitDone;
}

void warn(const std::string& warning) { spdlog::warn("{}", warning); }

void note_snapshot(ledger::Position position) { spdlog::info("a snapshot at position {}", position.value()); }

// Of the state as it ended, if there is anything new in it.
void leave_snapshot(ledger::LedgerDirectory& directory, const net::Daemon& daemon, ledger::Position newest) {
  const auto closing = daemon.closing_state();
  if (!closing || closing->access.position() == newest) return;
  const auto head = directory.log().head();
  if (head.position != closing->access.position()) return warn("no snapshot was left: the log goes on");
  const auto written = write_snapshot(directory, head, [&](ledger::ByteSink& sink) {
    write_state(closing->catalog, closing->access, sink);
    return Written::kWhole;
  });
  if (!written) warn("no snapshot was left: " + written.error().message());
}

int serve(const DaemonConfig& config, const std::vector<net::Endpoint>& endpoints) {
  sigset_t signals = block_stop_signals();
  set_limits();
  // A ledger says who holds keys and uses them: that is for its owner and group.
  ::umask(0027);
  std::array<std::uint8_t, 16> random{};
  if (!draw_randomness(random)) return fail({ErrorCode::kRandomness, ""});
  projections::HashKey hash_key;
  if (!draw_randomness({reinterpret_cast<std::uint8_t*>(&hash_key), sizeof hash_key})) {
    return fail({ErrorCode::kRandomness, ""});
  }
  auto opened = ledger::open_ledger(config.data, ledger::uuid_from_random(random));
  if (!opened) return fail(opened.error());
  ledger::LedgerDirectory& directory = **opened;
  ledger::remove_unfinished_snapshot(ledger::snapshots_of(directory.path()));
  const auto head = directory.log().head();
  ProgressBar progress(std::cerr, standard_error_is_terminal(), system_clock(),
                       {.label = "folding", .unit = "events", .total = head.position.value()});
  projections::State start = newest_snapshot(directory, hash_key, {}, warn);
  const ledger::Position newest = start.position();
  if (newest != ledger::kBeforeFirst) {
    spdlog::info("the state begins with a snapshot at position {}", newest.value());
  }
  auto state = fold_log(directory.log(), {}, progress, std::move(start));
  progress.clear();
  if (!state) return fail(state.error());

  net::Daemon daemon({.log = directory.log(),
                      .clock = system_clock(),
                      .entropy = draw_randomness,
                      .ledger_id = ledger::to_string(directory.id()),
                      .version = program_version(),
                      .note_durable =
                          [&](const ledger::LogHead& durable) {
                            if (auto noted = directory.note_durable_head(durable); !noted) {
                              spdlog::error("{}", noted.error().message());
                            }
                          },
                      .use_durability = durability_of(config.durability),
                      .threads = config.threads,
                      .hash_key = hash_key},
                     std::move(*state));
  if (auto listening = listen_everywhere(daemon, endpoints); !listening) return fail(listening.error());
  daemon.start();
  Snapshotter snapshotter(
      directory,
      {.every = *config.snapshot_every, .hash_key = hash_key, .newest = newest, .taken = note_snapshot});
  Archiver archiver(directory, archive_age_of(config.archive_after), system_clock());
  spdlog::info("ledger {} in {} at position {}", ledger::to_string(directory.id()), directory.path().string(),
               head.position.value());

  int signal_number = 0;
  sigwait(&signals, &signal_number);
  spdlog::info("stopping on signal {}", signal_number);
  daemon.stop();
  archiver.stop();
  snapshotter.stop();
  // First what takes a moment: whoever has no patience for the rest loses nothing by it.
  const int status = leave_digest(directory, daemon);
  if (*config.snapshot_every != 0) leave_snapshot(directory, daemon, snapshotter.newest());
  return status;
}

int run(int argc, char** argv) {
  CLI::App app{kDaemonDescription};
  DaemonOptions options;
  add_daemon_options(app, options, default_data_directory().string());
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return std::string("keyledgerd: ") + error.what() + "\nSee keyledgerd --help.\n";
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitUsage;
  }
  const auto config = merge_config(options.config, options.config_file);
  if (!config) return fail_usage(config.error());
  // Before a ledger is made that nobody could reach.
  const auto endpoints = parse_endpoints(config->listen);
  if (!endpoints) return fail_usage(endpoints.error());
  spdlog::set_default_logger(spdlog::stderr_color_mt("keyledgerd"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %n %l: %v", spdlog::pattern_time_type::utc);
  spdlog::set_level(spdlog::level::from_str(config->log_level));
  return serve(*config, *endpoints);
}

}  // namespace
}  // namespace keyledger::tools

int main(int argc, char** argv) { return keyledger::tools::run(argc, argv); }
