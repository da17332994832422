#include "projections/verdict.h"

#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

#include "ledger/values/key_digest.h"
#include "tests/support/story.h"

namespace keyledger::projections {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold
using tests::KeyOptions;
using tests::Story;

// An account with a staff user, a key, and a client with the key assigned; also a second account.
struct World {
  Story story;
  AccountNumber account = story.account(111122223333);
  AccountNumber other_account = story.account(444455556666);
  UserNumber ada = story.user("ada", account);
  ClientNumber bot = story.client("bot", account);
  KeyNumber key = story.key("ci", ada, account);

  World() { story.add(KeyAssigned{key, bot}); }

  Verdict ask(std::string_view token, std::string_view client = "") const {
    return judge(story.access(), Question{.token = token, .client = client}, story.now());
  }
  Verdict ask_key(std::string_view client = "") const { return ask(Story::token_of("ci"), client); }
  Verdict ask_anonymously(std::string_view client) const {
    return judge(story.access(), Question{.client = client}, story.now());
  }
};

TEST_CASE("an active key is allowed, alone and for its client, and the verdict says as of when") {
  const World world;
  const Verdict alone = world.ask_key();
  CHECK(alone == Verdict{.reason = VerdictReason::kAllowed, .key = world.key, .position = Position{7}});
  const Verdict with_client = world.ask_key("bot");
  CHECK(with_client.allowed());
  CHECK(with_client.client == world.bot);
}

TEST_CASE("what cannot be a token is malformed, without a lookup") {
  const World world;
  std::string mistyped = Story::token_of("ci");
  mistyped.back() = mistyped.back() == 'a' ? 'b' : 'a';
  const std::string text = GENERATE_COPY(std::string(), mistyped, std::string(5'000, 'a'),
                                         std::string("a\nb"), std::string("\xff\xfe"));
  CAPTURE(text);
  const Verdict verdict = world.ask(text, "bot");
  CHECK(verdict.reason == VerdictReason::kMalformed);
  CHECK(verdict.key == kNoKey);
}

TEST_CASE("a token of no key is unknown") {
  const World world;
  CHECK(world.ask(Story::token_of("another")).reason == VerdictReason::kUnknown);
  CHECK(world.ask(std::string(64, 'a')).reason == VerdictReason::kUnknown);
  CHECK(world.ask("Bearer " + Story::token_of("ci")).reason == VerdictReason::kUnknown);
}

TEST_CASE("a key is valid up to and at the moment of its expiry") {
  Story story;
  const AccountNumber account = story.account(1);
  const UserNumber ada = story.user("ada", account);
  const Timestamp expiry = later_by(story.now(), 10);
  story.key("ci", ada, account, {.expiry = expiry});
  const std::string token = Story::token_of("ci");
  const Question question{.token = token};
  CHECK(judge(story.access(), question, later_by(expiry, -1)).allowed());
  CHECK(judge(story.access(), question, expiry).allowed());
  CHECK(judge(story.access(), question, later_by(expiry, 1)).reason == VerdictReason::kExpired);
}

// Each step adds a fault of an earlier rule, and this rule decides the verdict.
TEST_CASE("of several faults the first in the order is the reason") {
  Story story;
  const AccountNumber account = story.account(1);
  const AccountNumber other = story.account(2);
  const UserNumber gone = story.user("gone", account, StaffFlag::kStaff, ActiveFlag::kInactive);
  const UserNumber ada = story.user("ada", account);
  const ClientNumber bot = story.client("bot", account);
  const ClientNumber foreign = story.client("foreign", other);
  const KeyNumber assigned = story.key("assigned", ada, account);
  story.add(KeyAssigned{assigned, bot});
  const KeyNumber foreign_key = story.key("theirs", story.user("eve", other), other);
  story.add(KeyAssigned{foreign_key, foreign});

  const auto reason = [&](const std::string& key, std::string_view client) {
    const std::string token = Story::token_of(key);
    return judge(story.access(), Question{.token = token, .client = client}, story.now()).reason;
  };
  story.key("plain", ada, account);
  CHECK(reason("plain", "") == VerdictReason::kAllowed);
  CHECK(reason("plain", "bot") == VerdictReason::kNotAssigned);
  CHECK(reason("plain", "foreign") == VerdictReason::kAccountMismatch);
  CHECK(reason("plain", "nobody") == VerdictReason::kClientUnknown);

  const KeyNumber owned = story.key("of gone", gone, account, {.expiry = later_by(story.now(), 5)});
  CHECK(reason("of gone", "nobody") == VerdictReason::kOwnerInactive);
  story.add(KeyDeactivated{owned});
  CHECK(reason("of gone", "nobody") == VerdictReason::kInactive);
  story.pass(6);
  CHECK(reason("of gone", "nobody") == VerdictReason::kExpired);
  story.add(KeyDeleted{owned});
  CHECK(reason("of gone", "nobody") == VerdictReason::kDeleted);
}

TEST_CASE("losing the staff flag is no reason: only a new key needs it") {
  Story story;
  const AccountNumber account = story.account(1);
  const UserNumber user = story.user("bob", account, StaffFlag::kNotStaff);
  story.key("old", user, account, {.imported_as = ActiveFlag::kActive});
  const std::string token = Story::token_of("old");
  CHECK(judge(story.access(), Question{.token = token}, story.now()).allowed());
}

TEST_CASE("a key that was deactivated works again once it is activated") {
  World world;
  world.story.add(KeyDeactivated{world.key});
  CHECK(world.ask_key().reason == VerdictReason::kInactive);
  world.story.add(KeyActivated{world.key});
  CHECK(world.ask_key().allowed());
}

TEST_CASE("a client without an assignment is public; with one it requires a key, for ever") {
  World world;
  world.story.client("open", world.account);
  CHECK(world.ask_anonymously("open").allowed());
  CHECK(world.ask_anonymously("open").key == kNoKey);
  CHECK(world.ask_anonymously("bot").reason == VerdictReason::kKeyRequired);

  SECTION("its last key deactivated") { world.story.add(KeyDeactivated{world.key}); }
  SECTION("its last key deleted") { world.story.add(KeyDeleted{world.key}); }
  SECTION("its last key unassigned") { world.story.add(KeyUnassigned{world.key, world.bot}); }
  CHECK(world.ask_anonymously("bot").reason == VerdictReason::kKeyRequired);
  CHECK_FALSE(world.ask_key("bot").allowed());
}

TEST_CASE("without a token and without a public client nobody answers") {
  const World world;
  CHECK(world.ask_anonymously("").reason == VerdictReason::kKeyRequired);
  CHECK(world.ask_anonymously("nobody").reason == VerdictReason::kClientUnknown);
}

TEST_CASE("a token that is presented is judged, even where the client is public") {
  World world;
  world.story.client("open", world.account);
  CHECK(world.ask(Story::token_of("another"), "open").reason == VerdictReason::kUnknown);
  CHECK(world.ask_key("open").allowed());
}

TEST_CASE("a client is named by id, by name, or by account and name") {
  World world;
  const ClientNumber twin = world.story.client("bot", world.other_account);
  const std::string id = to_string(Story::client_id_of(world.bot).uuid);
  CHECK(world.ask_key(id).client == world.bot);
  CHECK(world.ask_key("1111-2222-3333/bot").client == world.bot);
  CHECK(world.ask_key("4444-5555-6666/bot").client == twin);
  CHECK(world.ask_key("4444-5555-6666/bot").reason == VerdictReason::kAccountMismatch);
  // Both accounts have a client "bot", and no caller decides which one is meant.
  CHECK(world.ask_key("bot").reason == VerdictReason::kNameAmbiguous);
  CHECK(world.ask_key("bot").client == kNoClient);
  CHECK(world.ask_anonymously("bot").reason == VerdictReason::kNameAmbiguous);
  const auto named = [&](std::string_view text) { return find_named_client(world.story.access(), text); };
  CHECK(named("4444-5555-6666/bot") == NamedClient{.client = twin});
  CHECK(named("4444-5555-666/bot") == NamedClient{});
  CHECK(named("bot") == NamedClient{.is_ambiguous = true});
  CHECK(named("") == NamedClient{});
}

TEST_CASE("a name that only other accounts have means a client only if one of them has it") {
  World world;
  const ClientNumber theirs = world.story.client("theirs", world.other_account);
  CHECK(world.ask_key("theirs").reason == VerdictReason::kAccountMismatch);
  CHECK(world.ask_key("theirs").client == theirs);
  world.story.client("theirs", world.story.account(777788889999));
  CHECK(world.ask_key("theirs").reason == VerdictReason::kNameAmbiguous);
  CHECK(world.ask_key("theirs").client == kNoClient);
}

TEST_CASE("a key older than the lifetime still works, and says so") {
  Story story;
  const AccountNumber account = story.account(1);
  const UserNumber ada = story.user("ada", account);
  const std::int64_t lifetime = Policy{}.max_lifetime_days * kMicrosecondsPerDay;
  story.key("young", ada, account, {.created = later_by(story.now(), -lifetime)});
  story.key("old", ada, account, {.created = later_by(story.now(), -lifetime - 1)});
  const auto ask = [&](const std::string& name) {
    const std::string token = Story::token_of(name);
    return judge(story.access(), Question{.token = token}, story.now());
  };
  CHECK(ask("young").lifetime == LifetimeWarning::kNone);
  CHECK(ask("old").lifetime == LifetimeWarning::kExceeded);
  CHECK(ask("old").allowed());
}

TEST_CASE("a token is found by the scheme of its key") {
  Story story;
  const AccountNumber account = story.account(1);
  const UserNumber ada = story.user("ada", account);
  const Salt salt{1, 2, 3, 4, 5, 6, 7, 8};
  const std::string hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  const std::string salted_hex(64, 'b');
  const std::string bucketless_hex(64, 'c');
  KeyDigest salted = knox_salted_digest(salted_hex, salt).value();
  salted.bucket = salted_bucket(salted_hex.substr(0, 8));
  const auto import = [&](const std::string& name, const KeyDigest& digest) {
    return story.key(name, ada, account, {.imported_as = ActiveFlag::kActive, .digest = digest});
  };
  const auto found = [&](std::string_view token) {
    return judge(story.access(), Question{.token = token}, story.now()).key;
  };
  const KeyNumber knox5 = import("five", knox5_digest("pre" + hex));
  const KeyNumber knox4 = import("four", knox4_digest(hex).value());
  const KeyNumber with_bucket = import("salted", salted);
  const KeyNumber without = import("bucketless", knox_salted_digest(bucketless_hex, salt).value());
  const KeyNumber native = story.key("native", ada, account);
  CHECK(found("pre" + hex) == knox5);
  CHECK(found(hex) == knox4);
  CHECK(found(salted_hex) == with_bucket);
  CHECK(found(bucketless_hex) == without);
  CHECK(found(Story::token_of("native")) == native);
  CHECK(found(salted_hex.substr(1) + "a") == kNoKey);
}

// Tokens as other systems make them: short, long, with other signs, and of the length of native ones.
const std::vector<std::string> kForeignTokens = {"x",
                                                 "sk-1234567890abcdef",
                                                 "unkey_3ZH8Yq4ZkqK",
                                                 std::string(49, 'a'),
                                                 std::string(52, 'b'),
                                                 "kl_" + std::string(49, 'c'),
                                                 std::string(60, 'd'),
                                                 std::string(64, 'e'),
                                                 "pässword with blanks",
                                                 "eyJhbGciOi.eyJzdWIi.c2ln",
                                                 std::string(Secret::kLengthMax, 'f')};

TEST_CASE("A7: any token is found whose SHA-256 or SHA-512 was imported") {
  for (const std::string& token : kForeignTokens) {
    for (const KeyDigest& digest : {sha256_digest(token), knox5_digest(token)}) {
      CAPTURE(token, name_of(digest.scheme));
      Story story;
      const AccountNumber account = story.account(1);
      const UserNumber ada = story.user("ada", account);
      const KeyNumber native = story.key("native", ada, account);
      const Question question{.token = token};
      const VerdictReason before = judge(story.access(), question, story.now()).reason;
      CHECK((before == VerdictReason::kUnknown || before == VerdictReason::kMalformed));
      const KeyNumber key =
          story.key("foreign", ada, account, {.imported_as = ActiveFlag::kActive, .digest = digest});
      CHECK(judge(story.access(), question, story.now()).key == key);
      CHECK(judge(story.access(), question, story.now()).allowed());
      CHECK(judge(story.access(), Question{.token = token + "0"}, story.now()).key == kNoKey);
      const std::string own = Story::token_of("native");
      CHECK(judge(story.access(), Question{.token = own}, story.now()).key == native);
    }
  }
}

TEST_CASE("A7: tokens of other lengths are hashed only if the state has digests of other systems") {
  Story story;
  const AccountNumber account = story.account(1);
  const UserNumber ada = story.user("ada", account);
  story.key("native", ada, account);
  const std::string native = Story::token_of("native");
  const auto is_hashed = [&](const std::string& token) {
    return digest_token(story.access(), Question{.token = token}).has_sha256;
  };
  const auto import = [&](const std::string& name, const KeyDigest& digest) {
    return story.key(name, ada, account, {.imported_as = ActiveFlag::kActive, .digest = digest});
  };
  import("knox", knox5_digest("knox"));
  CHECK(is_hashed(native));
  CHECK_FALSE(is_hashed("sk-1"));
  const KeyNumber foreign = import("foreign", sha256_digest("sk-1"));
  CHECK(is_hashed(native));
  CHECK(is_hashed("sk-1"));
  CHECK(is_hashed(std::string(Secret::kLengthMax, 'a')));
  CHECK_FALSE(is_hashed(std::string(Secret::kLengthMax + 1, 'a')));
  CHECK_FALSE(digest_token(story.access(), Question{}).has_sha256);
  // A rotation replaces the foreign secret, which works until the end of the grace.
  story.add(KeyRotated{foreign, sha256_digest(Story::token_of("next")), later_by(story.now(), 10)});
  const std::string before = "sk-1";
  CHECK(judge(story.access(), Question{.token = before}, story.now()).superseded_until);
  CHECK(judge(story.access(), Question{.token = before}, later_by(story.now(), 11)).reason ==
        VerdictReason::kExpired);
}

TEST_CASE("A7: a token that is too long for a secret is malformed, and not hashed") {
  Story story;
  const AccountNumber account = story.account(1);
  const UserNumber ada = story.user("ada", account);
  const std::string token(Secret::kLengthMax + 1, 'a');
  story.key("long", ada, account, {.imported_as = ActiveFlag::kActive, .digest = sha256_digest(token)});
  CHECK(judge(story.access(), Question{.token = token}, story.now()).reason == VerdictReason::kMalformed);
}

TEST_CASE("digests that begin alike are told apart") {
  Story story;
  const AccountNumber account = story.account(1);
  const UserNumber ada = story.user("ada", account);
  KeyDigest forged = knox5_digest("genuine");
  for (std::size_t i = 16; i < forged.bytes.size(); ++i) forged.bytes[i] ^= 1;
  forged.bytes[9] ^= 1;  // one of the eight bytes by which the table finds
  const KeyNumber first =
      story.key("forged", ada, account, {.imported_as = ActiveFlag::kActive, .digest = forged});
  const KeyNumber second = story.key("genuine", ada, account,
                                     {.imported_as = ActiveFlag::kActive, .digest = knox5_digest("genuine")});
  CHECK(story.access().find_digest(forged).key == first);
  CHECK(story.access().find_digest(knox5_digest("genuine")).key == second);
  CHECK(story.access().find_digest(knox5_digest("neither")).key == kNoKey);
}

TEST_CASE("has_active_api_key counts assigned keys that are active, undeleted and unexpired now") {
  World world;
  const auto counts = [&] { return active_keys_of(world.story.access(), world.bot, world.story.now()); };
  CHECK(counts() == ActiveKeys{.assigned = 1, .active = 1, .requires_key = true});
  const KeyNumber brief =
      world.story.key("brief", world.ada, world.account, {.expiry = later_by(world.story.now(), 5)});
  world.story.add(KeyAssigned{brief, world.bot});
  CHECK(counts() == ActiveKeys{.assigned = 2, .active = 2, .requires_key = true});
  world.story.pass(5);
  CHECK(counts().active == 2);
  world.story.pass(1);
  CHECK(counts() == ActiveKeys{.assigned = 2, .active = 1, .requires_key = true});
  world.story.add(KeyDeactivated{world.key});
  CHECK(counts() == ActiveKeys{.assigned = 2, .active = 0, .requires_key = true});
  CHECK_FALSE(counts().has_active_key());
  world.story.add(KeyActivated{world.key});
  world.story.add(KeyDeleted{world.key});
  CHECK(counts().active == 0);
  world.story.add(KeyUnassigned{world.key, world.bot});
  world.story.add(KeyUnassigned{brief, world.bot});
  CHECK(counts() == ActiveKeys{.assigned = 0, .active = 0, .requires_key = true});
  const ClientNumber open = world.story.client("open", world.account);
  CHECK(active_keys_of(world.story.access(), open, world.story.now()) == ActiveKeys{});
}

}  // namespace
}  // namespace keyledger::projections
