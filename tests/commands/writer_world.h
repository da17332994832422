// World: a writer on a log in memory, with everything published.
#pragma once

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "commands/writer.h"
#include "ledger/values/field_hasher.h"
#include "projections/state.h"
#include "tests/support/manual_clock.h"
#include "tests/support/story.h"
#include "tests/support/watched_log.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every command
using tests::Story;

constexpr const char* kAccount = "1111-2222-3333";

inline CreateKey create(const std::string& name) {
  static std::uint32_t drawn = 0;
  ++drawn;
  return {.account = kAccount,
          .username = "ada",
          .name = name,
          .new_key_id = Story::key_id_of(KeyNumber{drawn}),
          .digest = sha256_digest(std::to_string(drawn))};
}

inline CommandContext with_id(const std::string& id) {
  return {.actor = OperatorActor{"uid:7"}, .origin = UnixOrigin{7}, .reason = "", .idempotency_id = id};
}

inline projections::Catalog catalog_of(const IndexedLog& log) {
  projections::Catalog catalog;
  const auto cursor = log.read(Position{1});
  REQUIRE(fold_some(**cursor, {}, 1'000'000, catalog).ok());
  return catalog;
}

inline Hash digest_of(const projections::Catalog& catalog) {
  FieldHasher hasher;
  catalog.add_to(hasher);
  return hasher.finish();
}

inline std::vector<Record> records_in(const IndexedLog& log) {
  std::vector<Record> records;
  const auto cursor = log.read(Position{1});
  for (;;) {
    auto record = (*cursor)->next();
    REQUIRE(record.ok());
    if (!record->has_value()) return records;
    records.push_back(std::move(**record));
  }
}

// A writer on a new log, or on the log of an earlier writer. Published records are kept, and replies are run.
class World {
 public:
  explicit World(tests::WatchedLog& log) : log_(log), writer_(parts()) {}
  // A writer that begins without a catalog.
  World(tests::WatchedLog& log, Writer::Supply supply) : log_(log), writer_(parts(std::move(supply))) {}

  Writer& writer() { return writer_; }

  std::future<Outcome> submit(Command command, CommandContext context = {}) {
    auto promise = std::make_shared<std::promise<Outcome>>();
    auto future = promise->get_future();
    writer_.submit(std::move(command), std::move(context),
                   [promise](Outcome outcome) { promise->set_value(std::move(outcome)); });
    return future;
  }

  Outcome run(Command command, CommandContext context = {}) {
    return submit(std::move(command), std::move(context)).get();
  }

  Done done(Command command, CommandContext context = {}) {
    Outcome outcome = run(std::move(command), std::move(context));
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) FAIL(refusal->message());
    if (const auto* error = std::get_if<Error>(&outcome)) FAIL(error->message());
    return std::get<Done>(std::move(outcome));
  }

  RefusalCode refusal(Command command, CommandContext context = {}) {
    const Outcome outcome = run(std::move(command), std::move(context));
    REQUIRE(std::holds_alternative<Refusal>(outcome));
    return std::get<Refusal>(outcome).code;
  }

  Error error(Command command) {
    const Outcome outcome = run(std::move(command));
    REQUIRE(std::holds_alternative<Error>(outcome));
    return std::get<Error>(outcome);
  }

  // Everything published so far. To be called only after all commands have been answered.
  const std::vector<Record>& published() const { return published_; }

  tests::ManualClock clock{tests::kStoryBegins};
  // Called when the writer asks for the time. Set before use.
  std::function<void()> at_clock = [] {};
  std::atomic<std::uint64_t> durable = 0;

 private:
  Writer::Parts parts(Writer::Supply supply = {}) {
    return {.log = log_,
            .index = log_,
            .catalog = supply ? std::nullopt : std::optional(catalog_of(log_)),
            .clock =
                [this] {
                  at_clock();
                  return clock.now();
                },
            .publish =
                [this](std::vector<Record> records, std::vector<Writer::Reply> replies) {
                  published_.insert(published_.end(), records.begin(), records.end());
                  for (const auto& reply : replies) reply();
                },
            .note_durable =
                [this](const LogHead& head) {
                  durable = head.position.value();
                  durable.notify_all();
                  return Result<void>();
                },
            .supply = std::move(supply),
            .supply_patience = std::chrono::milliseconds(0)};
  }

  tests::WatchedLog& log_;
  std::vector<Record> published_;
  Writer writer_;
};

inline void begin(World& world) {
  world.done(OpenAccount{kAccount, "Acme"});
  world.done(RegisterUser{kAccount, "ada", StaffFlag::kStaff});
}

}  // namespace keyledger::commands
