// Parts G to K: limits, creation, account numbers, activation, use and lifetime.
#include "ledger/codec/record_codec.h"
#include "tests/cases/case_ledger.h"

namespace keyledger::tests {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every case

std::size_t undeleted_keys_of(const CaseLedger& given, const std::string& username) {
  return given.catalog().valid_keys_of(*given.catalog().find_user(username), kStoryBegins);
}

}  // namespace

TEST_CASE("G1: a user may have as many keys as he likes, while no limit is set") {
  CaseLedger given;
  for (int i = 0; i < 5; ++i) given.create("key_" + std::to_string(i));
  CHECK(undeleted_keys_of(given, "ada") == 5);
}

TEST_CASE("G6, G7, G8: deleting keys leaves those of others") {
  CaseLedger given;
  commands::CreateKey of_eve = given.key("eve_key");
  of_eve.account = CaseLedger::kOther;
  of_eve.username = "eve";
  given.run(of_eve);
  given.create("one");
  given.create("two");
  given.run(commands::DeleteKey{"one"});
  CHECK(undeleted_keys_of(given, "ada") == 1);
  given.run(commands::DeleteKey{"two"});
  CHECK(undeleted_keys_of(given, "ada") == 0);
  CHECK(undeleted_keys_of(given, "eve") == 1);
}

TEST_CASE("G11: the limit of keys per user holds on every path, and counts what is valid") {
  CaseLedger given;
  given.run(commands::ChangePolicy{.keys_per_user = 2});
  given.create("one", given.clock.now());
  given.create("two");
  const Refusal refusal = given.refusal_of(given.key("three"));
  CHECK(refusal.code == RefusalCode::kKeyLimitReached);
  CHECK(find_code(1032)->message == "Maximum amount of tokens allowed per user exceeded.");
  given.clock.pass(1);  // the first key expires
  given.create("three");
  CHECK(given.refusal_of(given.key("four")).code == RefusalCode::kKeyLimitReached);
  given.run(commands::DeleteKey{"two"});
  given.create("four");
}

TEST_CASE("H1, H2: a new key is active, unused, without expiry and tags") {
  CaseLedger given;
  CHECK(given.lets_in(given.create("ci")));
  CaseLedger fresh;
  fresh.create("ci");
  const projections::Key key = fresh.key_named("ci");
  CHECK(key.active == ActiveFlag::kActive);
  CHECK_FALSE(key.expiry.has_value());
  CHECK(key.tags.empty());
  CHECK(key.version == 1);
  CHECK_FALSE(fresh.access().usage_of(KeyNumber{1}).last_used.has_value());
}

TEST_CASE("H3, H4: only a staff user is given a key, and nothing is stored of the attempt") {
  CaseLedger given;
  commands::CreateKey command = given.key("ci");
  command.username = "bob";
  CHECK(given.refusal_of(command).code == RefusalCode::kNotStaff);
  CHECK(find_code(1001)->message == "API Keys can only be created for staff users.");
  CHECK(given.catalog().keys() == 0);
}

TEST_CASE("H6: losing staff later blocks neither use, deactivation nor deletion") {
  CaseLedger given;
  const std::string token = given.create("ci");
  given.run(commands::SetUser{.username = "ada", .staff = StaffFlag::kNotStaff});
  CHECK(given.lets_in(token));
  given.run(commands::DeactivateKey{"ci"});
  CHECK_FALSE(given.lets_in(token));
  given.run(commands::DeleteKey{"ci"});
  CHECK(given.refusal_of(given.key("next")).code == RefusalCode::kNotStaff);
}

TEST_CASE("H7: a key was created when its command was decided") {
  CaseLedger given;
  given.create("ci");
  given.clock.pass(kHour);
  CHECK(given.key_named("ci").created < given.clock.now());
}

TEST_CASE("H8: no expiry means never") {
  CaseLedger given;
  const std::string token = given.create("ci");
  given.clock.pass(1000 * kDay);
  CHECK(given.lets_in(token));
}

TEST_CASE("H9: a key may be created inactive") {
  CaseLedger given;
  commands::CreateKey command = given.key("ci");
  command.active = ActiveFlag::kInactive;
  given.run(command);
  CHECK(given.told(Story::token_of("ci")) == "Api key is not activated.");
  given.run(commands::ActivateKey{"ci"});
  CHECK(given.lets_in(Story::token_of("ci")));
}

TEST_CASE("H10: a description has at most 255 characters") {
  CaseLedger given;
  commands::CreateKey command = given.key("ci");
  for (int i = 0; i < 255; ++i) command.description += "ü";
  given.run(command);
  command = given.key("longer");
  command.description = std::string(256, 'x');
  CHECK(given.refusal_of(command).code == RefusalCode::kDescriptionTooLong);
}

TEST_CASE("H11: no record holds a secret or a part of one") {
  CaseLedger given;
  const std::string token = given.create("ci");
  given.use(token);
  given.run(commands::RotateKey{.key = "ci", .grace = kHour, .digest = sha256_digest("next secret")});
  given.use(token.substr(0, 20));
  for (const Record& record : given.records()) {
    const auto bytes = encode_record(record);
    const std::string text(bytes.begin(), bytes.end());
    CHECK(text.find(token.substr(3, 12)) == std::string::npos);
    CHECK(text.find("next secret") == std::string::npos);
  }
}

TEST_CASE("H12: a key is shown by its name") {
  CaseLedger given;
  given.create("N");
  const auto row = row_of(given.catalog(), projections::RowKind::kKeys, 0);
  CHECK(std::get<projections::KeyRow>(row).name == "N");
}

// Smarter requires snake case in manifests; the ledger allows any name in one line.
TEST_CASE("H15, H16: a name is one line of text, and a final line feed is refused") {
  CaseLedger given;
  for (const char* name : {"snake_case_1", "Production Key", "a__b", "_a", "A"}) given.create(name);
  for (const char* name : {"", "my_key\n", " blank", "a/b"}) {
    CAPTURE(name);
    CHECK(given.refusal_of(given.key(name)).code == RefusalCode::kNameInvalid);
  }
}

TEST_CASE("I2, I4: an account number is twelve ASCII digits in three groups, and nothing else") {
  CaseLedger given;
  for (const char* number :
       {"123456789012", "1234-5678-9012\n", "\xd9\xa1\xd9\xa2\xd9\xa3\xd9\xa4-5678-9012"}) {
    const Refusal refusal = given.refusal_of(commands::OpenAccount{number, "A", {}});
    CHECK(refusal.code == RefusalCode::kAccountNumberInvalid);
    CHECK(refusal.message().starts_with("Invalid account number"));
  }
}

TEST_CASE("I5: an account without a number, or with nines, is given one") {
  CaseLedger given;
  given.run(commands::OpenAccount{"", "A", AccountNumber{270268486849}});
  given.run(commands::OpenAccount{"9999-9999-9999", "B", AccountNumber{384812223233}});
  CHECK(given.catalog().find_account(AccountNumber{270268486849})->name == "A");
  CHECK(given.catalog().find_account(AccountNumber{384812223233})->name == "B");
}

TEST_CASE("I6: an account keeps its number for ever: what changes is its name") {
  CaseLedger given;
  given.run(commands::RenameAccount{CaseLedger::kAccount, "Acme Inc."});
  CHECK(given.catalog().find_account(AccountNumber{111122223333})->name == "Acme Inc.");
  CHECK(given.refusal_of(commands::OpenAccount{CaseLedger::kAccount, "again", {}}).code ==
        RefusalCode::kAccountExists);
}

TEST_CASE("J1: activate, deactivate and toggle do what they say") {
  CaseLedger given;
  given.create("ci");
  const auto is_active = [&] { return given.key_named("ci").active == ActiveFlag::kActive; };
  given.run(commands::DeactivateKey{"ci"});
  CHECK_FALSE(is_active());
  given.run(commands::ActivateKey{"ci"});
  CHECK(is_active());
  given.run(commands::ToggleKey{"ci"});
  CHECK_FALSE(is_active());
  given.run(commands::ToggleKey{"ci"});
  CHECK(is_active());
}

TEST_CASE("J2: activating an active key appends nothing") {
  CaseLedger given;
  given.create("ci");
  CHECK(given.run(commands::ActivateKey{"ci"}).events == 0);
}

TEST_CASE("J3, J4: an inactive key is refused, in Smarter's words") {
  CaseLedger given;
  const std::string token = given.create("ci");
  given.run(commands::DeactivateKey{"ci"});
  CHECK(given.told(token) == "Api key is not activated.");
}

TEST_CASE("J6: a wrong secret says nothing of the key's state") {
  CaseLedger given;
  const std::string token = given.create("ci");
  given.run(commands::DeactivateKey{"ci"});
  CHECK(given.told(token.substr(0, 20)) == "Invalid token.");
}

TEST_CASE("J7: expired comes before inactive") {
  CaseLedger given;
  const std::string token = given.create("ci", given.clock.now());
  given.run(commands::DeactivateKey{"ci"});
  given.clock.pass(1);
  CHECK(given.told(token) == "Invalid token.");
}

// Knox checks the user first, and Smarter then checks the key; the ledger checks the key, then its owner.
TEST_CASE("J8: an inactive key of an inactive user is refused as inactive") {
  CaseLedger given;
  const std::string token = given.create("ci");
  given.run(commands::DeactivateKey{"ci"});
  given.run(commands::SetUser{.username = "ada", .active = ActiveFlag::kInactive});
  CHECK(given.reason_of(token) == VerdictReason::kInactive);
  given.run(commands::ActivateKey{"ci"});
  CHECK(given.told(token) == "User inactive or deleted.");
}

TEST_CASE("J9: an activated key has the secret that it had") {
  CaseLedger given;
  const std::string token = given.create("ci");
  given.run(commands::DeactivateKey{"ci"});
  given.run(commands::ActivateKey{"ci"});
  CHECK(given.lets_in(token));
}

TEST_CASE("K1 to K5: the last use is the last use, at whatever distance") {
  CaseLedger given;
  const std::string token = given.create("ci");
  const auto last_used = [&] { return given.access().usage_of(KeyNumber{1}).last_used; };
  CHECK_FALSE(last_used().has_value());
  for (const std::int64_t pause : {std::int64_t{0}, std::int64_t{1}, 5 * 60 * kSecond, 10 * 60 * kSecond}) {
    given.clock.pass(pause);
    CHECK(given.lets_in(token));
    CHECK(last_used() == given.clock.now());
  }
  CHECK(given.access().usage_of(KeyNumber{1}).allowed == 4);
}

TEST_CASE("K6: a refused use does not change the last use") {
  CaseLedger given;
  const std::string token = given.create("ci");
  CHECK(given.lets_in(token));
  const Timestamp used = given.clock.now();
  given.run(commands::DeactivateKey{"ci"});
  given.clock.pass(kHour);
  CHECK_FALSE(given.lets_in(token));
  CHECK(given.access().usage_of(KeyNumber{1}).last_used == used);
}

TEST_CASE("K10: a key that expired yesterday is refused") {
  CaseLedger given;
  const std::string token = given.create("ci", given.clock.now());
  given.clock.pass(kDay);
  CHECK_FALSE(given.lets_in(token));
}

TEST_CASE("a key beyond its maximum lifetime is warned of, and refused only where the policy says so") {
  CaseLedger given;
  const std::string token = given.create("ci");
  given.clock.pass(1095 * kDay);
  CHECK(given.use(token).lifetime == projections::LifetimeWarning::kNone);
  given.clock.pass(1);
  const auto warned = given.use(token);
  CHECK(warned.allowed());
  CHECK(warned.lifetime == projections::LifetimeWarning::kExceeded);
  given.run(commands::ChangePolicy{.lifetime_rule = LifetimeRule::kEnforce});
  CHECK(given.reason_of(token) == VerdictReason::kExpired);
  given.run(commands::ChangePolicy{.max_lifetime_days = 0});
  CHECK(given.use(token).lifetime == projections::LifetimeWarning::kNone);
}

}  // namespace keyledger::tests
