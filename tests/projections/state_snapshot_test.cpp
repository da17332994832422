// A state read from a snapshot equals the state written: in every answer, and after every later fold.
#include "projections/state_snapshot.h"

#include <algorithm>
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "projections/lookup.h"
#include "projections/rows.h"
#include "projections/snapshot_fields.h"
#include "tests/support/memory_sections.h"
#include "tests/support/modelled_ledger.h"
#include "tests/support/seed.h"
#include "tests/support/story.h"

namespace keyledger::projections {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold
using tests::Story;

Hash digest_of(const State& state) { return state_digest_of(state.catalog, state.access); }

State restored(const State& state) {
  auto read = tests::state_from(tests::sections_of(state), state.position(), {.first = 3, .second = 4});
  if (!read) FAIL("a state that was written is read");
  return std::move(*read);
}

// Everything that lists show, with digests, and the results of looking up every name, id and digest.
struct Answers {
  std::vector<Row> rows;
  std::vector<std::optional<KeyNumber>> keys;
  std::vector<std::size_t> lists;

  friend bool operator==(const Answers&, const Answers&) = default;
};

void look_for_key(const State& state, KeyNumber number, Answers& answers) {
  const Key key = state.catalog.key(number);
  const NameMatch<KeyNumber> named = state.catalog.resolve_key(key.name);
  answers.keys.push_back(named.ambiguous ? kNoKey : named.number);
  answers.keys.push_back(state.catalog.find_key(key.owner, key.name));
  answers.keys.push_back(state.catalog.find_key_id(key.key_id));
  answers.keys.push_back(state.catalog.find_digest(state.access.whole_digest_of(number)));
  answers.keys.push_back(state.access.find_digest(state.access.whole_digest_of(number)).key);
  for (const Superseded& before : state.access.superseded(number)) {
    answers.keys.push_back(state.catalog.find_digest(before.digest));
    answers.keys.push_back(state.access.find_digest(before.digest).key);
  }
}

void look_for_withdrawals(const State& state, Answers& answers) {
  const Catalog& catalog = state.catalog;
  for (std::uint32_t i = 1; i <= catalog.clients(); ++i) {
    const Client& client = catalog.client(ClientNumber{i});
    const auto removed = catalog.withdrawals().removed_client(client.account, client.name);
    answers.lists.push_back(removed.value_or(kNoClient).value());
    answers.lists.push_back((client.opened ? 1U : 0U) + (client.removed_by_import ? 2U : 0U));
    for (std::uint32_t key = 1; key <= catalog.keys(); ++key) {
      answers.lists.push_back(catalog.withdrawals().was_unassigned(KeyNumber{key}, ClientNumber{i}) ? 1 : 0);
    }
  }
  for (std::uint32_t i = 1; i <= catalog.users(); ++i) {
    for (const Account& account : catalog.accounts()) {
      answers.lists.push_back(catalog.withdrawals().has_left(UserNumber{i}, account.number) ? 1 : 0);
    }
  }
}

Answers answers_of(const State& state) {
  Answers answers;
  for (const RowKind kind :
       {RowKind::kPolicy, RowKind::kAccounts, RowKind::kUsers, RowKind::kClients, RowKind::kKeys}) {
    for (std::size_t place = 0; place < rows_in(state.catalog, kind); ++place) {
      Row row = row_of(state.catalog, kind, place);
      complete(state.access, place, tests::kStoryBegins, row, Digests::kInclude);
      answers.rows.push_back(std::move(row));
    }
  }
  for (std::uint32_t i = 1; i <= state.catalog.keys(); ++i) look_for_key(state, KeyNumber{i}, answers);
  for (std::uint32_t i = 1; i <= state.catalog.users(); ++i) {
    const User& user = state.catalog.user(UserNumber{i});
    answers.keys.push_back(KeyNumber{state.catalog.find_user(user.username)->value()});
    answers.lists.push_back(state.catalog.keys_of(user).size());
    answers.lists.push_back(state.catalog.valid_keys_of(UserNumber{i}, tests::kStoryBegins));
  }
  for (std::uint32_t i = 1; i <= state.catalog.clients(); ++i) {
    const Client& client = state.catalog.client(ClientNumber{i});
    answers.lists.push_back(state.catalog.resolve_client(client.name).ambiguous ? 1 : 0);
    answers.lists.push_back(state.access.find_client(client.client_id).value());
    answers.lists.push_back(state.access.find_client(client.account, client.name).value());
    answers.lists.push_back(state.access.clients_named(client.name).size());
  }
  look_for_withdrawals(state, answers);
  for (const Account& account : state.catalog.accounts()) {
    answers.lists.push_back(state.catalog.keys_of(account).size());
    answers.lists.push_back(state.access.is_closed(account.number) ? 1 : 0);
  }
  return answers;
}

void fold_rest(const IndexedLog& log, State& state) {
  const auto cursor = log.read(state.position().next());
  REQUIRE(cursor.ok());
  const auto progress = fold_some(**cursor, {}, 1'000'000, state);
  if (!progress) FAIL(progress.error().message());
}

TEST_CASE("the live state is the replayed state is a snapshot and the tail behind it, at every position") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  for (std::uint64_t round = 0; round < 6; ++round) {
    CAPTURE(round);
    tests::ModelledLedger ledger(seed * 1'000 + round);
    for (int step = 0; step < 150; ++step) {
      ledger.step();
      if (step % 10 == 9) ledger.settle();
    }
    ledger.finish();
    State whole;
    fold_rest(ledger.log(), whole);
    const Hash end = digest_of(whole);
    const Answers expected = answers_of(whole);
    State state;
    const auto cursor = ledger.log().read(Position{1});
    REQUIRE(cursor.ok());
    for (;;) {
      CAPTURE(state.position().value());
      State from_snapshot = restored(state);
      REQUIRE(from_snapshot.position() == state.position());
      REQUIRE(digest_of(from_snapshot) == digest_of(state));
      REQUIRE(answers_of(from_snapshot) == answers_of(state));
      if (const auto live = ledger.live().find(state.position()); live != ledger.live().end()) {
        REQUIRE(digest_of(from_snapshot) == live->second);
      }
      fold_rest(ledger.log(), from_snapshot);
      REQUIRE(digest_of(from_snapshot) == end);
      REQUIRE(answers_of(from_snapshot) == expected);
      const auto next = (*cursor)->next();
      REQUIRE(next.ok());
      if (!next->has_value()) break;
      REQUIRE(state.apply(**next).ok());
    }
  }
}

// Makes a key of every kind by hand, because properties of few keys must not depend on random choices.
Story story_of_everything() {
  Story story;
  const AccountNumber account = story.account(1);
  const AccountNumber closed = story.account(2);
  story.add(AccountClosed{closed});
  const UserNumber ada = story.user("ada", account);
  const UserNumber bob = story.user("bob", account, StaffFlag::kNotStaff, ActiveFlag::kInactive);
  std::vector<ClientNumber> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(story.client("bot" + std::to_string(i), account));
  const KeyNumber key = story.key("ci", ada, account, {.expiry = later_by(story.now(), 1'000)});
  story.key("ci", bob, account, {.digest = knox5_digest("another")});
  for (const std::optional<std::uint16_t>& bucket : {std::optional<std::uint16_t>(7), {}}) {
    KeyDigest salted{.scheme = DigestScheme::kKnoxSalted, .salt = {1, 2, 3}, .bucket = bucket};
    salted.bytes[0] = bucket ? 1 : 2;
    const KeyNumber number = story.key("salted" + std::to_string(salted.bytes[0]), ada, account,
                                       {.imported_as = ActiveFlag::kActive, .digest = salted});
    if (bucket) story.add(KeyRotated{number, sha256_digest("not salted"), later_by(story.now(), 500)});
  }
  story.add(KeyLimitChanged{key, RateLimit{.requests = 3, .window = 1'000}});
  story.add(KeyAllowListChanged{key, {*parse_address_range("192.0.2.0/24")}});
  story.add(KeyRotated{key, sha256_digest("second"), std::nullopt});
  story.add(KeyRotated{key, sha256_digest("third"), later_by(story.now(), 700)});
  story.add(KeyDescribed{key, std::string(4'000, 'd'), {"tag"}, {{"team", "web"}}});
  for (const ClientNumber client : clients) story.add(KeyAssigned{key, client});
  story.add(ClientRemoved{clients[1]});
  story.add(ClientRenamed{clients[2], "renamed"});
  story.add(KeysUsed{{.uses = {{.time = story.now(), .key = key, .client = clients[0]}}}});
  story.add(UnknownTokensRefused{.from = story.now(), .to = story.now(), .counts = {{.count = 5}}});
  story.add(PolicyChanged{{.max_lifetime_days = 9, .keys_per_user = 4, .refresh_ttl = 77}});
  story.add(KeyDeleted{story.key("gone", ada, account, {.digest = knox5_digest("gone")})});
  return story;
}

TEST_CASE("what few keys have is in a snapshot") {
  const Story story = story_of_everything();
  const State state = restored(story.state());
  CHECK(digest_of(state) == digest_of(story.state()));
  CHECK(answers_of(state) == answers_of(story.state()));
  CHECK(state.access.policy() == story.access().policy());
  CHECK(state.access.limiter(KeyNumber{1}).arrival == story.access().limiter(KeyNumber{1}).arrival);
  CHECK(state.access.salted_candidates(7).size() == 1);
  CHECK(state.access.salted_without_bucket().size() == 1);
  for (const DigestScheme scheme :
       {DigestScheme::kSha256, DigestScheme::kKnox5, DigestScheme::kKnox4, DigestScheme::kKnoxSalted}) {
    CHECK(state.access.has_scheme(scheme) == story.access().has_scheme(scheme));
  }
}

TEST_CASE("A7: a state from a snapshot knows whether it has digests of other systems") {
  Story story;
  const AccountNumber account = story.account(1);
  const UserNumber ada = story.user("ada", account);
  story.key("native", ada, account);
  story.add(KeyRotated{KeyNumber{1}, sha256_digest("next"), std::nullopt});
  CHECK_FALSE(story.access().has_foreign_sha256());
  CHECK_FALSE(restored(story.state()).access.has_foreign_sha256());
  const KeyNumber foreign = story.key("foreign", ada, account,
                                      {.imported_as = ActiveFlag::kActive, .digest = sha256_digest("sk-1")});
  CHECK(restored(story.state()).access.has_foreign_sha256());
  story.add(KeyRotated{foreign, knox5_digest("sk-2"), later_by(story.now(), 10)});
  const State state = restored(story.state());
  CHECK(state.access.has_foreign_sha256());
  CHECK(state.access.find_digest(sha256_digest("sk-1")).key == foreign);
}

TEST_CASE("equal states give equal snapshots but for the order of tables") {
  const auto first = tests::sections_of(story_of_everything().state());
  const auto second = tests::sections_of(story_of_everything().state());
  CHECK(first[0] == second[0]);
  CHECK(first[kAccessSections] == second[kAccessSections]);
}

// Sets every padding bit of the entries; returns how many padding bits an entry has.
template <typename Entry>
std::size_t poison(std::vector<std::uint8_t>& section) {
  Entry full;
  std::memset(static_cast<void*>(&full), 0xff, sizeof full);
  __builtin_clear_padding(&full);
  std::array<std::uint8_t, sizeof(Entry)> members;
  std::memcpy(members.data(), &full, sizeof full);
  std::size_t bits = 0;
  for (const std::uint8_t byte : members) bits += 8 - static_cast<std::size_t>(std::popcount(byte));
  for (std::size_t i = 0; i < section.size(); ++i) {
    section[i] = static_cast<std::uint8_t>(section[i] | ~members[i % sizeof(Entry)]);
  }
  return bits;
}

TEST_CASE("what lies between the members of an entry is not in a snapshot") {
  const Story story = story_of_everything();
  const auto clean = tests::sections_of(story.state());
  auto poisoned = clean;
  CHECK(poison<KeyEntry>(poisoned[0]) > 0);
  CHECK(poison<CatalogEntry>(poisoned[kAccessSections]) > 0);
  CHECK(poison<FormerDigest>(poisoned[kAccessSections + 2]) == 0);
  CHECK(poisoned != clean);
  // Entries lie in memory as they were read. Texts lie elsewhere in both states than in the story's state.
  const auto expected = tests::state_from(clean, story.state().position());
  const auto state = tests::state_from(poisoned, story.state().position());
  REQUIRE((expected && state));
  const auto written = tests::sections_of(*state);
  CHECK((written[0] == clean[0]));
  CHECK((written[kAccessSections] == tests::sections_of(*expected)[kAccessSections]));
}

// The values tried in place of each byte. Neither flags nor numbers need be sound.
constexpr std::array<std::uint8_t, 6> kBytes = {0x00, 0x01, 0x02, 0x5b, 0x80, 0xff};

// A section that claims to be larger than any disk, and counts the bytes asked of it.
class EndlessSource : public ByteSource {
 public:
  explicit EndlessSource(std::uint8_t byte) : byte_(byte) {}

  bool read(std::span<std::uint8_t> into) override {
    std::ranges::fill(into, byte_);
    asked_ += into.size();
    return true;
  }
  // A multiple of every element's size.
  std::uint64_t left() const override {
    return std::uint64_t{sizeof(KeyEntry) * sizeof(CatalogEntry) * sizeof(FormerDigest)} << 30;
  }
  std::uint64_t asked() const { return asked_; }

 private:
  std::uint8_t byte_;
  std::uint64_t asked_ = 0;
};

TEST_CASE("a section that claims more than its position allows is refused before much of it is read") {
  const Story story = story_of_everything();
  const auto sections = tests::sections_of(story.state());
  const Position position = story.state().position();
  for (std::size_t place = 0; place < kStateSections; ++place) {
    for (const std::uint8_t byte : kBytes) {
      CAPTURE(place, byte);
      std::deque<tests::MemorySource> sound(sections.begin(), sections.end());
      EndlessSource endless(byte);
      std::array<ByteSource*, kStateSections> all{};
      for (std::size_t i = 0; i < all.size(); ++i) all[i] = &sound[i];
      all[place] = &endless;
      CHECK_FALSE((Access::read_from({all[0], all[1], all[2]}, position) &&
                   Catalog::read_from({all[3], all[4], all[5], all[6]}, position, {})));
      CHECK(endless.asked() <= 2 * kSnapshotTextMax);
    }
  }
}

// Changes the entry with this number.
template <typename Entry, typename Change>
void change_entry(std::vector<std::uint8_t>& section, std::size_t number, const Change& change) {
  Entry entry;
  std::uint8_t* const place = section.data() + (number - 1) * sizeof entry;
  std::memcpy(static_cast<void*>(&entry), place, sizeof entry);
  change(entry);
  std::memcpy(place, static_cast<const void*>(&entry), sizeof entry);
}

TEST_CASE("what is one key's only is not two keys'") {
  const Story story = story_of_everything();
  const auto sections = tests::sections_of(story.state());
  auto changed = sections;
  auto& hot = changed[0];
  auto& catalog = changed[kAccessSections];
  auto& former = changed[kAccessSections + 2];
  const auto in_catalog = [&](const auto& change) { change_entry<CatalogEntry>(catalog, 2, change); };
  const Key first = story.catalog().key(KeyNumber{1});
  SECTION("a digest of the hot state") {
    const KeyEntry& gone = story.access().key(KeyNumber{5});
    change_entry<KeyEntry>(hot, 2, [&](KeyEntry& key) {
      REQUIRE(key.scheme == gone.scheme);
      key.digest_head = gone.digest_head;
      key.digest_tail = gone.digest_tail;
    });
  }
  SECTION("a digest") {
    in_catalog([&](CatalogEntry& key) { key.digest = story.catalog().entry(KeyNumber{1}).digest; });
  }
  SECTION("an id") {
    in_catalog([&](CatalogEntry& key) { key.key_id = first.key_id; });
  }
  SECTION("a name of one owner") {
    in_catalog([&](CatalogEntry& key) { key.owner = first.owner; });
  }
  SECTION("a former digest") {
    const FormerDigest before = {.digest = story.catalog().entry(KeyNumber{2}).digest, .key = KeyNumber{1}};
    change_entry<FormerDigest>(former, 1, [&](FormerDigest& each) { each = before; });
  }
  SECTION("a former digest, twice") {
    former.insert(former.end(), former.begin(), former.begin() + sizeof(FormerDigest));
  }
  CHECK(changed != sections);
  CHECK_FALSE(tests::state_from(changed, story.state().position()));
}

TEST_CASE("sections that are cut off or go on are refused") {
  const auto sections = tests::sections_of(story_of_everything().state());
  const Position position = story_of_everything().state().position();
  REQUIRE(sections.size() == kStateSections);
  for (std::size_t i = 0; i < sections.size(); ++i) {
    CAPTURE(i);
    for (std::size_t size = 0; size < sections[i].size(); size += 1 + sections[i].size() / 200) {
      auto cut = sections;
      cut[i].resize(size);
      const auto state = tests::state_from(cut, position);
      // Callers compare the numbers of keys before joining two halves.
      if (!state || state->access.keys() != state->catalog.keys()) continue;
      // Only former digests may be fewer, because nothing else tells how many there were.
      CHECK(i + 2 == sections.size());
    }
    auto longer = sections;
    longer[i].push_back(0);
    CHECK_FALSE(tests::state_from(longer, position));
  }
}

// Asks for everything, then applies events that could come next. Returns false if a caller would refuse to
// join these halves.
bool ask_and_go_on(State& state, Timestamp now) {
  if (state.access.keys() != state.catalog.keys()) return false;
  if (state.access.users() != state.catalog.users()) return false;
  if (state.access.clients() != state.catalog.clients()) return false;
  static_cast<void>(digest_of(state));
  static_cast<void>(answers_of(state));
  Record record{.position = state.position().next(), .time = now};
  for (std::uint32_t i = 1; i <= state.catalog.keys(); ++i) {
    record.events = {KeyRenamed{KeyNumber{i}, "new name"}};
    static_cast<void>(state.apply(record));
    record.events = {KeyDeleted{KeyNumber{i}}};
    static_cast<void>(state.apply(record));
  }
  return true;
}

// A checksum finds damage; this test is about bytes that somebody wrote with a right checksum.
TEST_CASE("every byte of an entry may be any, and is refused or gives a state that can be asked") {
  const Story story = story_of_everything();
  const auto sections = tests::sections_of(story.state());
  const std::array<std::pair<std::size_t, std::size_t>, 3> entries = {
      {{0, sizeof(KeyEntry)},
       {kAccessSections, sizeof(CatalogEntry)},
       {kAccessSections + 2, sizeof(FormerDigest)}}};
  std::size_t read = 0;
  for (const auto& [place, size] : entries) {
    for (std::size_t at = 0; at < size; ++at) {
      for (const std::uint8_t byte : kBytes) {
        CAPTURE(place, at, byte);
        auto changed = sections;
        changed[place][at] = byte;
        auto state = tests::state_from(changed, story.state().position());
        if (state && ask_and_go_on(*state, story.now())) ++read;
      }
    }
  }
  CHECK(read > 500);
}

TEST_CASE("sections that hold anything are refused, or give a state that can be asked and go on") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const Story story = story_of_everything();
  const auto sections = tests::sections_of(story.state());
  std::size_t read = 0;
  for (int round = 0; round < 4'000; ++round) {
    auto changed = sections;
    for (std::uint64_t left = 1 + random() % 3; left > 0; --left) {
      auto& section = changed[random() % changed.size()];
      if (!section.empty()) section[random() % section.size()] = static_cast<std::uint8_t>(random());
    }
    auto state = tests::state_from(changed, story.state().position());
    if (state && ask_and_go_on(*state, story.now())) ++read;
  }
  CHECK(read > 100);
}

TEST_CASE("a state of nothing has a snapshot, too") {
  const State state = restored(State{});
  CHECK(state.position() == kBeforeFirst);
  CHECK(digest_of(state) == digest_of(State{}));
}

}  // namespace
}  // namespace keyledger::projections
