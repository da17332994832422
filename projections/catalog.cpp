#include "projections/catalog.h"

#include <algorithm>
#include <cstring>

#include "projections/fold_error.h"

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

namespace {

template <typename Number>
bool insert_sorted(std::vector<Number>& numbers, Number number) {
  const auto place = std::lower_bound(numbers.begin(), numbers.end(), number);
  if (place != numbers.end() && *place == number) return false;
  numbers.insert(place, number);
  return true;
}

template <typename Number>
bool erase_sorted(std::vector<Number>& numbers, Number number) {
  const auto place = std::lower_bound(numbers.begin(), numbers.end(), number);
  if (place == numbers.end() || *place != number) return false;
  numbers.erase(place);
  return true;
}

// The one number in a list of those that have a name.
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

}  // namespace

std::size_t Catalog::PrefixHash::operator()(const DigestPrefix& prefix) const noexcept {
  std::size_t value = 0;
  std::memcpy(&value, prefix.data(), sizeof value);
  return value;
}

Catalog::DigestPrefix Catalog::prefix_of(const KeyDigest& digest) {
  DigestPrefix prefix{};
  std::copy_n(digest.bytes.begin(), prefix.size(), prefix.begin());
  prefix[0] = static_cast<std::uint8_t>(prefix[0] ^ static_cast<std::uint8_t>(digest.scheme));
  return prefix;
}

// One overload an event. Each answers with what is wrong, or null.
struct Catalog::Applier {
  Catalog& catalog;
  const Record& record;

  using Wrong = const char*;

  Wrong operator()(const AccountOpened& event) const {
    if (!catalog.account_index_.emplace(event.account.value(), catalog.accounts_.size()).second) {
      return "of an account that is open already";
    }
    catalog.accounts_.push_back({.number = event.account, .name = event.name, .opened = record.time});
    return nullptr;
  }

  Wrong operator()(const UserRegistered& event) const {
    if (event.user.value() != catalog.users_.size() + 1) return "with a number out of turn";
    if (!catalog.user_index_.emplace(event.username, event.user).second) return "of a username that is taken";
    catalog.users_.push_back({.username = event.username,
                              .staff = event.staff,
                              .active = event.active,
                              .registered = record.time});
    return nullptr;
  }

  Wrong operator()(const UserJoinedAccount& event) const {
    if (!knows(event.user)) return "of an unknown user";
    if (catalog.find_account(event.account) == nullptr) return "of an unknown account";
    if (catalog.is_member(event.user, event.account)) return "of a member";
    catalog.users_[event.user.value() - 1].accounts.push_back(event.account);
    catalog.account_at(event.account).members.push_back(event.user);
    return nullptr;
  }

  Wrong operator()(const ClientRegistered& event) const {
    if (event.client.value() != catalog.clients_.size() + 1) return "with a number out of turn";
    if (catalog.find_account(event.account) == nullptr) return "of an unknown account";
    if (!catalog.client_names_.emplace(NameKey{event.account.value(), event.name}, event.client).second) {
      return "of a name that is taken";
    }
    if (!catalog.client_ids_.emplace(event.client_id, event.client).second) return "of an id that is taken";
    catalog.clients_named_[event.name].push_back(event.client);
    catalog.account_at(event.account).clients.push_back(event.client);
    catalog.clients_.push_back({.client_id = event.client_id,
                                .account = event.account,
                                .name = event.name,
                                .registered = record.time});
    return nullptr;
  }

  Wrong operator()(const KeyCreated& event) const {
    return add_key(event.details, ActiveFlag::kActive, false);
  }
  Wrong operator()(const KeyImported& event) const { return add_key(event.details, event.active, true); }

  Wrong operator()(const KeyActivated& event) const { return set_active(event.key, ActiveFlag::kActive); }
  Wrong operator()(const KeyDeactivated& event) const { return set_active(event.key, ActiveFlag::kInactive); }

  Wrong operator()(const KeyDeleted& event) const {
    if (!knows(event.key)) return "of an unknown key";
    Key& key = catalog.mutable_key(event.key);
    if (key.deleted) return "of a deleted key";
    key.deleted = true;
    ++key.version;
    catalog.key_names_.erase(NameKey{key.owner.value(), key.name});
    auto& named = catalog.keys_named_[key.name];
    erase_sorted(named, event.key);
    return nullptr;
  }

  Wrong operator()(const KeyAssigned& event) const {
    if (!knows(event.key) || !knows(event.client)) return "of an unknown key or client";
    Client& client = catalog.clients_[event.client.value() - 1];
    if (!insert_sorted(client.keys, event.key)) return "of an assignment that exists";
    client.requires_key = true;
    Key& key = catalog.mutable_key(event.key);
    insert_sorted(key.clients, event.client);
    ++key.version;
    return nullptr;
  }

  Wrong operator()(const KeyUnassigned& event) const {
    if (!knows(event.key) || !knows(event.client)) return "of an unknown key or client";
    if (!erase_sorted(catalog.clients_[event.client.value() - 1].keys, event.key)) {
      return "of an assignment that does not exist";
    }
    Key& key = catalog.mutable_key(event.key);
    erase_sorted(key.clients, event.client);
    ++key.version;
    return nullptr;
  }

  Wrong operator()(const KeysUsed&) const { return nullptr; }
  Wrong operator()(const UsesDenied&) const { return nullptr; }
  Wrong operator()(const UnknownTokensRefused&) const { return nullptr; }

 private:
  bool knows(UserNumber user) const { return user.value() - 1 < catalog.users_.size(); }
  bool knows(ClientNumber client) const { return client.value() - 1 < catalog.clients_.size(); }
  bool knows(KeyNumber key) const { return key.value() - 1 < catalog.keys_.size(); }

  Wrong set_active(KeyNumber number, ActiveFlag flag) const {
    if (!knows(number)) return "of an unknown key";
    Key& key = catalog.mutable_key(number);
    if (key.deleted) return "of a deleted key";
    if (key.active == flag) return "of a key that is so already";
    key.active = flag;
    ++key.version;
    return nullptr;
  }

  Wrong add_key(const KeyDetails& details, ActiveFlag active, bool imported) const {
    if (details.key.value() != catalog.keys_.size() + 1) return "with a number out of turn";
    if (!knows(details.owner)) return "of an unknown owner";
    if (catalog.find_account(details.account) == nullptr) return "of an unknown account";
    if (!catalog.key_ids_.emplace(details.key_id, details.key).second) return "of an id that is taken";
    if (!catalog.key_names_.emplace(NameKey{details.owner.value(), details.name}, details.key).second) {
      return "of a name that is taken";
    }
    if (!catalog.digests_.emplace(prefix_of(details.digest), details.key).second) {
      return "of a digest that is known";
    }
    catalog.keys_named_[details.name].push_back(details.key);
    catalog.users_[details.owner.value() - 1].keys.push_back(details.key);
    catalog.account_at(details.account).keys.push_back(details.key);
    catalog.keys_.push_back({.key_id = details.key_id,
                             .owner = details.owner,
                             .account = details.account,
                             .name = details.name,
                             .description = details.description,
                             .tags = details.tags,
                             .scheme = details.digest.scheme,
                             .masked = masked_identifier(details.digest),
                             .created = details.created,
                             .expiry = details.expiry,
                             .active = active,
                             .imported = imported,
                             .version = 1});
    return nullptr;
  }
};

Result<void> Catalog::apply(const Record& record) {
  const auto* actor = std::get_if<KeyActor>(&record.actor);
  if (actor != nullptr && actor->key.value() - 1 >= keys_.size()) {
    return cannot_follow(record.position, "a record", "by an unknown key");
  }
  std::uint64_t position = record.position.value();
  for (const Event& event : record.events) {
    if (const char* wrong = std::visit(Applier{*this, record}, event); wrong != nullptr) {
      return cannot_follow(Position{position}, name_of(event), wrong);
    }
    position += positions_of(event);
  }
  return {};
}

const User& Catalog::user(UserNumber user) const {
  ENSURE(user.value() - 1 < users_.size(), "a user number of this catalog");
  return users_[user.value() - 1];
}

const Client& Catalog::client(ClientNumber client) const {
  ENSURE(client.value() - 1 < clients_.size(), "a client number of this catalog");
  return clients_[client.value() - 1];
}

const Key& Catalog::key(KeyNumber key) const {
  ENSURE(key.value() - 1 < keys_.size(), "a key number of this catalog");
  return keys_[key.value() - 1];
}

Key& Catalog::mutable_key(KeyNumber key) { return keys_[key.value() - 1]; }

Account& Catalog::account_at(AccountNumber account) { return accounts_[account_index_.at(account.value())]; }

const Account* Catalog::find_account(AccountNumber account) const {
  const std::size_t* index = find_value(account_index_, account.value());
  return index == nullptr ? nullptr : &accounts_[*index];
}

std::optional<UserNumber> Catalog::find_user(std::string_view username) const {
  return find_number<UserNumber>(user_index_, std::string(username));
}

bool Catalog::is_member(UserNumber number, AccountNumber account) const {
  const auto& accounts = user(number).accounts;
  return std::find(accounts.begin(), accounts.end(), account) != accounts.end();
}

std::optional<ClientNumber> Catalog::find_client(AccountNumber account, std::string_view name) const {
  return find_number<ClientNumber>(client_names_, NameKey{account.value(), std::string(name)});
}

std::optional<KeyNumber> Catalog::find_key(UserNumber owner, std::string_view name) const {
  return find_number<KeyNumber>(key_names_, NameKey{owner.value(), std::string(name)});
}

std::optional<KeyNumber> Catalog::find_digest(const KeyDigest& digest) const {
  return find_number<KeyNumber>(digests_, prefix_of(digest));
}

NameMatch<ClientNumber> Catalog::resolve_client(std::string_view text) const {
  if (const auto uuid = parse_uuid(text)) {
    return {.number = find_number<ClientNumber>(client_ids_, ClientId{*uuid})};
  }
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return match_of(find_value(clients_named_, std::string(text)));
  const auto account = parse_account_number(text.substr(0, slash));
  if (!account) return {};
  return {.number = find_client(*account, text.substr(slash + 1))};
}

NameMatch<KeyNumber> Catalog::resolve_key(std::string_view text) const {
  if (const auto uuid = parse_uuid(text)) {
    return {.number = find_number<KeyNumber>(key_ids_, KeyId{*uuid})};
  }
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return match_of(find_value(keys_named_, std::string(text)));
  const auto owner = find_user(text.substr(0, slash));
  if (!owner) return {};
  return {.number = find_key(*owner, text.substr(slash + 1))};
}

void Catalog::add_to(FieldHasher& hasher) const {
  hasher.add(std::uint64_t{accounts_.size()});
  for (const Account& account : accounts_) hasher.add(account.number).add(account.name).add(account.opened);
  hasher.add(std::uint64_t{users_.size()});
  for (const User& user : users_) {
    hasher.add(user.username).add(user.staff).add(user.active).add(user.registered);
    hasher.add(std::uint64_t{user.accounts.size()});
    for (const AccountNumber account : user.accounts) hasher.add(account);
  }
  hasher.add(std::uint64_t{clients_.size()});
  for (const Client& client : clients_) {
    hasher.add(std::span<const std::uint8_t>(client.client_id.uuid.data, client.client_id.uuid.size()));
    hasher.add(client.account).add(client.name).add(client.registered);
    hasher.add(std::uint64_t{client.requires_key}).add(std::uint64_t{client.keys.size()});
    for (const KeyNumber key : client.keys) hasher.add(key);
  }
  hasher.add(std::uint64_t{keys_.size()});
  for (const Key& key : keys_) {
    hasher.add(std::span<const std::uint8_t>(key.key_id.uuid.data, key.key_id.uuid.size()));
    hasher.add(key.owner).add(key.account).add(key.name).add(key.description);
    hasher.add(std::uint64_t{key.tags.size()});
    for (const std::string& tag : key.tags) hasher.add(tag);
    hasher.add(key.scheme).add(key.masked).add(key.created).add(key.expiry).add(key.active);
    hasher.add(std::uint64_t{key.deleted}).add(std::uint64_t{key.imported}).add(std::uint64_t{key.version});
  }
}

}  // namespace keyledger::projections
