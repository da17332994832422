// The writer's records: the sizes, and the record of a command without effect.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "commands/decision.h"
#include "ledger/codec/record_codec.h"
#include "tests/commands/writer_world.h"

namespace keyledger::commands {

TEST_CASE("an import of keys with very much to say is cut by bytes, too") {
  tests::WatchedLog log;
  World world(log);
  ImportKeys import{.account = kAccount, .users = {{.username = "ada", .staff = StaffFlag::kStaff}}};
  constexpr std::size_t kKeys = 300;
  for (std::size_t i = 0; i < kKeys; ++i) {
    ImportedKey key{.username = "ada",
                    .base_name = "key",
                    .digest = sha256_digest(std::to_string(i)),
                    .active = ActiveFlag::kActive,
                    .new_key_id = Story::key_id_of(KeyNumber{static_cast<std::uint32_t>(i + 1)})};
    for (std::size_t n = 0; n < kAnnotationsMax; ++n) {
      key.annotations.push_back({"note-" + std::to_string(n), std::string(kAnnotationCharactersMax, 'x')});
    }
    import.keys.push_back(std::move(key));
  }
  CHECK(world.done(import).added.keys == kKeys);
  for (const Record& record : records_in(log)) CHECK(encode_record(record).size() <= kNewRecordBytesMax);
  world.writer().stop();
  CHECK(digest_of(*world.writer().catalog()) == digest_of(catalog_of(log)));
}

TEST_CASE("a key of which as much is said as may be is made in one step, in records of the size of all") {
  tests::WatchedLog log;
  World world(log);
  begin(world);
  CreateKey command = create("ci");
  for (std::size_t i = 0; i < kAnnotationsMax; ++i) {
    command.annotations.push_back(
        {std::string(kAnnotationNameBytesMax - 2, 'n') + std::to_string(10 + i), ""});
    // Characters of four bytes.
    for (std::size_t n = 0; n < kAnnotationCharactersMax; ++n)
      command.annotations[i].value += "\xf0\x9f\x94\x91";
  }
  CommandContext context = with_id(std::string(kIdempotencyIdBytesMax, 'i'));
  context.reason = std::string(kReasonBytesMax, 'r');
  const int appends = log.appends;
  const Done done = world.done(command, context);
  CHECK(log.appends == appends + 1);
  CHECK(done.events > 2);
  const auto row = std::get<projections::KeyRow>(*done.entity);
  CHECK(row.annotations == command.annotations);
  CHECK(row.version == 2);
  for (const Record& record : records_in(log)) CHECK(encode_record(record).size() <= kNewRecordBytesMax);
  CHECK(world.done(command, context).events == done.events);
  world.writer().stop();
  CHECK(digest_of(*world.writer().catalog()) == digest_of(catalog_of(log)));
}

TEST_CASE("a command with an id that changes nothing is a record, which bears the id") {
  tests::WatchedLog log;
  {
    World world(log);
    begin(world);
    world.done(create("ci"));
    const Done done = world.done(ActivateKey{"ci"}, with_id("no-effect"));
    CHECK(done.events == 0);
    CHECK(done.first == kBeforeFirst);
    CHECK(done.position == Position{5});
    CHECK_FALSE(done.repeated);
    const Record record = records_in(log).back();
    CHECK(record.events == std::vector<Event>{CommandHadNoEffect{}});
    CHECK(record.idempotency_id == "no-effect");
    CHECK(world.published().back() == record);
    world.done(DeactivateKey{"ci"});
  }
  World after_restart(log);
  const Done again = after_restart.done(ActivateKey{"ci"}, with_id("no-effect"));
  CHECK(again.repeated);
  CHECK(again.events == 0);
  CHECK(again.first == kBeforeFirst);
  CHECK(again.position == Position{5});
  CHECK(after_restart.refusal(DeactivateKey{"ci"}, with_id("no-effect")) ==
        RefusalCode::kIdempotencyConflict);
  CHECK(log.end().position == Position{6});
}

TEST_CASE("a writer that is deposed says so, and writes no more") {
  tests::WatchedLog log;
  log.fails_as = AppendFailure::Outcome::kDeposed;
  std::atomic<bool> works = true;
  SECTION("at an append") {
    log.before_append = [&] { return works.load(); };
  }
  SECTION("at a sync") {
    log.before_sync = [&] { return works.load(); };
  }
  World world(log);
  begin(world);
  works = false;
  CHECK(world.error(create("ci")).code == ErrorCode::kDeposed);
  works = true;
  const int appends = log.appends;
  CHECK(world.error(create("other")).code == ErrorCode::kDeposed);
  Record use{.time = tests::kStoryBegins};
  use.events.push_back(UnknownTokensRefused{
      tests::kStoryBegins, tests::kStoryBegins, {{VerdictReason::kUnknown, std::nullopt, 1}}});
  CHECK(world.writer().append_uses(std::span(&use, 1)).error().code == ErrorCode::kDeposed);
  CHECK(log.appends == appends);
  world.writer().stop();
  CHECK(world.writer().failure()->code == ErrorCode::kDeposed);
  CHECK(world.writer().catalog() == nullptr);
}

}  // namespace keyledger::commands
