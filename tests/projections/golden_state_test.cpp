// Pins the folded state of a story with every event.
#include <catch2/catch.hpp>
#include <set>
#include <variant>

#include "projections/state_snapshot.h"
#include "tests/support/story.h"

namespace keyledger::projections {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold
using tests::Story;

void tell_of_entities(Story& story) {
  const AccountNumber account = story.account(1);
  const AccountNumber closed = story.account(2);
  story.add(AccountRenamed{account, "renamed"});
  story.add(AccountClosed{closed});
  const UserNumber ada = story.user("ada", account);
  const UserNumber bob = story.user("bob", account, StaffFlag::kNotStaff, ActiveFlag::kInactive);
  const UserNumber eve = story.user("eve", account);
  story.add(UserStaffChanged{bob, StaffFlag::kStaff});
  story.add(UserActiveChanged{bob, ActiveFlag::kActive});
  story.add(UserJoinedAccount{ada, closed});
  story.add(UserLeftAccount{bob, account});
  story.add(UserRemoved{eve});
  for (const char* name : {"bot", "gone", "public", "private"}) story.client(name, account);
  story.add(ClientRenamed{ClientNumber{1}, "chat"});
  story.add(ClientRemoved{ClientNumber{2}});
  story.add(ClientOpenedToPublic{ClientNumber{3}});
  story.add(ClientClosedToPublic{ClientNumber{4}});
  story.add(PolicyChanged{{.max_lifetime_days = 9, .keys_per_user = 4, .refresh_ttl = 77}});
}

void tell_of_keys(Story& story) {
  const AccountNumber account = story.catalog().accounts()[0].number;
  const UserNumber ada{1};
  KeyDigest salted{.scheme = DigestScheme::kKnoxSalted, .salt = {1, 2, 3}, .bucket = 7};
  salted.bytes[0] = 1;
  const KeyNumber key = story.key("ci", ada, account, {.expiry = later_by(story.now(), 1'000)});
  const KeyNumber imported =
      story.key("imported", ada, account, {.imported_as = ActiveFlag::kInactive, .digest = salted});
  const KeyNumber gone = story.key("gone", ada, account, {.digest = knox5_digest("gone")});
  story.add(KeyActivated{imported});
  story.add(KeyDeactivated{key});
  story.add(KeyDeleted{gone});
  story.add(KeyRenamed{key, "deploy"});
  story.add(KeyDescribed{key, "of the deployment", {"tag"}, {{"team", "web"}}});
  story.add(KeyExpiryChanged{key, later_by(story.now(), 2'000), ExpiryCause::kCommand});
  story.add(KeyExpiryChanged{key, later_by(story.now(), 3'000), ExpiryCause::kUse});
  story.add(KeyRotated{key, sha256_digest("second"), later_by(story.now(), 700)});
  story.add(KeyLimitChanged{key, RateLimit{.requests = 3, .window = 1'000}});
  story.add(KeyAllowListChanged{key, {*parse_address_range("192.0.2.0/24")}});
  story.add(KeyAssigned{key, ClientNumber{1}});
  story.add(KeyAssigned{key, ClientNumber{3}});
  story.add(KeyUnassigned{key, ClientNumber{3}});
}

void tell_of_uses(Story& story) {
  story.pass(100);
  const Timestamp now = story.now();
  const Position as_of = story.state().position();
  story.add(KeysUsed{{.as_of = as_of,
                      .uses = {{.time = now, .key = KeyNumber{1}, .client = ClientNumber{1}},
                               {.time = later_by(now, 1), .key = KeyNumber{1}, .client = ClientNumber{1}}}}});
  story.add(UsesDenied{
      {.as_of = as_of,
       .uses = {
           {.time = now, .key = KeyNumber{2}, .client = kNoClient, .reason = VerdictReason::kInactive}}}});
  story.add(UnknownTokensRefused{
      .from = now, .to = now, .counts = {{.reason = VerdictReason::kUnknown, .count = 5}}});
}

TEST_CASE("a story of every event gives the state that it always gave") {
  Story story;
  tell_of_entities(story);
  tell_of_keys(story);
  tell_of_uses(story);
  std::set<std::size_t> kinds;
  for (const Record& record : story.records()) {
    for (const Event& event : record.events) kinds.insert(event.index());
  }
  // KeyAnnotated and CommandHadNoEffect are younger than the digest.
  CHECK(kinds.size() == std::variant_size_v<Event> - 2);
  // A changed digest of the same events under an unchanged definition means that the folds have changed.
  // Because snapshots of earlier programs must not be read then, kSnapshotVersion must grow together with the
  // digest here.
  CHECK(kStateDigestDefinition == 2);
  CHECK(kSnapshotVersion == 2);
  CHECK(to_hex(state_digest_of(story.catalog(), story.access())) ==
        "1a3046102f41972649eb90f3931337d086c9566a0e79ac4b62e34b84c0395fed");
}

}  // namespace
}  // namespace keyledger::projections
