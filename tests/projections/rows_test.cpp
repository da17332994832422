#include "projections/rows.h"

#include <catch2/catch.hpp>

#include "tests/support/story.h"

namespace keyledger::projections {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold
using tests::Story;

template <typename T>
T row(const Story& story, RowKind kind, std::size_t place) {
  Row row = row_of(story.catalog(), kind, place);
  complete(story.access(), place, story.now(), row);
  return std::get<T>(row);
}

TEST_CASE("each kind of entity has its row, with names in place of numbers") {
  Story story;
  const AccountNumber account = story.account(1);
  const UserNumber ada = story.user("ada", account);
  const ClientNumber bot = story.client("bot", account);
  const KeyNumber key = story.key("ci", ada, account, {.expiry = later_by(story.now(), 9)});
  story.add(KeyAssigned{key, bot});
  story.pass(3);
  story.add(KeysUsed{{.as_of = Position{6}, .uses = {{.time = story.now(), .key = key, .client = bot}}}});
  story.add(UsesDenied{{.as_of = Position{6},
                        .uses = {{.time = story.now(), .key = key, .reason = VerdictReason::kInactive}}}});
  const Usage key_usage{.last_used = story.now(), .allowed = 1, .denied = 1};
  const Usage client_usage{.last_used = story.now(), .allowed = 1, .denied = 0};

  CHECK(row<AccountRow>(story, RowKind::kAccounts, 0) == AccountRow{.account = "0000-0000-0001",
                                                                    .name = "account 1",
                                                                    .opened = tests::kStoryBegins,
                                                                    .users = 1,
                                                                    .clients = 1,
                                                                    .keys = 1});
  CHECK(row<UserRow>(story, RowKind::kUsers, 0) == UserRow{.username = "ada",
                                                           .staff = true,
                                                           .active = true,
                                                           .registered = tests::kStoryBegins,
                                                           .accounts = {"0000-0000-0001"},
                                                           .keys = 1});
  CHECK(row<ClientRow>(story, RowKind::kClients, 0) ==
        ClientRow{.client_id = to_string(Story::client_id_of(bot).uuid),
                  .account = "0000-0000-0001",
                  .name = "bot",
                  .registered = tests::kStoryBegins,
                  .requires_key = true,
                  .assigned_keys = 1,
                  .active_keys = 1,
                  .usage = client_usage});
  CHECK(row<KeyRow>(story, RowKind::kKeys, 0) ==
        KeyRow{.key_id = to_string(Story::key_id_of(key).uuid),
               .name = "ci",
               .owner = "ada",
               .account = "0000-0000-0001",
               .scheme = "sha256",
               .identifier = masked_identifier(sha256_digest(Story::token_of("ci"))),
               .created = tests::kStoryBegins,
               .expiry = later_by(tests::kStoryBegins, 9),
               .status = KeyStatus::kActive,
               .version = 2,
               .clients = {"bot"},
               .usage = key_usage,
               .active = true});
  CHECK(row<PolicyRow>(story, RowKind::kPolicy, 0) == PolicyRow{});
  CHECK(rows_in(story.catalog(), RowKind::kPolicy) == 1);
  CHECK(rows_in(story.catalog(), RowKind::kAccounts) == 1);
  CHECK(rows_in(story.catalog(), RowKind::kUsers) == 1);
  CHECK(rows_in(story.catalog(), RowKind::kClients) == 1);
  CHECK(rows_in(story.catalog(), RowKind::kKeys) == 1);
}

TEST_CASE("a key's status is the first that applies") {
  Story story;
  const AccountNumber account = story.account(1);
  const UserNumber gone = story.user("gone", account, StaffFlag::kStaff, ActiveFlag::kInactive);
  const KeyNumber key = story.key("ci", gone, account, {.expiry = later_by(story.now(), 1)});
  const auto status = [&] { return name_of(row<KeyRow>(story, RowKind::kKeys, 0).status); };
  CHECK(status() == "owner_inactive");
  story.add(KeyDeactivated{key});
  CHECK(status() == "inactive");
  story.pass(2);
  CHECK(status() == "expired");
  story.add(KeyDeleted{key});
  CHECK(status() == "deleted");
  story.key("ci", story.user("ada", account), account, {.digest = sha256_digest("x")});
  CHECK(row<KeyRow>(story, RowKind::kKeys, 1).status == KeyStatus::kActive);
}

}  // namespace
}  // namespace keyledger::projections
