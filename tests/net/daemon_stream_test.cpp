// Long answers: lists, histories and past states.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <set>
#include <thread>
#include <tuple>

#include "commands/decision.h"
#include "net/service/kept_lists.h"
#include "net/service/queries.h"
#include "tests/net/daemon_under_test.h"
#include "tests/net/raw_connection.h"

namespace keyledger::net {
namespace {

using ledger::Position;
using projections::HistoryRow;
using projections::KeyRow;
using projections::Row;
using projections::RowKind;

constexpr std::size_t kManyKeys = 1'000;  // several chunks

// Gives Ada many keys, in two records.
void import_many(Client& client) {
  commands::ImportKeys import{.account = kAccount,
                              .users = {{"ada", ledger::StaffFlag::kStaff, ledger::ActiveFlag::kActive}}};
  for (std::size_t i = 0; i < kManyKeys; ++i) {
    import.keys.push_back({.username = "ada",
                           .base_name = "key" + std::to_string(i),
                           .digest = ledger::knox5_digest(std::to_string(i)),
                           .created = kNoon,
                           .active = ledger::ActiveFlag::kActive});
  }
  run(client, std::move(import));
}

struct Rows {
  Position position;
  std::vector<Row> rows;
  std::size_t chunks = 0;
};

Rows rows_of(Client& client, RequestBody ask) {
  Rows all;
  all.position = must(client.rows(std::move(ask), [&](std::vector<Row> chunk) {
    ++all.chunks;
    all.rows.insert(all.rows.end(), chunk.begin(), chunk.end());
  }));
  return all;
}

std::vector<HistoryRow> history_of(Client& client, AskHistory ask) {
  std::vector<HistoryRow> all;
  must(client.history(std::move(ask), [&](std::vector<HistoryRow> chunk) {
    all.insert(all.end(), chunk.begin(), chunk.end());
  }));
  return all;
}

Failure rows_failure(Client& client, RequestBody ask) {
  return failure_in(client.rows(std::move(ask), [](const std::vector<Row>&) { FAIL("there are rows"); }));
}

std::vector<std::string> events_of(const std::vector<HistoryRow>& rows) {
  std::vector<std::string> events;
  for (const HistoryRow& row : rows) events.push_back(row.event);
  return events;
}

}  // namespace

TEST_CASE("a list that is longer than a chunk comes whole, in order and once") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  import_many(*client);
  const Rows keys = rows_of(*client, AskList{.kind = RowKind::kKeys});
  CHECK(keys.chunks > 3);
  REQUIRE(keys.rows.size() == kManyKeys);
  for (std::size_t i = 0; i < kManyKeys; ++i) {
    const auto& row = std::get<KeyRow>(keys.rows[i]);
    CHECK(row.name == "key" + std::to_string(i));
    CHECK(row.status == projections::KeyStatus::kActive);
    CHECK(row.imported);
  }
  CHECK(keys.position == daemon.log.head().position);
}

TEST_CASE("a list of each kind tells what there is, with its use") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  CHECK(must(client->authenticate({.token = setting.token, .client = "bot"})).allowed());
  CHECK(!must(client->authenticate({.token = setting.token, .client = "nowhere"})).allowed());

  const Rows accounts = rows_of(*client, AskList{.kind = RowKind::kAccounts});
  REQUIRE(accounts.rows.size() == 1);
  CHECK(std::get<projections::AccountRow>(accounts.rows[0]) ==
        projections::AccountRow{
            .account = kAccount, .name = "Acme", .opened = kNoon, .users = 1, .clients = 1, .keys = 1});
  const Rows users = rows_of(*client, AskList{.kind = RowKind::kUsers});
  REQUIRE(users.rows.size() == 1);
  CHECK(std::get<projections::UserRow>(users.rows[0]).username == "ada");
  const Rows clients = rows_of(*client, AskList{.kind = RowKind::kClients, .name = setting.client_id});
  REQUIRE(clients.rows.size() == 1);
  const auto& bot = std::get<projections::ClientRow>(clients.rows[0]);
  CHECK(bot.usage == projections::Usage{.last_used = kNoon, .allowed = 1, .denied = 0});
  CHECK(bot.active_keys == 1);
  const Rows keys = rows_of(*client, AskList{.kind = RowKind::kKeys, .name = "ada/ci"});
  REQUIRE(keys.rows.size() == 1);
  CHECK(std::get<KeyRow>(keys.rows[0]).usage ==
        projections::Usage{.last_used = kNoon, .allowed = 1, .denied = 1});
  CHECK(keys.position == daemon.log.head().position);
}

TEST_CASE("an empty list is one empty answer, and a name of nobody is refused") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  for (const RowKind kind : {RowKind::kAccounts, RowKind::kUsers, RowKind::kClients, RowKind::kKeys}) {
    const Rows none = rows_of(*client, AskList{.kind = kind});
    CHECK(none.rows.empty());
    CHECK(none.chunks == 1);
  }
  CHECK(rows_failure(*client, AskList{.kind = RowKind::kKeys, .name = "x"}).name == "key_unknown");
  CHECK(rows_failure(*client, AskList{.kind = RowKind::kClients, .name = "x"}).name == "client_unknown");
  CHECK(rows_failure(*client, AskList{.kind = RowKind::kUsers, .name = "x"}).name == "user_unknown");
  CHECK(rows_failure(*client, AskList{.kind = RowKind::kAccounts, .name = "x"}).name ==
        "account_number_invalid");
  CHECK(rows_failure(*client, AskKeysOfClient{"x"}).name == "client_unknown");
}

TEST_CASE("the keys of a client are those assigned to it") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  prepare(*client);
  create_key(*client, "second");
  create_key(*client, "third");
  run(*client, commands::AssignKey{"third", "bot"});
  const Rows keys = rows_of(*client, AskKeysOfClient{"bot"});
  REQUIRE(keys.rows.size() == 2);
  CHECK(std::get<KeyRow>(keys.rows[0]).name == "ci");
  CHECK(std::get<KeyRow>(keys.rows[1]).name == "third");
}

TEST_CASE("a history tells every event of one entity, or of all") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  create_key(*client, "second");
  daemon.clock.pass(100);
  CHECK(must(client->authenticate({.token = setting.token, .client = "bot"})).allowed());
  run(*client, commands::DeactivateKey{"ci"});

  using Events = std::vector<std::string>;
  const auto key = ledger::EntityRef::Kind::kKey;
  CHECK(events_of(history_of(*client, {.kind = key, .entity = "ci"})) ==
        Events{"KeyCreated", "KeyAssigned", "KeyDeactivated"});
  CHECK(events_of(
            history_of(*client, {.kind = key, .entity = "ci", .uses = ledger::UsesInHistory::kInclude})) ==
        Events{"KeyCreated", "KeyAssigned", "KeyUsed", "KeyDeactivated"});
  CHECK(events_of(history_of(*client, {.kind = key,
                                       .entity = "ci",
                                       .uses = ledger::UsesInHistory::kInclude,
                                       .since = ledger::later_by(kNoon, 1)})) ==
        Events{"KeyUsed", "KeyDeactivated"});
  CHECK(events_of(history_of(
            *client, {.kind = ledger::EntityRef::Kind::kAccount, .entity = kAccount, .until = kNoon})) ==
        Events{"AccountOpened", "UserJoinedAccount", "ClientRegistered", "KeyCreated", "KeyAssigned",
               "KeyCreated"});
  const auto all = history_of(*client, {.uses = ledger::UsesInHistory::kInclude});
  CHECK(all.size() == daemon.log.head().position.value());
  for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i].position == Position{i + 1});
  const auto refused =
      client->history({.kind = key, .entity = "x"}, [](const auto&) { FAIL("there is history"); });
  CHECK(failure_in(refused).name == "key_unknown");
}

TEST_CASE("a history that is longer than a chunk comes whole, in order and once") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  const std::vector<projections::Question> questions(3'000, {.token = setting.token});
  must(client->authenticate_many(questions));
  for (int i = 0; i < 300; ++i) run(*client, commands::ToggleKey{"ci"});
  std::size_t chunks = 0;
  std::vector<std::uint64_t> positions;
  const auto said = must(client->history({.uses = ledger::UsesInHistory::kInclude}, [&](auto rows) {
    ++chunks;
    for (const HistoryRow& row : rows) positions.push_back(row.position.value());
  }));
  CHECK(said == chunks);
  CHECK(chunks > 1);
  REQUIRE(positions.size() == daemon.log.head().position.value());
  for (std::size_t i = 0; i < positions.size(); ++i) REQUIRE(positions[i] == i + 1);
}

TEST_CASE("a chunk of history has a limit, however many uses one record holds") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  const std::vector<projections::Question> questions(kQuestionsPerRequestMax, {.token = setting.token});
  must(client->authenticate_many(questions));
  std::uint64_t next = 1;
  must(client->history({.uses = ledger::UsesInHistory::kInclude}, [&](const auto& rows) {
    CHECK(rows.size() <= kHistoryRowsPerChunkMax);
    for (const HistoryRow& row : rows) REQUIRE(row.position == Position{next++});
  }));
  CHECK(next == daemon.log.head().position.value() + 1);
}

TEST_CASE("a history of long annotations comes whole, few rows at a time") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  prepare(*client);
  constexpr std::size_t kEdits = 140;  // more than a frame holds
  std::string value;
  for (std::size_t i = 0; i < commands::kAnnotationCharactersMax; ++i) value += "ü";
  std::vector<ledger::Annotation> annotations;
  for (std::size_t i = 0; i < commands::kAnnotationsMax; ++i)
    annotations.push_back({std::to_string(i), value});
  for (std::size_t i = 0; i < kEdits; ++i) {
    annotations.front().value = std::to_string(i);
    run(*client, commands::EditKey{.key = "ci", .annotations = annotations});
  }
  const auto rows = history_of(*client, {.kind = ledger::EntityRef::Kind::kKey, .entity = "ci"});
  CHECK(std::ranges::count(rows, "KeyDescribed", &HistoryRow::event) == kEdits);
}

TEST_CASE("keys of very many clients come few at a time") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  prepare(*client);
  constexpr std::size_t kClients = 400;
  constexpr std::size_t kKeys = 6;
  const std::string name(240, 'n');
  for (std::size_t key = 0; key < kKeys; ++key) create_key(*client, "key" + std::to_string(key));
  for (std::size_t i = 0; i < kClients; ++i) {
    const std::string bot = name + std::to_string(i);
    run(*client, commands::RegisterClient{.account = kAccount, .name = bot});
    for (std::size_t key = 0; key < kKeys; ++key) {
      run(*client, commands::AssignKey{"key" + std::to_string(key), bot});
    }
  }
  for (const RequestBody& ask : {RequestBody{AskList{.kind = RowKind::kKeys}}, RequestBody{AskState{}}}) {
    std::size_t clients = 0;
    must(client->rows(ask, [&](const auto& rows) {
      std::size_t bytes = 0;
      for (const Row& row : rows) {
        const auto* key = std::get_if<KeyRow>(&row);
        if (key == nullptr) continue;
        clients += key->clients.size();
        bytes += key->clients.size() * name.size();
      }
      CHECK(bytes < kRowListBytesPerChunk + kClients * (name.size() + 16));
    }));
    CHECK(clients == kKeys * kClients + 1);
  }
}

TEST_CASE("many long answers at once, some of them refused, all come though the client asks no more") {
  DaemonUnderTest daemon;
  prepare(*daemon.connect());
  constexpr std::uint64_t kAnswers = 300;
  RawConnection connection(daemon.unix_endpoint);
  for (std::uint64_t id = 1; id <= kAnswers; ++id) {
    if (id % 3 == 0) connection.send(Request{.id = id, .body = AskKeysOfClient{"x"}});
    if (id % 3 == 1) connection.send(Request{.id = id, .body = AskState{.position = Position{1'000}}});
    if (id % 3 == 2) connection.send(Request{.id = id, .body = AskState{}});
  }
  connection.finish_sending();
  std::set<std::uint64_t> answered;
  while (const auto response = connection.receive()) {
    CHECK(std::holds_alternative<Failure>(response->body) == (response->id % 3 != 2));
    if (!response->more) CHECK(answered.insert(response->id).second);
  }
  CHECK(answered.size() == kAnswers);
}

TEST_CASE("a state of the past is as it was, by position and by time") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  daemon.clock.pass(100);
  const auto revoked = run(*client, commands::DeactivateKey{"ci"});
  daemon.clock.pass(100);
  const auto deleted = run(*client, commands::DeleteKey{"ci"});

  const auto status_in = [](const Rows& state) {
    REQUIRE(state.rows.size() == 4);  // an account, a user, a client and a key
    return std::get<KeyRow>(state.rows.back()).status;
  };
  using projections::KeyStatus;
  const Rows before = rows_of(*client, AskState{.position = setting.position});
  CHECK(before.position == setting.position);
  CHECK(status_in(before) == KeyStatus::kActive);
  CHECK(status_in(rows_of(*client, AskState{.position = revoked.done.position})) == KeyStatus::kInactive);
  CHECK(status_in(rows_of(*client, AskState{.at = ledger::later_by(kNoon, 99)})) == KeyStatus::kActive);
  CHECK(status_in(rows_of(*client, AskState{.at = ledger::later_by(kNoon, 100)})) == KeyStatus::kInactive);
  const Rows now = rows_of(*client, AskState{});
  CHECK(now.position == deleted.done.position);
  CHECK(status_in(now) == KeyStatus::kDeleted);
  CHECK(rows_of(*client, AskState{.position = ledger::kBeforeFirst}).rows.empty());
  CHECK(rows_failure(*client, AskState{.position = deleted.done.position.next()}).name == "no_such_position");
}

TEST_CASE("a state that is longer than a chunk comes whole") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  import_many(*client);
  const Rows state = rows_of(*client, AskState{});
  CHECK(state.chunks > 3);
  CHECK(state.rows.size() == kManyKeys + 2);
  std::set<std::string> names;
  for (const Row& row : state.rows) {
    if (const auto* key = std::get_if<KeyRow>(&row)) names.insert(key->name);
  }
  CHECK(names.size() == kManyKeys);
}

TEST_CASE("who does not read his long answers holds up nobody else, and gets them whole") {
  const std::size_t threads = GENERATE(1U, 3U);
  CAPTURE(threads);
  DaemonUnderTest daemon({.threads = threads});
  const auto client = daemon.connect();
  import_many(*client);
  constexpr std::uint64_t kLists = 60;  // many times what a connection may hold unsent
  std::deque<RawConnection> slow;       // on each thread one
  for (std::size_t i = 0; i < threads; ++i) {
    slow.emplace_back(daemon.unix_endpoint);
    for (std::uint64_t id = 1; id <= kLists; ++id) {
      if (id % 3 == 0) slow.back().send(Request{.id = id, .body = AskList{.kind = RowKind::kKeys}});
      if (id % 3 == 1) slow.back().send(Request{.id = id, .body = AskHistory{}});
      if (id % 3 == 2) slow.back().send(Request{.id = id, .body = AskState{}});
    }
  }
  for (int i = 0; i < 20; ++i) CHECK(must(client->authenticate({.token = std::to_string(i)})).allowed());

  for (RawConnection& each : slow) {
    std::map<std::uint64_t, std::size_t> rows;
    std::set<std::uint64_t> finished;
    while (finished.size() < kLists) {
      const Response response = each.answer();
      if (const auto* some = std::get_if<RowsAnswer>(&response.body)) rows[response.id] += some->rows.size();
      if (const auto* some = std::get_if<std::vector<HistoryRow>>(&response.body)) {
        rows[response.id] += some->size();
      }
      REQUIRE(!finished.contains(response.id));
      if (!response.more) finished.insert(response.id);
    }
    for (const auto& [id, count] : rows) {
      CAPTURE(id);
      CHECK(count == (id % 3 == 0 ? kManyKeys : id % 3 == 1 ? kManyKeys + 3 : kManyKeys + 2));
    }
  }
}

TEST_CASE("the counts and the digest that a daemon tells are those of its log") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  must(client->authenticate({.token = setting.token}));
  must(client->authenticate({.token = "nobody's"}));
  const Stats stats = must(client->stats());
  CHECK(stats.ledger_id == "a ledger");
  CHECK(stats.version == "9.9.9");
  CHECK(stats.head == daemon.log.head());
  CHECK(stats.accounts == 1);
  CHECK(stats.users == 1);
  CHECK(stats.clients == 1);
  CHECK(stats.keys == 1);

  const StateDigestAnswer live = must(client->state_digest());
  const auto replayed = daemon.replayed();
  CHECK(live.ledger_id == "a ledger");
  CHECK(live.position == replayed.position());
  CHECK(live.digest == state_digest_of(replayed.catalog, replayed.access));
}

TEST_CASE("C5: a list is of one state, however long it is and whatever happens meanwhile") {
  DaemonUnderTest daemon({.threads = GENERATE(std::size_t{1}, std::size_t{2})});
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  const std::string last = "zz";
  const std::size_t keys =
      GENERATE(std::size_t{300}, std::size_t{2'000});  // in one step, and from a past state
  for (std::size_t i = 0; i < keys; ++i) {
    must(client->run({.command = commands::CreateKey{
                          .account = kAccount, .username = "ada", .name = "k" + std::to_string(i)}}));
  }
  // The first and the last key of the list change together, and the first key is used all the time.
  std::atomic<bool> is_over = false;
  std::thread changing([&] {
    const auto other = daemon.connect();
    for (std::uint64_t i = 0; !is_over; ++i) {
      const std::string text = std::to_string(i);
      for (const std::string& key : {std::string("ada/ci"), "ada/k" + std::to_string(keys - 1)}) {
        must(other->run({.command = commands::EditKey{.key = key, .description = text}}));
        must(other->authenticate({.token = setting.token}));
      }
    }
  });
  for (int round = 0; round < 8; ++round) {
    std::set<Position> positions;
    std::vector<Row> rows;
    RawConnection connection(daemon.unix_endpoint);
    connection.send(Request{.id = 1, .body = AskList{.kind = RowKind::kKeys}});
    for (bool more = true; more;) {
      const Response response = connection.answer();
      more = response.more;
      const auto& answer = std::get<RowsAnswer>(response.body);
      positions.insert(answer.position);
      rows.insert(rows.end(), answer.rows.begin(), answer.rows.end());
    }
    REQUIRE(positions.size() == 1);
    REQUIRE(rows.size() == keys + 1);
    // The past state at this position has the same rows.
    const Rows then = rows_of(*client, AskState{.position = *positions.begin()});
    REQUIRE(then.rows.size() > rows.size());
    const std::vector<Row> same(then.rows.end() - static_cast<std::ptrdiff_t>(rows.size()), then.rows.end());
    CHECK((same == rows));
  }
  is_over = true;
  changing.join();
}

TEST_CASE("C5: a page of a long list with filters is of one state, and the pages make up the list") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  prepare(*client);
  for (std::size_t i = 0; i < 1'500; ++i) {
    const std::string tag = i % 100 == 0 ? "rare" : i % 2 == 0 ? "even" : "odd";
    must(client->run(
        {.command = commands::CreateKey{
             .account = kAccount, .username = "ada", .name = "k" + std::to_string(i), .tags = {tag}}}));
  }
  for (const auto& [tag, limit, total] :
       {std::tuple{"rare", 4U, 15U}, {"even", 100U, 735U}, {"odd", 0U, 750U}}) {
    AskList ask{.kind = RowKind::kKeys, .filter = {.tag = tag}, .limit = limit};
    std::size_t rows = 0;
    for (;;) {
      const Rows page = rows_of(*client, ask);
      rows += page.rows.size();
      if (page.rows.empty() || limit == 0) break;
      CHECK(page.rows.size() <= limit);
      CHECK(page.position == daemon.log.head().position);
      ask.after = std::get<KeyRow>(page.rows.back()).key_id;
    }
    CHECK(rows == total);
  }
  const Rows active = rows_of(
      *client,
      AskList{.kind = RowKind::kKeys, .filter = {.status = projections::KeyStatus::kActive}, .limit = 1'200});
  CHECK(active.rows.size() == 1'200);
}

TEST_CASE("C5: long lists that nobody reads give way to others, and take bounded memory") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  prepare(*client);
  const std::string description(255, 'd');
  for (std::size_t i = 0; i < 4'000; ++i) {
    must(client->run({.command = commands::CreateKey{.account = kAccount,
                                                     .username = "ada",
                                                     .name = "k" + std::to_string(i),
                                                     .description = description}}));
  }
  std::deque<RawConnection> unread;
  for (std::size_t i = 0; i <= kListStatesMax; ++i) {
    unread.emplace_back(daemon.unix_endpoint).send(Request{.id = 1, .body = AskList{.kind = RowKind::kKeys}});
    REQUIRE(unread.back().answer().more);
  }
  std::size_t given_up = 0;
  for (RawConnection& connection : unread) {
    Response last = connection.answer();
    while (last.more) last = connection.answer();
    if (!std::holds_alternative<Failure>(last.body)) continue;
    CHECK(failure_in(last).name == "overloaded");
    ++given_up;
  }
  CHECK(given_up == 1);
}

}  // namespace keyledger::net
