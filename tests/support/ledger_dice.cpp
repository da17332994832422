#include "tests/support/ledger_dice.h"

#include <algorithm>

#include "ledger/values/token.h"

namespace keyledger::tests {

using namespace ledger;    // NOLINT(google-build-using-namespace): the vocabulary of every command
using namespace commands;  // NOLINT(google-build-using-namespace): likewise

namespace {

std::string in_capitals(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

template <typename T, typename... Values>
std::vector<T> list_of(Values... values) {
  return {T(values)...};
}

}  // namespace

// ---- Names ----

std::string LedgerDice::account() {
  if (one_in(30)) return one_of(list_of<std::string>("12", "0000-0000-0009", " 0000-0000-0001", ""));
  return "0000-0000-000" + std::to_string(pick(3));
}

std::string LedgerDice::name() {
  if (one_in(40)) {
    const std::string id = to_string(fresh_id<KeyId>().uuid);
    const std::string longest(255, 'x');
    return one_of(list_of<std::string>("", " n", "n ", "a/b", "a\nb", "\xff", longest, longest + "x", id));
  }
  return one_of(list_of<std::string>("n0", "n1", "n2", "n\xc3\xa9"));
}

std::string LedgerDice::username() {
  if (one_in(40)) return one_of(list_of<std::string>("nobody", "", "u/v", std::string(255, 'u')));
  return "u" + std::to_string(pick(5));
}

std::string LedgerDice::key(const LedgerModel& model) {
  if (model.keys().empty() || one_in(25)) {
    return one_of(list_of<std::string>("none", "u0/none", "nobody/n0", to_string(fresh_id<KeyId>().uuid)));
  }
  const LedgerModel::Key& key = one_of(model.keys());
  if (one_in(4)) return key.name;
  if (one_in(3)) return key.owner + "/" + key.name;
  return one_in(4) ? in_capitals(key.id) : key.id;
}

std::string LedgerDice::client(const LedgerModel& model) {
  if (model.clients().empty() || one_in(25)) {
    return one_of(
        list_of<std::string>("none", "12/n0", "0000-0000-0009/n0", to_string(fresh_id<ClientId>().uuid)));
  }
  const LedgerModel::Client& client = one_of(model.clients());
  if (one_in(4)) return client.name;
  if (one_in(3)) return client.account + "/" + client.name;
  return one_in(4) ? in_capitals(client.id) : client.id;
}

// ---- Properties of keys ----

std::string LedgerDice::description() {
  if (one_in(20)) return one_of(list_of<std::string>(std::string(256, 'd'), "a\tb"));
  return one_of(list_of<std::string>("", "", "for the tests", "caf\xc3\xa9"));
}

std::vector<std::string> LedgerDice::tags() {
  if (one_in(25))
    return one_of(list_of<std::vector<std::string>>(std::vector<std::string>{""},
                                                    std::vector<std::string>(33, "t"),
                                                    std::vector<std::string>{std::string(65, 't')}));
  return std::vector<std::string>(pick(3), "tag" + std::to_string(pick(2)));
}

std::vector<Annotation> LedgerDice::annotations() {
  if (one_in(25)) return {{"twice", "1"}, {"twice", "2"}};
  if (one_in(40)) return {{"", "1"}};
  if (!one_in(3)) return {};
  return {{"owner", std::to_string(pick(3))}};
}

std::optional<Timestamp> LedgerDice::expiry() {
  if (one_in(3)) return std::nullopt;
  if (one_in(40)) return Timestamp{kLatest.microseconds + 1};
  if (one_in(30)) return later_by(now_, -1);
  const auto longest =
      one_of(list_of<std::int64_t>(20'000'000, 600'000'000, 3'600'000'000, 3 * kMicrosecondsPerDay));
  return later_by(now_, static_cast<std::int64_t>(pick(static_cast<std::uint64_t>(longest))));
}

std::optional<RateLimit> LedgerDice::limit() {
  if (one_in(4)) return std::nullopt;
  if (one_in(25)) return one_of(std::vector<RateLimit>{{0, 1'000}, {5, 4}, {1, 367 * kMicrosecondsPerDay}});
  return RateLimit{static_cast<std::uint32_t>(1 + pick(4)),
                   one_of(list_of<std::int64_t>(7, 1'000'003, 10'000'000, 600'000'000))};
}

std::vector<AddressRange> LedgerDice::allow_list() {
  if (one_in(2)) return {};
  if (one_in(25)) return {{.base = *parse_address("192.0.2.1"), .length = 120}};
  if (one_in(40)) return std::vector<AddressRange>(65, *parse_address_range("192.0.2.1"));
  std::vector<AddressRange> ranges;
  for (std::uint64_t count = 1 + pick(2); count > 0; --count) {
    ranges.push_back(*parse_address_range(one_of(list_of<std::string>(
        "192.0.2.0/24", "192.0.2.1", "192.0.2.64/27", "2001:db8::/32", "::/0", "0.0.0.0/0"))));
  }
  return ranges;
}

// ---- Tokens ----

std::string LedgerDice::fresh_token() {
  TokenEntropy entropy{};
  for (std::uint8_t& byte : entropy) byte = static_cast<std::uint8_t>(random_());
  return std::string(make_token(one_of(list_of<std::string>("kl_", "acme-", "x")), entropy).expose());
}

std::string LedgerDice::mistyped(std::string token) {
  char& c = token[token.size() - 1 - pick(40)];
  c = c == 'a' ? 'b' : 'a';
  return token;
}

// A Knox 5 token is a text, tokens of older versions are hexadecimal digits; here the first digit marks
// salted tokens.
std::string LedgerDice::foreign_token() {
  const std::string number = std::to_string(100 + pick(24));
  const auto start = one_of(list_of<std::string>("knox-", "4", "5", "6"));
  return start == "knox-" ? start + number : start + std::string(60, 'c') + number;
}

KeyDigest LedgerDice::digest_of(const std::string& token, SpokenCommand& spoken) {
  spoken.tokens.push_back(token);
  tokens_.push_back(token);
  if (token.starts_with("knox-")) return knox5_digest(token);
  if (token.size() != 64) return sha256_digest(token);
  if (token.front() == '4') return *knox4_digest(token);
  KeyDigest digest = *knox_salted_digest(token, {1, 2, static_cast<std::uint8_t>(token.back())});
  if (token.front() == '5') digest.bucket = salted_bucket(token);
  return digest;
}

// ---- Commands ----

SpokenCommand LedgerDice::beginning(std::size_t step) {
  const std::string account = "0000-0000-000" + std::to_string(step % 2);
  const std::string user = "u" + std::to_string(step % 3);
  SpokenCommand spoken;
  if (step < 2) {
    spoken.command = OpenAccount{.number = account, .name = "an account"};
  } else if (step < 5) {
    spoken.command = RegisterUser{.account = account, .username = user, .staff = StaffFlag::kStaff};
  } else if (step < 9) {
    spoken.command = RegisterClient{
        .account = account, .name = step < 7 ? "n0" : "n1", .new_client_id = fresh_id<ClientId>()};
  } else {
    spoken.command = CreateKey{.account = account,
                               .username = user,
                               .name = "n" + std::to_string(step % 4),
                               .new_key_id = fresh_id<KeyId>(),
                               .digest = digest_of(fresh_token(), spoken)};
  }
  return spoken;
}

SpokenCommand LedgerDice::command(const LedgerModel& model, Timestamp now) {
  now_ = now;
  if (!with_id_.empty() && one_in(50)) return one_of(with_id_);
  SpokenCommand spoken;
  spoken.command = draw(model, spoken);
  complete_context(model, spoken);
  if (!spoken.context.idempotency_id.empty()) with_id_.push_back(spoken);
  return spoken;
}

void LedgerDice::complete_context(const LedgerModel& model, SpokenCommand& spoken) {
  CommandContext& context = spoken.context;
  context.actor = one_of(std::vector<Actor>{OperatorActor{"uid:1000"}, OperatorActor{"tcp"}, SystemActor{},
                                            ImportActor{"dump.json"}});
  if (!model.keys().empty() && one_in(5)) {
    context.actor = KeyActor{KeyNumber{static_cast<std::uint32_t>(1 + pick(model.keys().size()))}};
  }
  context.origin = one_of(std::vector<Origin>{LocalOrigin{}, UnixOrigin{1'000}, UnixOrigin{0},
                                              AddressOrigin{*parse_address("192.0.2.9")}});
  if (one_in(4)) context.reason = "because";
  if (one_in(12)) context.expected_version = static_cast<std::uint32_t>(1 + pick(4));
  if (one_in(150)) context.reason = one_of(list_of<std::string>(std::string(1'001, 'r'), "a\nb"));
  if (one_in(150)) context.actor = ImportActor{"a\nb"};
  if (one_in(150)) context.idempotency_id = "not visible";
  // The idempotency digest does not cover everything in an import, so imports receive no idempotency id here.
  if (std::holds_alternative<ImportKeys>(spoken.command)) return;
  if (one_in(12))
    context.idempotency_id = "id-" + std::to_string(drawn_) + "-" + std::to_string(pick(1'000'000));
  if (!with_id_.empty() && one_in(60)) context.idempotency_id = one_of(with_id_).context.idempotency_id;
}

Command LedgerDice::draw(const LedgerModel& model, SpokenCommand& spoken) {
  const std::uint64_t what = pick(100);
  if (what < 16) return draw_of_account(model);
  if (what < 30) return draw_of_client(model);
  if (what < 42) return draw_create(model, spoken);
  if (what < 52) return draw_edit(model);
  if (what < 68) return draw_of_key(model, spoken);
  if (what < 84) return draw_assignment(model);
  if (what < 92) return draw_policy();
  return draw_import(model, spoken);
}

Command LedgerDice::draw_of_account(const LedgerModel& model) {
  switch (pick(8)) {
    case 0:
    case 1:
      return OpenAccount{.number = one_in(12) ? "9999-9999-9999" : account(),
                         .name = name(),
                         .new_number = AccountNumber{1'000 + ++drawn_}};
    case 2:
      return one_in(4) ? Command(CloseAccount{account()}) : RenameAccount{account(), name()};
    case 3:
    case 4:
      return RegisterUser{account(), username(), staff()};
    case 5:
      return one_in(4) ? Command(RemoveUser{username()}) : draw_set_user(model);
    default:
      return draw_set_user(model);
  }
}

Command LedgerDice::draw_set_user(const LedgerModel&) {
  SetUser command{.username = username()};
  if (one_in(3)) command.staff = staff();
  if (one_in(3)) command.active = active();
  if (one_in(2)) command.join.push_back(account());
  if (one_in(8)) command.join.push_back(account());
  if (one_in(4)) command.leave.push_back(account());
  return command;
}

Command LedgerDice::draw_of_client(const LedgerModel& model) {
  switch (pick(7)) {
    case 0:
    case 1:
      return RegisterClient{account(), name(), fresh_id<ClientId>()};
    case 2:
      return RenameClient{client(model), name()};
    case 3:
      return OpenClientToPublic{client(model)};
    case 4:
      return CloseClientToPublic{client(model)};
    case 5:
      return RegisterClient{account(), name(), fresh_id<ClientId>()};
    default:
      return one_in(2) ? Command(RemoveClient{client(model)}) : OpenClientToPublic{client(model)};
  }
}

Command LedgerDice::draw_create(const LedgerModel& model, SpokenCommand& spoken) {
  CreateKey command{.account = account(),
                    .username = username(),
                    .name = name(),
                    .description = description(),
                    .tags = tags(),
                    .annotations = annotations(),
                    .expiry = expiry(),
                    .active = active(),
                    .limit = one_in(2) ? limit() : std::nullopt,
                    .allow = one_in(3) ? allow_list() : std::vector<AddressRange>{},
                    .new_key_id = fresh_id<KeyId>(),
                    .digest = digest_of(fresh_token(), spoken)};
  if (!model.users().empty() && one_in(2)) {
    const LedgerModel::User& user = one_of(model.users());
    command.username = user.username;
    if (!user.accounts.empty()) command.account = one_of(user.accounts);
  }
  return command;
}

Command LedgerDice::draw_edit(const LedgerModel& model) {
  EditKey command{.key = key(model)};
  if (one_in(3)) command.name = name();
  if (one_in(4)) command.description = description();
  if (one_in(5)) command.tags = tags();
  if (one_in(5)) command.annotations = annotations();
  if (one_in(4)) command.expiry = expiry();
  if (one_in(5)) command.active = active();
  if (one_in(3)) command.limit = limit();
  if (one_in(5)) command.allow = allow_list();
  return command;
}

Command LedgerDice::draw_of_key(const LedgerModel& model, SpokenCommand& spoken) {
  switch (pick(12)) {
    case 0:
    case 1:
      return ActivateKey{key(model)};
    case 2:
      return DeactivateKey{key(model)};
    case 3:
    case 4:
      return ToggleKey{key(model)};
    case 5:
      return DeleteKey{key(model)};
    default: {
      std::int64_t grace = one_of(list_of<std::int64_t>(0, 1, 60'000'000, 600'000'000, kMicrosecondsPerDay));
      if (one_in(25)) grace = one_of(list_of<std::int64_t>(-1, 367 * kMicrosecondsPerDay));
      RotateKey command{.key = key(model), .grace = grace};
      command.digest = digest_of(fresh_token(), spoken);
      return command;
    }
  }
}

Command LedgerDice::draw_assignment(const LedgerModel& model) {
  std::string key_text = key(model);
  std::string client_text = client(model);
  if (!model.keys().empty() && !one_in(4)) {
    const LedgerModel::Key& key = one_of(model.keys());
    key_text = key.id;
    std::vector<std::string> same_account;
    for (const auto& each : model.clients()) {
      if (each.account == key.account) same_account.push_back(each.id);
    }
    if (!same_account.empty()) client_text = one_of(same_account);
  }
  if (one_in(4)) return UnassignKey{key_text, client_text};
  return AssignKey{key_text, client_text, one_in(2) ? OtherKeys::kUnassign : OtherKeys::kKeep};
}

Command LedgerDice::draw_policy() {
  ChangePolicy command;
  if (one_in(3)) command.max_lifetime_days = one_of(list_of<std::uint32_t>(0, 1, 2, 1'095));
  if (one_in(3)) command.lifetime_rule = one_in(2) ? LifetimeRule::kEnforce : LifetimeRule::kWarn;
  if (one_in(3)) command.keys_per_user = static_cast<std::uint32_t>(pick(4));
  if (one_in(2))
    command.refresh_ttl = one_of(list_of<std::int64_t>(0, 10'000'000, 3'600'000'000, kMicrosecondsPerDay));
  if (one_in(3)) command.refresh_interval = one_of(list_of<std::int64_t>(0, 1'000'000, 60'000'000));
  if (one_in(3)) command.refresh_max = one_of(list_of<std::int64_t>(0, 0, 30'000'000, kMicrosecondsPerDay));
  if (one_in(30)) command.max_lifetime_days = 36'501;
  if (one_in(30)) command.refresh_interval = -1;
  return command;
}

// ---- Questions and moments ----

ModelQuestion LedgerDice::question(const LedgerModel& model) {
  ModelQuestion question{.token = fresh_token()};
  if (!one_in(2)) question.client = client(model);
  const auto addresses =
      list_of<std::string>("192.0.2.1", "192.0.2.77", "198.51.100.5", "2001:db8::5", "2001:dba::1");
  if (!one_in(3)) question.address = parse_address(one_of(addresses));
  if (one_in(12)) question.token.reset();
  if (!question.token || model.keys().empty() || one_in(12)) return question;
  if (one_in(25)) {
    question.token =
        one_of(list_of<std::string>("", std::string(129, 'x'), "a\nb", mistyped(*question.token)));
    return question;
  }
  const LedgerModel::Key& key = one_of(model.keys());
  question.token = key.secrets.back().token;
  if (key.secrets.size() > 1 && one_in(2)) question.token = key.secrets[key.secrets.size() - 2].token;
  for (const auto& each : model.clients()) {
    if (each.account == key.account && one_in(4)) question.client = each.name;
  }
  if (one_in(6)) question.token = one_of(tokens_);
  if (one_in(8) && question.token->size() == 64) question.token = in_capitals(*question.token);
  if (one_in(25) && question.token->size() > 42) question.token = mistyped(*question.token);
  return question;
}

Timestamp LedgerDice::moment_after(const LedgerModel& model, Timestamp now) {
  switch (pick(9)) {
    case 0:
    case 1:
      return now;
    case 2:
      return later_by(now, static_cast<std::int64_t>(pick(one_in(4) ? 300'000'000 : 20'000'000)));
    case 3:
      return later_by(now, -static_cast<std::int64_t>(pick(50'000)));
    case 4:
      return one_in(20) ? later_by(now, static_cast<std::int64_t>(pick(86'400'000'000))) : now;
    case 5:
    case 6: {
      std::vector<Timestamp> instants = model.instants(now);
      // Longer steps in time are rare, because few keys last for days.
      const Timestamp farthest = later_by(now, one_in(30) ? 4 * kMicrosecondsPerDay : 600'000'000);
      std::erase_if(instants, [&](Timestamp at) { return at <= now || at > farthest; });
      if (instants.empty()) return later_by(now, 1);
      std::ranges::sort(instants);
      const Timestamp instant = one_in(3) ? one_of(instants) : instants.front();
      return later_by(instant, static_cast<std::int64_t>(pick(2)));
    }
    default:
      return later_by(now, static_cast<std::int64_t>(pick(2'000'000)));
  }
}

}  // namespace keyledger::tests
