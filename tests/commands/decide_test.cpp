#include "commands/decide.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/commands/scenario.h"

namespace keyledger::commands {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision
using tests::Story;
using Events = std::vector<Event>;

constexpr const char* kAccount = "1111-2222-3333";
constexpr const char* kOther = "4444-5555-6666";
constexpr AccountNumber kAccountNumber{111122223333};

CreateKey create(const std::string& name, const std::string& username = "ada") {
  return {.account = kAccount,
          .username = username,
          .name = name,
          .new_key_id = Story::key_id_of(KeyNumber{static_cast<std::uint32_t>(name.size() + 100)}),
          .digest = sha256_digest(name)};
}

RegisterClient client(const std::string& name, const std::string& account = kAccount) {
  const auto number = static_cast<std::uint32_t>(std::hash<std::string>{}(name + account));
  return {.account = account, .name = name, .new_client_id = Story::client_id_of(ClientNumber{number})};
}

// Two accounts; ada is staff and bob is not, in the first; eve is staff in the other.
Scenario scenario() {
  Scenario scenario;
  scenario.given(OpenAccount{kAccount, "Acme"})
      .given(OpenAccount{kOther, "Other"})
      .given(RegisterUser{kAccount, "ada", StaffFlag::kStaff})
      .given(RegisterUser{kAccount, "bob", StaffFlag::kNotStaff})
      .given(RegisterUser{kOther, "eve", StaffFlag::kStaff});
  return scenario;
}

TEST_CASE("opening an account") {
  const Scenario none;
  CHECK(none.events_of(OpenAccount{kAccount, "Acme"}) == Events{AccountOpened{kAccountNumber, "Acme"}});
}

TEST_CASE("an account that is open is not opened again") {
  CHECK(scenario().refusal_of(OpenAccount{kAccount, "Again"}) ==
        Refusal{RefusalCode::kAccountExists, kAccount});
}

TEST_CASE("an account number is twelve ASCII digits in three groups, exactly") {
  const std::string number =
      GENERATE("111122223333", "1111-2222-333", "1111-2222-33333", " 1111-2222-3333", "1111-2222-3333\n",
               "1111_2222_3333", "\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1-2222-3333", "abcd-2222-3333");
  CAPTURE(number);
  CHECK(scenario().refusal_of(OpenAccount{number, "Acme"}).code == RefusalCode::kAccountNumberInvalid);
}

TEST_CASE("a name is text, not too long, without a slash or blanks around it, and no id") {
  const Scenario given = scenario();
  const std::string name = GENERATE(std::string(), std::string(" x"), std::string("x "), std::string("a/b"),
                                    std::string("a\tb"), std::string("\xc3"), std::string(256, 'n'),
                                    std::string("0f8fad5b-d9cb-469f-a165-708677289500"));
  CAPTURE(name);
  CHECK(given.refusal_of(OpenAccount{"9999-9999-9999", name}).code == RefusalCode::kNameInvalid);
  CHECK(given.refusal_of(RegisterUser{kAccount, name, StaffFlag::kStaff}).code == RefusalCode::kNameInvalid);
  CHECK(given.refusal_of(client(name)).code == RefusalCode::kNameInvalid);
  CHECK(given.refusal_of(create(name)).code == RefusalCode::kNameInvalid);
}

TEST_CASE("registering a user makes him a member of the account") {
  CHECK(scenario().events_of(RegisterUser{kAccount, "new", StaffFlag::kStaff}) ==
        Events{UserRegistered{UserNumber{4}, "new", StaffFlag::kStaff, ActiveFlag::kActive},
               UserJoinedAccount{UserNumber{4}, kAccountNumber}});
}

TEST_CASE("a username is given once in the whole ledger") {
  const Scenario given = scenario();
  CHECK(given.refusal_of(RegisterUser{kOther, "ada", StaffFlag::kStaff}) ==
        Refusal{RefusalCode::kUserExists, "ada"});
  CHECK(
      given
          .refusal_of(RegisterUser{kAccount, std::string(kUsernameCharactersMax + 1, 'u'), StaffFlag::kStaff})
          .code == RefusalCode::kNameInvalid);
  CHECK(given.events_of(RegisterUser{kAccount, std::string(kUsernameCharactersMax, 'u'), StaffFlag::kStaff})
            .size() == 2);
}

TEST_CASE("what belongs to an account needs one that is open") {
  const Scenario given = scenario();
  CHECK(given.refusal_of(RegisterUser{"9999-9999-9999", "new", StaffFlag::kStaff}).code ==
        RefusalCode::kAccountUnknown);
  CHECK(given.refusal_of(client("bot", "9999-9999-9999")).code == RefusalCode::kAccountUnknown);
  CreateKey key = create("ci");
  key.account = "9999-9999-9999";
  CHECK(given.refusal_of(key).code == RefusalCode::kAccountUnknown);
  key.account = "9999";
  CHECK(given.refusal_of(key).code == RefusalCode::kAccountNumberInvalid);
}

TEST_CASE("a client's name is given once in its account") {
  Scenario given = scenario();
  given.given(client("bot"));
  CHECK(given.refusal_of(client("bot")) == Refusal{RefusalCode::kClientExists, "bot"});
  CHECK(given.events_of(client("bot", kOther)).size() == 1);
  const auto decided = given.when(client("new"));
  REQUIRE(decided.ok());
  CHECK(decided->entity == ref(ClientNumber{2}));
  CHECK(decided->events ==
        Events{ClientRegistered{ClientNumber{2}, client("new").new_client_id, kAccountNumber, "new"}});
}

TEST_CASE("creating a key records everything about it but the token") {
  Scenario given = scenario();
  given.story.pass(5);
  CreateKey command = create("ci");
  command.description = "builds";
  command.tags = {"prod"};
  command.expiry = later_by(given.story.now(), 60);
  const auto decided = given.when(command);
  REQUIRE(decided.ok());
  CHECK(decided->entity == ref(KeyNumber{1}));
  CHECK(decided->events == Events{KeyCreated{{.key = KeyNumber{1},
                                              .key_id = command.new_key_id,
                                              .owner = UserNumber{1},
                                              .account = kAccountNumber,
                                              .name = "ci",
                                              .description = "builds",
                                              .tags = {"prod"},
                                              .digest = sha256_digest("ci"),
                                              .created = given.story.now(),
                                              .expiry = command.expiry}}});
}

TEST_CASE("only a staff user may be given a new key") {
  const Refusal refusal = scenario().refusal_of(create("ci", "bob"));
  CHECK(refusal.code == RefusalCode::kNotStaff);
  CHECK(refusal.message() == "API Keys can only be created for staff users: bob");
}

TEST_CASE("a key's owner is a user, and a member of the key's account") {
  const Scenario given = scenario();
  CHECK(given.refusal_of(create("ci", "nobody")) == Refusal{RefusalCode::kUserUnknown, "nobody"});
  CHECK(given.refusal_of(create("ci", "eve")) == Refusal{RefusalCode::kUserNotInAccount, "eve"});
}

TEST_CASE("a key's name is given once among the owner's undeleted keys") {
  Scenario given = scenario();
  given.given(create("ci"));
  CHECK(given.refusal_of(create("ci")) == Refusal{RefusalCode::kKeyNameTaken, "ci"});
  given.given(DeleteKey{"ci"});
  CreateKey again = create("ci");
  again.digest = sha256_digest("a new token");
  CHECK(given.events_of(again).size() == 1);
}

TEST_CASE("a key may expire from now on, not before") {
  Scenario given = scenario();
  CreateKey command = create("ci");
  command.expiry = later_by(given.story.now(), -1);
  CHECK(given.refusal_of(command).code == RefusalCode::kExpiryPast);
  command.expiry = given.story.now();
  CHECK(given.events_of(command).size() == 1);
  command.expiry = later_by(kLatest, 1);
  CHECK(given.refusal_of(command).code == RefusalCode::kTimeInvalid);
}

TEST_CASE("a description has at most 255 characters, however many bytes") {
  Scenario given = scenario();
  CreateKey command = create("ci");
  for (int i = 0; i < 255; ++i) command.description += "\xc3\xa4";
  CHECK(given.events_of(command).size() == 1);
  command.description += "x";
  CHECK(given.refusal_of(command).code == RefusalCode::kDescriptionTooLong);
  command.description = "a\x01";
  CHECK(given.refusal_of(command).code == RefusalCode::kDescriptionTooLong);
}

TEST_CASE("tags are few, short and plain") {
  Scenario given = scenario();
  CreateKey command = create("ci");
  const auto code_with = [&](std::vector<std::string> tags) {
    command.tags = std::move(tags);
    return given.refusal_of(command).code;
  };
  CHECK(code_with({""}) == RefusalCode::kTagInvalid);
  CHECK(code_with({std::string(65, 't')}) == RefusalCode::kTagInvalid);
  CHECK(code_with({"a\nb"}) == RefusalCode::kTagInvalid);
  CHECK(code_with(std::vector<std::string>(33, "t")) == RefusalCode::kTagInvalid);
  command.tags = std::vector<std::string>(32, std::string(64, 't'));
  CHECK(given.events_of(command).size() == 1);
}

TEST_CASE("activating and deactivating are done once; toggling flips") {
  Scenario given = scenario();
  given.given(create("ci"));
  const KeyNumber key{1};
  CHECK(given.events_of(ActivateKey{"ci"}).empty());
  CHECK(given.when(ActivateKey{"ci"})->entity == ref(key));
  CHECK(given.events_of(DeactivateKey{"ci"}) == Events{KeyDeactivated{key}});
  CHECK(given.events_of(ToggleKey{"ci"}) == Events{KeyDeactivated{key}});
  given.given(DeactivateKey{"ci"});
  CHECK(given.events_of(DeactivateKey{"ci"}).empty());
  CHECK(given.events_of(ActivateKey{"ci"}) == Events{KeyActivated{key}});
  CHECK(given.events_of(ToggleKey{"ci"}) == Events{KeyActivated{key}});
}

TEST_CASE("deleting is for ever, and done once") {
  Scenario given = scenario();
  given.given(create("ci")).given(client("bot"));
  const std::string id = to_string(create("ci").new_key_id.uuid);
  CHECK(given.events_of(DeleteKey{"ci"}) == Events{KeyDeleted{KeyNumber{1}}});
  given.given(DeleteKey{"ci"});
  CHECK(given.events_of(DeleteKey{id}).empty());
  CHECK(given.refusal_of(DeleteKey{"ci"}) == Refusal{RefusalCode::kKeyUnknown, "ci"});
  const std::vector<Command> commands = {ActivateKey{id}, DeactivateKey{id}, ToggleKey{id},
                                         AssignKey{id, "bot"}};
  for (const Command& command : commands) {
    CHECK(given.refusal_of(command) == Refusal{RefusalCode::kKeyDeleted, id});
  }
}

TEST_CASE("assigning and unassigning are done once") {
  Scenario given = scenario();
  given.given(create("ci")).given(client("bot"));
  const KeyNumber key{1};
  const ClientNumber bot{1};
  CHECK(given.events_of(UnassignKey{"ci", "bot"}).empty());
  CHECK(given.events_of(AssignKey{"ci", "bot"}) == Events{KeyAssigned{key, bot}});
  given.given(AssignKey{"ci", "bot"});
  CHECK(given.events_of(AssignKey{"ci", "bot"}).empty());
  CHECK(given.when(AssignKey{"ci", "bot"})->entity == ref(key));
  CHECK(given.events_of(UnassignKey{"ci", "bot"}) == Events{KeyUnassigned{key, bot}});
}

TEST_CASE("a deleted key keeps its assignments until they are taken away") {
  Scenario given = scenario();
  given.given(create("ci")).given(client("bot")).given(AssignKey{"ci", "bot"}).given(DeleteKey{"ci"});
  const std::string id = to_string(create("ci").new_key_id.uuid);
  CHECK(given.events_of(UnassignKey{id, "bot"}) == Events{KeyUnassigned{KeyNumber{1}, ClientNumber{1}}});
}

TEST_CASE("key and client belong to one account") {
  Scenario given = scenario();
  given.given(create("ci")).given(client("theirs", kOther));
  CHECK(given.refusal_of(AssignKey{"ci", "theirs"}) ==
        Refusal{RefusalCode::kAccountMismatch, "ci and theirs"});
}

TEST_CASE("a name that several have is refused as ambiguous; with its owner or account it is not") {
  Scenario given = scenario();
  CreateKey eves = create("ci", "eve");
  eves.account = kOther;
  eves.digest = sha256_digest("eve's");
  eves.new_key_id = Story::key_id_of(KeyNumber{77});
  given.given(create("ci")).given(eves).given(client("bot")).given(client("bot", kOther));
  CHECK(given.refusal_of(DeactivateKey{"ci"}) == Refusal{RefusalCode::kNameAmbiguous, "ci"});
  CHECK(given.refusal_of(AssignKey{"ada/ci", "bot"}) == Refusal{RefusalCode::kNameAmbiguous, "bot"});
  CHECK(given.events_of(AssignKey{"eve/ci", "4444-5555-6666/bot"}) ==
        Events{KeyAssigned{KeyNumber{2}, ClientNumber{2}}});
  CHECK(given.events_of(DeactivateKey{to_string(eves.new_key_id.uuid)}) ==
        Events{KeyDeactivated{KeyNumber{2}}});
}

TEST_CASE("what does not exist is refused by its name") {
  Scenario given = scenario();
  given.given(create("ci"));
  CHECK(given.refusal_of(ActivateKey{"nothing"}) == Refusal{RefusalCode::kKeyUnknown, "nothing"});
  CHECK(given.refusal_of(AssignKey{"ci", "nothing"}) == Refusal{RefusalCode::kClientUnknown, "nothing"});
  CHECK(given.refusal_of(UnassignKey{"nothing", "bot"}) == Refusal{RefusalCode::kKeyUnknown, "nothing"});
}

}  // namespace
}  // namespace keyledger::commands
