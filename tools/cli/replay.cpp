// replay rebuilds the state from the whole log of a ledger and checks the log.
#include <chrono>
#include <iostream>
#include <memory>

#include "ledger/disk/directory.h"
#include "ledger/values/key_digest.h"
#include "tools/cli/cli.h"
#include "tools/offline/replay.h"
#include "tools/program/exit_status.h"
#include "tools/program/option_checks.h"
#include "tools/program/system.h"

namespace keyledger::tools::cli {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Position;

namespace {

struct ReplayFlags {
  std::uint64_t to = 0;
  CLI::Option* to_option = nullptr;
  bool check = false;
};

// Returns the digest of the state of this ledger's daemon, or nothing if no daemon answers.
std::optional<offline::KnownDigest> ask_daemon(const std::filesystem::path& data, const std::string& connect,
                                               const std::string& ledger_id) {
  const std::string text = connect.empty() ? "unix:" + ledger::default_socket_of(data).string() : connect;
  const auto endpoint = net::parse_endpoint(text);
  if (!endpoint) return std::nullopt;
  const auto client = net::Client::connect(*endpoint);
  if (!client) return std::nullopt;
  const auto answer = (*client)->state_digest();
  if (!answer || answer->ledger_id != ledger_id) return std::nullopt;
  return offline::KnownDigest{.source = "live", .position = answer->position, .digest = answer->digest};
}

// The digests to compare the state with.
struct Known {
  std::vector<offline::KnownDigest> digests;
  // The reason why the digest of the last daemon cannot be compared. The check reports the reason after
  // everything else was checked.
  std::optional<Error> unusable_closing;
};

// Returns all digests to compare the state with. The daemon is asked before the log is opened, because the
// log must reach the position of the daemon's answer.
ledger::Result<Known> known_digests(const std::filesystem::path& data, const std::string& connect) {
  Known all;
  std::vector<offline::KnownDigest>& known = all.digests;
  auto opened = ledger::open_ledger_to_read(data);
  if (!opened) return opened.error();
  const auto closing = (*opened)->closing_digest();
  if (!closing) {
    all.unusable_closing = closing.error();
  } else if (*closing && (*closing)->definition == projections::kStateDigestDefinition) {
    known.push_back({.source = "closing", .position = (*closing)->position, .digest = (*closing)->digest});
  }
  if (auto live = ask_daemon(data, connect, ledger::to_string((*opened)->id()))) known.push_back(*live);
  return all;
}

boost::json::value json_of(const std::vector<offline::Comparison>& comparisons) {
  boost::json::array all;
  for (const offline::Comparison& each : comparisons) {
    all.push_back(boost::json::object{{"with", each.known.source},
                                      {"position", each.known.position.value()},
                                      {"digest", ledger::to_hex(each.known.digest)},
                                      {"agrees", each.agrees}});
  }
  return all;
}

// Returns the first difference, or nothing.
std::optional<Error> find_fault(const offline::Replayed& replayed, const ledger::Hash& root) {
  if (replayed.root != root) return Error{ErrorCode::kRootDiffers, ledger::to_hex(root)};
  if (replayed.index && replayed.index->difference)
    return Error{ErrorCode::kIndexDiffers, *replayed.index->difference};
  for (const offline::Comparison& each : replayed.comparisons) {
    if (!each.agrees) {
      return Error{ErrorCode::kStateDiffers,
                   each.known.source + " state at position " + std::to_string(each.known.position.value())};
    }
  }
  return std::nullopt;
}

void explain(Cli& cli, const offline::Replayed& replayed) {
  std::ostream& err = cli.err();
  if (replayed.comparisons.empty()) {
    err << "The Merkle root was checked. There was no state to compare with: no daemon answered for this "
           "ledger, and no daemon left a digest at a position that the replay passed.\n";
  }
  for (const offline::Comparison& each : replayed.comparisons) {
    err << (each.known.source == "live" ? "The live state" : "The state that the daemon left when it stopped")
        << " at position " << each.known.position.value() << (each.agrees ? " agrees.\n" : " DIFFERS.\n");
  }
}

int replay(Cli& cli, const ReplayFlags& flags) {
  if (cli.data().empty())
    return cli.usage("replay reads a ledger's directory: name the directory with --data DIR");
  Known known;
  if (flags.check) {
    auto found = known_digests(cli.data(), program::environment("KEYLEDGER_CONNECT"));
    if (!found) return cli.fail(found.error());
    known = std::move(*found);
  }
  const auto opened = ledger::open_ledger_to_read(cli.data());
  if (!opened) return cli.fail(opened.error());
  const ledger::Log& log = (*opened)->log();
  const ledger::LogIndex& index = (*opened)->index();
  const ledger::LogHead head = index.head();
  std::optional<Position> to;
  if (flags.to_option->count() > 0) to = Position{flags.to};
  if (to && head.position < *to) return cli.fail(Error{ErrorCode::kNoSuchPosition, std::to_string(flags.to)});

  output::ProgressBar progress(
      std::cerr, program::standard_error_is_terminal(), cli.clock(),
      {.label = "replaying", .unit = "events", .total = to.value_or(head.position).value()});
  // The indexes are those of the whole log.
  const auto check = flags.check && to.value_or(head.position) == head.position
                         ? (*opened)->begin_index_check()
                         : std::unique_ptr<ledger::IndexCheck>();
  const auto began = std::chrono::steady_clock::now();
  const auto replayed = replay_log(
      log, index, to, flags.check ? offline::TreeHashing::kHashAnew : offline::TreeHashing::kTrustLog,
      known.digests, progress, check.get());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  progress.clear();
  if (!replayed) return cli.fail(replayed.error());

  const auto root = index.root_at(replayed->records);
  if (!root) return cli.fail(root.error());

  const auto events = static_cast<double>(replayed->state.position().value());
  boost::json::object json{
      {"position", replayed->state.position().value()},
      {"records", replayed->records},
      {"seconds", took.count()},
      {"events_per_second", took.count() > 0 ? std::uint64_t(events / took.count()) : 0},
      {"state_digest", ledger::to_hex(state_digest_of(replayed->state.catalog, replayed->state.access))},
      {"root_hash", ledger::to_hex(replayed->root)}};
  if (flags.check) {
    json["root_agrees"] = replayed->root == *root;
    if (replayed->index) json["indexes_agree"] = !replayed->index->difference;
    // Below a table, sentences show the comparisons.
    if (cli.format() != output::OutputFormat::kTable) json["comparisons"] = json_of(replayed->comparisons);
  }
  write_object(cli.out(), cli.format(), json);
  if (!flags.check) return program::kExitDone;
  explain(cli, *replayed);
  auto fault = find_fault(*replayed, *root);
  if (!fault) fault = known.unusable_closing;
  return fault ? cli.fail(*fault) : program::kExitDone;
}

}  // namespace

void add_replay_verbs(Cli& cli) {
  auto flags = std::make_shared<ReplayFlags>();
  CLI::App& verb = *cli.app().add_subcommand("replay", "Rebuild the state from the whole log in --data DIR");
  flags->to_option = verb.add_option("--to", flags->to, "Stop after the event at this position")
                         ->check(program::digits_only());
  verb.add_flag("--check", flags->check,
                "Check the Merkle root and the indexes, and compare the rebuilt state with that of a running "
                "daemon and with "
                "the digest that the last daemon left when it stopped");
  cli.on(verb, [&cli, flags] { return replay(cli, *flags); });
}

}  // namespace keyledger::tools::cli
