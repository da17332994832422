// The reads of a ledger: filters, order, pages and chunks of lists, states and histories.
#include "net/service/queries.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "ledger/append/memory_log.h"
#include "tests/support/story.h"

namespace keyledger::net {
namespace {

using ledger::Position;
using projections::KeyRow;
using projections::KeyStatus;
using projections::Permission;
using projections::Row;
using projections::RowKind;
using tests::Story;
using Names = std::vector<std::string>;

constexpr const char* kFirst = "0000-0000-0007";
constexpr const char* kSecond = "0000-0000-0008";

// Two accounts. Ada (staff) and Bob belong to the first, and Zoe (staff) belongs to the second. The keys
// are ada-1 to ada-4, bob-1 and zoe-1; ada-3 is deleted and ada-4 not active. The client "bot" of
// the first account has the keys ada-1, ada-2 and bob-1, and the client "gone" is removed.
class Platform {
 public:
  Platform() {
    const auto first = story.account(7);
    const auto second = story.account(8);
    const auto ada = story.user("ada", first);
    const auto bob = story.user("bob", first, ledger::StaffFlag::kNotStaff);
    const auto zoe = story.user("zoe", second);
    const auto bot = story.client("bot", first);
    story.add(ledger::ClientRemoved{story.client("gone", first)});
    const auto ada_1 = story.key("ada-1", ada, first);
    const auto bob_1 = story.key("bob-1", bob, first);
    const auto ada_2 = story.key("ada-2", ada, first);
    const auto ada_3 = story.key("ada-3", ada, first);
    const auto ada_4 = story.key("ada-4", ada, first);
    story.key("zoe-1", zoe, second);
    story.add(ledger::KeyDescribed{.key = ada_2, .description = "", .tags = {"prod"}, .annotations = {}});
    for (const auto key : {ada_1, ada_2, bob_1}) story.add(ledger::KeyAssigned{key, bot});
    story.add(ledger::KeyDeleted{ada_3});
    story.add(ledger::KeyDeactivated{ada_4});
  }

  Story story;
};

std::string name_of_row(const Row& row) {
  return std::visit(ledger::Overloaded{[](const projections::AccountRow& of) { return of.account; },
                                       [](const projections::UserRow& of) { return of.username; },
                                       [](const projections::ClientRow& of) { return of.name; },
                                       [](const KeyRow& of) { return of.name; },
                                       [](const projections::PolicyRow&) { return std::string("policy"); }},
                    row);
}

// Returns every row of the answer, and checks the size of each chunk.
template <typename Ask>
std::vector<Row> rows_of(const Story& story, const Ask& ask) {
  auto query = RowQuery::begin(story.catalog(), ask);
  if (!query) FAIL(failure_of(query.error()).message);
  std::vector<Row> rows;
  while (!query->is_done()) {
    auto chunk = query->complete(story.access(), story.now(), query->read(story.catalog()));
    CHECK(chunk.size() <= kRowsPerChunk);
    rows.insert(rows.end(), chunk.begin(), chunk.end());
  }
  return rows;
}

template <typename Ask>
Names names_of(const Story& story, const Ask& ask) {
  Names names;
  for (const Row& row : rows_of(story, ask)) names.push_back(name_of_row(row));
  return names;
}

Names keys_with(const Story& story, RowFilter filter) {
  return names_of(story, AskList{.kind = RowKind::kKeys, .filter = std::move(filter)});
}

Names keys_for(const Story& story, const std::string& user, Permission permission,
               const std::string& platform_account = "") {
  return keys_with(story,
                   {.permission = PermissionFilter{
                        .user = user, .permission = permission, .platform_account = platform_account}});
}

ledger::RefusalCode refusal_of(const Story& story, AskList ask) {
  const auto query = RowQuery::begin(story.catalog(), std::move(ask));
  REQUIRE(!query.ok());
  return query.error().code;
}

std::vector<projections::HistoryRow> history_of(const Story& story, const ledger::IndexedLog& log,
                                                AskHistory ask, Position end) {
  HistoryQuery query(std::move(ask), end);
  REQUIRE(query.resolve(story.catalog()).ok());
  std::vector<projections::HistoryRow> rows;
  while (!query.is_done()) {
    if (!query.has_rows()) {
      REQUIRE(query.read(log, log).ok());
      query.name(story.catalog());
    }
    const auto chunk = query.next();
    CHECK(chunk.size() <= kHistoryRowsPerChunkMax);
    rows.insert(rows.end(), chunk.begin(), chunk.end());
  }
  return rows;
}

void append_to(ledger::IndexedLog& log, const Story& story) {
  for (ledger::Record record : story.records()) {
    REQUIRE(log.append(log.end().position, std::span(&record, 1)).ok());
  }
}

}  // namespace

TEST_CASE("a list without a filter has every row of its kind, also of what is gone") {
  const Platform platform;
  const Story& story = platform.story;
  CHECK(names_of(story, AskList{.kind = RowKind::kAccounts}) == Names{kFirst, kSecond});
  CHECK(names_of(story, AskList{.kind = RowKind::kUsers}) == Names{"ada", "bob", "zoe"});
  CHECK(names_of(story, AskList{.kind = RowKind::kClients}) == Names{"bot", "gone"});
  CHECK(names_of(story, AskList{.kind = RowKind::kKeys}) ==
        Names{"ada-1", "bob-1", "ada-2", "ada-3", "ada-4", "zoe-1"});
  CHECK(names_of(story, AskList{.kind = RowKind::kPolicy}) == Names{"policy"});
}

TEST_CASE("each filter of a list leaves out the rows that it does not accept") {
  const Platform platform;
  const Story& story = platform.story;
  const RowFilter left{.gone = GoneRows::kLeaveOut};
  CHECK(names_of(story, AskList{.kind = RowKind::kClients, .filter = left}) == Names{"bot"});
  CHECK(keys_with(story, left) == Names{"ada-1", "bob-1", "ada-2", "ada-4", "zoe-1"});
  CHECK(keys_with(story, {.account = kSecond}) == Names{"zoe-1"});
  CHECK(keys_with(story, {.owner = "bob"}) == Names{"bob-1"});
  CHECK(keys_with(story, {.tag = "prod"}) == Names{"ada-2"});
  CHECK(keys_with(story, {.tag = "pro"}).empty());
  CHECK(keys_with(story, {.status = KeyStatus::kInactive}) == Names{"ada-4"});
  CHECK(keys_with(story, {.account = kFirst, .owner = "ada", .status = KeyStatus::kActive}) ==
        Names{"ada-1", "ada-2"});
  CHECK(names_of(story, AskList{.kind = RowKind::kUsers, .filter = {.account = kSecond}}) == Names{"zoe"});
  CHECK(names_of(story, AskList{.kind = RowKind::kClients, .filter = {.account = kSecond}}).empty());
}

TEST_CASE("deleted keys are left out, unless their status is asked for") {
  const Platform platform;
  CHECK(keys_with(platform.story, {.gone = GoneRows::kLeaveOut, .status = KeyStatus::kDeleted}) ==
        Names{"ada-3"});
}

TEST_CASE("a list shows what a user of the platform may read or manage") {
  const Platform platform;
  const Story& story = platform.story;
  const Names of_first = {"ada-1", "bob-1", "ada-2", "ada-3", "ada-4"};
  CHECK(keys_for(story, "ada", Permission::kManage) == of_first);
  CHECK(keys_for(story, "bob", Permission::kManage) == Names{"bob-1"});
  CHECK(keys_for(story, "bob", Permission::kRead) == of_first);
  CHECK(keys_for(story, "zoe", Permission::kRead) == Names{"zoe-1"});
  CHECK(keys_for(story, "zoe", Permission::kRead, kFirst).size() == of_first.size() + 1);
}

TEST_CASE("a name or a user that nobody has is refused") {
  const Platform platform;
  const Story& story = platform.story;
  using ledger::RefusalCode;
  CHECK(refusal_of(story, {.kind = RowKind::kKeys, .name = "x"}) == RefusalCode::kKeyUnknown);
  CHECK(refusal_of(story, {.kind = RowKind::kClients, .after = "x"}) == RefusalCode::kClientUnknown);
  CHECK(
      refusal_of(story, {.kind = RowKind::kKeys, .filter = {.permission = PermissionFilter{.user = "x"}}}) ==
      RefusalCode::kUserUnknown);
  CHECK(!RowQuery::begin(story.catalog(), AskKeysOfClient{"x"}).ok());
}

TEST_CASE("an entity that is named is the only row, if the filter accepts it") {
  const Platform platform;
  const Story& story = platform.story;
  CHECK(names_of(story, AskList{.kind = RowKind::kKeys, .name = "bob/bob-1"}) == Names{"bob-1"});
  CHECK(
      names_of(story, AskList{.kind = RowKind::kKeys, .name = "bob-1", .filter = {.owner = "ada"}}).empty());
}

TEST_CASE("pages one after the other are the whole list, in either order") {
  const Platform platform;
  const Story& story = platform.story;
  const auto order = GENERATE(RowOrder::kOldestFirst, RowOrder::kNewestFirst);
  const auto limit = GENERATE(std::uint32_t{1}, std::uint32_t{2}, std::uint32_t{100});
  AskList ask{.kind = RowKind::kKeys, .filter = {.status = KeyStatus::kActive}, .order = order};
  Names whole{"ada-1", "bob-1", "ada-2", "zoe-1"};
  if (order == RowOrder::kNewestFirst) std::ranges::reverse(whole);
  CHECK(names_of(story, ask) == whole);
  ask.limit = limit;
  Names paged;
  for (;;) {
    const auto page = rows_of(story, ask);
    CHECK(page.size() <= limit);
    if (page.empty()) break;
    for (const Row& row : page) paged.push_back(name_of_row(row));
    ask.after = std::get<KeyRow>(page.back()).key_id;
  }
  CHECK(paged == whole);
}

TEST_CASE("the keys that are assigned to a client are its rows") {
  const Platform platform;
  CHECK(names_of(platform.story, AskKeysOfClient{"bot"}) == Names{"ada-1", "bob-1", "ada-2"});
  CHECK(names_of(platform.story, AskKeysOfClient{std::string(kFirst) + "/bot"}).size() == 3);
}

TEST_CASE("one step examines a bounded part of a list, however few rows the filter accepts") {
  Story story;
  const auto account = story.account(7);
  const auto ada = story.user("ada", account);
  constexpr std::size_t kKeys = 3 * kRowsExaminedPerStep;
  for (std::size_t i = 0; i < kKeys; ++i) story.key("key" + std::to_string(i), ada, account);
  const std::string last = "key" + std::to_string(kKeys - 1);
  story.add(ledger::KeyDescribed{
      .key = ledger::KeyNumber{kKeys}, .description = "", .tags = {"prod"}, .annotations = {}});
  auto query = RowQuery::begin(story.catalog(), AskList{.kind = RowKind::kKeys, .filter = {.tag = "prod"}});
  REQUIRE(query.ok());
  Names names;
  std::size_t steps = 0;
  for (; !query->is_done(); ++steps) {
    for (const Row& row : query->complete(story.access(), story.now(), query->read(story.catalog()))) {
      names.push_back(name_of_row(row));
    }
  }
  CHECK(steps == 3);
  CHECK(names == Names{last});
  CHECK(keys_with(story, {}).size() == kKeys);
}

TEST_CASE("a filter that compares fields of keys does not apply to other rows") {
  for (const RowKind kind : {RowKind::kAccounts, RowKind::kUsers, RowKind::kClients, RowKind::kPolicy}) {
    CHECK(applies_to({}, kind));
    CHECK(!applies_to({.owner = "ada"}, kind));
    CHECK(!applies_to({.tag = "prod"}, kind));
    CHECK(!applies_to({.status = KeyStatus::kActive}, kind));
    CHECK(!applies_to({.permission = PermissionFilter{.user = "ada"}}, kind));
    const bool has_account = kind == RowKind::kUsers || kind == RowKind::kClients;
    CHECK(applies_to({.account = kFirst}, kind) == has_account);
    CHECK(applies_to({.gone = GoneRows::kLeaveOut}, kind) == has_account);
  }
  CHECK(applies_to({.gone = GoneRows::kLeaveOut, .owner = "ada", .tag = "prod"}, RowKind::kKeys));
}

TEST_CASE("a state has every row, and an export the policy and the digests too") {
  const Platform platform;
  const auto& state = platform.story.state();
  for (const StateContents contents : {StateContents::kRows, StateContents::kExport}) {
    StateQuery query(contents, platform.story.now());
    std::vector<Row> rows;
    while (!query.is_done()) {
      const RowsAnswer chunk = query.next(state);
      CHECK(chunk.position == state.position());
      rows.insert(rows.end(), chunk.rows.begin(), chunk.rows.end());
    }
    const bool is_export = contents == StateContents::kExport;
    CHECK(rows.size() == (is_export ? 14U : 13U));
    CHECK(std::holds_alternative<projections::PolicyRow>(rows.front()) == is_export);
    CHECK(std::get<KeyRow>(rows.back()).digests.empty() != is_export);
  }
}

TEST_CASE("a state after the head is refused") {
  const Position head{9};
  CHECK(fold_limit_of({}, head)->position == head);
  CHECK(fold_limit_of({.position = Position{9}}, head)->position == head);
  CHECK(fold_limit_of({.position = Position{3}, .at = tests::kStoryBegins}, head)->time ==
        tests::kStoryBegins);
  const auto refused = fold_limit_of({.position = Position{10}}, head);
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == ledger::ErrorCode::kNoSuchPosition);
}

TEST_CASE("a history has the events of an entity up to its end, and no others") {
  const Platform platform;
  const Story& story = platform.story;
  const auto log = ledger::make_memory_log();
  append_to(*log, story);
  const Position head = log->end().position;
  CHECK(history_of(story, *log, {}, head).size() == head.value());
  CHECK(history_of(story, *log, {}, Position{4}).size() == 4);
  const AskHistory of_key{.kind = ledger::EntityRef::Kind::kKey, .entity = "ada-1"};
  Names events;
  for (const auto& row : history_of(story, *log, of_key, head)) events.push_back(row.event);
  CHECK(events == Names{"KeyCreated", "KeyAssigned"});
  HistoryQuery unknown({.kind = ledger::EntityRef::Kind::kUser, .entity = "x"}, head);
  CHECK(!unknown.resolve(story.catalog()).ok());
}

TEST_CASE("counts and active keys are those of the state") {
  const Platform platform;
  const Story& story = platform.story;
  const Stats stats = stats_of(story.catalog(), "a ledger", {.position = Position{5}});
  CHECK(stats.ledger_id == "a ledger");
  CHECK(stats.head.position == Position{5});
  CHECK(stats.accounts == 2);
  CHECK(stats.users == 3);
  CHECK(stats.clients == 2);
  CHECK(stats.keys == 6);
  const ActiveKeyAnswer answer = active_key_of(story.access(), {"bot"}, story.now()).value();
  CHECK(answer.counts.active == 3);
  CHECK(answer.position == story.state().position());
  CHECK(active_key_of(story.access(), {"x"}, story.now()).error().code ==
        ledger::RefusalCode::kClientUnknown);
}

}  // namespace keyledger::net
