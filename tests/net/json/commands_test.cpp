// Every command of `keyledger apply`, and every kind of mistake.
#include "net/json/commands.h"

#include <catch2/catch.hpp>

#include "net/json/strict_json.h"

namespace keyledger::net {
namespace {

using namespace commands;  // NOLINT(google-build-using-namespace): every command is used here
using ledger::kMicrosecondsPerDay;
using ledger::Timestamp;

constexpr Timestamp kNow{1'800'000'000 * ledger::kMicrosecondsPerSecond};
constexpr std::int64_t kHour = 3'600 * ledger::kMicrosecondsPerSecond;

boost::json::object object_of(const std::string& text) {
  const auto value = parse_strict_json(text);
  CAPTURE(text);
  REQUIRE(value.ok());
  return value->as_object();
}

net::RunCommand read(const std::string& text) {
  const auto run = command_of(object_of(text), kNow);
  CAPTURE(text);
  if (!run) FAIL(run.error());
  return *run;
}

std::string mistake(const std::string& text) {
  const auto run = command_of(object_of(text), kNow);
  CAPTURE(text);
  REQUIRE(!run.ok());
  return run.error();
}

using Time = std::optional<Timestamp>;
using Limit = std::optional<ledger::RateLimit>;

}  // namespace

TEST_CASE("a line opens, renames and closes accounts") {
  CHECK(read(R"({"command":"account.open","number":"1234-5678-9012","name":"Example"})").command ==
        Command(OpenAccount{"1234-5678-9012", "Example"}));
  CHECK(read(R"({"command":"account.open","name":"Example"})").command ==
        Command(OpenAccount{"", "Example"}));
  CHECK(read(R"({"command":"account.rename","account":"1234-5678-9012","name":"New"})").command ==
        Command(RenameAccount{"1234-5678-9012", "New"}));
  CHECK(read(R"({"command":"account.close","account":"1234-5678-9012"})").command ==
        Command(CloseAccount{"1234-5678-9012"}));
}

TEST_CASE("a line adds, sets and removes users") {
  CHECK(read(R"({"command":"user.add","account":"a","username":"alice","staff":true})").command ==
        Command(RegisterUser{"a", "alice", ledger::StaffFlag::kStaff}));
  CHECK(read(R"({"command":"user.add","account":"a","username":"bob"})").command ==
        Command(RegisterUser{"a", "bob", ledger::StaffFlag::kNotStaff}));
  CHECK(read(R"({"command":"user.set","username":"bob","staff":true,"active":false,"join":["b"],
                 "leave":["a","c"]})")
            .command ==
        Command(SetUser{"bob", ledger::StaffFlag::kStaff, ledger::ActiveFlag::kInactive, {"b"}, {"a", "c"}}));
  CHECK(read(R"({"command":"user.set","username":"bob","staff":false})").command ==
        Command(SetUser{.username = "bob", .staff = ledger::StaffFlag::kNotStaff}));
  CHECK(read(R"({"command":"user.remove","username":"bob"})").command == Command(RemoveUser{"bob"}));
}

TEST_CASE("a line adds, renames, opens, closes and removes clients") {
  CHECK(read(R"({"command":"client.add","account":"a","name":"bot"})").command ==
        Command(RegisterClient{.account = "a", .name = "bot"}));
  CHECK(read(R"({"command":"client.rename","client":"bot","name":"robot"})").command ==
        Command(RenameClient{"bot", "robot"}));
  CHECK(read(R"({"command":"client.open-to-public","client":"bot"})").command ==
        Command(OpenClientToPublic{"bot"}));
  CHECK(read(R"({"command":"client.close-to-public","client":"bot"})").command ==
        Command(CloseClientToPublic{"bot"}));
  CHECK(read(R"({"command":"client.remove","client":"bot"})").command == Command(RemoveClient{"bot"}));
}

TEST_CASE("a line creates a key with all that can be said of one") {
  const net::RunCommand least =
      read(R"({"command":"key.create","account":"a","username":"alice","name":"production"})");
  CHECK(least.command == Command(CreateKey{.account = "a", .username = "alice", .name = "production"}));
  CHECK(least.token_prefix.empty());

  const net::RunCommand most = read(
      R"({"command":"key.create","account":"a","username":"alice","name":"production","description":"it",
          "tags":["one","two"],"annotations":{"owner":"ops","tier":"1"},"expires":"+90d","active":false,
          "limit":"100/60s","allow":["192.0.2.0/24","2001:db8::1"],"prefix":"ex_"})");
  CHECK(most.command == Command(CreateKey{.account = "a",
                                          .username = "alice",
                                          .name = "production",
                                          .description = "it",
                                          .tags = {"one", "two"},
                                          .annotations = {{"owner", "ops"}, {"tier", "1"}},
                                          .expiry = ledger::later_by(kNow, 90 * kMicrosecondsPerDay),
                                          .active = ledger::ActiveFlag::kInactive,
                                          .limit = ledger::RateLimit{100, 60'000'000},
                                          .allow = {*ledger::parse_address_range("192.0.2.0/24"),
                                                    *ledger::parse_address_range("2001:db8::1")}}));
  CHECK(most.token_prefix == "ex_");
  CHECK(std::get<CreateKey>(read(R"({"command":"key.create","account":"a","username":"u","name":"n",
                                     "expires":null,"limit":null})")
                                .command)
            .expiry == std::nullopt);
}

ImportedKey imported_by(const std::string& fields) {
  const auto run =
      read(R"({"command":"key.import","account":"1234-5678-9012","username":"alice","name":"ci",)"
           R"("created":"2025-01-02T03:04:05Z",)" +
           fields + "}");
  const auto& import = std::get<ImportKeys>(run.command);
  CHECK(import.account.empty());
  REQUIRE(import.keys.size() == 1);
  return import.keys.front();
}

TEST_CASE("A7: a line imports a key of another system, by a digest in any form") {
  const ledger::KeyDigest digest = ledger::sha256_digest("sk-1");
  const std::string hex = ledger::to_hex(digest.view());
  const ImportedKey least = imported_by(R"("scheme":"sha256","digest":")" + hex + "\"");
  CHECK(least.digest == digest);
  CHECK(least.account == "1234-5678-9012");
  CHECK(least.username == "alice");
  CHECK(least.base_name == "ci");
  CHECK(least.active == ledger::ActiveFlag::kActive);
  CHECK_FALSE(least.expiry);
  // SHA-256 of "sk-1" in base64, with and without padding, and in the alphabet for URLs.
  for (const char* base64 :
       {"DywQvz0SjHGca/pOy66Ut/zuuupuRDj+84qQ5azDJvM=", "DywQvz0SjHGca/pOy66Ut/zuuupuRDj+84qQ5azDJvM",
        "DywQvz0SjHGca_pOy66Ut_zuuupuRDj-84qQ5azDJvM"}) {
    CAPTURE(base64);
    CHECK(imported_by(std::string(R"("scheme":"sha256","digest":")") + base64 + "\"").digest == digest);
  }
  const auto wide = ledger::knox5_digest("sk-1");
  CHECK(imported_by(R"("scheme":"sha512","digest":")" + ledger::to_hex(wide.view()) + "\"").digest == wide);
  const ImportedKey most = imported_by(
      R"("scheme":"sha256","digest":")" + hex +
      R"(","expires":"2030-01-01T00:00:00Z","last_used":"2026-01-01T00:00:00Z","active":false,)"
      R"("description":"d","tags":["a"],"annotations":{"b":"c"},"limit":"5/1s","allow":["192.0.2.1"],)"
      R"("clients":["bot"])");
  CHECK(most.active == ledger::ActiveFlag::kInactive);
  CHECK(most.expiry == ledger::parse_rfc3339("2030-01-01T00:00:00Z"));
  CHECK(most.last_used == ledger::parse_rfc3339("2026-01-01T00:00:00Z"));
  CHECK(most.description == "d");
  CHECK(most.tags == std::vector<std::string>{"a"});
  CHECK(most.annotations == std::vector<ledger::Annotation>{{"b", "c"}});
  CHECK(most.limit == ledger::RateLimit{5, 1'000'000});
  CHECK(most.allow.size() == 1);
  CHECK(most.clients == std::vector<std::string>{"bot"});
}

TEST_CASE("A7: a digest of another length, alphabet or scheme is refused, and not shown") {
  const std::string hex(64, 'a');
  const std::string before =
      R"({"command":"key.import","account":"a","username":"u","name":"n","created":"2025-01-02","scheme":)";
  const std::vector<std::string> wrong = {
      R"("sha256","digest":")" + hex + "a\"}", R"("sha512","digest":")" + hex + "\"}",
      R"("sha256","digest":")" + std::string(43, '!') + "\"}", R"("sha256","digest":"sk-1"})",
      R"("sha256","digest":")" + std::string(42, 'A') + "B\"}"};
  for (const std::string& rest : wrong) {
    CAPTURE(rest);
    const std::string said = mistake(before + rest);
    CHECK(said.find("\"digest\" takes") != std::string::npos);
    CHECK(said.find("sk-1") == std::string::npos);
  }
  CHECK(mistake(before + R"("md5","digest":")" + hex + "\"}") == "\"md5\" is not a digest scheme");
}

TEST_CASE("a line rotates, activates, deactivates, toggles and deletes keys") {
  CHECK(read(R"({"command":"key.rotate","key":"k"})").command == Command(RotateKey{.key = "k"}));
  CHECK(read(R"({"command":"key.rotate","key":"k","grace":"1h"})").command ==
        Command(RotateKey{.key = "k", .grace = kHour}));
  CHECK(read(R"({"command":"key.rotate","key":"k","grace":0})").command == Command(RotateKey{.key = "k"}));
  CHECK(read(R"({"command":"key.rotate","key":"k","prefix":"ex_"})").token_prefix == "ex_");
  CHECK(read(R"({"command":"key.activate","key":"k"})").command == Command(ActivateKey{"k"}));
  CHECK(read(R"({"command":"key.deactivate","key":"k"})").command == Command(DeactivateKey{"k"}));
  CHECK(read(R"({"command":"key.toggle","key":"k"})").command == Command(ToggleKey{"k"}));
  CHECK(read(R"({"command":"key.delete","key":"k"})").command == Command(DeleteKey{"k"}));
}

TEST_CASE("a line changes one thing of a key, or takes it away") {
  CHECK(read(R"({"command":"key.rename","key":"k","name":"n"})").command ==
        Command(EditKey{.key = "k", .name = "n"}));
  CHECK(read(R"({"command":"key.describe","key":"k","description":"d"})").command ==
        Command(EditKey{.key = "k", .description = "d"}));
  CHECK(
      read(R"({"command":"key.describe","key":"k","tags":[],"annotations":{}})").command ==
      Command(EditKey{
          .key = "k", .tags = std::vector<std::string>{}, .annotations = std::vector<ledger::Annotation>{}}));
  CHECK(read(R"({"command":"key.expire","key":"k","expires":"2030-01-01"})").command ==
        Command(EditKey{.key = "k", .expiry = Time(ledger::parse_rfc3339("2030-01-01"))}));
  CHECK(read(R"({"command":"key.expire","key":"k","expires":null})").command ==
        Command(EditKey{.key = "k", .expiry = std::optional<Time>(std::in_place)}));
  CHECK(read(R"({"command":"key.limit","key":"k","limit":"5/1h"})").command ==
        Command(EditKey{.key = "k", .limit = Limit(ledger::RateLimit{5, kHour})}));
  CHECK(read(R"({"command":"key.limit","key":"k","limit":null})").command ==
        Command(EditKey{.key = "k", .limit = std::optional<Limit>(std::in_place)}));
  CHECK(read(R"({"command":"key.allow","key":"k","allow":["10.0.0.0/8"]})").command ==
        Command(EditKey{.key = "k", .allow = {{*ledger::parse_address_range("10.0.0.0/8")}}}));
  CHECK(read(R"({"command":"key.allow","key":"k","allow":[]})").command ==
        Command(EditKey{.key = "k", .allow = std::vector<ledger::AddressRange>{}}));
}

TEST_CASE("a line edits everything of a key at once") {
  CHECK(read(R"({"command":"key.edit","key":"k","name":"n","description":"d","tags":["t"],
                 "annotations":{"a":"b"},"expires":null,"active":true,"limit":null,"allow":[]})")
            .command == Command(EditKey{.key = "k",
                                        .name = "n",
                                        .description = "d",
                                        .tags = {{"t"}},
                                        .annotations = {{{"a", "b"}}},
                                        .expiry = std::optional<Time>(std::in_place),
                                        .active = ledger::ActiveFlag::kActive,
                                        .limit = std::optional<Limit>(std::in_place),
                                        .allow = std::vector<ledger::AddressRange>{}}));
}

TEST_CASE("a line assigns and unassigns keys") {
  CHECK(read(R"({"command":"assign","key":"k","client":"c"})").command == Command(AssignKey{"k", "c"}));
  CHECK(read(R"({"command":"assign","key":"k","client":"c","only":true})").command ==
        Command(AssignKey{"k", "c", OtherKeys::kUnassign}));
  CHECK(read(R"({"command":"unassign","key":"k","client":"c"})").command == Command(UnassignKey{"k", "c"}));
}

TEST_CASE("a line sets the policy") {
  CHECK(read(R"({"command":"policy.set","max_lifetime_days":365,"lifetime":"enforce","keys_per_user":5,
                 "refresh_ttl":"10h","refresh_interval":"1h","refresh_max":0})")
            .command == Command(ChangePolicy{365, ledger::LifetimeRule::kEnforce, 5, 10 * kHour, kHour, 0}));
  CHECK(read(R"({"command":"policy.set","lifetime":"warn"})").command ==
        Command(ChangePolicy{.lifetime_rule = ledger::LifetimeRule::kWarn}));
}

TEST_CASE("a line has a reason, an idempotency key and an expected version of its own") {
  const net::RunCommand run = read(
      R"({"command":"key.delete","key":"k","reason":"leaked","idempotency_key":"id-1","expect_version":3})");
  CHECK(run.reason == "leaked");
  CHECK(run.idempotency_id == "id-1");
  CHECK(run.expected_version == 3U);
  const net::RunCommand none = read(R"({"command":"key.delete","key":"k"})");
  CHECK(none.reason.empty());
  CHECK(none.idempotency_id.empty());
  CHECK(!none.expected_version);
}

TEST_CASE("every command is known by its name, and by no other") {
  CHECK(command_names().size() == 27);
  for (const std::string_view name : command_names()) {
    CAPTURE(name);
    const auto run = command_of({{"command", boost::json::string_view(name.data(), name.size())}}, kNow);
    REQUIRE(!run.ok());
    CHECK(run.error().find(name == "policy.set" ? "nothing is changed" : "is missing") != std::string::npos);
  }
  CHECK(mistake(R"({"command":"key.explode"})") == "\"key.explode\" is not a command");
  CHECK(mistake(R"({"command":"Key.Create"})") == "\"Key.Create\" is not a command");
  CHECK(mistake(R"({"command":7})") == "\"command\" takes a text, not 7");
  CHECK(mistake("{}") == "\"command\" is missing");
}

TEST_CASE("a mistake in a line is named, whatever it is") {
  const std::vector<std::pair<std::string, std::string>> all = {
      {R"("command":"key.delete")", "\"key\" is missing"},
      {R"("command":"key.delete","key":"k","colour":"red")", "\"colour\" is not a field of key.delete"},
      {R"("command":"key.delete","key":["k"])", "\"key\" takes a text, not [\"k\"]"},
      {R"("command":"key.delete","key":null)", "\"key\" takes a text, not null"},
      {R"("command":"user.add","account":"a","username":"u","staff":"yes")",
       "\"staff\" takes true or false, not \"yes\""},
      {R"("command":"key.create","account":"a","username":"u","name":"n","tags":"one")",
       "\"tags\" takes a list of texts, not \"one\""},
      {R"("command":"key.create","account":"a","username":"u","name":"n","tags":["one",2])",
       "\"tags\" takes a list of texts, not [\"one\",2]"},
      {R"("command":"key.create","account":"a","username":"u","name":"n","annotations":{"a":1})",
       "\"annotations\" takes an object of texts, not {\"a\":1}"},
      {R"("command":"key.create","account":"a","username":"u","name":"n","annotations":[])",
       "\"annotations\" takes an object of texts, not []"},
      {R"("command":"key.create","account":"a","username":"u","name":"n","prefix":"")",
       "\"prefix\" is empty"},
      {R"("command":"key.expire","key":"k","expires":"tomorrow")",
       "\"expires\" takes a time like \"2026-11-21T06:14:56Z\" or \"+90d\", or null for never, not "
       "\"tomorrow\""},
      {R"("command":"key.expire","key":"k","expires":1800000000)",
       "\"expires\" takes a time like \"2026-11-21T06:14:56Z\" or \"+90d\", or null for never, not "
       "1800000000"},
      {R"("command":"key.expire","key":"k")", "\"expires\" is missing"},
      {R"("command":"key.limit","key":"k")", "\"limit\" is missing"},
      {R"("command":"key.limit","key":"k","limit":"100")",
       "\"limit\" takes a limit like \"100/60s\", or null for none, not \"100\""},
      {R"("command":"key.allow","key":"k")", "\"allow\" is missing"},
      {R"("command":"key.allow","key":"k","allow":"10.0.0.0/8")",
       "\"allow\" takes a list of address ranges, not \"10.0.0.0/8\""},
      {R"("command":"key.allow","key":"k","allow":["10.0.0.1/8"])",
       "\"allow\" takes address ranges like \"192.0.2.0/24\", not \"10.0.0.1/8\""},
      {R"("command":"key.rotate","key":"k","grace":"an hour")",
       "\"grace\" takes a duration like \"1h\" or \"90d\", or 0, not \"an hour\""},
      {R"("command":"key.rotate","key":"k","grace":3600)",
       "\"grace\" takes a duration like \"1h\" or \"90d\", or 0, not 3600"},
      {R"("command":"key.edit","key":"k")",
       "nothing is changed: give one of \"name\", \"description\", \"tags\", \"annotations\", \"expires\", "
       "\"active\", \"limit\", \"allow\""},
      {R"("command":"key.describe","key":"k")",
       "nothing is changed: give one of \"description\", \"tags\", \"annotations\""},
      {R"("command":"user.set","username":"u")",
       "nothing is changed: give one of \"staff\", \"active\", \"join\", \"leave\""},
      {R"("command":"policy.set")",
       "nothing is changed: give one of \"max_lifetime_days\", \"lifetime\", \"keys_per_user\", "
       "\"refresh_ttl\", \"refresh_interval\", \"refresh_max\""},
      {R"("command":"policy.set","lifetime":"ignore")",
       "\"lifetime\" takes \"warn\" or \"enforce\", not \"ignore\""},
      {R"("command":"policy.set","keys_per_user":-1)",
       "\"keys_per_user\" takes a whole number from 0 to 4294967295, not -1"},
      {R"("command":"policy.set","keys_per_user":4294967296)",
       "\"keys_per_user\" takes a whole number from 0 to 4294967295, not 4294967296"},
      {R"("command":"policy.set","keys_per_user":1.5)",
       "\"keys_per_user\" takes a whole number from 0 to 4294967295, not 1.5"},
      {R"("command":"key.delete","key":"k","idempotency_key":"")", "\"idempotency_key\" is empty"},
      {R"("command":"key.delete","key":"k","reason":1)", "\"reason\" takes a text, not 1"},
      {R"("command":"key.delete","key":"k","expect_version":"3")",
       "\"expect_version\" takes a whole number from 0 to 4294967295, not \"3\""},
      {R"("command":"assign","key":1,"colour":2)",
       "\"key\" takes a text, not 1; \"client\" is missing; \"colour\" is not a field of assign"},
  };
  for (const auto& [fields, says] : all) CHECK(mistake("{" + fields + "}") == says);
}

TEST_CASE("a message shows no more of a value than fits, and nothing that steers a terminal") {
  const std::string message =
      mistake(R"({"command":"key.delete","key":["\u001b[31m)" + std::string(200, 'x') + "\"]}");
  CHECK(message.size() < 120);
  CHECK(message.find('\x1b') == std::string::npos);
}

}  // namespace keyledger::net
