// Writing records of an export and reading the records back.
#include "net/json/export.h"

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "net/json/records.h"
#include "net/json/strict_json.h"

namespace keyledger::net {
namespace {

using namespace commands;     // NOLINT(google-build-using-namespace): for the imported entities
using namespace projections;  // NOLINT(google-build-using-namespace): for the rows
using boost::json::object;
using ledger::Timestamp;

constexpr Timestamp kTime{1'800'000'000'123'456};
const std::string kAccount = "1234-5678-9012";
const std::string kKeyId = "0a0a0a0a-0000-4000-8000-000000000000";
const std::string kClientId = "0b0b0b0b-0000-4000-8000-000000000000";

std::vector<std::string> records_of(const std::vector<Row>& rows) {
  std::vector<std::string> lines;
  for (const Row& row : rows) {
    if (const auto record = export_record_of(row)) lines.push_back(boost::json::serialize(*record));
  }
  return lines;
}

Command read(const std::string& line) {
  const auto value = parse_strict_json(line);
  REQUIRE(value.ok());
  const auto run = record_of(value->as_object(), Timestamp{});
  CAPTURE(line);
  if (!run) FAIL(run.error());
  return run->command;
}

std::string mistake(const object& record) {
  const auto run = record_of(record, Timestamp{});
  CAPTURE(boost::json::serialize(record));
  REQUIRE(!run.ok());
  return run.error();
}

KeyRow full_key() {
  ledger::KeyDigest salted = *ledger::knox_salted_digest("00ff", {1, 2, 3, 4, 5, 6, 7, 8});
  salted.bucket = 513;
  return {.key_id = kKeyId,
          .name = "production",
          .description = "it",
          .tags = {"one", "two"},
          .owner = "alice",
          .account = kAccount,
          .created = kTime,
          .expiry = Timestamp{kTime.microseconds + 1},
          .clients = {"chat_bot"},
          .usage = {.last_used = Timestamp{kTime.microseconds + 2}},
          .annotations = {{"b", "2"}, {"a", "1"}},
          .limit = ledger::RateLimit{100, 60'000'000},
          .allow = {*ledger::parse_address_range("192.0.2.0/24")},
          .active = true,
          .digests = {{.digest = salted},
                      {.digest = ledger::knox5_digest("x"), .grace_until = kTime},
                      {.digest = ledger::sha256_digest("y")}}};
}

object key_record() {
  const auto value = parse_strict_json(records_of({full_key()}).front());
  return value->as_object();
}

}  // namespace

TEST_CASE("a policy is written and read back") {
  const ledger::Policy policy{.max_lifetime_days = 30,
                              .lifetime_rule = ledger::LifetimeRule::kEnforce,
                              .keys_per_user = 3,
                              .refresh_ttl = 36'000'000'000,
                              .refresh_interval = 0,
                              .refresh_max = 86'400'000'000};
  const auto lines = records_of({PolicyRow{policy}, PolicyRow{}});
  REQUIRE(lines.size() == 2);
  CHECK(lines.front() ==
        R"({"record":"policy","max_lifetime_days":30,"lifetime":"enforce","keys_per_user":3,)"
        R"("refresh_ttl":"10h","refresh_interval":"0s","refresh_max":"1d"})");
  CHECK(read(lines.front()) == Command(ImportKeys{.origin = ImportOrigin::kRecords, .policy = policy}));
  CHECK(read(lines.back()) ==
        Command(ImportKeys{.origin = ImportOrigin::kRecords, .policy = ledger::Policy{}}));
}

TEST_CASE("accounts are written and read back, closed ones too") {
  const auto lines = records_of({AccountRow{.account = kAccount, .name = "Example", .closed = true},
                                 AccountRow{.account = "0000-0000-0001", .name = "Other"}});
  REQUIRE(lines.size() == 2);
  CHECK(lines.front() == R"({"record":"account","account":"1234-5678-9012","name":"Example","closed":true})");
  CHECK(
      read(lines.front()) ==
      Command(ImportKeys{.accounts = {{.number = kAccount, .name = "Example", .closed = ClosedFlag::kClosed}},
                         .origin = ImportOrigin::kRecords}));
  CHECK(read(lines.back()) == Command(ImportKeys{.accounts = {{.number = "0000-0000-0001", .name = "Other"}},
                                                 .origin = ImportOrigin::kRecords}));
}

TEST_CASE("users are written and read back") {
  const auto lines =
      records_of({UserRow{.username = "alice", .staff = true, .active = true, .accounts = {kAccount}},
                  UserRow{.username = "bob", .removed = true}});
  REQUIRE(lines.size() == 2);
  CHECK(lines.front() == R"({"record":"user","username":"alice","staff":true,"active":true,)"
                         R"("accounts":["1234-5678-9012"],"removed":false})");
  CHECK(read(lines.front()) == Command(ImportKeys{.users = {{.username = "alice",
                                                             .staff = ledger::StaffFlag::kStaff,
                                                             .active = ledger::ActiveFlag::kActive,
                                                             .accounts = {kAccount}}},
                                                  .origin = ImportOrigin::kRecords}));
  CHECK(read(lines.back()) ==
        Command(ImportKeys{.users = {{.username = "bob", .removed = RemovedFlag::kRemoved}},
                           .origin = ImportOrigin::kRecords}));
}

TEST_CASE("clients are written and read back, but for removed ones") {
  const ClientRow client{.client_id = kClientId, .account = kAccount, .name = "bot", .requires_key = true};
  ClientRow removed = client;
  removed.removed = true;
  const auto lines = records_of({client, removed});
  REQUIRE(lines.size() == 1);
  CHECK(read(lines.front()) ==
        Command(ImportKeys{.clients = {{.account = kAccount,
                                        .name = "bot",
                                        .rule = AccessRule::kRequiresKey,
                                        .own_id = ledger::ClientId{*ledger::parse_uuid(kClientId)}}},
                           .origin = ImportOrigin::kRecords}));
}

TEST_CASE("G2: an export has no commands, and a client that is public with keys is opened by its record") {
  const ClientRow open{.client_id = kClientId, .account = kAccount, .name = "bot", .assigned_keys = 1};
  const auto lines = records_of(
      {PolicyRow{}, AccountRow{.account = kAccount, .name = "a", .closed = true}, open, full_key()});
  REQUIRE(lines.size() == 4);
  for (const std::string& line : lines) {
    CHECK(line.starts_with("{\"record\":"));
    CHECK(std::holds_alternative<ImportKeys>(read(line)));
  }
  const Command client = read(lines[2]);
  CHECK(std::get<ImportKeys>(client).clients.front().rule == AccessRule::kOpened);
  object contradiction = parse_strict_json(lines[2])->as_object();
  contradiction["requires_key"] = true;
  CHECK(mistake(contradiction) == "a client that is \"opened\" does not require a key");
}

TEST_CASE("a record of a client from an earlier version does not say whether it was opened") {
  object record = parse_strict_json(records_of({ClientRow{.client_id = kClientId}}).front())->as_object();
  record.erase("opened");
  CHECK(std::get<ImportKeys>(read(boost::json::serialize(record))).clients.front().rule ==
        AccessRule::kPublic);
}

TEST_CASE("a key is written with everything that a verdict depends on, and read back") {
  const KeyRow key = full_key();
  const auto lines = records_of({key});
  REQUIRE(lines.size() == 1);
  CHECK(read(lines.front()) ==
        Command(ImportKeys{
            .keys = {{.username = "alice",
                      .base_name = "production",
                      .digest = key.digests[0].digest,
                      .created = key.created,
                      .expiry = key.expiry,
                      .active = ledger::ActiveFlag::kActive,
                      .account = kAccount,
                      .own_id = ledger::KeyId{*ledger::parse_uuid(kKeyId)},
                      .description = "it",
                      .tags = {"one", "two"},
                      .annotations = {{"b", "2"}, {"a", "1"}},
                      .last_used = key.usage.last_used,
                      .limit = key.limit,
                      .allow = key.allow,
                      .clients = {"chat_bot"},
                      .rotations = {{key.digests[1].digest, kTime}, {key.digests[2].digest, std::nullopt}}}},
            .origin = ImportOrigin::kRecords}));
  KeyRow least{.key_id = kKeyId, .name = "n", .owner = "o", .account = kAccount, .deleted = true};
  least.digests = {{.digest = *ledger::knox4_digest("00")}};
  const Command read_back = read(records_of({least}).front());
  const ImportedKey& imported = std::get<ImportKeys>(read_back).keys.front();
  CHECK(imported.deleted == RemovedFlag::kRemoved);
  CHECK(imported.active == ledger::ActiveFlag::kInactive);
  CHECK(!imported.expiry);
  CHECK(!imported.last_used);
  CHECK(!imported.limit);
  CHECK(imported.rotations.empty());
}

TEST_CASE("every field of a record is needed, and no other is known") {
  for (const std::string& line : records_of({PolicyRow{}, AccountRow{.account = kAccount}, UserRow{},
                                             ClientRow{.client_id = kClientId}, full_key()})) {
    const object whole = parse_strict_json(line)->as_object();
    for (const auto& field : whole) {
      if (field.key() == "opened") continue;  // younger than the others
      object less = whole;
      less.erase(field.key());
      CAPTURE(line, std::string(field.key()));
      CHECK(mistake(less).find("\"" + std::string(field.key()) + "\" is missing") != std::string::npos);
    }
    object more = whole;
    more["colour"] = "red";
    CHECK(mistake(more).find("\"colour\" is not a field of the record ") == 0);
  }
}

TEST_CASE("a record that cannot be is refused with what is wrong") {
  CHECK(mistake({{"record", "budget"}}) ==
        "\"budget\" is not a kind of record; the kinds are policy, account, user, client and key");
  CHECK(mistake({{"record", 1}}) == "\"record\" takes a text, not 1");
  const auto with = [](const char* name, const boost::json::value& value) {
    object record = key_record();
    record[name] = value;
    return mistake(record);
  };
  CHECK(with("key_id", "no id") == "\"key_id\" takes a UUID, not \"no id\"");
  CHECK(with("created", "yesterday") == "\"created\" takes a time, not \"yesterday\"");
  CHECK(with("digests", "x") == "\"digests\" takes a list");
  CHECK(with("digests", boost::json::array{}) == "\"digests\" takes a list");
  CHECK(with("digests", {"x"}) == "\"digests\" takes a list of objects");
  CHECK(with("digests", {object{{"scheme", "sha256"}, {"digest", "00"}}}) ==
        "\"digest\" takes 64 hexadecimal digits, or base64 of 32 bytes");
  CHECK(with("digests", {object{{"scheme", "md5"}, {"digest", std::string(64, '0')}}}) ==
        "\"md5\" is not a digest scheme");
  CHECK(with("digests", {object{{"scheme", "knox-salted"}, {"digest", std::string(128, '0')}}}) ==
        "\"salt\" is missing; \"salt\" takes 16 hexadecimal digits");
  CHECK(with("digests", {object{{"scheme", "knox-salted"},
                                {"digest", std::string(128, '0')},
                                {"salt", std::string(16, '0')},
                                {"bucket", 65'536}}}) == "\"bucket\" is at most 65535");
  CHECK(with("digests", {object{{"scheme", "sha256"}, {"digest", std::string(64, '0')}, {"salt", "00"}}}) ==
        "\"salt\" is not a field of a digest");
  const object digest{{"scheme", "sha256"}, {"digest", std::string(64, '0')}};
  CHECK(with("digests", boost::json::array{digest, digest}) == "\"grace_until\" is missing");
}

}  // namespace keyledger::net
