// Live equals replayed: for all events, and for every order in which the live halves of the state take events
// in, folding the log from the beginning gives the same state.
#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <random>

#include "commands/authenticator.h"
#include "commands/decide.h"
#include "ledger/append/memory_log.h"
#include "projections/state.h"
#include "tests/support/manual_clock.h"
#include "tests/support/seed.h"
#include "tests/support/story.h"

namespace keyledger::commands {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every command
using projections::Catalog;
using projections::State;
using tests::Story;

// A ledger under random use, on a single thread. Commands are appended at once and published later, as if a
// sync were under way; uses are judged and written in between.
class RandomLedger {
 public:
  explicit RandomLedger(std::uint64_t seed) : random_(seed) {}

  void step() {
    clock_.pass(static_cast<std::int64_t>(pick(2'000'000)) - 50'000);
    switch (pick(8)) {
      case 0:
        return publish(1 + pick(3));
      case 1:
      case 2:
      case 3:
        for (std::uint64_t i = pick(5); i > 0; --i) ask();
        REQUIRE(authenticator_.flush().ok());
        return;
      default:
        return command();
    }
  }

  void publish_all() {
    publish(unpublished_.size());
    REQUIRE(authenticator_.flush_all().ok());
  }

  Hash live_digest() const { return state_digest_of(catalog_, authenticator_.access()); }
  const IndexedLog& log() const { return *log_; }
  bool all_published() const { return unpublished_.empty(); }

 private:
  std::uint64_t pick(std::uint64_t end) {
    return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random_);
  }

  std::string account() { return "0000-0000-000" + std::to_string(pick(3)); }
  std::string client() { return "client " + std::to_string(pick(4)); }
  std::string user() { return "user " + std::to_string(pick(4)); }
  std::string key_name() { return "key " + std::to_string(pick(6)); }

  std::string key() {
    if (pick(3) > 0 || catalog_.keys() == 0) return user() + "/" + key_name();
    const KeyNumber number{static_cast<std::uint32_t>(1 + pick(catalog_.keys()))};
    return to_string(catalog_.key(number).key_id.uuid);
  }

  Command draw_command() {
    const auto staff = pick(4) == 0 ? StaffFlag::kNotStaff : StaffFlag::kStaff;
    const auto fresh = static_cast<std::uint32_t>(++drawn_);
    switch (pick(12)) {
      case 0:
        return OpenAccount{account(), "an account"};
      case 1:
        return RegisterUser{account(), user(), staff};
      case 2:
        return RegisterClient{account(), client(), Story::client_id_of(ClientNumber{fresh})};
      case 3:
      case 4:
        return draw_key(fresh);
      case 5:
        return ActivateKey{key()};
      case 6:
        return DeactivateKey{key()};
      case 7:
        return ToggleKey{key()};
      case 8:
        return pick(3) == 0 ? Command(DeleteKey{key()}) : Command(ToggleKey{key()});
      case 9:
        return AssignKey{key(), account() + "/" + client()};
      case 10:
        return UnassignKey{key(), account() + "/" + client()};
      default:
        return draw_import(fresh, staff);
    }
  }

  Command draw_key(std::uint32_t fresh) {
    const std::string token = "token " + std::to_string(fresh);
    tokens_.push_back(token);
    CreateKey command{.account = account(),
                      .username = user(),
                      .name = key_name(),
                      .new_key_id = Story::key_id_of(KeyNumber{fresh}),
                      .digest = knox5_digest(token)};
    if (pick(3) == 0) command.expiry = later_by(clock_.now(), static_cast<std::int64_t>(pick(60'000'000)));
    return command;
  }

  Command draw_import(std::uint32_t fresh, StaffFlag staff) {
    ImportKeys import{.account = account()};
    import.users.push_back({.username = user(),
                            .staff = staff,
                            .active = pick(4) == 0 ? ActiveFlag::kInactive : ActiveFlag::kActive});
    for (std::uint64_t i = pick(3); i > 0; --i) {
      const std::string token = "imported " + std::to_string(pick(30));
      tokens_.push_back(token);
      import.keys.push_back(
          {.username = import.users[0].username,
           .base_name = "knox",
           .digest = knox5_digest(token),
           .created = tests::kStoryBegins,
           .active = pick(4) == 0 ? ActiveFlag::kInactive : ActiveFlag::kActive,
           .new_key_id = Story::key_id_of(KeyNumber{fresh + 1'000'000 * static_cast<std::uint32_t>(i)})});
    }
    return import;
  }

  void command() {
    auto decided = decide(catalog_, draw_command(), std::max(clock_.now(), log_->head().time));
    if (!decided || decided->events.empty()) return;
    Record record{.time = std::max(clock_.now(), log_->head().time), .events = std::move(decided->events)};
    REQUIRE(log_->append(log_->head().position, std::span(&record, 1)).ok());
    REQUIRE(catalog_.apply(record).ok());
    unpublished_.push_back(std::move(record));
  }

  void publish(std::size_t count) {
    for (; count > 0 && !unpublished_.empty(); --count) {
      REQUIRE(authenticator_.apply(std::span(&unpublished_.front(), 1)).ok());
      unpublished_.pop_front();
    }
  }

  void ask() {
    const std::string token = tokens_.empty() || pick(6) == 0 ? "nobody's" : tokens_[pick(tokens_.size())];
    const std::string asked = pick(2) == 0 ? "" : client();
    projections::Question question{.token = token, .client = asked};
    if (pick(8) == 0) question.token.reset();
    if (pick(2) == 0) question.address = parse_address("192.0.2." + std::to_string(pick(5)));
    authenticator_.authenticate(question);
  }

  Result<void> append_uses(std::span<Record> records) {
    for (Record& record : records) record.time = std::max(record.time, log_->head().time);
    if (auto appended = log_->append(log_->head().position, records); !appended) return appended.error().why;
    return {};
  }

  std::mt19937_64 random_;
  tests::ManualClock clock_{tests::kStoryBegins};
  std::unique_ptr<IndexedLog> log_ = make_memory_log();
  Catalog catalog_;
  std::deque<Record> unpublished_;
  Authenticator authenticator_{
      {}, [this](std::span<Record> records) { return append_uses(records); }, clock_.clock(), Timestamp{}};
  std::vector<std::string> tokens_;
  std::uint64_t drawn_ = 0;
};

State replayed(const IndexedLog& log, const projections::FoldLimit& limit = {}) {
  State state;
  const auto cursor = log.read(Position{1});
  REQUIRE(cursor.ok());
  const auto progress = fold_some(**cursor, limit, 1'000'000, state);
  if (!progress) FAIL(progress.error().message());
  return state;
}

TEST_CASE("the live state is the replayed state, at every position where the live state is whole") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  for (std::uint64_t round = 0; round < 30; ++round) {
    CAPTURE(round);
    RandomLedger ledger(seed * 1'000 + round);
    std::map<Position, Hash> live;
    for (int i = 0; i < 400; ++i) {
      ledger.step();
      if (i % 8 == 0) ledger.publish_all();
      if (ledger.all_published()) live[ledger.log().head().position] = ledger.live_digest();
    }
    REQUIRE(live.size() > 50);
    for (const auto& [position, digest] : live) {
      CAPTURE(position.value());
      const State state = replayed(ledger.log(), {.position = position});
      REQUIRE(state.position() == position);
      REQUIRE(state_digest_of(state.catalog, state.access) == digest);
    }
  }
}

TEST_CASE("a fold to any position of a random history stops exactly there") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  RandomLedger ledger(seed);
  for (int i = 0; i < 150; ++i) ledger.step();
  const State whole = replayed(ledger.log());
  const Position head = ledger.log().head().position;
  REQUIRE(whole.position() == head);
  for (Position position{0}; position < head; position = position.next()) {
    CAPTURE(position.value());
    const State state = replayed(ledger.log(), {.position = position});
    REQUIRE(state.position() == position);
  }
}

}  // namespace
}  // namespace keyledger::commands
