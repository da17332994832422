// Parts M and N: assignment of clients, anonymous access, permissions.
#include "projections/permissions.h"
#include "tests/cases/case_ledger.h"

namespace keyledger::tests {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every case
using projections::Permission;

// A client with an assigned key of ada.
struct Assigned : CaseLedger {
  Assigned() {
    add_client("bot");
    token = create("ci");
    assign("ci", "bot");
  }
  std::string token;
};

projections::UserRow user(const std::string& name, std::vector<std::string> accounts, bool staff) {
  return {.username = name, .staff = staff, .active = true, .accounts = std::move(accounts)};
}

projections::KeyRow key_of(const std::string& owner, const std::string& account) {
  return {.owner = owner, .account = account};
}

constexpr const char* kOne = "0000-0000-0001";
constexpr const char* kTwo = "0000-0000-0002";
constexpr const char* kPlatform = "0000-0000-0009";

// Returns the decisions for the rows of bob (account 1), ann (staff, account 1), cid (account 2) and root,
// the admin of the platform, in this order.
std::vector<bool> allowed(const projections::UserRow& requester, Permission permission) {
  std::vector<bool> all;
  for (const auto& key :
       {key_of("bob", kOne), key_of("ann", kOne), key_of("cid", kTwo), key_of("root", kPlatform)}) {
    all.push_back(may(requester, key, permission, kPlatform));
  }
  return all;
}

using Bools = std::vector<bool>;

}  // namespace

TEST_CASE("M3: a client with an active key has an active key") {
  Assigned given;
  CHECK(given.active_keys_of("bot").has_active_key());
}

TEST_CASE("M4, M6: a client whose only key is inactive has none, and goes on requiring one") {
  Assigned given;
  given.run(commands::DeactivateKey{"ci"});
  const auto counts = given.active_keys_of("bot");
  CHECK_FALSE(counts.has_active_key());
  CHECK(counts == projections::ActiveKeys{.assigned = 1, .active = 0, .requires_key = true});
}

TEST_CASE("M5, M7: all assigned keys of a client are counted, active or not") {
  Assigned given;
  given.create("second");
  given.assign("second", "bot");
  given.run(commands::DeactivateKey{"ci"});
  CHECK(given.active_keys_of("bot") ==
        projections::ActiveKeys{.assigned = 2, .active = 1, .requires_key = true});
}

TEST_CASE("M9: an expired key is no active key") {
  CaseLedger given;
  given.add_client("bot");
  given.create("ci", given.clock.now());
  given.assign("ci", "bot");
  given.clock.pass(1);
  CHECK_FALSE(given.active_keys_of("bot").has_active_key());
}

TEST_CASE("M10, M12: a key is assigned once, however often that is said") {
  Assigned given;
  CHECK(given.lets_in(given.token, "bot"));
  CHECK(given.run(commands::AssignKey{.key = "ci", .client = "bot"}).events == 0);
  CHECK(given.active_keys_of("bot").assigned == 1);
}

TEST_CASE("M13: what becomes of a key or a user opens no client; other clients' assignments stay") {
  Assigned given;
  given.add_client("other");
  given.assign("ci", "other");
  given.run(commands::RemoveClient{"bot"});
  CHECK(given.key_named("ci").clients.size() == 1);
  CHECK(given.lets_in(given.token, "other"));
  CHECK(given.reason_of(given.token, "bot") == VerdictReason::kClientUnknown);
  given.run(commands::DeleteKey{"ci"});
  CHECK_FALSE(given.lets_anybody_into("other"));
  given.run(commands::RemoveUser{"ada"});
  CHECK_FALSE(given.lets_anybody_into("other"));
  given.run(commands::CloseAccount{CaseLedger::kAccount});
  CHECK_FALSE(given.lets_anybody_into("other"));
}

TEST_CASE(
    "M14, M15: a client without assignments is public, and a token that is presented is judged all the "
    "same") {
  CaseLedger given;
  given.add_client("bot");
  CHECK(given.lets_anybody_into("bot"));
  CHECK(given.lets_in(given.create("ci"), "bot"));
  CHECK_FALSE(given.lets_in("nonsense", "bot"));
}

TEST_CASE("M16: a client whose keys are all inactive, expired, deleted or unassigned stays closed") {
  Assigned given;
  SECTION("inactive") { given.run(commands::DeactivateKey{"ci"}); }
  SECTION("expired") {
    given.run(commands::EditKey{.key = "ci", .expiry = std::optional(given.clock.now())});
    given.clock.pass(1);
    given.use(given.token);
  }
  SECTION("deleted") { given.run(commands::DeleteKey{"ci"}); }
  SECTION("unassigned") { given.run(commands::UnassignKey{"ci", "bot"}); }
  CHECK_FALSE(given.lets_anybody_into("bot"));
  given.run(commands::OpenClientToPublic{"bot"});
  CHECK(given.lets_anybody_into("bot"));
  given.run(commands::CloseClientToPublic{"bot"});
  CHECK_FALSE(given.lets_anybody_into("bot"));
}

TEST_CASE("M18: a key that is not assigned to the client is refused") {
  Assigned given;
  const std::string other = given.create("other");
  CHECK(given.reason_of(other, "bot") == VerdictReason::kNotAssigned);
  CHECK(given.told(other, "bot") == "Forbidden. Please provide a valid API key.");
}

TEST_CASE("M19: a key of another account is refused") {
  Assigned given;
  commands::CreateKey of_eve = given.key("eve_key");
  of_eve.account = CaseLedger::kOther;
  of_eve.username = "eve";
  given.run(of_eve);
  CHECK(given.reason_of(Story::token_of("eve_key"), "bot") == VerdictReason::kAccountMismatch);
}

TEST_CASE("M20: key and client of different accounts are not assigned") {
  CaseLedger given;
  given.create("ci");
  given.add_client("theirs", CaseLedger::kOther);
  CHECK(given.refusal_of(commands::AssignKey{.key = "ci", .client = "theirs"}).code ==
        RefusalCode::kAccountMismatch);
}

TEST_CASE("M21: one key may take the place of all others of a client, in one step") {
  Assigned given;
  given.create("next");
  const Position before =
      given.run(commands::AssignKey{.key = "next", .client = "bot", .others = commands::OtherKeys::kUnassign})
          .first;
  CHECK(given.records().back().position == before);
  CHECK(given.records().back().events ==
        std::vector<Event>{KeyAssigned{given.number_of("next"), ClientNumber{1}},
                           KeyUnassigned{given.number_of("ci"), ClientNumber{1}}});
  CHECK(given.active_keys_of("bot").assigned == 1);
  CHECK(given.lets_in(Story::token_of("next"), "bot"));
  CHECK_FALSE(given.lets_in(given.token, "bot"));
}

TEST_CASE("a key that does not work takes nobody's place") {
  Assigned given;
  given.create("next");
  given.run(commands::DeactivateKey{"next"});
  const commands::AssignKey swap{.key = "next", .client = "bot", .others = commands::OtherKeys::kUnassign};
  CHECK(given.refusal_of(swap).code == RefusalCode::kNoWorkingKey);
  CHECK(given.lets_in(given.token, "bot"));
}

TEST_CASE("M22, M23: a key that is not there is assigned to nothing") {
  Assigned given;
  CHECK(given.refusal_of(commands::AssignKey{.key = "nobody", .client = "bot"}).code ==
        RefusalCode::kKeyUnknown);
  CHECK(given.active_keys_of("bot").assigned == 1);
}

TEST_CASE("N1: a user who is not active, or removed, may nothing") {
  projections::UserRow requester = user("bob", {kOne}, false);
  requester.active = false;
  CHECK(allowed(requester, Permission::kRead) == Bools(4, false));
  requester.active = true;
  requester.removed = true;
  CHECK(allowed(requester, Permission::kManage) == Bools(4, false));
}

TEST_CASE("N4, N9: a staff user manages every key of his accounts, and none of others") {
  CHECK(allowed(user("ann", {kOne}, true), Permission::kManage) == Bools{true, true, false, false});
  CHECK(allowed(user("cid", {kTwo}, true), Permission::kManage) == Bools{false, false, true, false});
}

TEST_CASE("N5: who is not staff sees the keys of his account and the platform's") {
  CHECK(allowed(user("bob", {kOne}, false), Permission::kRead) == Bools{true, true, false, true});
}

TEST_CASE("N6: who is not staff manages his own keys") {
  CHECK(allowed(user("bob", {kOne}, false), Permission::kManage) == Bools{true, false, false, false});
}

TEST_CASE("N7, N8: nobody sees the keys of other accounts") {
  CHECK(allowed(user("cid", {kTwo}, false), Permission::kRead) == Bools{false, false, true, true});
  CHECK(allowed(user("cid", {kTwo}, false), Permission::kManage) == Bools{false, false, true, false});
}

TEST_CASE("N10: a staff user of two accounts manages the keys of both") {
  CHECK(allowed(user("ann", {kOne, kTwo}, true), Permission::kManage) == Bools{true, true, true, false});
}

}  // namespace keyledger::tests
