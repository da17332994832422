// Messages of every kind, for the tests of the wire.
#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "net/wire/codec.h"
#include "tests/support/story.h"

namespace keyledger::net::examples {

constexpr ledger::Timestamp kMoment{1'800'000'000'123'456};

inline ledger::Hash hash() {
  ledger::Hash hash{};
  for (std::size_t i = 0; i < hash.size(); ++i) hash[i] = static_cast<std::uint8_t>(i + 1);
  return hash;
}

// ---- Frames ----

// Returns the bytes of a frame as words, aligned as in a FrameBuffer.
inline std::vector<std::uint64_t> words_of(const Bytes& bytes) {
  std::vector<std::uint64_t> words(bytes.size() / sizeof(std::uint64_t));
  std::memcpy(words.data(), bytes.data(), words.size() * sizeof(std::uint64_t));
  return words;
}

inline std::vector<std::uint64_t> frame_of(const Request& request) {
  Bytes bytes;
  encode_request(request, bytes);
  return words_of(bytes);
}

inline std::vector<std::uint64_t> frame_of(const Response& response) {
  Bytes bytes;
  encode_response(response, bytes);
  return words_of(bytes);
}

// ---- Requests ----

inline std::vector<projections::Question> questions() {
  return {{.token = "kl_token", .client = "chatbot", .address = ledger::parse_address("192.0.2.7")},
          {.token = std::nullopt, .client = "0000-0000-0001/chatbot"},
          {.token = "", .client = "", .address = ledger::parse_address("2001:db8::7")}};
}

inline ledger::KeyDigest salted_digest() {
  auto digest = ledger::knox_salted_digest("00112233", ledger::Salt{1, 2, 3, 4, 5, 6, 7, 8}).value();
  digest.bucket = 513;
  return digest;
}

inline commands::ImportKeys import() {
  return {.account = "0000-0000-0007",
          .users = {{"ada", ledger::StaffFlag::kStaff, ledger::ActiveFlag::kInactive},
                    {"bob", ledger::StaffFlag::kNotStaff, ledger::ActiveFlag::kActive}},
          .keys = {{.username = "ada",
                    .base_name = "knox5_20251011",
                    .digest = ledger::knox5_digest("t"),
                    .created = kMoment,
                    .expiry = ledger::later_by(kMoment, 60),
                    .active = ledger::ActiveFlag::kActive},
                   {.username = "bob",
                    .base_name = "knox",
                    .digest = salted_digest(),
                    .created = ledger::Timestamp{-1},
                    .active = ledger::ActiveFlag::kInactive}}};
}

inline ledger::AddressRange range(const char* text) { return ledger::parse_address_range(text).value(); }

inline commands::CreateKey full_key() {
  return {.account = "0000-0000-0001",
          .username = "ada",
          .name = "ci",
          .annotations = {{"team", "platform"}, {"ticket", ""}},
          .active = ledger::ActiveFlag::kInactive,
          .limit = ledger::RateLimit{.requests = 100, .window = 60'000'000},
          .allow = {range("192.0.2.0/24"), range("2001:db8::/32")}};
}

inline commands::EditKey full_edit() {
  return {.key = "ada/ci",
          .name = "deploy",
          .description = "",
          .tags = std::vector<std::string>{"prod"},
          .annotations = full_key().annotations,
          .expiry = std::optional(kMoment),
          .active = ledger::ActiveFlag::kActive,
          .limit = full_key().limit,
          .allow = full_key().allow};
}

// An import whose report the caller reads.
inline commands::ImportKeys merging_import() {
  using namespace keyledger::commands;
  return {.clients = {{.account = "0000-0000-0001", .name = "open", .rule = AccessRule::kOpened}},
          .origin = ImportOrigin::kRecords,
          .mode = ImportMode::kCompare,
          .take = {DifferenceClass::kFlags, DifferenceClass::kPolicy},
          .policy = ledger::Policy{.max_lifetime_days = 90, .refresh_ttl = 36'000'000'000}};
}

inline commands::ImportReport report() {
  using namespace keyledger::commands;
  return {.rows = {{.kind = DifferenceClass::kSecrets,
                    .danger = Danger::kWorksHere,
                    .object = "key ada/ci",
                    .id = "0f8fad5b-d9cb-469f-a165-708677289500",
                    .field = "secret",
                    .ledger = "****0001",
                    .dump = "****0002"},
                   {.kind = DifferenceClass::kAssignments,
                    .danger = Danger::kWorksThere,
                    .object = "key ada/ci",
                    .field = "client",
                    .ledger = std::nullopt,
                    .dump = ""}},
          .left = {{.kind = DifferenceClass::kSecrets, .danger = Danger::kWorksHere, .count = 1},
                   {.kind = DifferenceClass::kAssignments, .danger = Danger::kWorksThere, .count = 2}},
          .taken = 3,
          .missing = {.accounts = 1, .users = 2, .clients = 3, .keys = 4, .assignments = 5}};
}

inline commands::ImportKeys whole_import() {
  using namespace keyledger::commands;
  return {.account = "0000-0000-0007",
          .users = {{.username = "ada",
                     .staff = ledger::StaffFlag::kStaff,
                     .active = ledger::ActiveFlag::kActive,
                     .accounts = {"0000-0000-0001", "0000-0000-0002"},
                     .removed = RemovedFlag::kRemoved}},
          .keys = {{.username = "ada",
                    .base_name = "key_0_0",
                    .digest = salted_digest(),
                    .created = kMoment,
                    .active = ledger::ActiveFlag::kActive,
                    .account = "0000-0000-0001",
                    .own_id = {ledger::parse_uuid("0f8fad5b-d9cb-469f-a165-708677289500").value()},
                    .description = "builds",
                    .tags = {"prod"},
                    .annotations = full_key().annotations,
                    .last_used = kMoment,
                    .deleted = RemovedFlag::kRemoved,
                    .limit = full_key().limit,
                    .allow = full_key().allow,
                    .clients = {"chatbot"},
                    .rotations = {{.digest = ledger::sha256_digest("second"), .grace_until = kMoment},
                                  {.digest = ledger::sha256_digest("third"), .grace_until = std::nullopt}}}},
          .accounts = {{.number = "0000-0000-0001", .name = "Acme", .closed = ClosedFlag::kClosed}},
          .clients = {{.account = "0000-0000-0001",
                       .name = "chatbot",
                       .rule = AccessRule::kRequiresKey,
                       .own_id = {ledger::parse_uuid("0f8fad5b-d9cb-469f-a165-708677289501").value()},
                       .new_client_id = {}}}};
}

inline std::vector<std::pair<std::string, commands::Command>> commands() {
  using namespace keyledger::commands;
  return {{"OpenAccount", OpenAccount{"0000-0000-0001", "Acme"}},
          {"RegisterUser", RegisterUser{"0000-0000-0001", "ada", ledger::StaffFlag::kStaff}},
          {"RegisterClient", RegisterClient{.account = "0000-0000-0001", .name = "chatbot"}},
          {"CreateKey", CreateKey{.account = "0000-0000-0001",
                                  .username = "ada",
                                  .name = "ci",
                                  .description = "builds and deploys",
                                  .tags = {"prod", "eu"},
                                  .expiry = kMoment}},
          {"ActivateKey", ActivateKey{"ada/ci"}},
          {"DeactivateKey", DeactivateKey{"ada/ci"}},
          {"ToggleKey", ToggleKey{"ada/ci"}},
          {"DeleteKey", DeleteKey{"ada/ci"}},
          {"AssignKey", AssignKey{"ada/ci", "chatbot"}},
          {"UnassignKey", UnassignKey{"ada/ci", "chatbot"}},
          {"ImportKeys", import()},
          {"OpenAnyAccount", OpenAccount{"", "Acme", {}}},
          {"RenameAccount", RenameAccount{"0000-0000-0001", "Acme Inc."}},
          {"CloseAccount", CloseAccount{"0000-0000-0001"}},
          {"SetUser", SetUser{.username = "ada",
                              .staff = ledger::StaffFlag::kNotStaff,
                              .active = ledger::ActiveFlag::kActive,
                              .join = {"0000-0000-0001"},
                              .leave = {"0000-0000-0002", "0000-0000-0003"}}},
          {"SetNothing", SetUser{.username = "ada"}},
          {"RemoveUser", RemoveUser{"ada"}},
          {"RenameClient", RenameClient{"chatbot", "assistant"}},
          {"OpenClientToPublic", OpenClientToPublic{"chatbot"}},
          {"CloseClientToPublic", CloseClientToPublic{"chatbot"}},
          {"RemoveClient", RemoveClient{"chatbot"}},
          {"CreateFullKey", full_key()},
          {"EditKey", full_edit()},
          {"EditNothing", EditKey{.key = "ada/ci"}},
          {"TakeAway", EditKey{.key = "ada/ci",
                               .expiry = std::optional<ledger::Timestamp>{},
                               .active = ledger::ActiveFlag::kInactive,
                               .limit = std::optional<ledger::RateLimit>{},
                               .allow = std::vector<ledger::AddressRange>{}}},
          {"RotateKey", RotateKey{.key = "ada/ci", .grace = 3'600'000'000, .digest = {}}},
          {"AssignOnly", AssignKey{"ada/ci", "chatbot", OtherKeys::kUnassign}},
          {"ChangePolicy", ChangePolicy{.max_lifetime_days = 90,
                                        .lifetime_rule = ledger::LifetimeRule::kEnforce,
                                        .keys_per_user = 0,
                                        .refresh_ttl = 36'000'000'000,
                                        .refresh_interval = 0,
                                        .refresh_max = 1}},
          {"ChangeNothing", ChangePolicy{}},
          {"ImportWhole", whole_import()},
          {"ImportMerging", merging_import()}};
}

// A list with every filter, an order and a page.
inline AskList full_selection() {
  return {.kind = projections::RowKind::kKeys,
          .name = "ada/ci",
          .filter = {.gone = GoneRows::kLeaveOut,
                     .account = "0000-0000-0001",
                     .owner = "ada",
                     .tag = "prod",
                     .status = projections::KeyStatus::kExpired,
                     .permission = PermissionFilter{.user = "bob",
                                                    .permission = projections::Permission::kManage,
                                                    .platform_account = "0000-0000-0002"}},
          .order = RowOrder::kNewestFirst,
          .after = "ada/cd",
          .limit = 100};
}

// The questions of a batch point into `questions`.
inline std::vector<std::pair<std::string, Request>> requests(
    const std::vector<projections::Question>& questions) {
  std::vector<std::pair<std::string, RequestBody>> bodies{
      {"Authenticate", AskVerdicts{std::span(questions).first(1), AnswerForm::kVerdict}},
      {"AuthenticateMany", AskVerdicts{questions, AnswerForm::kVerdicts}},
      {"ActiveKey", AskActiveKey{"chatbot"}},
      {"KeysOfClient", AskKeysOfClient{"chatbot"}},
      {"List", AskList{.kind = projections::RowKind::kKeys, .name = "ada/ci"}},
      {"History", AskHistory{.kind = ledger::EntityRef::Kind::kUser,
                             .entity = "ada",
                             .uses = ledger::UsesInHistory::kInclude,
                             .since = ledger::Timestamp{-5},
                             .until = kMoment}},
      {"HistoryOfAll", AskHistory{}},
      {"State", AskState{.position = ledger::Position{9}, .at = kMoment}},
      {"StateNow", AskState{}},
      {"Stats", AskStats{}},
      {"StateDigest", AskStateDigest{}}};
  for (const auto& [name, command] : commands()) {
    RunCommand run{.command = command, .reason = "asked for by Ada", .idempotency_id = "01J"};
    if (name == "CreateKey") run.token_prefix = "acme_";
    if (name == "ImportKeys") run.import_source = "a.json, b.json", run.more = true;
    if (name == "RotateKey") run.token_prefix = "acme_", run.expected_version = 7;
    bodies.emplace_back(name, std::move(run));
  }
  bodies.emplace_back("Policy", AskList{.kind = projections::RowKind::kPolicy, .name = {}});
  bodies.emplace_back("Export", AskState{.contents = StateContents::kExport});
  bodies.emplace_back("Select", full_selection());
  bodies.emplace_back("SelectClients", AskList{.kind = projections::RowKind::kClients,
                                               .filter = {.gone = GoneRows::kLeaveOut},
                                               .order = RowOrder::kNewestFirst});
  bodies.emplace_back("Hello", AskHello{});
  std::vector<std::pair<std::string, Request>> all;
  for (auto& [name, body] : bodies) {
    all.emplace_back(name, Request{.id = 70'000 + all.size(),
                                   .min_position = ledger::Position{all.size()},
                                   .body = std::move(body)});
  }
  return all;
}

// ---- Responses ----

inline std::vector<projections::Row> rows() {
  using namespace keyledger::projections;
  const Usage usage{.last_used = kMoment, .allowed = 12, .denied = 3};
  return {AccountRow{.account = "0000-0000-0001",
                     .name = "Acme",
                     .opened = kMoment,
                     .users = 1,
                     .clients = 2,
                     .keys = 3},
          UserRow{.username = "ada",
                  .staff = true,
                  .active = true,
                  .registered = kMoment,
                  .accounts = {"0000-0000-0001", "0000-0000-0002"},
                  .keys = 4},
          ClientRow{.client_id = "0f8fad5b-d9cb-469f-a165-708677289501",
                    .account = "0000-0000-0001",
                    .name = "chatbot",
                    .registered = kMoment,
                    .requires_key = true,
                    .assigned_keys = 5,
                    .active_keys = 4,
                    .usage = usage},
          KeyRow{.key_id = "0f8fad5b-d9cb-469f-a165-708677289500",
                 .name = "ci",
                 .description = "builds",
                 .tags = {"prod", "eu"},
                 .owner = "ada",
                 .account = "0000-0000-0001",
                 .scheme = "sha256",
                 .identifier = "****abcd",
                 .created = kMoment,
                 .expiry = ledger::later_by(kMoment, 60),
                 .status = KeyStatus::kInactive,
                 .imported = true,
                 .version = 6,
                 .clients = {"chatbot"},
                 .usage = usage},
          KeyRow{.key_id = "never used, never expires"}};
}

inline std::vector<projections::Row> rows_of_rules() {
  using namespace keyledger::projections;
  return {AccountRow{.account = "0000-0000-0001", .closed = true},
          UserRow{.username = "ada", .removed = true}, ClientRow{.name = "chatbot", .removed = true},
          KeyRow{.name = "ci",
                 .status = KeyStatus::kOwnerLeft,
                 .annotations = full_key().annotations,
                 .limit = full_key().limit,
                 .allow = full_key().allow,
                 .active = true,
                 .deleted = true,
                 .grace_until = kMoment,
                 .digests = {{.digest = salted_digest(), .grace_until = std::nullopt},
                             {.digest = ledger::sha256_digest("t"), .grace_until = kMoment}}},
          PolicyRow{{.max_lifetime_days = 1,
                     .lifetime_rule = ledger::LifetimeRule::kEnforce,
                     .keys_per_user = 2,
                     .refresh_ttl = 3,
                     .refresh_interval = 4,
                     .refresh_max = 5}}};
}

inline std::vector<projections::HistoryRow> history() {
  return {{.position = ledger::Position{17},
           .time = kMoment,
           .event = "KeyUsed",
           .actor = "operator uid:1000",
           .origin = "uid 1000",
           .reason = "why",
           .account = "0000-0000-0001",
           .username = "ada",
           .key_id = "0f8fad5b-d9cb-469f-a165-708677289500",
           .key_name = "ci",
           .client_id = "0f8fad5b-d9cb-469f-a165-708677289501",
           .client_name = "chatbot",
           .address = "192.0.2.7",
           .details = {{"as_of", "16"}, {"tag", ""}}},
          {}};
}

// Responses of every kind but verdicts. Verdicts are encoded from a state, see Judged.
inline std::vector<std::pair<std::string, Response>> responses() {
  std::vector<std::pair<std::string, Response>> all;
  const auto add = [&](const std::string& name, ResponseBody body) {
    all.emplace_back(name, Response{.id = 70'000 + all.size(), .body = std::move(body)});
  };
  add("Failure", Failure{1'001, "not_staff", "API Keys can only be created for staff users.", "Do this."});
  add("ActiveKey", ActiveKeyAnswer{.counts = {.assigned = 3, .active = 2, .requires_key = true},
                                   .position = ledger::Position{8}});
  add("Done", DoneAnswer{.done = {.first = ledger::Position{5},
                                  .position = ledger::Position{6},
                                  .events = 2,
                                  .repeated = true,
                                  .added = {.users = 7, .keys = 8}}});
  add("DoneWithReport",
      DoneAnswer{.done = {.added = {.accounts = 1, .clients = 2, .assignments = 3}, .report = report()}});
  add("DoneWithSecret",
      DoneAnswer{.done = {.entity = rows()[3]}, .secret = ledger::Secret::from("kl_a token").value()});
  add("Rows", RowsAnswer{.position = ledger::Position{9}, .rows = rows()});
  all.back().second.more = true;
  add("History", history());
  add("Stats",
      Stats{.ledger_id = "0f8fad5b-d9cb-469f-a165-708677289500",
            .head = {.position = ledger::Position{99}, .records = 50, .time = kMoment, .root = hash()},
            .accounts = 1,
            .users = 2,
            .clients = 3,
            .keys = 4,
            .version = "0.1.0",
            .process_id = 4'242,
            .hot_state_bytes = 5'000});
  add("StateDigest",
      StateDigestAnswer{.position = ledger::Position{99}, .digest = hash(), .ledger_id = "a ledger"});
  add("RowsOfRules", RowsAnswer{.position = ledger::Position{9}, .rows = rows_of_rules()});
  add("Hello", HelloAnswer{.revision = 2,
                           .version = "0.1.0",
                           .ledger_id = "a ledger",
                           .position = ledger::Position{9},
                           .commands_ready = true,
                           .limits = {.frame_bytes = std::uint64_t{1} << 40,
                                      .questions_per_request = 2,
                                      .import_part_objects = 3,
                                      .requests_in_flight = 4,
                                      .streams_at_once = 5,
                                      .idle_seconds = 6}});
  return all;
}

// ---- Verdicts ----

// A state with a client and two keys of Ada's. The first key is assigned to the client, and the second
// expires.
class Judged {
 public:
  Judged() {
    const auto account = story_.account(7);
    const auto ada = story_.user("ada", account);
    const auto client = story_.client("chatbot", account);
    const auto key = story_.key("ci", ada, account);
    story_.key(
        "old", ada, account,
        {.expiry = kMoment, .created = ledger::Timestamp{0}, .imported_as = ledger::ActiveFlag::kActive});
    story_.add(ledger::KeyAssigned{key, client});
  }

  const projections::Access& access() const { return story_.access(); }

  projections::Verdict ask(const projections::Question& question) const {
    return judge(access(), question, ledger::later_by(kMoment, 1));
  }

  // Three verdicts: allowed; expired, with a key that is too old; and unknown.
  std::vector<projections::Verdict> verdicts() const {
    const std::string ci = tests::Story::token_of("ci");
    const std::string old = tests::Story::token_of("old");
    return {ask({.token = ci, .client = "chatbot"}), ask({.token = old}), ask({.token = "nobody's"})};
  }

  std::vector<std::uint64_t> frame(AnswerForm form, std::uint64_t id) const {
    const auto all = verdicts();
    Bytes bytes;
    encode_verdicts(id, form, std::span(all).first(form == AnswerForm::kVerdict ? 1 : all.size()), access(),
                    bytes);
    return words_of(bytes);
  }

 private:
  tests::Story story_;
};

// The frames of all requests, and of all responses.
inline std::vector<std::pair<std::string, std::vector<std::uint64_t>>> request_frames() {
  const auto asked = questions();
  std::vector<std::pair<std::string, std::vector<std::uint64_t>>> all;
  for (const auto& [name, request] : requests(asked)) all.emplace_back(name, frame_of(request));
  return all;
}

inline std::vector<std::pair<std::string, std::vector<std::uint64_t>>> response_frames() {
  std::vector<std::pair<std::string, std::vector<std::uint64_t>>> all;
  for (const auto& [name, response] : responses()) all.emplace_back(name, frame_of(response));
  const Judged judged;
  all.emplace_back("Verdict", judged.frame(AnswerForm::kVerdict, 80'000));
  all.emplace_back("Verdicts", judged.frame(AnswerForm::kVerdicts, 80'001));
  return all;
}

}  // namespace keyledger::net::examples
