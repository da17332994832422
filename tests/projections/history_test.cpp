#include "projections/history.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/story.h"

namespace keyledger::projections {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold
using tests::Story;

struct World {
  Story story;
  AccountNumber account = story.account(1);         // position 1
  UserNumber ada = story.user("ada", account);      // 2, 3
  ClientNumber bot = story.client("bot", account);  // 4
  KeyNumber key = story.key("ci", ada, account);    // 5
  std::string key_id = to_string(Story::key_id_of(key).uuid);

  World() {
    Record assigned{.actor = OperatorActor{"uid:1000"}, .origin = UnixOrigin{1000}, .reason = "go live"};
    assigned.events.push_back(KeyAssigned{key, bot});
    story.pass(10);
    story.add(std::move(assigned));  // 6
    const Timestamp first = story.now();
    story.pass(10);
    story.add(KeysUsed{{.as_of = Position{6},
                        .addresses = {parse_address("192.0.2.7").value()},
                        .uses = {{.time = first, .key = key, .client = bot, .address = 1},
                                 {.time = story.now(), .client = bot}}}});  // 7, 8
    story.add(UsesDenied{{.as_of = Position{6},
                          .uses = {{.time = story.now(), .key = key, .reason = VerdictReason::kExpired}}}});
    Record counted{.actor = SystemActor{}, .origin = AddressOrigin{parse_address("::1").value()}};
    counted.events.push_back(
        UnknownTokensRefused{first,
                             story.now(),
                             {{VerdictReason::kUnknown, parse_address("192.0.2.7").value(), 3},
                              {VerdictReason::kMalformed, std::nullopt, 5}}});
    story.add(std::move(counted));  // 10
  }

  std::vector<HistoryRow> rows(HistoryFilter filter) const {
    std::sort(filter.entities.begin(), filter.entities.end());
    std::vector<HistoryRow> rows;
    for (const Record& record : story.records()) append_rows(story.catalog(), record, filter, rows);
    return rows;
  }
};

std::vector<std::uint64_t> positions_of(const std::vector<HistoryRow>& rows) {
  std::vector<std::uint64_t> positions;
  for (const HistoryRow& row : rows) positions.push_back(row.position.value());
  return positions;
}

using Positions = std::vector<std::uint64_t>;

TEST_CASE("every event has a row, and with uses every use") {
  const World world;
  CHECK(positions_of(world.rows({})) == Positions{1, 2, 3, 4, 5, 6, 10});
  const auto rows = world.rows({.uses = UsesInHistory::kInclude});
  CHECK(positions_of(rows) == Positions{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  std::vector<std::string> events;
  for (const HistoryRow& row : rows) events.push_back(row.event);
  CHECK(events == std::vector<std::string>{"AccountOpened", "UserRegistered", "UserJoinedAccount",
                                           "ClientRegistered", "KeyCreated", "KeyAssigned", "KeyUsed",
                                           "KeyUsed", "UseDenied", "UnknownTokensRefused"});
}

TEST_CASE("a row says who, from where, why, and about what, by name") {
  const World world;
  const auto rows = world.rows({.uses = UsesInHistory::kInclude});
  CHECK(rows[5] == HistoryRow{.position = Position{6},
                              .time = later_by(tests::kStoryBegins, 10),
                              .event = "KeyAssigned",
                              .actor = "operator uid:1000",
                              .origin = "uid 1000",
                              .reason = "go live",
                              .account = "0000-0000-0001",
                              .username = "ada",
                              .key_id = world.key_id,
                              .key_name = "ci",
                              .client_id = to_string(Story::client_id_of(world.bot).uuid),
                              .client_name = "bot"});
  CHECK(rows[6].address == "192.0.2.7");
  CHECK(rows[6].time == later_by(tests::kStoryBegins, 10));
  CHECK(rows[6].key_name == "ci");
  CHECK(rows[6].client_name == "bot");
  CHECK(rows[6].details == std::vector<std::pair<std::string, std::string>>{{"as_of", "6"}});
  CHECK(rows[7].key_id.empty());
  CHECK(rows[7].account == "0000-0000-0001");
  CHECK(rows[8].reason == "expired");
  CHECK(rows[9].origin == "::1");
  CHECK(rows[9].actor == "system");
  CHECK(rows[9].details[2] == std::pair<std::string, std::string>{"unknown from 192.0.2.7", "3"});
  CHECK(rows[9].details[3] == std::pair<std::string, std::string>{"malformed from elsewhere", "5"});
}

TEST_CASE("a new key's row says how it began") {
  World world;
  Record imported{.actor = ImportActor{"dump.json"}};
  imported.events.push_back(KeyImported{.details = {.key = KeyNumber{2},
                                                    .key_id = Story::key_id_of(KeyNumber{2}),
                                                    .owner = world.ada,
                                                    .account = world.account,
                                                    .name = "knox5_20251011",
                                                    .description = "from Knox",
                                                    .tags = {"old"},
                                                    .digest = knox5_digest("token"),
                                                    .created = Timestamp{0},
                                                    .expiry = Timestamp{60'000'000}},
                                        .active = ActiveFlag::kInactive});
  world.story.add(std::move(imported));
  const HistoryRow row = world.rows({}).back();
  CHECK(row.actor == "import dump.json");
  using Details = std::vector<std::pair<std::string, std::string>>;
  CHECK(row.details == Details{{"scheme", "knox5"},
                               {"identifier", masked_identifier(knox5_digest("token"))},
                               {"expiry", "1970-01-01T00:01:00.000000Z"},
                               {"description", "from Knox"},
                               {"tag", "old"},
                               {"created", "1970-01-01T00:00:00.000000Z"},
                               {"active", "false"}});
}

TEST_CASE("a history is of one entity and what belongs to it") {
  World world;
  const UserNumber bob = world.story.user("bob", world.account);         // 11, 12
  const KeyNumber bobs = world.story.key("backup", bob, world.account);  // 13
  const auto of = [&](const EntityRef& entity, UsesInHistory uses = UsesInHistory::kLeaveOut) {
    return positions_of(
        world.rows({.entities = with_belongings(world.story.catalog(), entity), .uses = uses}));
  };
  CHECK(of(ref(world.key)) == Positions{5, 6});
  CHECK(of(ref(world.key), UsesInHistory::kInclude) == Positions{5, 6, 7, 9});
  CHECK(of(ref(world.bot), UsesInHistory::kInclude) == Positions{4, 6, 7, 8});
  CHECK(of(ref(bobs), UsesInHistory::kInclude) == Positions{13});
  CHECK(of(ref(bob)) == Positions{11, 12, 13});
  CHECK(of(ref(world.ada)) == Positions{2, 3, 5, 6});
  CHECK(of(ref(world.account)) == Positions{1, 3, 4, 5, 6, 12, 13});
}

TEST_CASE("since and until are the first and the last moment shown, of a use by its own time") {
  const World world;
  const auto between = [&](std::int64_t since, std::int64_t until) {
    return positions_of(world.rows({.uses = UsesInHistory::kInclude,
                                    .since = later_by(tests::kStoryBegins, since),
                                    .until = later_by(tests::kStoryBegins, until)}));
  };
  CHECK(between(0, 0) == Positions{1, 2, 3, 4, 5});
  CHECK(between(10, 10) == Positions{6, 7});
  CHECK(between(11, 20) == Positions{8, 9, 10});
  CHECK(between(21, 99).empty());
}

}  // namespace
}  // namespace keyledger::projections
