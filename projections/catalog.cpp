#include "projections/catalog.h"

#include <algorithm>
#include <utility>

#include "projections/fold_error.h"

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

namespace {

// Returns the only number of a list of entities with equal names; ambiguous if there are several.
template <typename Numbers>
auto match_of(const Numbers* numbers) -> NameMatch<typename Numbers::value_type> {
  if (numbers == nullptr || numbers->empty()) return {};
  if (numbers->size() > 1) return {.number = std::nullopt, .ambiguous = true};
  return {.number = numbers->front(), .ambiguous = false};
}

template <typename Map, typename Name>
auto find_value(const Map& map, const Name& name) -> const typename Map::mapped_type* {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : &found->second;
}

template <typename Number, typename Map, typename Name>
std::optional<Number> find_number(const Map& map, const Name& name) {
  const Number* found = find_value(map, name);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

std::uint64_t length_of(std::int64_t microseconds) { return static_cast<std::uint64_t>(microseconds); }

void add(const std::optional<RateLimit>& limit, FieldHasher& hasher) {
  hasher.add(std::uint64_t{limit.has_value()});
  if (limit) hasher.add(std::uint64_t{limit->requests}).add(length_of(limit->window));
}

}  // namespace

Catalog::Catalog(const HashKey& hash_key)
    : hash_key_(hash_key),
      keys_(hash_key),
      account_index_(0, KeyedHasher{hash_key}),
      client_ids_(0, KeyedHasher{hash_key}),
      client_names_(0, NameHasher{hash_key}),
      clients_named_(0, KeyedHasher{hash_key}),
      withdrawals_(hash_key) {}

const User& Catalog::user(UserNumber user) const {
  ENSURE(user.value() - 1 < users_.size(), "a user number of this catalog");
  return users_[user.value() - 1];
}

const Client& Catalog::client(ClientNumber client) const {
  ENSURE(client.value() - 1 < clients_.size(), "a client number of this catalog");
  return clients_[client.value() - 1];
}

Key Catalog::key(KeyNumber key) const {
  const CatalogEntry& entry = keys_.entry(key);
  KeyTexts texts = keys_.texts(key);
  return {.key_id = entry.key_id,
          .owner = entry.owner,
          .account = accounts_[entry.account].number,
          .name = texts.name,
          .description = texts.description,
          .tags = std::move(texts.tags),
          .annotations = std::move(texts.annotations),
          .scheme = entry.scheme,
          .masked = "****" + to_hex(entry.identifier),
          .created = entry.created,
          .expiry = entry.expires ? std::optional(entry.expiry) : std::nullopt,
          .active = entry.active ? ActiveFlag::kActive : ActiveFlag::kInactive,
          .deleted = entry.deleted,
          .imported = entry.imported,
          .limit = texts.limit,
          .allow = std::move(texts.allow),
          .version = entry.version,
          .clients = keys_.clients(key)};
}

Account& Catalog::account_at(AccountNumber account) { return accounts_[account_index_.at(account.value())]; }

const Account* Catalog::find_account(AccountNumber account) const {
  const std::uint32_t* index = find_value(account_index_, account.value());
  return index == nullptr ? nullptr : &accounts_[*index];
}

std::optional<UserNumber> Catalog::find_user(std::string_view username) const {
  const std::uint32_t number = usernames_.find(keyed_hash(hash_key_, 0, username), [&](std::uint32_t each) {
    return users_[each - 1].username == username;
  });
  return number == 0 ? std::nullopt : std::optional(UserNumber{number});
}

bool Catalog::is_member(UserNumber number, AccountNumber account) const {
  const auto& accounts = user(number).accounts;
  return std::find(accounts.begin(), accounts.end(), account) != accounts.end();
}

std::optional<ClientNumber> Catalog::find_client(AccountNumber account, std::string_view name) const {
  return find_number<ClientNumber>(client_names_, NameKey{account.value(), std::string(name)});
}

std::optional<KeyNumber> Catalog::find_key(UserNumber owner, std::string_view name) const {
  return keys_.find_name(owner, name);
}

std::optional<ClientNumber> Catalog::find_client_id(const ClientId& client_id) const {
  return find_number<ClientNumber>(client_ids_, client_id);
}

std::optional<KeyNumber> Catalog::find_key_id(const KeyId& key_id) const { return keys_.find_id(key_id); }

bool Catalog::is_expired(KeyNumber key, Timestamp now) const {
  const CatalogEntry& entry = keys_.entry(key);
  return last_moment(policy_, entry.created, entry.expiry_or_latest()) < now;
}

std::size_t Catalog::valid_keys_of(UserNumber number, Timestamp now) const {
  std::size_t valid = 0;
  for (KeyNumber key = user(number).last_key; key != kNoKey; key = keys_.entry(key).before_of_owner) {
    if (!keys_.entry(key).deleted && !is_expired(key, now)) ++valid;
  }
  return valid;
}

std::vector<KeyNumber> Catalog::keys_of(const User& user) const {
  std::vector<KeyNumber> keys(user.keys);
  KeyNumber key = user.last_key;
  for (auto place = keys.rbegin(); place != keys.rend(); ++place) {
    *place = std::exchange(key, keys_.entry(key).before_of_owner);
  }
  return keys;
}

std::vector<KeyNumber> Catalog::keys_of(const Account& account) const {
  std::vector<KeyNumber> keys(account.keys);
  KeyNumber key = account.last_key;
  for (auto place = keys.rbegin(); place != keys.rend(); ++place) {
    *place = std::exchange(key, keys_.entry(key).before_of_account);
  }
  return keys;
}

std::optional<KeyNumber> Catalog::find_digest(const KeyDigest& digest) const {
  return keys_.find_digest(digest_prefix_of(digest));
}

NameMatch<ClientNumber> Catalog::resolve_client(std::string_view text) const {
  if (const auto uuid = parse_uuid(text)) return {.number = find_client_id(ClientId{*uuid})};
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return match_of(find_value(clients_named_, std::string(text)));
  const auto account = parse_account_number(text.substr(0, slash));
  if (!account) return {};
  return {.number = find_client(*account, text.substr(slash + 1))};
}

NameMatch<KeyNumber> Catalog::resolve_key(std::string_view text) const {
  if (const auto uuid = parse_uuid(text)) return {.number = find_key_id(KeyId{*uuid})};
  // The last slash separates owner and name: names contain no slash, but an imported username may.
  const std::size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return keys_.find_name(text);
  const auto owner = find_user(text.substr(0, slash));
  if (!owner) return {};
  return {.number = find_key(*owner, text.substr(slash + 1))};
}

void Catalog::add_to(FieldHasher& hasher) const {
  hasher.add(policy_.max_lifetime_days).add(policy_.lifetime_rule).add(policy_.keys_per_user);
  hasher.add(length_of(policy_.refresh_ttl)).add(length_of(policy_.refresh_interval));
  hasher.add(length_of(policy_.refresh_max));
  hasher.add(std::uint64_t{accounts_.size()});
  for (const Account& account : accounts_) {
    hasher.add(account.number).add(account.name).add(account.opened).add(std::uint64_t{account.closed});
  }
  hasher.add(std::uint64_t{users_.size()});
  for (const User& user : users_) {
    hasher.add(user.username).add(user.staff).add(user.active).add(user.registered);
    hasher.add(std::uint64_t{user.removed});
    hasher.add(std::uint64_t{user.accounts.size()});
    for (const AccountNumber account : user.accounts) hasher.add(account);
  }
  hasher.add(std::uint64_t{clients_.size()});
  for (const Client& client : clients_) {
    hasher.add(std::span<const std::uint8_t>(client.client_id.uuid.data, client.client_id.uuid.size()));
    hasher.add(client.account).add(client.name).add(client.registered);
    hasher.add(std::uint64_t{client.removed});
    hasher.add(std::uint64_t{client.requires_key}).add(std::uint64_t{client.keys.size()});
    for (const KeyNumber key : client.keys) hasher.add(key);
  }
  hasher.add(std::uint64_t{keys_.size()});
  for (std::uint32_t number = 1; number <= keys_.size(); ++number) {
    const Key key = this->key(KeyNumber{number});
    hasher.add(std::span<const std::uint8_t>(key.key_id.uuid.data, key.key_id.uuid.size()));
    hasher.add(key.owner).add(key.account).add(key.name).add(key.description);
    hasher.add(std::uint64_t{key.tags.size()});
    for (const std::string& tag : key.tags) hasher.add(tag);
    hasher.add(std::uint64_t{key.annotations.size()});
    for (const Annotation& note : key.annotations) hasher.add(note.name).add(note.value);
    add(key.limit, hasher);
    hasher.add(std::uint64_t{key.allow.size()});
    for (const AddressRange& range : key.allow)
      hasher.add(std::span(range.base.bytes)).add(std::uint64_t{range.length});
    hasher.add(key.scheme).add(key.masked).add(key.created).add(key.expiry).add(key.active);
    hasher.add(std::uint64_t{key.deleted}).add(std::uint64_t{key.imported}).add(std::uint64_t{key.version});
  }
}

}  // namespace keyledger::projections
