// Imports of the kind that the application of an export sends: object by object, and every object names an
// account.
#include <catch2/catch.hpp>
#include <string>

#include "tests/commands/scenario.h"

namespace keyledger::commands {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision
using tests::Story;
using Events = std::vector<Event>;

constexpr const char* kAccount = "0000-0000-0007";

ImportKeys account(ClosedFlag closed = ClosedFlag::kOpen) {
  return {.accounts = {{.number = kAccount, .name = "Example", .closed = closed}}};
}

ImportKeys user(const std::string& name, std::vector<std::string> accounts) {
  return {.users = {{.username = name, .active = ActiveFlag::kActive, .accounts = std::move(accounts)}}};
}

ImportKeys key(const std::string& token) {
  return {.keys = {{.username = "ada",
                    .base_name = "production",
                    .digest = knox5_digest(token),
                    .account = kAccount,
                    .own_id = Story::key_id_of(KeyNumber{token == "token" ? 1U : 2U})}}};
}

ImportKeys client(const std::string& name) {
  return {.clients = {{.account = kAccount,
                       .name = name,
                       .own_id = Story::client_id_of(ClientNumber{name == "bot" ? 1U : 2U})}}};
}

// An account with a user, a client and a key.
Scenario imported() {
  Scenario scenario;
  scenario.given(account()).given(user("ada", {kAccount})).given(client("bot")).given(key("token"));
  return scenario;
}

TEST_CASE("a user of an import without an account of its own may belong to none") {
  CHECK(Scenario().events_of(user("ada", {})) ==
        Events{UserRegistered{UserNumber{1}, "ada", StaffFlag::kNotStaff, ActiveFlag::kActive}});
}

TEST_CASE("a key of an import without an account of its own says where it belongs") {
  ImportKeys homeless = key("token");
  homeless.keys.front().account.clear();
  const Scenario scenario = imported();
  CHECK(scenario.refusal_of(homeless) == Refusal{RefusalCode::kAccountNumberInvalid, ""});
}

// Somebody may have reopened the account for good reasons; closing is a separate command.
TEST_CASE("an account that is known is left as it is, closed or not") {
  Scenario scenario = imported();
  CHECK(scenario.events_of(account()).empty());
  CHECK(scenario.events_of(account(ClosedFlag::kClosed)).empty());
  scenario.given(CloseAccount{kAccount});
  CHECK(scenario.events_of(account()).empty());
}

TEST_CASE("what a closed account holds already is known; nothing new is added to it") {
  Scenario scenario = imported();
  scenario.given(CloseAccount{kAccount});
  CHECK(scenario.events_of(user("ada", {kAccount})).empty());
  CHECK(scenario.events_of(client("bot")).empty());
  CHECK(scenario.events_of(key("token")).empty());
  const Refusal closed{RefusalCode::kAccountClosed, kAccount};
  CHECK(scenario.refusal_of(user("bob", {kAccount})) == closed);
  CHECK(scenario.refusal_of(client("other")) == closed);
  CHECK(scenario.refusal_of(key("another")) == closed);
}

}  // namespace
}  // namespace keyledger::commands
