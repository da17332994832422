// The answers of the model: verdicts and rows.
#include <algorithm>
#include <limits>

#include "tests/support/ledger_model.h"

namespace keyledger::tests {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every answer

namespace {

constexpr Timestamp kNeverEnds{std::numeric_limits<std::int64_t>::max()};
constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

bool is_ipv4_mapped(const Address& address) {
  for (std::size_t i = 0; i < 10; ++i) {
    if (address.bytes[i] != 0) return false;
  }
  return address.bytes[10] == 0xff && address.bytes[11] == 0xff;
}

bool bit_of(const Address& address, std::size_t bit) { return (address.bytes[bit / 8] >> (7 - bit % 8)) & 1; }

bool is_within(const AddressRange& range, const Address& address) {
  if (is_ipv4_mapped(address) && range.length < 96) return false;
  for (std::size_t bit = 0; bit < range.length; ++bit) {
    if (bit_of(range.base, bit) != bit_of(address, bit)) return false;
  }
  return true;
}

// Computes a CRC-32 (ISO-HDLC) bit by bit.
std::uint32_t checksum_of(std::string_view text) {
  std::uint32_t rest = 0xffffffff;
  for (const char c : text) {
    rest ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) rest = (rest & 1) != 0 ? (rest >> 1) ^ 0xedb88320 : rest >> 1;
  }
  return ~rest;
}

// Returns true for "kl_", 43 digits and a checksum of six digits that does not match the text before.
bool is_mistyped(const std::string& token) {
  if (token.size() != 52 || !token.starts_with("kl_")) return false;
  if (token.find_first_not_of(kBase62, 3) != token.npos) return false;
  std::uint64_t written = 0;
  for (std::size_t i = 46; i < 52; ++i) written = written * 62 + kBase62.find(token[i]);
  return written != checksum_of(token.substr(0, 46));
}

// Old versions of Django Knox write a token as hexadecimal digits, in either case; other tokens are compared
// exactly.
bool is_token_of(const LedgerModel::Secret& secret, const std::string& token) {
  const bool is_number = secret.scheme == DigestScheme::kKnox4 || secret.scheme == DigestScheme::kKnoxSalted;
  return is_number ? model_lower_case(secret.token) == model_lower_case(token) : secret.token == token;
}

// Returns the part of the bucket taken by one use, in microseconds.
std::int64_t drop_of(const RateLimit& limit) {
  std::int64_t drop = limit.window / limit.requests;
  if (drop * limit.requests < limit.window) ++drop;
  return drop;
}

std::int64_t left_in_bucket(const LedgerModel::Key& key, Timestamp now) {
  return std::max<std::int64_t>(0, key.bucket - (now.microseconds - key.bucket_at.microseconds));
}

}  // namespace

const LedgerModel::Key* LedgerModel::key_with(const std::string& token, const Secret*& secret) const {
  for (const Key& key : keys_) {
    for (const Secret& each : key.secrets) {
      if (!is_token_of(each, token)) continue;
      secret = &each;
      return &key;
    }
  }
  return nullptr;
}

Timestamp LedgerModel::last_moment(const Key& key) const {
  Timestamp last = key.expiry.value_or(kNeverEnds);
  if (policy_.lifetime_rule == LifetimeRule::kEnforce && policy_.max_lifetime_days > 0) {
    last = std::min(last, later_by(key.created, kMicrosecondsPerDay * policy_.max_lifetime_days));
  }
  return last;
}

VerdictReason LedgerModel::judge_key(const Key& key, Timestamp now) const {
  if (key.deleted) return VerdictReason::kDeleted;
  if (now > last_moment(key)) return VerdictReason::kExpired;
  if (!key.active) return VerdictReason::kInactive;
  if (!user(key.owner)->active) return VerdictReason::kOwnerInactive;
  if (is_closed(key.account)) return VerdictReason::kAccountClosed;
  return VerdictReason::kAllowed;
}

bool LedgerModel::works(const Key& key, Timestamp now) const {
  return judge_key(key, now) == VerdictReason::kAllowed && is_member(key.owner, key.account);
}

std::vector<const LedgerModel::Client*> LedgerModel::clients_named(const std::string& text) const {
  const std::size_t slash = text.find('/');
  std::vector<const Client*> found;
  for (const Client& client : clients_) {
    if (client.removed) continue;
    const std::string whole = client.account + "/" + client.name;
    if (model_is_uuid(text)) {
      if (client.id == model_lower_case(text)) found.push_back(&client);
    } else if ((slash == text.npos ? client.name : whole) == text) {
      found.push_back(&client);
    }
  }
  return found;
}

ModelVerdict LedgerModel::judge_nobody(const ModelQuestion& question) const {
  if (question.client.empty()) return {.reason = VerdictReason::kKeyRequired};
  const auto named = clients_named(question.client);
  if (named.empty()) return {.reason = VerdictReason::kClientUnknown};
  if (named.size() > 1) return {.reason = VerdictReason::kNameAmbiguous};
  const Client* client = named.front();
  ModelVerdict verdict{.reason = VerdictReason::kAllowed, .client_id = client->id};
  if (client->requires_key) verdict.reason = VerdictReason::kKeyRequired;
  if (is_closed(client->account)) verdict.reason = VerdictReason::kAccountClosed;
  return verdict;
}

std::int64_t LedgerModel::wait_of(const Key& key, Timestamp now) const {
  if (!key.limit) return 0;
  const std::int64_t drop = drop_of(*key.limit);
  return std::max<std::int64_t>(0, left_in_bucket(key, now) + drop - drop * key.limit->requests);
}

ModelVerdict LedgerModel::judge(const ModelQuestion& question, Timestamp now) const {
  if (!question.token) return judge_nobody(question);
  const std::string& token = *question.token;
  if (token.empty() || token.size() > 128 || !model_is_text(token) || is_mistyped(token)) {
    return {.reason = VerdictReason::kMalformed};
  }
  const Secret* secret = nullptr;
  const Key* key = key_with(token, secret);
  if (key == nullptr) return {.reason = VerdictReason::kUnknown};
  const auto named = clients_named(question.client);
  const Client* client = named.size() == 1 ? named.front() : nullptr;
  ModelVerdict verdict{.key_id = key->id, .client_id = client == nullptr ? "" : client->id};
  const std::int64_t days = policy_.max_lifetime_days;
  verdict.over_lifetime = days > 0 && later_by(key->created, days * kMicrosecondsPerDay) < now;
  const auto why_not = [&] {
    if (const auto reason = judge_key(*key, now); reason == VerdictReason::kDeleted) return reason;
    if (secret->until && *secret->until < now) return VerdictReason::kExpired;
    if (const auto reason = judge_key(*key, now); reason != VerdictReason::kAllowed) return reason;
    const bool is_let_in = std::ranges::any_of(key->allow, [&](const AddressRange& range) {
      return question.address && is_within(range, *question.address);
    });
    if (!key->allow.empty() && !is_let_in) return VerdictReason::kAddressNotAllowed;
    if (named.size() > 1) return VerdictReason::kNameAmbiguous;
    if (!question.client.empty() && client == nullptr) return VerdictReason::kClientUnknown;
    if (!is_member(key->owner, key->account)) return VerdictReason::kAccountMismatch;
    if (client != nullptr && client->account != key->account) return VerdictReason::kAccountMismatch;
    if (client != nullptr && client->requires_key && !assignments_.contains({key->id, client->id})) {
      return VerdictReason::kNotAssigned;
    }
    verdict.retry_after = wait_of(*key, now);
    if (verdict.retry_after > 0) return VerdictReason::kRateLimited;
    verdict.superseded_until = secret->until;
    return VerdictReason::kAllowed;
  };
  verdict.reason = why_not();
  return verdict;
}

void LedgerModel::note(const ModelVerdict& verdict, Timestamp now) {
  const bool allowed = verdict.reason == VerdictReason::kAllowed;
  if (verdict.key_id.empty() && !allowed) {
    ++strangers_[verdict.reason];
    return;
  }
  const auto count = [&](projections::Usage& usage) {
    ++(allowed ? usage.allowed : usage.denied);
    if (allowed) usage.last_used = std::max(usage.last_used.value_or(now), now);
  };
  for (Client& client : clients_) {
    if (client.id == verdict.client_id) count(client.usage);
  }
  for (Key& key : keys_) {
    if (key.id != verdict.key_id) continue;
    count(key.usage);
    if (!allowed || !key.limit) continue;
    key.bucket = left_in_bucket(key, now) + drop_of(*key.limit);
    key.bucket_at = now;
  }
}

std::optional<Timestamp> LedgerModel::refreshed(const Key& key, Timestamp use) const {
  if (policy_.refresh_ttl == 0 || !key.expiry) return std::nullopt;
  Timestamp moved = later_by(use, policy_.refresh_ttl);
  if (policy_.refresh_max > 0) moved = std::min(moved, later_by(key.created, policy_.refresh_max));
  if (moved.microseconds - key.expiry->microseconds <= policy_.refresh_interval) return std::nullopt;
  return moved;
}

projections::ActiveKeys LedgerModel::active_keys_of(const Client& client, Timestamp now) const {
  projections::ActiveKeys counts{.requires_key = client.requires_key};
  for (const Key& key : keys_) {
    if (!assignments_.contains({key.id, client.id})) continue;
    ++counts.assigned;
    if (key.active && !key.deleted && last_moment(key) >= now) ++counts.active;
  }
  return counts;
}

projections::AccountRow LedgerModel::row(const Account& account) const {
  projections::AccountRow row{.account = account.number, .name = account.name, .opened = account.opened};
  const auto is_here = [&](const auto& each) { return each.account == account.number; };
  const auto count = [](auto number) { return static_cast<std::uint64_t>(number); };
  row.users = count(std::ranges::count_if(
      users_, [&](const User& user) { return is_member(user.username, account.number); }));
  row.clients = count(std::ranges::count_if(clients_, is_here));
  row.keys = count(std::ranges::count_if(keys_, is_here));
  row.closed = account.closed;
  return row;
}

projections::UserRow LedgerModel::row(const User& user) const {
  projections::UserRow row{.username = user.username,
                           .staff = user.staff,
                           .active = user.active,
                           .registered = user.registered,
                           .accounts = user.accounts,
                           .removed = user.removed};
  row.keys = static_cast<std::uint64_t>(std::ranges::count(keys_, user.username, &Key::owner));
  return row;
}

projections::ClientRow LedgerModel::row(const Client& client, Timestamp now) const {
  const auto counts = active_keys_of(client, now);
  return {.client_id = client.id,
          .account = client.account,
          .name = client.name,
          .registered = client.registered,
          .requires_key = client.requires_key,
          .assigned_keys = counts.assigned,
          .active_keys = counts.active,
          .usage = client.usage,
          .removed = client.removed};
}

projections::KeyRow LedgerModel::row(const Key& key, Timestamp now) const {
  using projections::KeyStatus;
  static const std::map<VerdictReason, KeyStatus> kStatuses = {
      {VerdictReason::kDeleted, KeyStatus::kDeleted},
      {VerdictReason::kExpired, KeyStatus::kExpired},
      {VerdictReason::kInactive, KeyStatus::kInactive},
      {VerdictReason::kOwnerInactive, KeyStatus::kOwnerInactive},
      {VerdictReason::kAccountClosed, KeyStatus::kAccountClosed},
      {VerdictReason::kAllowed, KeyStatus::kActive}};
  projections::KeyRow row{.key_id = key.id,
                          .name = key.name,
                          .description = key.description,
                          .tags = key.tags,
                          .owner = key.owner,
                          .account = key.account,
                          .scheme = std::string(name_of(key.secrets.back().scheme)),
                          .created = key.created,
                          .expiry = key.expiry,
                          .status = kStatuses.at(judge_key(key, now)),
                          .imported = key.imported,
                          .version = key.version,
                          .usage = key.usage,
                          .annotations = key.annotations,
                          .limit = key.limit,
                          .allow = key.allow,
                          .active = key.active,
                          .deleted = key.deleted};
  if (row.status == KeyStatus::kActive && !works(key, now)) row.status = KeyStatus::kOwnerLeft;
  for (const Client& client : clients_) {
    if (assignments_.contains({key.id, client.id})) row.clients.push_back(client.name);
  }
  if (key.secrets.size() > 1) {
    const auto until = key.secrets[key.secrets.size() - 2].until;
    if (until && *until >= now) row.grace_until = until;
  }
  return row;
}

std::vector<Timestamp> LedgerModel::instants(Timestamp now) const {
  std::vector<Timestamp> all;
  for (const Key& key : keys_) {
    if (key.deleted) continue;
    all.push_back(last_moment(key));
    all.push_back(later_by(key.created, kMicrosecondsPerDay * policy_.max_lifetime_days));
    all.push_back(later_by(now, wait_of(key, now)));
    // The time from which a use moves the expiry.
    if (key.expiry && policy_.refresh_ttl > 0) {
      all.push_back(later_by(*key.expiry, policy_.refresh_interval - policy_.refresh_ttl));
    }
    for (const Secret& secret : key.secrets) all.push_back(secret.until.value_or(now));
  }
  return all;
}

}  // namespace keyledger::tests
