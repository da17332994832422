// keyledgerd: the daemon of one ledger.
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <memory>

#include "ledger/disk/directory.h"
#include "ledger/disk/snapshot_file.h"
#include "net/daemon.h"
#include "projections/state_snapshot.h"
#include "tools/daemon/archiver.h"
#include "tools/daemon/catalog_maker.h"
#include "tools/daemon/options.h"
#include "tools/daemon/snapshotter.h"
#include "tools/daemon/stop_signal.h"
#include "tools/offline/fold_log.h"
#include "tools/offline/snapshots.h"
#include "tools/program/exit_status.h"
#include "tools/program/system.h"

namespace keyledger::tools::daemon {
namespace {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;

int fail(const Error& error) {
  std::cerr << "keyledgerd: " << error.message() << "\n" << error.advice() << "\n";
  return program::exit_status_of(static_cast<std::uint16_t>(error.code));
}

// Returns the exit status for an error of the configuration: unusable input is wrong usage.
int fail_usage(const Error& error) {
  const int status = fail(error);
  return status == program::kExitRefused ? program::kExitUsage : status;
}

void set_limits() {
  // Ten thousand connections need as many descriptors.
  rlimit descriptors{};
  if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
  }
  // A core dump would hold the tokens of the last questions.
  const rlimit no_core{};
  setrlimit(RLIMIT_CORE, &no_core);
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

// Leaves the closing digest, and returns the exit status. After a failure, or if the state was never
// complete, no digest is left.
int leave_digest(ledger::LedgerDirectory& directory, const net::Daemon& daemon) {
  const auto closing = daemon.closing_digest();
  if (!closing) {
    const auto failure = daemon.failure();
    return failure ? program::exit_status_of(static_cast<std::uint16_t>(failure->code)) : program::kExitDone;
  }
  if (auto left = directory.leave_closing_digest({.position = closing->position,
                                                  .digest = closing->digest,
                                                  .definition = projections::kStateDigestDefinition});
      !left) {
    spdlog::error("the digest of the last state was not written: {}", left.error().message());
    return program::exit_status_of(static_cast<std::uint16_t>(left.error().code));
  }
  return program::kExitDone;
}

void warn(const std::string& warning) { spdlog::warn("{}", warning); }

void note_snapshot(ledger::Position position) {
  spdlog::info("a snapshot was taken at position {}", position.value());
}

// Leaves a snapshot of the last state, if the state has changed since the newest snapshot.
void leave_snapshot(ledger::LedgerDirectory& directory, const net::Daemon& daemon, ledger::Position newest,
                    std::uint64_t every) {
  const auto closing = daemon.closing_state();
  if (!closing || closing->access.position() == newest) return;
  const auto head = directory.index().head();
  if (head.position != closing->access.position())
    return warn("no snapshot was written: the log continues after the state");
  const auto spacing = offline::snapshot_spacing(directory, every);
  const auto written = offline::write_snapshot(directory, head, spacing, [&](ledger::ByteSink& sink) {
    write_state(closing->catalog, closing->access, sink);
    return offline::Written::kWhole;
  });
  if (!written) warn("no snapshot was written: " + written.error().message());
}

// The time since the program started.
class Uptime {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// A daemon with the parts that the daemon needs for its whole life.
struct Begun {
  ledger::Position newest;  // of the snapshot that it begins with; kBeforeFirst: none
  std::unique_ptr<CatalogMaker> catalog;
  std::unique_ptr<net::Daemon> daemon;

  // Returns the position of the newest snapshot without damage. Called after the daemon was stopped.
  ledger::Position newest_sound(ledger::Position newest_now) const {
    const bool is_damaged = catalog != nullptr && catalog->has_passed_over() && newest_now == newest;
    return is_damaged ? ledger::kBeforeFirst : newest_now;
  }
};

// Logs the moment from which commands are answered, or the reason why no command will be answered.
commands::Writer::Supply supply_from(CatalogMaker& maker, const Uptime& uptime) {
  return [&maker, &uptime](const std::stop_token& stop) {
    auto catalog = maker.make(stop);
    if (catalog) {
      spdlog::info("commands and lists are answered, {:.3f} s after the start", uptime.seconds());
    } else if (!stop.stop_requested()) {
      spdlog::critical("no command and no list will be answered: {}. {}", catalog.error().message(),
                       catalog.error().advice());
    }
    return catalog;
  };
}

// With a snapshot, folds only the half of the state that verdicts need, and leaves the other half to the
// daemon. Without a snapshot, folds the whole state.
Result<Begun> begin(ledger::LedgerDirectory& directory, net::Daemon::Parts parts, const Uptime& uptime) {
  const ledger::Position head = directory.log().end().position;
  output::ProgressBar progress(std::cerr, program::standard_error_is_terminal(), program::system_clock(),
                               {.label = "replaying", .unit = "events", .total = head.value()});
  offline::HotStart hot = offline::newest_access(directory, warn);
  Begun begun{.newest = hot.position(), .catalog = {}, .daemon = {}};
  if (hot.snapshot == nullptr) {
    auto state = offline::fold_log(directory.log(), {}, progress,
                                   projections::State{.catalog = projections::Catalog(parts.hash_key)});
    if (!state) return state.error();
    begun.daemon = std::make_unique<net::Daemon>(std::move(parts), std::move(*state));
    return begun;
  }
  spdlog::info("the state was loaded from the snapshot at position {}", begun.newest.value());
  auto access = offline::fold_log(directory.log(), {}, progress, std::move(hot.access));
  if (!access) return access.error();
  begun.catalog = std::make_unique<CatalogMaker>(CatalogMaker::Parts{.ledger = directory,
                                                                     .start = std::move(hot),
                                                                     .head = head,
                                                                     .counts = offline::counts_of(*access),
                                                                     .hash_key = parts.hash_key,
                                                                     .warn = warn});
  begun.daemon = std::make_unique<net::Daemon>(std::move(parts), std::move(*access),
                                               supply_from(*begun.catalog, uptime));
  return begun;
}

int serve(const DaemonConfig& config, const std::vector<net::Endpoint>& endpoints, const Uptime& uptime) {
  set_limits();
  program::keep_new_files_from_others();
  std::array<std::uint8_t, 16> random{};
  if (!program::draw_randomness(random)) return fail({ErrorCode::kRandomness, ""});
  projections::HashKey hash_key;
  if (!program::draw_randomness({reinterpret_cast<std::uint8_t*>(&hash_key), sizeof hash_key})) {
    return fail({ErrorCode::kRandomness, ""});
  }
  auto opened = ledger::open_ledger(config.data, ledger::uuid_from_random(random));
  if (!opened) return fail(opened.error());
  ledger::LedgerDirectory& directory = **opened;
  ledger::remove_unfinished_snapshot(ledger::snapshots_of(directory.path()));
  const auto note_durable = [&](const ledger::LogHead& durable) {
    return directory.note_durable_head(durable);
  };
  const auto begin_past_state = [&](const projections::FoldLimit& limit) {
    return offline::newest_snapshot(directory, hash_key, limit, warn);
  };
  auto begun = begin(directory,
                     {.log = directory.log(),
                      .index = directory.index(),
                      .clock = program::system_clock(),
                      .entropy = program::draw_randomness,
                      .ledger_id = ledger::to_string(directory.id()),
                      .version = program::program_version(),
                      .note_durable = note_durable,
                      .use_durability = durability_of(config.durability),
                      .threads = config.threads,
                      .hash_key = hash_key,
                      .begin_past_state = begin_past_state},
                     uptime);
  if (!begun) return fail(begun.error());
  net::Daemon& daemon = *begun->daemon;
  note_stop_signals();
  if (auto listening = listen_everywhere(daemon, endpoints); !listening) return fail(listening.error());
  spdlog::info("serving ledger {} in {}, at position {}", ledger::to_string(directory.id()),
               directory.path().string(), directory.log().end().position.value());
  daemon.start();
  spdlog::info("verdicts are given, {:.3f} s after the start", uptime.seconds());
  Snapshotter snapshotter(directory, {.every = *config.snapshot_every,
                                      .hash_key = hash_key,
                                      .newest = begun->newest,
                                      .taken = note_snapshot});
  snapshotter.start();
  Archiver archiver(directory, archive_age_of(config.archive_after), program::system_clock());

  spdlog::info("stopping on signal {}", wait_for_stop_signal());
  daemon.stop();
  archiver.stop();
  snapshotter.stop();
  // The digest comes first, because the digest takes a moment, and a process that is killed during the
  // snapshot has left the digest already.
  const int status = leave_digest(directory, daemon);
  if (*config.snapshot_every != 0) {
    leave_snapshot(directory, daemon, begun->newest_sound(snapshotter.newest()), *config.snapshot_every);
  }
  return status;
}

int run(int argc, char** argv) {
  const Uptime uptime;
  CLI::App app{kDaemonDescription};
  DaemonOptions options;
  add_daemon_options(app, options, program::default_data_directory().string());
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return std::string("keyledgerd: ") + error.what() + "\nSee keyledgerd --help.\n";
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? program::kExitDone : program::kExitUsage;
  }
  const auto config = merge_config(options.config, options.config_file);
  if (!config) return fail_usage(config.error());
  // Endpoints are checked first, so that no ledger is created that no client could reach.
  const auto endpoints = parse_endpoints(config->listen);
  if (!endpoints) return fail_usage(endpoints.error());
  spdlog::set_default_logger(spdlog::stderr_color_mt("keyledgerd"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %n %l: %v", spdlog::pattern_time_type::utc);
  spdlog::set_level(spdlog::level::from_str(config->log_level));
  return serve(*config, *endpoints, uptime);
}

}  // namespace
}  // namespace keyledger::tools::daemon

int main(int argc, char** argv) {
  keyledger::tools::daemon::end_on_stop_signals();
  signal(SIGPIPE, SIG_IGN);
  return keyledger::tools::daemon::run(argc, argv);
}
