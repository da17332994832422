// Decisions about changes of entities and keys, each with the refusals.
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
constexpr const char* kNowhere = "9999-0000-9999";
constexpr AccountNumber kAccountNumber{111122223333};
constexpr AccountNumber kOtherNumber{444455556666};
constexpr UserNumber kAda{1};
constexpr KeyNumber kKey{1};
constexpr ClientNumber kBot{1};

CreateKey create(const std::string& name) {
  return {.account = kAccount,
          .username = "ada",
          .name = name,
          .new_key_id = Story::key_id_of(KeyNumber{static_cast<std::uint32_t>(name.size() + 100)}),
          .digest = sha256_digest(name)};
}

// An account with ada, her key "ci", and a client "bot"; another account.
Scenario scenario() {
  Scenario scenario;
  scenario.given(OpenAccount{kAccount, "Acme", {}})
      .given(OpenAccount{kOther, "Other", {}})
      .given(RegisterUser{kAccount, "ada", StaffFlag::kStaff})
      .given(RegisterClient{kAccount, "bot", Story::client_id_of(kBot)})
      .given(create("ci"));
  return scenario;
}

RefusalCode refusal(const Command& command) { return scenario().refusal_of(command).code; }
Events events(const Command& command) { return scenario().events_of(command); }

}  // namespace

// ---- Accounts ----

TEST_CASE("an account is renamed, once") {
  CHECK(events(RenameAccount{kAccount, "New"}) == Events{AccountRenamed{kAccountNumber, "New"}});
  CHECK(events(RenameAccount{kAccount, "Acme"}).empty());
  CHECK(refusal(RenameAccount{kNowhere, "New"}) == RefusalCode::kAccountUnknown);
  CHECK(refusal(RenameAccount{kAccount, "a/b"}) == RefusalCode::kNameInvalid);
}

TEST_CASE("a closed account takes nothing new, and what it has can still be taken away") {
  Scenario given = scenario();
  CHECK(given.events_of(CloseAccount{kAccount}) == Events{AccountClosed{kAccountNumber}});
  given.given(RegisterClient{kAccount, "second", Story::client_id_of(ClientNumber{2})});
  given.given(AssignKey{"ci", "bot"}).given(CloseAccount{kAccount});
  CHECK(given.events_of(CloseAccount{kAccount}).empty());
  const std::vector<Command> refused = {RenameAccount{kAccount, "New"},
                                        RegisterUser{kAccount, "bob", StaffFlag::kStaff},
                                        SetUser{.username = "ada", .join = {kAccount}},
                                        RegisterClient{kAccount, "new", Story::client_id_of(ClientNumber{9})},
                                        create("next"),
                                        RotateKey{"ci", 0, sha256_digest("next")},
                                        AssignKey{"ci", "second"},
                                        OpenClientToPublic{"bot"}};
  for (const Command& command : refused) {
    CAPTURE(command.index());
    CHECK(given.refusal_of(command).code == RefusalCode::kAccountClosed);
  }
  CHECK(given.events_of(DeactivateKey{"ci"}).size() == 1);
  CHECK(given.events_of(UnassignKey{"ci", "bot"}).size() == 1);
  CHECK(given.events_of(RemoveClient{"bot"}).size() == 1);
}

// ---- Users ----

TEST_CASE("what a user is changes in one step, as far as it is not so already") {
  CHECK(events(SetUser{.username = "ada",
                       .staff = StaffFlag::kNotStaff,
                       .active = ActiveFlag::kInactive,
                       .join = {kOther, kOther},
                       .leave = {kAccount}}) ==
        Events{UserStaffChanged{kAda, StaffFlag::kNotStaff}, UserActiveChanged{kAda, ActiveFlag::kInactive},
               UserJoinedAccount{kAda, kOtherNumber}, UserLeftAccount{kAda, kAccountNumber}});
  CHECK(events(SetUser{.username = "ada",
                       .staff = StaffFlag::kStaff,
                       .active = ActiveFlag::kActive,
                       .join = {kAccount},
                       .leave = {kOther}})
            .empty());
  CHECK(refusal(SetUser{.username = "nobody"}) == RefusalCode::kUserUnknown);
  CHECK(refusal(SetUser{.username = "ada", .join = {kNowhere}}) == RefusalCode::kAccountUnknown);
  CHECK(refusal(SetUser{.username = "ada", .leave = {"x"}}) == RefusalCode::kAccountNumberInvalid);
}

TEST_CASE("a user in two accounts may have keys in both, and in no third") {
  Scenario given = scenario();
  CreateKey elsewhere = create("elsewhere");
  elsewhere.account = kOther;
  CHECK(given.refusal_of(elsewhere).code == RefusalCode::kUserNotInAccount);
  given.given(SetUser{.username = "ada", .join = {kOther}});
  CHECK(given.events_of(elsewhere).size() == 1);
}

TEST_CASE("a removed user is gone for ever, and his name is not given again") {
  Scenario given = scenario();
  CHECK(given.events_of(RemoveUser{"ada"}) == Events{UserRemoved{kAda}});
  given.given(RemoveUser{"ada"});
  CHECK(given.events_of(RemoveUser{"ada"}).empty());
  const std::vector<Command> refused = {SetUser{.username = "ada", .active = ActiveFlag::kActive},
                                        RegisterUser{kAccount, "ada", StaffFlag::kStaff}, create("next")};
  for (const Command& command : refused) {
    CHECK(given.refusal_of(command).code == RefusalCode::kUserRemoved);
  }
  CHECK(refusal(RemoveUser{"nobody"}) == RefusalCode::kUserUnknown);
}

// ---- Clients ----

TEST_CASE("a client is renamed to a name that is free in its account") {
  Scenario given = scenario();
  given.given(RegisterClient{kAccount, "second", Story::client_id_of(ClientNumber{2})});
  CHECK(given.events_of(RenameClient{"bot", "new"}) == Events{ClientRenamed{kBot, "new"}});
  CHECK(given.events_of(RenameClient{"bot", "bot"}).empty());
  CHECK(given.refusal_of(RenameClient{"bot", "second"}).code == RefusalCode::kClientExists);
  CHECK(given.refusal_of(RenameClient{"bot", ""}).code == RefusalCode::kNameInvalid);
  CHECK(given.refusal_of(RenameClient{"nothing", "new"}).code == RefusalCode::kClientUnknown);
}

TEST_CASE("a client is opened to the public and closed again, and says when it is so already") {
  Scenario given = scenario();
  CHECK(given.events_of(OpenClientToPublic{"bot"}).empty());
  CHECK(given.events_of(CloseClientToPublic{"bot"}) == Events{ClientClosedToPublic{kBot}});
  given.given(AssignKey{"ci", "bot"});
  CHECK(given.events_of(CloseClientToPublic{"bot"}).empty());
  CHECK(given.events_of(OpenClientToPublic{"bot"}) == Events{ClientOpenedToPublic{kBot}});
}

TEST_CASE("a removed client is gone for ever, with its assignments") {
  Scenario given = scenario();
  given.given(AssignKey{"ci", "bot"});
  CHECK(given.events_of(RemoveClient{"bot"}) == Events{ClientRemoved{kBot}});
  given.given(RemoveClient{"bot"});
  const std::string id = to_string(Story::client_id_of(kBot).uuid);
  CHECK(given.events_of(RemoveClient{id}).empty());
  CHECK(given.story.catalog().key(kKey).clients.empty());
  const std::vector<Command> refused = {AssignKey{"ci", id}, RenameClient{id, "x"}, OpenClientToPublic{id},
                                        CloseClientToPublic{id}};
  for (const Command& command : refused) {
    CHECK(given.refusal_of(command).code == RefusalCode::kClientRemoved);
  }
  CHECK(given.refusal_of(AssignKey{"ci", "bot"}).code == RefusalCode::kClientUnknown);
}

// ---- Keys ----

TEST_CASE("a key is created with all that is said of it, in one step") {
  CreateKey command = create("full");
  command.annotations = {{"team", "platform"}};
  command.limit = RateLimit{.requests = 5, .window = 1'000'000};
  command.allow = {*parse_address_range("192.0.2.0/24")};
  command.active = ActiveFlag::kInactive;
  const Events all = events(command);
  const KeyNumber key{2};
  REQUIRE(all.size() == 5);
  CHECK(std::holds_alternative<KeyCreated>(all[0]));
  CHECK(all[1] == Event{KeyDescribed{key, "", {}, {{"team", "platform"}}}});
  CHECK(all[2] == Event{KeyLimitChanged{key, command.limit}});
  CHECK(all[3] == Event{KeyAllowListChanged{key, command.allow}});
  CHECK(all[4] == Event{KeyDeactivated{key}});
}

TEST_CASE("annotations that are too many for one event are brought by several") {
  CreateKey command = create("full");
  command.annotations = {{"a", std::string(2'048, 'a')}, {"b", std::string(2'048, 'b')}};
  CHECK(events(command).size() == 2);
  for (char name = 'c'; name <= 'y'; ++name)
    command.annotations.push_back({{name}, std::string(2'048, name)});
  const Events all = events(command);
  REQUIRE(all.size() == 3);
  const auto& described = std::get<KeyDescribed>(all[1]).annotations;
  const auto& annotated = std::get<KeyAnnotated>(all[2]).annotations;
  CHECK(described.size() == 23);
  CHECK(annotated.size() == 2);
  CHECK(std::get<KeyAnnotated>(all[2]).key == KeyNumber{2});
  Scenario given = scenario();
  given.given(command);
  const projections::Key key = given.story.catalog().key(KeyNumber{2});
  CHECK(key.annotations == command.annotations);
  CHECK(given.story.catalog().entry(KeyNumber{2}).version == 2);
  CHECK(given.events_of(EditKey{.key = "full", .annotations = command.annotations}).empty());
  CHECK(given.events_of(EditKey{.key = "full", .description = "else"}).size() == 2);
}

TEST_CASE("a key is edited where it is to be another, and nowhere else") {
  const Timestamp later = later_by(tests::kStoryBegins, 1'000);
  const RateLimit limit{.requests = 5, .window = 1'000'000};
  const AddressRange range = *parse_address_range("192.0.2.0/24");
  EditKey all{.key = "ci",
              .name = "deploy",
              .description = "deploys",
              .tags = std::vector<std::string>{"prod"},
              .annotations = std::vector<Annotation>{{"team", "x"}},
              .expiry = std::optional(later),
              .active = ActiveFlag::kInactive,
              .limit = std::optional(limit),
              .allow = std::vector{range}};
  Scenario given = scenario();
  CHECK(given.events_of(all) ==
        Events{KeyRenamed{kKey, "deploy"}, KeyDescribed{kKey, "deploys", {"prod"}, {{"team", "x"}}},
               KeyExpiryChanged{kKey, later, ExpiryCause::kCommand}, KeyLimitChanged{kKey, limit},
               KeyAllowListChanged{kKey, {range}}, KeyDeactivated{kKey}});
  given.given(all);
  all.key = "deploy";
  CHECK(given.events_of(all).empty());
  CHECK(given.events_of(EditKey{.key = "deploy"}).empty());
  CHECK(given.events_of(EditKey{.key = "deploy", .description = "else"}) ==
        Events{KeyDescribed{kKey, "else", {"prod"}, {{"team", "x"}}}});
  CHECK(given.events_of(EditKey{.key = "deploy",
                                .expiry = std::optional<Timestamp>{},
                                .limit = std::optional<RateLimit>{},
                                .allow = std::vector<AddressRange>{}}) ==
        Events{KeyExpiryChanged{kKey, std::nullopt, ExpiryCause::kCommand},
               KeyLimitChanged{kKey, std::nullopt}, KeyAllowListChanged{kKey, {}}});
}

TEST_CASE("an edit that is wrong anywhere changes nothing") {
  Scenario given = scenario();
  given.given(create("other"));
  const auto code = [&](const EditKey& edit) { return given.refusal_of(edit).code; };
  CHECK(code({.key = "nothing"}) == RefusalCode::kKeyUnknown);
  CHECK(code({.key = "ci", .name = "other"}) == RefusalCode::kKeyNameTaken);
  CHECK(code({.key = "ci", .name = ""}) == RefusalCode::kNameInvalid);
  CHECK(code({.key = "ci", .description = std::string(256, 'x')}) == RefusalCode::kDescriptionTooLong);
  CHECK(code({.key = "ci", .tags = std::vector<std::string>{""}}) == RefusalCode::kTagInvalid);
  CHECK(code({.key = "ci", .annotations = std::vector<Annotation>{{"a", "1"}, {"a", "2"}}}) ==
        RefusalCode::kAnnotationInvalid);
  CHECK(code({.key = "ci", .annotations = std::vector<Annotation>{{"a", std::string(2049, 'x')}}}) ==
        RefusalCode::kAnnotationInvalid);
  CHECK(code({.key = "ci", .annotations = std::vector<Annotation>(33)}) == RefusalCode::kAnnotationInvalid);
  CHECK(code({.key = "ci", .expiry = std::optional(later_by(kLatest, 1))}) == RefusalCode::kTimeInvalid);
  CHECK(code({.key = "ci", .limit = std::optional(RateLimit{.requests = 0, .window = 1})}) ==
        RefusalCode::kRateLimitInvalid);
  CHECK(code({.key = "ci", .allow = std::vector<AddressRange>(65)}) == RefusalCode::kAddressRangeInvalid);
  AddressRange crooked = *parse_address_range("192.0.2.7");
  crooked.length = 120;
  CHECK(code({.key = "ci", .allow = std::vector{crooked}}) == RefusalCode::kAddressRangeInvalid);
  given.given(DeleteKey{"ci"});
  const std::string id = to_string(create("ci").new_key_id.uuid);
  CHECK(code({.key = id, .name = "new"}) == RefusalCode::kKeyDeleted);
}

TEST_CASE("an annotation's value may have 2048 characters, however many bytes those take") {
  std::string value;
  for (int i = 0; i < 2048; ++i) value += "ü";
  CHECK(events(EditKey{.key = "ci", .annotations = std::vector<Annotation>{{"a", value}}}).size() == 1);
}

TEST_CASE("a key is rotated with the grace that was given, and never past its expiry") {
  const KeyDigest next = sha256_digest("next");
  const Timestamp now = tests::kStoryBegins;
  CHECK(events(RotateKey{"ci", 0, next}) == Events{KeyRotated{kKey, next, std::nullopt}});
  CHECK(events(RotateKey{"ci", 1'000, next}) == Events{KeyRotated{kKey, next, later_by(now, 1'000)}});
  Scenario given = scenario();
  given.given(EditKey{.key = "ci", .expiry = std::optional(later_by(now, 10))});
  CHECK(given.events_of(RotateKey{"ci", 1'000, next}) == Events{KeyRotated{kKey, next, later_by(now, 10)}});
  CHECK(refusal(RotateKey{"ci", -1, next}) == RefusalCode::kGraceInvalid);
  CHECK(refusal(RotateKey{"ci", kGraceMax + 1, next}) == RefusalCode::kGraceInvalid);
  given.given(DeleteKey{"ci"});
  CHECK(given.refusal_of(RotateKey{to_string(create("ci").new_key_id.uuid), 0, next}).code ==
        RefusalCode::kKeyDeleted);
}

TEST_CASE("a digest that was rotated away is still known, and is not imported again") {
  Scenario given = scenario();
  given.given(RotateKey{"ci", 0, sha256_digest("next")});
  CHECK(given.story.catalog().find_digest(sha256_digest("ci")) == kKey);
  CHECK(given.story.catalog().find_digest(sha256_digest("next")) == kKey);
}

// ---- Versions ----

TEST_CASE("a command that expects a version is refused unless the key has it") {
  Scenario given = scenario();
  const auto decide_expecting = [&](const Command& command, std::uint32_t version) {
    return decide(given.story.catalog(), command, given.story.now(), version);
  };
  CHECK(decide_expecting(DeactivateKey{"ci"}, 1).ok());
  given.given(DeactivateKey{"ci"});
  const auto refused = decide_expecting(ActivateKey{"ci"}, 1);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error() == Refusal{RefusalCode::kVersionMismatch, "it is 2, not 1"});
  CHECK(decide_expecting(ActivateKey{"ci"}, 2).ok());
  CHECK_FALSE(decide_expecting(DeactivateKey{"ci"}, 1).ok());  // although nothing would change
  CHECK(decide_expecting(RenameAccount{kAccount, "x"}, 1).error().code == RefusalCode::kVersionUnexpected);
  CHECK(decide_expecting(create("new"), 1).error().code == RefusalCode::kVersionUnexpected);
}

// ---- The policy ----

TEST_CASE("the policy changes where it is told to") {
  Policy policy;
  policy.keys_per_user = 3;
  CHECK(events(ChangePolicy{.keys_per_user = 3}) == Events{PolicyChanged{policy}});
  CHECK(events(ChangePolicy{.max_lifetime_days = 1095}).empty());
  CHECK(refusal(ChangePolicy{.max_lifetime_days = kLifetimeDaysMax + 1}) == RefusalCode::kPolicyInvalid);
  CHECK(refusal(ChangePolicy{.refresh_ttl = -1}) == RefusalCode::kPolicyInvalid);
  CHECK(refusal(ChangePolicy{.refresh_max = kRefreshMax + 1}) == RefusalCode::kPolicyInvalid);
}

TEST_CASE("a key whose enforced lifetime is over does not count among its owner's") {
  Scenario given = scenario();
  given.given(ChangePolicy{.max_lifetime_days = 1, .keys_per_user = 1});
  CHECK(given.refusal_of(create("new")).code == RefusalCode::kKeyLimitReached);
  given.story.pass(2 * kMicrosecondsPerDay);
  CHECK(given.refusal_of(create("new")).code == RefusalCode::kKeyLimitReached);
  given.given(ChangePolicy{.lifetime_rule = LifetimeRule::kEnforce});
  CHECK(given.events_of(create("new")).size() == 1);
}

TEST_CASE("a key takes the place of one that works only if it works itself") {
  const AssignKey alone{"ci", "bot", OtherKeys::kUnassign};
  const Events exchanged{KeyAssigned{kKey, kBot}, KeyUnassigned{KeyNumber{2}, kBot}};
  Scenario given = scenario();
  given.story.pass(2 * kMicrosecondsPerDay);
  given.given(RegisterUser{kAccount, "bob", StaffFlag::kStaff});
  CreateKey bobs = create("bobs");
  bobs.username = "bob";
  given.given(bobs).given(AssignKey{"bobs", "bot"});
  CHECK(given.events_of(alone) == exchanged);
  given.given(ChangePolicy{.max_lifetime_days = 1, .lifetime_rule = LifetimeRule::kEnforce});
  CHECK(given.refusal_of(alone).code == RefusalCode::kNoWorkingKey);
  given.given(SetUser{.username = "bob", .leave = {kAccount}});
  CHECK(given.events_of(alone) == exchanged);
}

// ---- Imports of whole platforms ----

TEST_CASE("repeating an assignment succeeds, whatever has become of its account and owner since") {
  Scenario given = scenario();
  given.given(AssignKey{"ci", "bot"}).given(SetUser{.username = "ada", .leave = {kAccount}});
  CHECK(given.events_of(AssignKey{"ci", "bot"}).empty());
  given.given(CloseAccount{kAccount});
  CHECK(given.events_of(AssignKey{"ci", "bot"}).empty());
}

TEST_CASE(
    "an import brings accounts, users, clients and keys as they were, and adds nothing the second time") {
  ImportKeys import{.account = kOther};
  import.accounts = {{.number = "2702-6848-6849", .name = "Company"},
                     {.number = "3848-1222-3233",
                      .name = "Gone",
                      .closed = ClosedFlag::kClosed }};
  import.users = {{.username = "sam",
                   .accounts =
                   { "2702-6848-6849",
                     "3848-1222-3233" }},
                  {.username = "rem",
                   .accounts = {"2702-6848-6849"},
                   .removed = RemovedFlag::kRemoved }};
  import.clients = {
      {.account = "2702-6848-6849",
       .name = "chat",
       .rule = AccessRule::kRequiresKey,
       .own_id = Story::client_id_of(ClientNumber{77}),
       .new_client_id = {} }};
  import.keys = {
      {.username = "sam",
       .base_name = "key",
       .digest = knox5_digest("t"),
       .created = tests::kStoryBegins,
       .active = ActiveFlag::kActive,
       .account = "2702-6848-6849",
       .own_id = Story::key_id_of(KeyNumber{77}),
       .annotations = {{
         "a",
         "1"
       }},
       .last_used = tests::kStoryBegins,
       .deleted = RemovedFlag::kRemoved,
       .limit = RateLimit{},
       .allow = {*parse_address_range("192.0.2.7")},
       .clients = {"chat", "chat"},
       .rotations = {
         {.digest = sha256_digest("u"),
          .grace_until = std::nullopt }
       } }};
  Scenario given = scenario();
  std::vector<std::string> names;
  for (const Event& event : given.events_of(import)) names.emplace_back(name_of(event));
  CHECK(names == std::vector<std::string>{"AccountOpened", "AccountOpened", "UserRegistered",
                                          "UserJoinedAccount", "UserJoinedAccount", "UserRegistered",
                                          "UserJoinedAccount", "UserRemoved", "ClientRegistered",
                                          "ClientClosedToPublic", "KeyImported", "KeyDescribed",
                                          "KeyLimitChanged", "KeyAllowListChanged", "KeyRotated",
                                          "KeyAssigned", "KeyDeleted", "AccountClosed"});
  ImportKeys open = import;
  open.accounts[1].closed = ClosedFlag::kOpen;
  given.given(open);
  CHECK(given.events_of(open).empty());
  CHECK(given.story.catalog().find_key_id(Story::key_id_of(KeyNumber{77})).has_value());
}

TEST_CASE("an import that contradicts the ledger or itself is refused whole") {
  Scenario given = scenario();
  ImportKeys import{.account = kAccount};
  const auto code = [&] { return given.refusal_of(import).code; };
  import.clients = {
      {.account = kOther,
       .name = "new",
       .rule = {},
       .own_id = Story::client_id_of(kBot),
       .new_client_id = {} }};
  CHECK(code() == RefusalCode::kImportClientElsewhere);
  import.clients = {{.account = kNowhere, .name = "new", .rule = {}, .own_id = {}, .new_client_id = {} }};
  CHECK(code() == RefusalCode::kAccountUnknown);
  import.clients.clear();
  ImportedKey key{.username = "ada",
                  .base_name = "new",
                  .digest = knox5_digest("t"),
                  .created = tests::kStoryBegins,
                  .own_id = create("ci").new_key_id};
  import.keys = {key};
  CHECK(code() == RefusalCode::kImportKeyElsewhere);
  key.own_id = Story::key_id_of(KeyNumber{99});
  key.clients = {"nothing"};
  import.keys = {key};
  CHECK(code() == RefusalCode::kClientUnknown);
  key.clients.clear();
  key.rotations = {{.digest = sha256_digest("ci"), .grace_until = std::nullopt}};
  import.keys = {key};
  CHECK(code() == RefusalCode::kImportKeyElsewhere);
  key.rotations.clear();
  key.username = "nobody";
  import.keys = {key};
  CHECK(code() == RefusalCode::kUserUnknown);
  import.keys.clear();
  import.users = {
      {.username = "ada",
       .staff = StaffFlag::kStaff,
       .active = ActiveFlag::kActive,
       .accounts = {
         kOther
       } }};
  CHECK(code() == RefusalCode::kImportUserElsewhere);
}

}  // namespace keyledger::commands
