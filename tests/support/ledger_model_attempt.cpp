// Commands, tried on a copy of the model.
#include "tests/support/ledger_model_attempt.h"

#include <algorithm>
#include <limits>

namespace keyledger::tests {

using namespace ledger;    // NOLINT(google-build-using-namespace): the vocabulary of every command
using namespace commands;  // NOLINT(google-build-using-namespace): likewise

namespace {

constexpr Timestamp kEndOfTime{253'402'300'799'999'999};  // of the year 9999

bool is_remark(const std::string& text) { return text.size() <= 1'000 && model_is_text(text); }

LedgerModel::Refused refused_for_context(const CommandContext& context) {
  if (!is_remark(context.reason)) return RefusalCode::kReasonTooLong;
  const auto* import = std::get_if<ImportActor>(&context.actor);
  if (import != nullptr && !is_remark(import->source)) return RefusalCode::kImportSourceInvalid;
  const std::string& id = context.idempotency_id;
  if (id.size() > 64 || !std::ranges::all_of(id, [](char c) { return c >= '!' && c <= '~'; })) {
    return RefusalCode::kIdempotencyIdInvalid;
  }
  return std::nullopt;
}

// Returns the command without the ids and digests that were drawn at random for this attempt.
Command without_drawn(Command command) {
  if (auto* open = std::get_if<OpenAccount>(&command)) open->new_number = {};
  if (auto* client = std::get_if<RegisterClient>(&command)) client->new_client_id = {};
  if (auto* key = std::get_if<CreateKey>(&command)) key->new_key_id = {}, key->digest = {};
  if (auto* rotated = std::get_if<RotateKey>(&command)) rotated->digest = {};
  return command;
}

}  // namespace

LedgerModel::Account* LedgerModel::Attempt::known_account(const std::string& number) {
  if (!model_is_account_number(number)) return refuse(RefusalCode::kAccountNumberInvalid), nullptr;
  Account* found = model.account(number);
  if (found == nullptr) refuse(RefusalCode::kAccountUnknown);
  return found;
}

LedgerModel::Account* LedgerModel::Attempt::open_account(const std::string& number) {
  Account* found = known_account(number);
  if (found == nullptr || !found->closed) return found;
  return refuse(RefusalCode::kAccountClosed), nullptr;
}

LedgerModel::User* LedgerModel::Attempt::present_user(const std::string& username) {
  User* found = model.user(username);
  if (found == nullptr) return refuse(RefusalCode::kUserUnknown), nullptr;
  if (found->removed) return refuse(RefusalCode::kUserRemoved), nullptr;
  return found;
}

LedgerModel::Client* LedgerModel::Attempt::known_client(const std::string& text) {
  std::vector<Client*> found;
  for (Client& client : model.clients_) {
    const std::string name = text.find('/') == text.npos ? client.name : client.account + "/" + client.name;
    const bool is_named =
        model_is_uuid(text) ? client.id == model_lower_case(text) : !client.removed && name == text;
    if (is_named) found.push_back(&client);
  }
  if (found.size() == 1) return found.front();
  return refuse(found.empty() ? RefusalCode::kClientUnknown : RefusalCode::kNameAmbiguous), nullptr;
}

LedgerModel::Client* LedgerModel::Attempt::present_client(const std::string& text) {
  Client* found = known_client(text);
  if (found != nullptr && found->removed) return refuse(RefusalCode::kClientRemoved), nullptr;
  return found;
}

LedgerModel::Key* LedgerModel::Attempt::known_key(const std::string& text) {
  std::vector<Key*> found;
  for (Key& key : model.keys_) {
    const std::string name = text.find('/') == text.npos ? key.name : key.owner + "/" + key.name;
    const bool is_named =
        model_is_uuid(text) ? key.id == model_lower_case(text) : !key.deleted && name == text;
    if (is_named) found.push_back(&key);
  }
  if (found.size() != 1) {
    return refuse(found.empty() ? RefusalCode::kKeyUnknown : RefusalCode::kNameAmbiguous), nullptr;
  }
  about_key = found.front()->id;
  return found.front();
}

LedgerModel::Key* LedgerModel::Attempt::undeleted_key(const std::string& text) {
  Key* found = known_key(text);
  if (found != nullptr && found->deleted) return refuse(RefusalCode::kKeyDeleted), nullptr;
  return found;
}

bool LedgerModel::Attempt::has_name(const std::string& owner, const std::string& name) const {
  return std::ranges::any_of(
      model.keys_, [&](const Key& key) { return key.owner == owner && key.name == name && !key.deleted; });
}

bool LedgerModel::Attempt::has_client(const std::string& account, const std::string& name) const {
  return std::ranges::any_of(model.clients_, [&](const Client& client) {
    return client.account == account && client.name == name && !client.removed;
  });
}

// ---- Texts, limits and times of a key ----

bool LedgerModel::Attempt::check_texts(const std::string& description, const std::vector<std::string>& tags,
                                       const std::vector<Annotation>& annotations) {
  const auto characters = [](const std::string& text) {
    return std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; });
  };
  if (!model_is_text(description) || characters(description) > 255)
    return refuse(RefusalCode::kDescriptionTooLong);
  if (tags.size() > 32) return refuse(RefusalCode::kTagInvalid);
  for (const std::string& tag : tags) {
    if (tag.empty() || tag.size() > 64 || !model_is_text(tag)) return refuse(RefusalCode::kTagInvalid);
  }
  std::set<std::string> names;
  for (const Annotation& note : annotations) {
    const bool is_good = !note.name.empty() && note.name.size() <= 255 && model_is_text(note.name) &&
                         model_is_text(note.value) && characters(note.value) <= 2'048;
    if (!is_good || names.contains(note.name)) return refuse(RefusalCode::kAnnotationInvalid);
    names.insert(note.name);
  }
  return annotations.size() <= 32 || refuse(RefusalCode::kAnnotationInvalid);
}

bool LedgerModel::Attempt::check_limit(const std::optional<RateLimit>& limit) {
  if (!limit) return true;
  const bool is_good = limit->requests >= 1 && limit->requests <= 1'000'000'000 &&
                       limit->window >= std::int64_t{limit->requests} &&
                       limit->window <= 366 * kMicrosecondsPerDay;
  return is_good || refuse(RefusalCode::kRateLimitInvalid);
}

bool LedgerModel::Attempt::check_allow_list(const std::vector<AddressRange>& ranges) {
  bool is_good = ranges.size() <= 64;
  for (const AddressRange& range : ranges) {
    for (std::size_t bit = range.length; bit < 128; ++bit) {
      if (((range.base.bytes[bit / 8] >> (7 - bit % 8)) & 1) != 0) is_good = false;
    }
  }
  return is_good || refuse(RefusalCode::kAddressRangeInvalid);
}

bool LedgerModel::Attempt::check_time(const std::optional<Timestamp>& time) {
  return !time || *time <= kEndOfTime || refuse(RefusalCode::kTimeInvalid);
}

// ---- Accounts, users, clients ----

void LedgerModel::Attempt::operator()(const OpenAccount& c) {
  const bool is_any = c.number.empty() || c.number == "9999-9999-9999";
  const std::string number = is_any ? to_string(c.new_number) : c.number;
  if (!model_is_account_number(number)) return void(refuse(RefusalCode::kAccountNumberInvalid));
  if (!model_is_name(c.name, 255)) return void(refuse(RefusalCode::kNameInvalid));
  if (model.account(number) != nullptr) return void(refuse(RefusalCode::kAccountExists));
  model.accounts_.push_back({.number = number, .name = c.name, .opened = now});
}

void LedgerModel::Attempt::operator()(const RenameAccount& c) {
  Account* account = open_account(c.account);
  if (account == nullptr) return;
  if (!model_is_name(c.name, 255)) return void(refuse(RefusalCode::kNameInvalid));
  account->name = c.name;
}

void LedgerModel::Attempt::operator()(const CloseAccount& c) {
  if (Account* account = known_account(c.account)) account->closed = true;
}

void LedgerModel::Attempt::operator()(const RegisterUser& c) {
  if (open_account(c.account) == nullptr) return;
  if (!model_is_name(c.username, 1016) || !model_is_username(c.username))
    return void(refuse(RefusalCode::kNameInvalid));
  if (const User* known = model.user(c.username)) {
    return void(refuse(known->removed ? RefusalCode::kUserRemoved : RefusalCode::kUserExists));
  }
  model.users_.push_back({.username = c.username,
                          .staff = c.staff == StaffFlag::kStaff,
                          .registered = now,
                          .accounts = {c.account}});
}

void LedgerModel::Attempt::operator()(const SetUser& c) {
  User* user = present_user(c.username);
  if (user == nullptr) return;
  if (c.staff) user->staff = *c.staff == StaffFlag::kStaff;
  if (c.active) user->active = *c.active == ActiveFlag::kActive;
  for (const std::string& number : c.join) {
    if (open_account(number) == nullptr) return;
    if (!model.is_member(c.username, number)) user->accounts.push_back(number);
  }
  for (const std::string& number : c.leave) {
    if (known_account(number) == nullptr) return;
    std::erase(user->accounts, number);
  }
}

void LedgerModel::Attempt::operator()(const RemoveUser& c) {
  User* user = model.user(c.username);
  if (user == nullptr) return void(refuse(RefusalCode::kUserUnknown));
  user->removed = true;
  user->active = false;
}

void LedgerModel::Attempt::operator()(const RegisterClient& c) {
  if (open_account(c.account) == nullptr) return;
  if (!model_is_name(c.name, 255)) return void(refuse(RefusalCode::kNameInvalid));
  if (has_client(c.account, c.name)) return void(refuse(RefusalCode::kClientExists));
  model.clients_.push_back(
      {.id = to_string(c.new_client_id.uuid), .account = c.account, .name = c.name, .registered = now});
}

void LedgerModel::Attempt::operator()(const RenameClient& c) {
  Client* client = present_client(c.client);
  if (client == nullptr) return;
  if (!model_is_name(c.name, 255)) return void(refuse(RefusalCode::kNameInvalid));
  if (client->name == c.name) return;
  if (has_client(client->account, c.name)) return void(refuse(RefusalCode::kClientExists));
  client->name = c.name;
}

void LedgerModel::Attempt::operator()(const OpenClientToPublic& c) {
  Client* client = present_client(c.client);
  if (client == nullptr) return;
  if (model.is_closed(client->account)) return void(refuse(RefusalCode::kAccountClosed));
  client->requires_key = false;
}

void LedgerModel::Attempt::operator()(const CloseClientToPublic& c) {
  if (Client* client = present_client(c.client)) client->requires_key = true;
}

void LedgerModel::Attempt::operator()(const RemoveClient& c) {
  Client* client = known_client(c.client);
  if (client == nullptr) return;
  client->removed = true;
  std::erase_if(model.assignments_, [&](const auto& assignment) { return assignment.second == client->id; });
}

// ---- The ledger ----

void LedgerModel::Attempt::operator()(const ChangePolicy& c) {
  Policy& policy = model.policy_;
  if (c.max_lifetime_days) policy.max_lifetime_days = *c.max_lifetime_days;
  if (c.lifetime_rule) policy.lifetime_rule = *c.lifetime_rule;
  if (c.keys_per_user) policy.keys_per_user = *c.keys_per_user;
  if (c.refresh_ttl) policy.refresh_ttl = *c.refresh_ttl;
  if (c.refresh_interval) policy.refresh_interval = *c.refresh_interval;
  if (c.refresh_max) policy.refresh_max = *c.refresh_max;
  constexpr std::int64_t kCentury = 36'500;  // days
  for (const std::int64_t time : {policy.refresh_ttl, policy.refresh_interval, policy.refresh_max}) {
    if (time < 0 || time > kCentury * kMicrosecondsPerDay) return void(refuse(RefusalCode::kPolicyInvalid));
  }
  if (policy.max_lifetime_days > kCentury) refuse(RefusalCode::kPolicyInvalid);
}

LedgerModel::Answer LedgerModel::apply(const SpokenCommand& spoken, Timestamp now) {
  if (const Refused refused = refused_for_context(spoken.context)) return {.refused = refused};
  const std::string& id = spoken.context.idempotency_id;
  const Command asked = without_drawn(spoken.command);
  if (const auto known = answered_.find(id); known != answered_.end()) {
    if (known->second == asked) return {.repeated = true};
    return {.refused = RefusalCode::kIdempotencyConflict};
  }
  LedgerModel next = *this;
  Attempt attempt{.model = next, .before = *this, .tokens = spoken.tokens, .now = now};
  std::visit(attempt, spoken.command);
  if (!attempt.refused) attempt.check_version(spoken);
  if (attempt.refused) return {.refused = attempt.refused};
  const bool changed = next != *this;
  if (!id.empty()) next.answered_.emplace(id, asked);
  *this = std::move(next);
  return {.changed = changed};
}

}  // namespace keyledger::tests
