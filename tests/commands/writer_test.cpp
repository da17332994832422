#include "commands/writer.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "commands/decide.h"
#include "ledger/codec/record_codec.h"
#include "tests/commands/writer_world.h"

namespace keyledger::commands {
namespace {

// Holds up the first sync of a log, to let commands gather.
class HeldSync {
 public:
  explicit HeldSync(tests::WatchedLog& log) {
    log.before_sync = [this, first = true]() mutable {
      if (std::exchange(first, false)) {
        entered_.set_value();
        released_.get_future().wait();
      }
      return true;
    };
  }

  void wait_until_entered() { entered_.get_future().wait(); }
  void release() { released_.set_value(); }

 private:
  std::promise<void> entered_;
  std::promise<void> released_;
};

Record use_at(Timestamp time) {
  Record use{.time = time};
  use.events.push_back(KeysUsed{{.as_of = Position{4}, .uses = {{.time = time, .key = KeyNumber{1}}}}});
  return use;
}

TEST_CASE("a command is in the log, synced and published when it is acknowledged") {
  tests::WatchedLog log;
  World world(log);
  const Done done = world.done(OpenAccount{kAccount, "Acme"},
                               {.actor = OperatorActor{"uid:7"}, .origin = UnixOrigin{7}, .reason = "new"});
  CHECK(done.first == Position{1});
  CHECK(done.position == Position{1});
  CHECK(done.events == 1);
  CHECK_FALSE(done.repeated);
  CHECK(std::get<projections::AccountRow>(*done.entity).account == kAccount);
  CHECK(log.syncs == 1);
  CHECK(world.durable == 1);
  REQUIRE(world.published().size() == 1);
  CHECK(world.published() == records_in(log));
  const Record& record = world.published().front();
  CHECK(record.actor == Actor{OperatorActor{"uid:7"}});
  CHECK(record.origin == Origin{UnixOrigin{7}});
  CHECK(record.reason == "new");
  CHECK(record.time == tests::kStoryBegins);
}

TEST_CASE("a refused command leaves everything as it was") {
  tests::WatchedLog log;
  World world(log);
  CHECK(world.refusal(create("ci")) == RefusalCode::kAccountUnknown);
  CHECK(log.appends == 0);
  CHECK(log.head().position == kBeforeFirst);
}

TEST_CASE("what is so already appends nothing, and says as of when") {
  tests::WatchedLog log;
  World world(log);
  begin(world);
  world.done(create("ci"));
  const Done done = world.done(ActivateKey{"ci"});
  CHECK(done.events == 0);
  CHECK(done.first == kBeforeFirst);
  CHECK(done.position == Position{4});
  CHECK(std::get<projections::KeyRow>(*done.entity).name == "ci");
  CHECK(log.head().position == Position{4});
}

TEST_CASE("commands that arrive during a sync share the next one, and are decided one after the other") {
  tests::WatchedLog log;
  HeldSync sync(log);
  World world(log);
  auto opened = world.submit(OpenAccount{kAccount, "Acme"});
  sync.wait_until_entered();
  auto registered = world.submit(RegisterUser{kAccount, "ada", StaffFlag::kStaff});
  std::vector<std::future<Outcome>> created;
  for (int i = 0; i < 20; ++i) created.push_back(world.submit(create("key " + std::to_string(i))));
  auto taken = world.submit(create("key 0"));
  sync.release();
  CHECK(std::get<Done>(registered.get()).first == Position{2});
  for (std::uint64_t i = 0; i < 20; ++i) CHECK(std::get<Done>(created[i].get()).first == Position{4 + i});
  CHECK(std::get<Refusal>(taken.get()).code == RefusalCode::kKeyNameTaken);
  CHECK(log.syncs == 2);
  CHECK(log.appends == 2);
}

TEST_CASE("a repeated command with its idempotency id is answered as it was, and done once") {
  tests::WatchedLog log;
  Done first;
  {
    World world(log);
    begin(world);
    first = world.done(create("ci"), with_id("req-1"));
    world.done(DeactivateKey{"ci"});
    CHECK(world.refusal(create("other"), with_id("req-1")) == RefusalCode::kIdempotencyConflict);
  }
  World after_restart(log);
  const Done again = after_restart.done(create("ci"), with_id("req-1"));
  CHECK(again.repeated);
  CHECK(again.first == first.first);
  CHECK(again.position == first.position);
  CHECK(again.events == 1);
  CHECK(std::get<projections::KeyRow>(*again.entity).key_id ==
        std::get<projections::KeyRow>(*first.entity).key_id);
  CHECK(log.head().position == Position{5});
}

TEST_CASE("twins in one batch are done once") {
  tests::WatchedLog log;
  HeldSync sync(log);
  World world(log);
  auto opened = world.submit(OpenAccount{kAccount, "Acme"});
  sync.wait_until_entered();
  const RegisterUser ada{kAccount, "ada", StaffFlag::kStaff};
  auto one = world.submit(ada, with_id("same"));
  auto two = world.submit(ada, with_id("same"));
  sync.release();
  CHECK_FALSE(std::get<Done>(one.get()).repeated);
  CHECK(std::get<Done>(two.get()).repeated);
  CHECK(log.head().position == Position{3});
}

TEST_CASE("a reason and an idempotency id have limits") {
  tests::WatchedLog log;
  World world(log);
  const OpenAccount open{kAccount, "Acme"};
  CHECK(world.refusal(open, {.reason = std::string(kReasonBytesMax + 1, 'r')}) ==
        RefusalCode::kReasonTooLong);
  CHECK(world.refusal(open, {.reason = "a\nb"}) == RefusalCode::kReasonTooLong);
  CHECK(world.refusal(open, with_id(std::string(kIdempotencyIdBytesMax + 1, 'i'))) ==
        RefusalCode::kIdempotencyIdInvalid);
  CHECK(world.refusal(open, with_id("a b")) == RefusalCode::kIdempotencyIdInvalid);
  CHECK(world
            .done(open, {.reason = std::string(kReasonBytesMax, 'r'),
                         .idempotency_id = std::string(kIdempotencyIdBytesMax, 'i')})
            .events == 1);
}

ImportKeys import_of(std::size_t users) {
  ImportKeys import{.account = kAccount};
  for (std::size_t i = 0; i < users; ++i) {
    import.users.push_back({.username = "user " + std::to_string(i), .active = ActiveFlag::kActive});
  }
  return import;
}

TEST_CASE("a big import is several records, appended in parts, and its id covers them all") {
  tests::WatchedLog log;
  World world(log);
  const ImportKeys import = import_of(kEventsPerAppend);
  const Done done = world.done(import, with_id("import"));
  CHECK(done.events == 1 + 2 * kEventsPerAppend);
  CHECK(done.added.users == kEventsPerAppend);
  CHECK(done.position == Position{done.events});
  CHECK(log.appends == 2);
  CHECK(log.head().records >= 3);
  const Done again = world.done(import, with_id("import"));
  CHECK(again.repeated);
  CHECK(again.added.users == kEventsPerAppend);
  CHECK(again.events == done.events);
  CHECK(log.appends == 2);
}

TEST_CASE("uses come between the parts of an import, which is whole in the catalog and to its id") {
  constexpr std::size_t kUsers = 20 * kEventsPerAppend;
  tests::WatchedLog log;
  World world(log);
  begin(world);
  world.done(create("ci"));
  std::atomic<bool> is_intended = false;
  std::atomic<bool> is_done = false;
  std::thread::id importer;
  log.before_intend = [&] {
    importer = std::this_thread::get_id();
    is_intended = true;
    is_intended.notify_one();
    return true;
  };
  // Each part takes long enough for uses to arrive and wait.
  log.before_append = [&] {
    if (is_intended && std::this_thread::get_id() == importer)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return true;
  };
  std::thread presenter([&] {
    is_intended.wait(false);
    for (std::int64_t i = 1; !is_done; ++i) {
      Record use = use_at(later_by(tests::kStoryBegins, i * 10));
      if (!world.writer().append_uses(std::span(&use, 1))) return;
    }
  });
  const Done done = world.done(import_of(kUsers), with_id("import"));
  is_done = true;
  presenter.join();
  CHECK(done.added.users == kUsers);
  std::vector<Position> parts;
  std::size_t uses_between = 0;
  for (const Record& record : records_in(log)) {
    if (record.idempotency_id == "import") parts.push_back(record.position);
    const bool is_between = !parts.empty() && record.position < done.position;
    if (is_between && record.idempotency_id.empty()) ++uses_between;
  }
  CHECK(parts.front() == done.first);
  CHECK(uses_between > 0);
  CHECK(done.position.value() - done.first.value() + 1 == done.events + uses_between);
  const Done again = world.done(import_of(kUsers), with_id("import"));
  CHECK(again.repeated);
  CHECK(again.events == done.events);
  CHECK(again.added.users == kUsers);
  world.writer().stop();
  REQUIRE(world.writer().catalog() != nullptr);
  CHECK(digest_of(*world.writer().catalog()) == digest_of(catalog_of(log)));
}

TEST_CASE("an import that cannot be intended is answered, leaves nothing, and is final") {
  tests::WatchedLog log;
  log.before_intend = [] { return false; };
  World world(log);
  begin(world);
  const LogHead before = log.head();
  CHECK(world.error(import_of(2 * kEventsPerAppend)).code == ErrorCode::kWriteFailed);
  CHECK(world.error(create("ci")).code == ErrorCode::kWriteFailed);
  Record use = use_at(tests::kStoryBegins);
  CHECK(world.writer().append_uses(std::span(&use, 1)).error().code == ErrorCode::kWriteFailed);
  CHECK(log.head() == before);
}

TEST_CASE("a write that fails is answered, published to nobody, and final") {
  tests::WatchedLog log;
  std::atomic<bool> works = true;
  SECTION("the append") {
    log.before_append = [&] { return works.load(); };
  }
  SECTION("the sync") {
    log.before_sync = [&] { return works.load(); };
  }
  World world(log);
  begin(world);
  works = false;
  CHECK(world.error(create("ci")).code == ErrorCode::kWriteFailed);
  works = true;
  CHECK(world.error(create("other")).code == ErrorCode::kWriteFailed);
  CHECK(world.published().size() == 2);
  CHECK(world.durable == 3);
  std::promise<Result<void>> queried;
  world.writer().query([&](const Result<Writer::View>& view) {
    queried.set_value(view ? Result<void>() : Result<void>(view.error()));
  });
  CHECK(queried.get_future().get().error().code == ErrorCode::kWriteFailed);
  Record use;
  use.events.push_back(KeysUsed{{.uses = {{.key = KeyNumber{1}}}}});
  CHECK(world.writer().append_uses(std::span(&use, 1)).error().code == ErrorCode::kWriteFailed);
}

TEST_CASE("uses are appended beside the commands, and synced when no command comes") {
  tests::WatchedLog log;
  World world(log);
  begin(world);
  world.done(create("ci"));
  Record use = use_at(later_by(tests::kStoryBegins, -9));
  REQUIRE(world.writer().append_uses(std::span(&use, 1)).ok());
  CHECK(use.position == Position{5});
  CHECK(use.time == tests::kStoryBegins);  // record times never decrease
  world.durable.wait(4);
  CHECK(world.durable == 5);
  CHECK(world.done(DeactivateKey{"ci"}).first == Position{6});
}

TEST_CASE("record times never decrease, whatever the clock does") {
  tests::WatchedLog log;
  World world(log);
  begin(world);
  world.clock.pass(-1'000);
  world.done(create("ci"));
  world.clock.pass(5'000);
  world.done(DeactivateKey{"ci"});
  const auto records = records_in(log);
  REQUIRE(records.size() == 4);
  CHECK(records[2].time == tests::kStoryBegins);
  CHECK(std::get<KeyCreated>(records[2].events[0]).details.created == tests::kStoryBegins);
  CHECK(records[3].time == later_by(tests::kStoryBegins, 4'000));
}

// A use takes its own time, and the log's times do not decrease.
TEST_CASE("what uses overtook is as old in the catalog as in the log") {
  tests::WatchedLog log;
  World world(log);
  begin(world);
  world.done(create("ci"));
  HeldSync sync(log);
  auto deactivated = world.submit(DeactivateKey{"ci"});
  sync.wait_until_entered();
  // The three commands are decided in one go, and a use comes before the last decision.
  auto opened = world.submit(OpenAccount{"4444-5555-6666", "Other"});
  auto added = world.submit(RegisterUser{kAccount, "bob", StaffFlag::kStaff});
  auto client = world.submit(RegisterClient{kAccount, "bot", Story::client_id_of(ClientNumber{1})});
  std::promise<bool> used;  // assertions belong to this thread
  world.at_clock = [&, calls = 0]() mutable {
    if (++calls != 3) return;
    Record use = use_at(later_by(tests::kStoryBegins, 1'000));
    used.set_value(world.writer().append_uses(std::span(&use, 1)).ok());
  };
  sync.release();
  CHECK(used.get_future().get());
  for (auto* each : {&deactivated, &opened, &added, &client})
    CHECK(std::holds_alternative<Done>(each->get()));
  world.writer().stop();
  const projections::Catalog* catalog = world.writer().catalog();
  REQUIRE(catalog != nullptr);
  CHECK(catalog->user(UserNumber{2}).registered == later_by(tests::kStoryBegins, 1'000));
  CHECK(digest_of(*catalog) == digest_of(catalog_of(log)));
}

TEST_CASE("a query sees what was submitted before it, durable") {
  tests::WatchedLog log;
  World world(log);
  auto opened = world.submit(OpenAccount{kAccount, "Acme"});
  std::promise<std::pair<std::size_t, Position>> seen;
  world.writer().query([&](const Result<Writer::View>& view) {
    seen.set_value({view->catalog.accounts().size(), view->position});
  });
  CHECK(seen.get_future().get() == std::pair<std::size_t, Position>{1, Position{1}});
  CHECK(world.durable == 1);
}

TEST_CASE("stopping finishes what was submitted, and refuses what comes later") {
  tests::WatchedLog log;
  World world(log);
  std::vector<std::future<Outcome>> opened;
  for (int i = 1000; i < 1050; ++i) {
    opened.push_back(world.submit(OpenAccount{std::to_string(i) + "-0000-0000", "Acme"}));
  }
  world.writer().stop();
  for (auto& outcome : opened) CHECK(std::holds_alternative<Done>(outcome.get()));
  CHECK(world.writer().catalog()->accounts().size() == 50);
  CHECK(world.error(OpenAccount{kAccount, "late"}).code == ErrorCode::kStopping);
  bool refused = false;
  world.writer().query([&](const Result<Writer::View>& view) {
    refused = !view && view.error().code == ErrorCode::kStopping;
  });
  CHECK(refused);
}

TEST_CASE("uses are synced while queries keep coming") {
  tests::WatchedLog log;
  World world(log);
  begin(world);
  world.done(create("ci"));
  Record use = use_at(tests::kStoryBegins);
  REQUIRE(world.writer().append_uses(std::span(&use, 1)).ok());
  // Each answer brings the next query, to keep the queue from becoming empty.
  std::promise<void> synced;
  std::function<void()> ask = [&] {
    if (world.durable == 5) return synced.set_value();
    world.writer().query([&](const Result<Writer::View>&) { ask(); });
  };
  ask();
  synced.get_future().wait();
  CHECK(world.durable == 5);
}

TEST_CASE("uses that come after the writer has stopped are synced when asked for") {
  tests::WatchedLog log;
  World world(log);
  begin(world);
  world.done(create("ci"));
  world.writer().stop();
  Record use = use_at(tests::kStoryBegins);
  REQUIRE(world.writer().append_uses(std::span(&use, 1)).ok());
  CHECK(world.durable == 4);
  REQUIRE(world.writer().sync_uses().ok());
  CHECK(world.durable == 5);
}

// A client asks again after a lost answer; meanwhile somebody has deactivated the key.
TEST_CASE("a repeated command that changed nothing still changes nothing") {
  tests::WatchedLog log;
  {
    World world(log);
    begin(world);
    world.done(create("ci"));
    CHECK(world.done(ActivateKey{"ci"}, with_id("retry")).events == 0);
    world.done(DeactivateKey{"ci"});
  }
  World after_restart(log);
  const Done again = after_restart.done(ActivateKey{"ci"}, with_id("retry"));
  CHECK(again.repeated);
  CHECK(again.events == 0);
  CHECK(again.position == Position{5});  // of the record without effect
  CHECK(after_restart.writer().catalog()->key(KeyNumber{1}).active == ActiveFlag::kInactive);
  CHECK(after_restart.refusal(DeleteKey{"ci"}, with_id("retry")) == RefusalCode::kIdempotencyConflict);
}

TEST_CASE("what an import says of its source has the limits of a reason") {
  tests::WatchedLog log;
  World world(log);
  const auto refusal_of = [&](std::string source) {
    return world.refusal(ImportKeys{.account = kAccount}, {.actor = ImportActor{std::move(source)}});
  };
  CHECK(refusal_of(std::string(kReasonBytesMax + 1, 's')) == RefusalCode::kImportSourceInvalid);
  CHECK(refusal_of("dump.json\x1b[2J") == RefusalCode::kImportSourceInvalid);
  const ImportKeys import{.account = kAccount, .users = {{.username = "ada"}}};
  CHECK(world.done(import, {.actor = ImportActor{"dump.json"}}).events == 3);
}

TEST_CASE("after a failed write there is no catalog to vouch for") {
  tests::WatchedLog log;
  std::atomic<bool> works = true;
  log.before_append = [&] { return works.load(); };
  World world(log);
  begin(world);
  works = false;
  world.error(create("ci"));
  world.writer().stop();
  CHECK(world.writer().catalog() == nullptr);
}

TEST_CASE("more commands than one sync takes are done in several") {
  tests::WatchedLog log;
  HeldSync sync(log);
  World world(log);
  auto opened = world.submit(OpenAccount{kAccount, "Acme"});
  sync.wait_until_entered();
  std::vector<std::future<Outcome>> registered;
  for (std::size_t i = 0; i <= kCommandsPerCommitMax; ++i) {
    registered.push_back(
        world.submit(RegisterUser{kAccount, "user " + std::to_string(i), StaffFlag::kStaff}));
  }
  sync.release();
  for (auto& outcome : registered) REQUIRE(std::holds_alternative<Done>(outcome.get()));
  CHECK(log.syncs == 3);
}

}  // namespace
}  // namespace keyledger::commands
