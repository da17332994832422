// Tests of a writer without a catalog at the beginning.
#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <thread>

#include "tests/commands/writer_world.h"

namespace keyledger::commands {
namespace {

// Supplies the catalog of a log after release(), or kStopping if a stop is requested before.
class HeldCatalog {
 public:
  explicit HeldCatalog(const IndexedLog& log) : catalog_(catalog_of(log)) {}

  Writer::Supply supply() {
    return [this](const std::stop_token& stop) -> Result<projections::Catalog> {
      while (!is_released_ && !stop.stop_requested()) std::this_thread::yield();
      if (!is_released_) return Error{ErrorCode::kStopping, ""};
      return std::move(catalog_);
    };
  }
  void release() { is_released_ = true; }

 private:
  projections::Catalog catalog_;
  std::atomic<bool> is_released_ = false;
};

Record a_use() {
  Record use;
  use.events.emplace_back(
      UnknownTokensRefused{.from = tests::kStoryBegins,
                           .to = tests::kStoryBegins,
                           .counts = {{.reason = VerdictReason::kUnknown, .address = {}, .count = 1}}});
  return use;
}

TEST_CASE("commands and queries wait for the catalog, and are done in their order when it is there") {
  tests::WatchedLog log;
  { World(log).done(OpenAccount{kAccount, "Acme"}); }
  HeldCatalog catalog(log);
  World world(log, catalog.supply());
  auto ada = world.submit(RegisterUser{kAccount, "ada", StaffFlag::kStaff});
  std::promise<std::size_t> users;
  world.writer().query([&](const Result<Writer::View>& view) { users.set_value(view->catalog.users()); });
  auto twin = world.submit(RegisterUser{kAccount, "ada", StaffFlag::kStaff});
  auto key = world.submit(create("ci"));

  // Meanwhile uses are written, and synced.
  std::vector<Record> uses{a_use()};
  REQUIRE(world.writer().append_uses(uses).ok());
  std::promise<bool> synced;
  world.writer().sync_soon([&](const Result<void>& done) { synced.set_value(done.ok()); });
  CHECK(synced.get_future().get());
  CHECK(log.head().position == uses.front().position);
  CHECK(ada.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);

  catalog.release();
  CHECK(std::get<Done>(ada.get()).first == uses.front().position.next());
  CHECK(users.get_future().get() == 1);
  CHECK(std::get<Refusal>(twin.get()).code == RefusalCode::kUserExists);
  CHECK(std::get<Done>(key.get()).added.keys == 0);
  CHECK(world.done(create("cd")).events == 1);
  world.writer().stop();
  CHECK_FALSE(world.writer().failure());
  REQUIRE(world.writer().catalog() != nullptr);
  CHECK(world.writer().catalog()->keys() == 2);
}

TEST_CASE("refreshes do not wait for the catalog: the next use asks again") {
  tests::WatchedLog log;
  HeldCatalog catalog(log);
  World world(log, catalog.supply());
  std::shared_ptr<int> held = std::make_shared<int>();
  const std::weak_ptr<int> watched = held;
  world.writer().submit(RefreshKeys{}, {}, [held = std::move(held)](const Outcome&) {});
  std::promise<void> synced;
  world.writer().sync_soon([&](const Result<void>&) { synced.set_value(); });
  synced.get_future().wait();
  CHECK(watched.expired());
  catalog.release();
}

TEST_CASE("a writer that is stopped before its catalog is there refuses what waits, and syncs its uses") {
  tests::WatchedLog log;
  HeldCatalog catalog(log);
  World world(log, catalog.supply());
  auto account = world.submit(OpenAccount{kAccount, "Acme"});
  std::promise<Result<void>> query;
  world.writer().query([&](const Result<Writer::View>& view) {
    query.set_value(view ? Result<void>() : Result<void>(view.error()));
  });
  std::vector<Record> uses{a_use()};
  REQUIRE(world.writer().append_uses(uses).ok());
  world.writer().stop();
  CHECK(std::get<Error>(account.get()).code == ErrorCode::kStopping);
  CHECK(query.get_future().get().error().code == ErrorCode::kStopping);
  CHECK(world.writer().sync_uses().ok());
  CHECK(log.head().position == uses.front().position);
  CHECK(world.durable == uses.front().position.value());
  CHECK(world.writer().catalog() == nullptr);
  CHECK_FALSE(world.writer().failure());
}

TEST_CASE("without a catalog to be had, commands and queries are told why, and uses are taken") {
  tests::WatchedLog log;
  World world(log, [](const std::stop_token&) -> Result<projections::Catalog> {
    return Error{ErrorCode::kCorruptRecord, "at position 7"};
  });
  for (int i = 0; i < 2; ++i) {
    CHECK(world.error(OpenAccount{kAccount, "Acme"}).code == ErrorCode::kCorruptRecord);
  }
  std::promise<ErrorCode> query;
  world.writer().query([&](const Result<Writer::View>& view) { query.set_value(view.error().code); });
  CHECK(query.get_future().get() == ErrorCode::kCorruptRecord);
  std::vector<Record> uses{a_use()};
  CHECK(world.writer().append_uses(uses).ok());
  world.writer().stop();
  CHECK(world.writer().catalog() == nullptr);
  REQUIRE(world.writer().failure());
  CHECK(world.writer().failure()->code == ErrorCode::kCorruptRecord);
}

}  // namespace
}  // namespace keyledger::commands
