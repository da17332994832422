#include <fmt/format.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "commands/decide_parts.h"
#include "commands/names.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision
using projections::Catalog;

namespace {

using Refused = std::optional<Refusal>;

template <typename Name, typename Number>
std::optional<Number> find(const boost::unordered_flat_map<Name, Number>& all, const Name& name) {
  const auto found = all.find(name);
  return found == all.end() ? std::nullopt : std::optional(found->second);
}

// An import under way: the catalog, together with everything added by the events.
class Import {
 public:
  Import(const Catalog& catalog, std::optional<AccountNumber> own_account)
      : catalog_(catalog), own_account_(own_account) {}

  Refused add(const ImportedAccount& account) {
    const auto number = parse_account_number(account.number);
    if (!number) return refuse(RefusalCode::kAccountNumberInvalid, account.number);
    if (knows(*number)) return std::nullopt;
    if (!is_name(account.name, kNameBytesMax)) return refuse(RefusalCode::kNameInvalid, account.name);
    open(*number, account.name);
    if (account.closed == ClosedFlag::kClosed) closed_last_.push_back(*number);
    return std::nullopt;
  }

  Refused add(const ImportedUser& user) {
    if (!is_username(user.username)) return refuse(RefusalCode::kNameInvalid, user.username);
    std::vector<AccountNumber> accounts;
    if (user.accounts.empty() && own_account_) accounts.push_back(own_account());
    for (const std::string& text : user.accounts) {
      const auto account = account_named(text);
      if (!account) return account.error();
      if (std::ranges::find(accounts, *account) == accounts.end()) accounts.push_back(*account);
    }
    if (const auto known = catalog_.find_user(user.username)) return take_known(*known, user, accounts);
    for (const AccountNumber account : accounts) {
      if (auto refusal = refuse_closed(account)) return refusal;
    }
    const UserNumber number{static_cast<std::uint32_t>(catalog_.users() + users_.size() + 1)};
    if (!users_.emplace(user.username, number).second) return refuse(RefusalCode::kUserExists, user.username);
    add(UserRegistered{
        .user = number, .username = user.username, .staff = user.staff, .active = user.active});
    for (const AccountNumber account : accounts) add(UserJoinedAccount{.user = number, .account = account});
    if (user.removed == RemovedFlag::kRemoved) add(UserRemoved{number});
    return std::nullopt;
  }

  Refused add(const ImportedClient& client) {
    const auto account = account_named(client.account);
    if (!account) return account.error();
    if (!is_name(client.name, kNameBytesMax)) return refuse(RefusalCode::kNameInvalid, client.name);
    if (client_named(*account, client.name)) return std::nullopt;
    if (auto refusal = refuse_closed(*account)) return refusal;
    const bool has_id = client.own_id != ClientId{};
    if (has_id && catalog_.find_client_id(client.own_id)) {
      return refuse(RefusalCode::kImportClientElsewhere, client.name);
    }
    const ClientNumber number{static_cast<std::uint32_t>(catalog_.clients() + clients_.size() + 1)};
    const ClientId id = has_id ? client.own_id : client.new_client_id;
    if (!client_ids_.insert(id).second) return refuse(RefusalCode::kImportClientElsewhere, client.name);
    clients_.emplace(scoped(*account, client.name), number);
    add(ClientRegistered{.client = number, .client_id = id, .account = *account, .name = client.name});
    if (client.rule == AccessRule::kRequiresKey) add(ClientClosedToPublic{number});
    return std::nullopt;
  }

  Refused add(const ImportedKey& key) {
    if (auto refusal = refuse_key(key)) return refusal;
    const auto owner = user_named(key.username);
    if (!owner) return refuse(RefusalCode::kUserUnknown, key.username);
    const bool is_own = key.account.empty() && own_account_;
    const auto account = is_own ? Checked<AccountNumber>(*own_account_) : account_named(key.account);
    if (!account) return account.error();
    const bool is_known = catalog_.find_digest(key.digest).has_value();
    if (is_known || !digests_.insert(projections::digest_prefix_of(key.digest)).second) return std::nullopt;
    if (auto refusal = refuse_closed(*account)) return refusal;
    if (is_own) own_account();
    const auto name = free_name(*owner, key);
    if (!name) return refuse(RefusalCode::kNameInvalid, key.base_name);
    const bool has_id = key.own_id != KeyId{};
    const KeyId id = has_id ? key.own_id : key.new_key_id;
    if ((has_id && catalog_.find_key_id(id)) || !key_ids_.insert(id).second) {
      return refuse(RefusalCode::kImportKeyElsewhere, key.base_name);
    }
    const KeyNumber number{static_cast<std::uint32_t>(catalog_.keys() + ++keys_added_)};
    add(KeyImported{.details = {.key = number,
                                .key_id = id,
                                .owner = *owner,
                                .account = *account,
                                .name = *name,
                                .description = key.description,
                                .tags = key.tags,
                                .digest = key.digest,
                                .created = key.created,
                                .expiry = key.expiry},
                    .active = key.active,
                    .last_used = key.last_used});
    return add_rest(key, number, *account);
  }

  std::vector<Event> take_events() {
    for (const AccountNumber account : closed_last_) add(AccountClosed{account});
    return std::move(events_);
  }

 private:
  static constexpr std::size_t kSuffixBytes = 8;  // "_1000000"

  void add(Event event) { events_.push_back(std::move(event)); }

  bool knows(AccountNumber account) const {
    return catalog_.find_account(account) != nullptr || opened_.contains(account.value());
  }

  void open(AccountNumber account, const std::string& name) {
    opened_.insert(account.value());
    add(AccountOpened{.account = account, .name = name});
  }

  // Returns the import's account, and opens the account when the first entity needs the account.
  AccountNumber own_account() {
    if (!knows(*own_account_)) open(*own_account_, "imported");
    return *own_account_;
  }

  Checked<AccountNumber> account_named(const std::string& text) const {
    const auto number = parse_account_number(text);
    if (!number) return refuse(RefusalCode::kAccountNumberInvalid, text);
    if (!knows(*number)) return refuse(RefusalCode::kAccountUnknown, text);
    return *number;
  }

  // Refuses to add anything new to a closed account. Entities already in the account are left alone.
  Refused refuse_closed(AccountNumber account) const {
    if (!is_closed(catalog_, account)) return std::nullopt;
    return refuse(RefusalCode::kAccountClosed, to_string(account));
  }

  // Accepts a username known to the ledger if accounts and flags are equal; otherwise the username means
  // another person, and the import is refused.
  Refused take_known(UserNumber number, const ImportedUser& user,
                     const std::vector<AccountNumber>& accounts) {
    const projections::User& known = catalog_.user(number);
    const bool is_member = std::ranges::all_of(
        accounts, [&](AccountNumber account) { return catalog_.is_member(number, account); });
    const bool is_removed = user.removed == RemovedFlag::kRemoved;
    const bool is_same = known.removed ? is_removed : !is_removed && known.active == user.active;
    if (is_member && is_same && known.staff == user.staff) return std::nullopt;
    return refuse(RefusalCode::kImportUserElsewhere, user.username);
  }

  std::optional<UserNumber> user_named(const std::string& username) const {
    const auto added = find(users_, username);
    return added ? added : catalog_.find_user(username);
  }

  std::optional<ClientNumber> client_named(AccountNumber account, const std::string& name) const {
    const auto added = find(clients_, scoped(account, name));
    return added ? added : catalog_.find_client(account, name);
  }

  template <typename Scope>
  static std::string scoped(Scope scope, const std::string& name) {
    return fmt::format("{}/{}", scope.value(), name);
  }

  static Refused refuse_digest(const KeyDigest& digest) {
    if (digest.scheme == DigestScheme::kKnoxSalted || (!digest.bucket && digest.salt == Salt{})) {
      return std::nullopt;
    }
    return refuse(RefusalCode::kImportDigestInvalid, masked_identifier(digest));
  }

  // Refuses a key whose own fields are wrong, without looking at the catalog.
  static Refused refuse_key(const ImportedKey& key) {
    if (auto refusal = refuse_digest(key.digest)) return refusal;
    const auto is_time = [](const std::optional<Timestamp>& time) {
      return is_rfc3339(time.value_or(kLatest));
    };
    if (!is_time(key.created) || !is_time(key.expiry) || !is_time(key.last_used)) {
      return refuse(RefusalCode::kTimeInvalid, masked_identifier(key.digest));
    }
    for (const ImportedKey::Rotation& rotation : key.rotations) {
      if (auto refusal = refuse_digest(rotation.digest)) return refusal;
      if (rotation.digest.scheme == DigestScheme::kKnoxSalted) {
        return refuse(RefusalCode::kImportDigestInvalid, masked_identifier(rotation.digest));
      }
      if (!is_time(rotation.grace_until)) {
        return refuse(RefusalCode::kTimeInvalid, masked_identifier(rotation.digest));
      }
    }
    if (auto refusal = refuse_texts({key.description, key.tags, key.annotations})) return refusal;
    if (auto refusal = refuse_limit(key.limit)) return refusal;
    return refuse_allow_list(key.allow);
  }

  // Adds the events of a key after KeyImported: texts, limit, rotations, assignments, deletion.
  Refused add_rest(const ImportedKey& key, KeyNumber number, AccountNumber account) {
    if (!key.annotations.empty())
      add_description({number, key.description, key.tags, key.annotations}, events_);
    if (key.limit) add(KeyLimitChanged{number, key.limit});
    if (!key.allow.empty()) add(KeyAllowListChanged{number, key.allow});
    for (const ImportedKey::Rotation& rotation : key.rotations) {
      const bool is_known = catalog_.find_digest(rotation.digest).has_value();
      if (is_known || !digests_.insert(projections::digest_prefix_of(rotation.digest)).second) {
        return refuse(RefusalCode::kImportKeyElsewhere, key.base_name);
      }
      add(KeyRotated{number, rotation.digest, rotation.grace_until});
    }
    boost::unordered_flat_set<std::string> assigned;
    for (const std::string& name : key.clients) {
      const auto client = client_named(account, name);
      if (!client) return refuse(RefusalCode::kClientUnknown, name);
      if (assigned.insert(name).second) add(KeyAssigned{number, *client});
    }
    if (key.deleted == RemovedFlag::kRemoved) add(KeyDeleted{number});
    return std::nullopt;
  }

  // Returns the first of "base", "base_2", "base_3" that no undeleted key of the owner has; nothing if no
  // such name is valid.
  std::optional<std::string> free_name(UserNumber owner, const ImportedKey& key) {
    const std::string& base = key.base_name;
    if (!is_name(base, kNameBytesMax)) return std::nullopt;
    std::uint32_t& tried = names_[scoped(owner, base)];
    for (;;) {
      ++tried;
      if (tried > 1 && base.size() > kNameBytesMax - kSuffixBytes) return std::nullopt;
      std::string name = tried == 1 ? base : fmt::format("{}_{}", base, tried);
      const bool known = owner.value() <= catalog_.users() && catalog_.find_key(owner, name);
      if (known || taken_.contains(scoped(owner, name))) continue;
      // The name of a deleted key is free again.
      if (key.deleted == RemovedFlag::kPresent) {
        taken_.insert(scoped(owner, name));
      } else {
        --tried;
      }
      return name;
    }
  }

  const Catalog& catalog_;
  std::optional<AccountNumber> own_account_;
  std::vector<Event> events_;
  std::vector<AccountNumber> closed_last_;
  std::uint32_t keys_added_ = 0;
  boost::unordered_flat_set<std::uint64_t> opened_;
  boost::unordered_flat_map<std::string, UserNumber> users_;      // added
  boost::unordered_flat_map<std::string, ClientNumber> clients_;  // added, by account and name
  boost::unordered_flat_map<std::string, std::uint32_t> names_;
  boost::unordered_flat_set<std::string> taken_;
  boost::unordered_flat_set<ClientId> client_ids_;
  boost::unordered_flat_set<KeyId> key_ids_;
  boost::unordered_flat_set<projections::DigestPrefix> digests_;  // added
};

template <typename Objects>
Refused add_all(const Objects& objects, Import& import) {
  if (objects.size() > kImportObjectsMax) return refuse(RefusalCode::kImportTooLarge, "");
  for (const auto& object : objects) {
    if (auto refusal = import.add(object)) return refusal;
  }
  return std::nullopt;
}

}  // namespace

Decided decide_on(const Catalog& catalog, const ImportKeys& command, Timestamp) {
  const auto account = parse_account_number(command.account);
  if (!account && !command.account.empty()) {
    return refuse(RefusalCode::kAccountNumberInvalid, command.account);
  }
  Import import(catalog, account);
  if (auto refusal = add_all(command.accounts, import)) return *refusal;
  if (auto refusal = add_all(command.users, import)) return *refusal;
  if (auto refusal = add_all(command.clients, import)) return *refusal;
  if (auto refusal = add_all(command.keys, import)) return *refusal;
  return Decision{.events = import.take_events(), .entity = std::nullopt};
}

}  // namespace keyledger::commands
