#include "commands/import_additions.h"

#include <fmt/format.h>

#include <algorithm>

#include "commands/names.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision

namespace {

Refused refuse_digest(const KeyDigest& digest) {
  if (digest.scheme == DigestScheme::kKnoxSalted || (!digest.bucket && digest.salt == Salt{})) {
    return std::nullopt;
  }
  return refuse(RefusalCode::kImportDigestInvalid, masked_identifier(digest));
}

bool is_time(const std::optional<Timestamp>& time) { return is_rfc3339(time.value_or(kLatest)); }

Refused refuse_rotation(const ImportedKey::Rotation& rotation) {
  if (auto refusal = refuse_digest(rotation.digest)) return refusal;
  if (rotation.digest.scheme == DigestScheme::kKnoxSalted) {
    return refuse(RefusalCode::kImportDigestInvalid, masked_identifier(rotation.digest));
  }
  if (is_time(rotation.grace_until)) return std::nullopt;
  return refuse(RefusalCode::kTimeInvalid, masked_identifier(rotation.digest));
}

}  // namespace

std::vector<Event> ImportAdditions::take_events() {
  for (const std::uint32_t client : opened_clients_) add(ClientOpenedToPublic{ClientNumber{client}});
  for (const AccountNumber account : closed_last_) add(AccountClosed{account});
  return std::move(events_);
}

// ---- Accounts ----

void ImportAdditions::open(AccountNumber account, const std::string& name) {
  opened_.insert(account.value());
  add(AccountOpened{.account = account, .name = name});
}

void ImportAdditions::need(AccountNumber account) {
  if (!knows(account)) open(account, "imported");
}

Checked<AccountNumber> ImportAdditions::account_named(const std::string& text) const {
  const auto number = parse_account_number(text);
  if (!number) return refuse(RefusalCode::kAccountNumberInvalid, text);
  if (!knows(*number)) return refuse(RefusalCode::kAccountUnknown, text);
  return *number;
}

Checked<AccountNumber> ImportAdditions::account_or_own(const std::string& text) const {
  return text.empty() && own_account_ ? Checked<AccountNumber>(*own_account_) : account_named(text);
}

Checked<std::vector<AccountNumber>> ImportAdditions::accounts_of(const ImportedUser& user) const {
  std::vector<AccountNumber> accounts;
  if (user.accounts.empty() && own_account_) accounts.push_back(*own_account_);
  for (const std::string& text : user.accounts) {
    const auto account = account_named(text);
    if (!account) return account.error();
    if (std::ranges::find(accounts, *account) == accounts.end()) accounts.push_back(*account);
  }
  return accounts;
}

Refused ImportAdditions::refuse_closed(AccountNumber account) const {
  if (!is_closed(catalog_, account)) return std::nullopt;
  return refuse(RefusalCode::kAccountClosed, to_string(account));
}

// ---- Users ----

Refused ImportAdditions::refuse_username(const std::string& username) {
  if (is_username(username)) return std::nullopt;
  return refuse(RefusalCode::kNameInvalid, username);
}

std::optional<UserNumber> ImportAdditions::user_named(const std::string& username) const {
  const auto added = users_.find(username);
  return added == users_.end() ? catalog_.find_user(username) : std::optional(added->second);
}

Refused ImportAdditions::add_user(const ImportedUser& user, const std::vector<AccountNumber>& accounts) {
  const UserNumber number{static_cast<std::uint32_t>(catalog_.users() + users_.size() + 1)};
  if (!users_.emplace(user.username, number).second) return refuse(RefusalCode::kUserExists, user.username);
  for (const AccountNumber account : accounts) need(account);
  add(UserRegistered{.user = number, .username = user.username, .staff = user.staff, .active = user.active});
  for (const AccountNumber account : accounts) add(UserJoinedAccount{.user = number, .account = account});
  if (user.removed == RemovedFlag::kRemoved) add(UserRemoved{number});
  return std::nullopt;
}

// ---- Clients ----

std::optional<ClientNumber> ImportAdditions::client_named(AccountNumber account,
                                                          const std::string& name) const {
  const auto noted = client_names_.find(scoped(account, name));
  if (noted == client_names_.end()) return catalog_.find_client(account, name);
  return noted->second == kNoClient ? std::nullopt : std::optional(noted->second);
}

bool ImportAdditions::is_free_client_name(AccountNumber account, const std::string& name) const {
  return !client_named(account, name);
}

void ImportAdditions::take_client_name(AccountNumber account, const std::string& name, ClientNumber client) {
  client_names_.insert_or_assign(scoped(account, name), client);
}

void ImportAdditions::free_client_name(AccountNumber account, const std::string& name) {
  client_names_.insert_or_assign(scoped(account, name), kNoClient);
}

Checked<ClientNumber> ImportAdditions::add_client(const ImportedClient& client, AccountNumber account,
                                                  const std::string& name, const ClientId& id) {
  if (catalog_.find_client_id(id) || !client_ids_.insert(id).second) {
    return refuse(RefusalCode::kImportClientElsewhere, client.name);
  }
  const ClientNumber number{static_cast<std::uint32_t>(catalog_.clients() + ++clients_added_)};
  take_client_name(account, name, number);
  add(ClientRegistered{.client = number, .client_id = id, .account = account, .name = name});
  if (client.rule == AccessRule::kRequiresKey) add(ClientClosedToPublic{number});
  if (client.rule == AccessRule::kOpened) opened_clients_.insert(number.value());
  return number;
}

std::string ImportAdditions::free_client_name_like(AccountNumber account, const std::string& name) const {
  std::string free = name;
  for (std::uint32_t number = 2; !is_free_client_name(account, free); ++number) {
    free = with_suffix(name, fmt::format("_{}", number));
  }
  return free;
}

void ImportAdditions::close(ClientNumber client) {
  closed_clients_.insert(client.value());
  add(ClientClosedToPublic{client});
}

void ImportAdditions::assign(KeyNumber key, ClientNumber client) {
  add(KeyAssigned{key, client});
  if (client.value() > catalog_.clients() || !catalog_.client(client).opened) return;
  if (!closed_clients_.contains(client.value())) keep_open(client);
}

// ---- Keys ----

Refused ImportAdditions::refuse_key(const ImportedKey& key) {
  if (auto refusal = refuse_digest(key.digest)) return refusal;
  if (!is_time(key.created) || !is_time(key.expiry) || !is_time(key.last_used)) {
    return refuse(RefusalCode::kTimeInvalid, masked_identifier(key.digest));
  }
  for (const ImportedKey::Rotation& rotation : key.rotations) {
    if (auto refusal = refuse_rotation(rotation)) return refusal;
  }
  if (auto refusal = refuse_texts({key.description, key.tags, key.annotations})) return refusal;
  if (auto refusal = refuse_limit(key.limit)) return refusal;
  return refuse_allow_list(key.allow);
}

bool ImportAdditions::is_free_key_name(UserNumber owner, const std::string& name) const {
  if (const auto noted = key_names_.find(scoped(owner, name)); noted != key_names_.end()) {
    return !noted->second;
  }
  return owner.value() > catalog_.users() || !catalog_.find_key(owner, name);
}

void ImportAdditions::take_key_name(UserNumber owner, const std::string& name) {
  key_names_.insert_or_assign(scoped(owner, name), true);
}

void ImportAdditions::free_key_name(UserNumber owner, const std::string& name) {
  key_names_.insert_or_assign(scoped(owner, name), false);
}

std::optional<std::string> ImportAdditions::free_name_like(UserNumber owner, const std::string& base) {
  if (!is_name(base, kNameBytesMax)) return std::nullopt;
  if (is_free_key_name(owner, base)) return base;
  if (base.size() > kBaseNameBytesMax) return std::nullopt;
  return next_free_name(owner, base);
}

std::string ImportAdditions::next_free_name(UserNumber owner, const std::string& base) {
  std::uint32_t& tried = names_tried_.try_emplace(scoped(owner, base), 1).first->second;
  for (;;) {
    std::string name = fmt::format("{}_{}", base, ++tried);
    if (is_free_key_name(owner, name)) return name;
  }
}

bool ImportAdditions::note_digest(const KeyDigest& digest) {
  return !catalog_.find_digest(digest) && digests_.insert(projections::digest_prefix_of(digest)).second;
}

Refused ImportAdditions::add_key(const ImportedKey& key, UserNumber owner, AccountNumber account,
                                 const std::vector<ClientNumber>& clients) {
  need(account);
  const auto name = free_name_like(owner, key.base_name);
  if (!name) return refuse(RefusalCode::kNameInvalid, key.base_name);
  const bool has_id = key.own_id != KeyId{};
  const KeyId id = has_id ? key.own_id : key.new_key_id;
  if ((has_id && catalog_.find_key_id(id)) || !key_ids_.insert(id).second) {
    return refuse(RefusalCode::kImportKeyElsewhere, key.base_name);
  }
  const KeyNumber number{static_cast<std::uint32_t>(catalog_.keys() + ++keys_added_)};
  add(KeyImported{.details = {.key = number,
                              .key_id = id,
                              .owner = owner,
                              .account = account,
                              .name = *name,
                              .description = key.description,
                              .tags = key.tags,
                              .digest = key.digest,
                              .created = key.created,
                              .expiry = key.expiry},
                  .active = key.active,
                  .last_used = key.last_used});
  if (key.deleted == RemovedFlag::kPresent) {
    take_key_name(owner, *name);
  } else if (*name != key.base_name) {
    --names_tried_.at(scoped(owner, key.base_name));  // the name of a deleted key is free again
  }
  return add_rest(key, number, clients);
}

Refused ImportAdditions::add_rest(const ImportedKey& key, KeyNumber number,
                                  const std::vector<ClientNumber>& clients) {
  if (!key.annotations.empty()) {
    add_description({number, key.description, key.tags, key.annotations}, events_);
  }
  if (key.limit) add(KeyLimitChanged{number, key.limit});
  if (!key.allow.empty()) add(KeyAllowListChanged{number, key.allow});
  for (const ImportedKey::Rotation& rotation : key.rotations) {
    if (!note_digest(rotation.digest)) return refuse(RefusalCode::kImportKeyElsewhere, key.base_name);
    add(KeyRotated{number, rotation.digest, rotation.grace_until});
  }
  for (const ClientNumber client : clients) assign(number, client);
  if (key.deleted == RemovedFlag::kRemoved) add(KeyDeleted{number});
  return std::nullopt;
}

}  // namespace keyledger::commands
