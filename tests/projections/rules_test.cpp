// The rules of the verdict beyond the key itself: accounts, members, addresses, limits, rotation.
#include <catch2/catch.hpp>
#include <string>

#include "projections/verdict.h"
#include "tests/support/story.h"

namespace keyledger::projections {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold
using tests::KeyOptions;
using tests::Story;

constexpr std::int64_t kSecond = kMicrosecondsPerSecond;

struct World {
  Story story;
  AccountNumber account = story.account(111122223333);
  UserNumber ada = story.user("ada", account);
  ClientNumber bot = story.client("bot", account);
  KeyNumber key = story.key("ci", ada, account);
  std::string token = Story::token_of("ci");

  World() { story.add(KeyAssigned{key, bot}); }

  Verdict ask(std::string_view text, std::string_view client = "", const char* from = nullptr) const {
    std::optional<Address> address;
    if (from != nullptr) address = parse_address(from);
    return judge(story.access(), {.token = text, .client = client, .address = address}, story.now());
  }
  VerdictReason reason(std::string_view client = "") const { return ask(token, client).reason; }

  // Adds an allowed use to the log, judged by the present state.
  void use() {
    story.add(KeysUsed{{.as_of = story.state().position(),
                        .addresses = {},
                        .uses = {{.time = story.now(), .key = key, .client = kNoClient}}}});
  }
};

}  // namespace

TEST_CASE("a key of a closed account lets nobody in, and its public clients neither") {
  World world;
  world.story.client("open", world.account);
  CHECK(judge(world.story.access(), {.token = std::nullopt, .client = "open", .address = {}}, {}).allowed());
  world.story.add(AccountClosed{world.account});
  CHECK(world.reason() == VerdictReason::kAccountClosed);
  CHECK(world.reason("bot") == VerdictReason::kAccountClosed);
  CHECK(judge(world.story.access(), {.token = std::nullopt, .client = "open", .address = {}}, {}).reason ==
        VerdictReason::kAccountClosed);
}

TEST_CASE("the key of an owner who left its account lets nobody in until he is back") {
  World world;
  world.story.add(UserLeftAccount{world.ada, world.account});
  CHECK(world.reason() == VerdictReason::kAccountMismatch);
  CHECK(world.reason("bot") == VerdictReason::kAccountMismatch);
  world.story.add(UserJoinedAccount{world.ada, world.account});
  CHECK(world.reason("bot") == VerdictReason::kAllowed);
}

TEST_CASE("an allow-list lets in who is on it, and nobody whose address is not known") {
  World world;
  world.story.add(KeyAllowListChanged{
      world.key, {*parse_address_range("192.0.2.0/24"), *parse_address_range("2001:db8::/32")}});
  CHECK(world.ask(world.token, "", "192.0.2.9").allowed());
  CHECK(world.ask(world.token, "", "2001:db8::9").allowed());
  CHECK(world.ask(world.token, "", "198.51.100.9").reason == VerdictReason::kAddressNotAllowed);
  CHECK(world.ask(world.token).reason == VerdictReason::kAddressNotAllowed);
  CHECK(world.ask(world.token, "nowhere", "198.51.100.9").reason == VerdictReason::kAddressNotAllowed);
  world.story.add(KeyAllowListChanged{world.key, {}});
  CHECK(world.ask(world.token).allowed());
}

TEST_CASE("a removed user's keys are refused as an inactive user's") {
  World world;
  world.story.add(UserRemoved{world.ada});
  CHECK(world.reason() == VerdictReason::kOwnerInactive);
}

TEST_CASE("a removed client is unknown by name and by id, and its name is free for another") {
  World world;
  const std::string id = to_string(Story::client_id_of(world.bot).uuid);
  world.story.add(ClientRemoved{world.bot});
  CHECK(world.reason("bot") == VerdictReason::kClientUnknown);
  CHECK(world.reason(id) == VerdictReason::kClientUnknown);
  const ClientNumber next = world.story.client("bot", world.account);
  CHECK(world.ask(world.token, "bot").client == next);
}

TEST_CASE("a renamed client answers to its new name and to its id") {
  World world;
  world.story.add(ClientRenamed{world.bot, "assistant"});
  CHECK(world.reason("bot") == VerdictReason::kClientUnknown);
  CHECK(world.reason("assistant") == VerdictReason::kAllowed);
  CHECK(world.reason("1111-2222-3333/assistant") == VerdictReason::kAllowed);
  CHECK(world.reason(to_string(Story::client_id_of(world.bot).uuid)) == VerdictReason::kAllowed);
}

TEST_CASE("a rate limit is judged last, says when to come back, and its uses are those on the record") {
  World world;
  world.story.add(KeyLimitChanged{world.key, RateLimit{.requests = 2, .window = 10 * kSecond}});
  world.use();
  CHECK(world.ask(world.token).allowed());
  world.use();
  const Verdict limited = world.ask(world.token);
  CHECK(limited.reason == VerdictReason::kRateLimited);
  CHECK(limited.retry_after == 5 * kSecond);
  CHECK(world.ask(world.token, "nowhere").reason == VerdictReason::kClientUnknown);
  world.story.pass(5 * kSecond);
  CHECK(world.ask(world.token).allowed());
  CHECK(world.ask(world.token).retry_after == 0);
  world.use();
  world.story.add(KeyLimitChanged{world.key, std::nullopt});
  CHECK(world.ask(world.token).allowed());
}

TEST_CASE("uses that are not folded yet count for the limit") {
  World world;
  world.story.add(KeyLimitChanged{world.key, RateLimit{.requests = 2, .window = 10 * kSecond}});
  PendingUses pending;
  const Question question{.token = world.token, .client = {}, .address = {}};
  for (int i = 0; i < 2; ++i) {
    CHECK(judge(world.story.access(), question, world.story.now(), pending).allowed());
    pending.note(world.story.access(), world.key, world.story.now());
  }
  CHECK(judge(world.story.access(), question, world.story.now(), pending).reason ==
        VerdictReason::kRateLimited);
  for (int i = 0; i < 2; ++i) pending.folded(world.key);
  CHECK(judge(world.story.access(), question, world.story.now(), pending).allowed());
}

TEST_CASE("a use that was judged before a limit was set does not count for it") {
  World world;
  const Position before = world.story.state().position();
  world.story.add(KeyLimitChanged{world.key, RateLimit{.requests = 1, .window = 10 * kSecond}});
  world.story.add(KeysUsed{{.as_of = before,
                            .addresses = {},
                            .uses = {{.time = world.story.now(), .key = world.key, .client = kNoClient}}}});
  CHECK(world.ask(world.token).allowed());
}

TEST_CASE(
    "a rotated key has a new secret; the old one works for its grace, with a warning, and then no more") {
  World world;
  const Timestamp until = later_by(world.story.now(), 60 * kSecond);
  world.story.add(KeyRotated{world.key, sha256_digest("the next secret"), until});
  // "the next secret" is no native token, so a question would not find the key. Only the digest is looked up
  // here.
  CHECK(world.ask(world.token).superseded_until == until);
  CHECK(world.ask(world.token, "bot").allowed());
  CHECK(world.story.access().find_digest(sha256_digest("the next secret")).key == world.key);
  world.story.pass(60 * kSecond);
  CHECK(world.ask(world.token).allowed());
  world.story.pass(1);
  const Verdict over = world.ask(world.token);
  CHECK(over.reason == VerdictReason::kExpired);
  CHECK(over.key == world.key);
  CHECK_FALSE(over.superseded_until.has_value());
}

TEST_CASE("without grace the old secret ends with the rotation, and those before it, whatever their grace") {
  World world;
  const std::string second = Story::token_of("second");
  const std::string third = Story::token_of("third");
  world.story.add(KeyRotated{world.key, sha256_digest(second), later_by(world.story.now(), 60 * kSecond)});
  world.story.add(KeyRotated{world.key, sha256_digest(third), std::nullopt});
  CHECK(world.ask(third).allowed());
  CHECK_FALSE(world.ask(third).superseded_until.has_value());
  CHECK(world.ask(second).reason == VerdictReason::kExpired);
  CHECK(world.ask(world.token).reason == VerdictReason::kExpired);
}

TEST_CASE("keys of every scheme can be rotated, and their old secrets have their grace") {
  World world;
  const std::string old = "00112233445566778899aabbccddeeff";
  Salt salt{1, 2, 3, 4, 5, 6, 7, 8};
  KeyDigest salted = *knox_salted_digest(old, salt);
  if (GENERATE(false, true)) salted.bucket = salted_bucket(old);
  const KeyDigest digest = GENERATE_COPY(knox5_digest(old), *knox4_digest(old), salted);
  const KeyNumber key = world.story.key("old", world.ada, world.account,
                                        {.imported_as = ActiveFlag::kActive, .digest = digest});
  REQUIRE(world.ask(old).key == key);
  const std::string next = Story::token_of("next");
  world.story.add(KeyRotated{key, sha256_digest(next), later_by(world.story.now(), kSecond)});
  CHECK(world.ask(old).superseded_until.has_value());
  CHECK(world.ask(next).key == key);
  world.story.pass(kSecond + 1);
  CHECK(world.ask(old).reason == VerdictReason::kExpired);
  CHECK(world.ask(next).allowed());
}

TEST_CASE("a secret in its grace is judged by all that is so of its key") {
  World world;
  world.story.add(
      KeyRotated{world.key, sha256_digest("the next secret"), later_by(world.story.now(), 60 * kSecond)});
  world.story.add(KeyDeactivated{world.key});
  CHECK(world.reason() == VerdictReason::kInactive);
  world.story.add(KeyDeleted{world.key});
  CHECK(world.reason() == VerdictReason::kDeleted);
}

}  // namespace keyledger::projections
