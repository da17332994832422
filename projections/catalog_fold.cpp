// The fold of events into the catalog.
#include <utility>

#include "projections/catalog.h"
#include "projections/fold_error.h"
#include "projections/new_keys.h"
#include "projections/tables/sorted_numbers.h"

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

// Applies an event: an overload for each type. Returns null, or a text about the event's mistake.
struct Catalog::Applier {
  Catalog& catalog;
  const Record& record;
  const CatalogKeys::Tags& tags;  // of the key that the event makes, if it makes one

  using Wrong = const char*;

  Wrong operator()(const AccountOpened& event) const {
    const auto place = static_cast<std::uint32_t>(catalog.accounts_.size());
    if (!catalog.account_index_.emplace(event.account.value(), place).second) {
      return "of an account that is already open";
    }
    catalog.accounts_.push_back({.number = event.account, .name = event.name, .opened = record.time});
    return nullptr;
  }

  Wrong operator()(const AccountRenamed& event) const {
    if (catalog.find_account(event.account) == nullptr) return "of an unknown account";
    catalog.account_at(event.account).name = event.name;
    return nullptr;
  }

  Wrong operator()(const AccountClosed& event) const {
    if (catalog.find_account(event.account) == nullptr) return "of an unknown account";
    if (std::exchange(catalog.account_at(event.account).closed, true)) return "of a closed account";
    return nullptr;
  }

  Wrong operator()(const UserRegistered& event) const {
    if (event.user.value() != catalog.users_.size() + 1) return "with a number out of turn";
    if (catalog.find_user(event.username)) return "of a username that is taken";
    catalog.usernames_.insert(keyed_hash(catalog.hash_key_, 0, event.username), event.user.value());
    catalog.users_.push_back({.username = event.username,
                              .staff = event.staff,
                              .active = event.active,
                              .registered = record.time});
    return nullptr;
  }

  Wrong operator()(const UserJoinedAccount& event) const {
    if (!knows(event.user)) return "of an unknown user";
    if (catalog.find_account(event.account) == nullptr) return "of an unknown account";
    if (catalog.is_member(event.user, event.account)) return "of a user who is already a member";
    catalog.user_at(event.user).accounts.push_back(event.account);
    catalog.account_at(event.account).members.push_back(event.user);
    catalog.withdrawals_.forget_left(event.user, event.account);
    return nullptr;
  }

  Wrong operator()(const UserLeftAccount& event) const {
    if (!knows(event.user)) return "of an unknown user";
    if (catalog.find_account(event.account) == nullptr) return "of an unknown account";
    if (std::erase(catalog.user_at(event.user).accounts, event.account) == 0)
      return "of a user who is not a member";
    std::erase(catalog.account_at(event.account).members, event.user);
    if (!is_import()) catalog.withdrawals_.note_left(event.user, event.account);
    return nullptr;
  }

  Wrong operator()(const UserStaffChanged& event) const {
    if (!knows(event.user)) return "of an unknown user";
    catalog.user_at(event.user).staff = event.staff;
    return nullptr;
  }

  Wrong operator()(const UserActiveChanged& event) const {
    if (!knows(event.user)) return "of an unknown user";
    catalog.user_at(event.user).active = event.active;
    return nullptr;
  }

  Wrong operator()(const UserRemoved& event) const {
    if (!knows(event.user)) return "of an unknown user";
    User& user = catalog.user_at(event.user);
    if (std::exchange(user.removed, true)) return "of a removed user";
    user.active = ActiveFlag::kInactive;
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

  Wrong operator()(const ClientRenamed& event) const {
    if (!knows(event.client)) return "of an unknown client";
    Client& client = catalog.client_at(event.client);
    if (client.removed) return "of a removed client";
    if (client.name == event.name) return nullptr;
    if (!catalog.client_names_.emplace(NameKey{client.account.value(), event.name}, event.client).second) {
      return "of a name that is taken";
    }
    forget_name(event.client);
    client.name = event.name;
    insert_sorted(catalog.clients_named_[client.name], event.client);
    return nullptr;
  }

  Wrong operator()(const ClientOpenedToPublic& event) const {
    if (!knows(event.client)) return "of an unknown client";
    Client& client = catalog.client_at(event.client);
    client.requires_key = false;
    client.opened = true;
    return nullptr;
  }

  Wrong operator()(const ClientClosedToPublic& event) const {
    if (!knows(event.client)) return "of an unknown client";
    Client& client = catalog.client_at(event.client);
    client.requires_key = true;
    client.opened = false;
    return nullptr;
  }

  Wrong operator()(const ClientRemoved& event) const {
    if (!knows(event.client)) return "of an unknown client";
    Client& client = catalog.client_at(event.client);
    if (std::exchange(client.removed, true)) return "of a removed client";
    forget_name(event.client);
    for (const KeyNumber key : client.keys) catalog.keys_.unassign(key, event.client);
    client.keys.clear();
    client.removed_by_import = is_import();
    if (!is_import()) catalog.withdrawals_.note_removed(client.account, client.name, event.client);
    return nullptr;
  }

  Wrong operator()(const KeyCreated& event) const {
    return add_key(event.details, ActiveFlag::kActive, false);
  }
  Wrong operator()(const KeyImported& event) const { return add_key(event.details, event.active, true); }

  Wrong operator()(const KeyActivated& event) const { return set_active(event.key, ActiveFlag::kActive); }
  Wrong operator()(const KeyDeactivated& event) const { return set_active(event.key, ActiveFlag::kInactive); }

  Wrong operator()(const KeyDeleted& event) const {
    return change(event.key, [&](CatalogEntry& key) {
      key.deleted = true;
      catalog.keys_.forget_name(event.key);
    });
  }

  Wrong operator()(const KeyRenamed& event) const {
    const bool is_other = is_live(event.key) && catalog.keys_.name(event.key) != event.name;
    if (is_other && catalog.keys_.find_name(catalog.keys_.entry(event.key).owner, event.name)) {
      return "of a name that is taken";
    }
    return change(event.key, [&](CatalogEntry&) {
      if (is_other) catalog.keys_.rename(event.key, event.name);
    });
  }

  Wrong operator()(const KeyDescribed& event) const {
    return describe(event.key, [&](KeyTexts& texts) {
      texts.description = event.description;
      texts.tags = event.tags;
      texts.annotations = event.annotations;
    });
  }
  // The KeyDescribed before this event has given the key the new version.
  Wrong operator()(const KeyAnnotated& event) const {
    return alter(event.key, [&](CatalogEntry&) {
      catalog.keys_.describe(event.key, [&](KeyTexts& texts) {
        texts.annotations.insert(texts.annotations.end(), event.annotations.begin(), event.annotations.end());
      });
    });
  }
  // A use does not change the key's version, because operators who expect a version must not be disturbed by
  // uses.
  Wrong operator()(const KeyExpiryChanged& event) const {
    const auto move = [&](CatalogEntry& key) { set_expiry(event.expiry, key); };
    return event.cause == ExpiryCause::kUse ? alter(event.key, move) : change(event.key, move);
  }
  Wrong operator()(const KeyLimitChanged& event) const {
    return describe(event.key, [&](KeyTexts& texts) { texts.limit = event.limit; });
  }
  Wrong operator()(const KeyAllowListChanged& event) const {
    return describe(event.key, [&](KeyTexts& texts) { texts.allow = event.ranges; });
  }

  Wrong operator()(const KeyRotated& event) const {
    if (catalog.find_digest(event.digest)) return "to a digest that is known";
    return change(event.key, [&](CatalogEntry&) { catalog.keys_.rotate(event.key, event.digest); });
  }

  Wrong operator()(const KeyAssigned& event) const {
    if (!knows(event.key) || !knows(event.client)) return "of an unknown key or client";
    Client& client = catalog.client_at(event.client);
    if (client.removed) return "of a removed client";
    if (!insert_sorted(client.keys, event.key)) return "of an assignment that exists";
    client.requires_key = true;
    client.opened = false;
    catalog.keys_.assign(event.key, event.client);
    catalog.withdrawals_.forget_unassigned(event.key, event.client);
    ++catalog.keys_.entry(event.key).version;
    return nullptr;
  }

  Wrong operator()(const KeyUnassigned& event) const {
    if (!knows(event.key) || !knows(event.client)) return "of an unknown key or client";
    if (!erase_sorted(catalog.client_at(event.client).keys, event.key)) {
      return "of an assignment that does not exist";
    }
    catalog.keys_.unassign(event.key, event.client);
    ++catalog.keys_.entry(event.key).version;
    if (!is_import()) catalog.withdrawals_.note_unassigned(event.key, event.client);
    return nullptr;
  }

  Wrong operator()(const PolicyChanged& event) const {
    catalog.policy_ = event.policy;
    return nullptr;
  }

  Wrong operator()(const CommandHadNoEffect&) const { return nullptr; }
  Wrong operator()(const KeysUsed&) const { return nullptr; }
  Wrong operator()(const UsesDenied&) const { return nullptr; }
  Wrong operator()(const UnknownTokensRefused&) const { return nullptr; }

 private:
  bool is_import() const { return std::holds_alternative<ImportActor>(record.actor); }
  bool knows(UserNumber user) const { return user.value() - 1 < catalog.users_.size(); }
  bool knows(ClientNumber client) const { return client.value() - 1 < catalog.clients_.size(); }
  bool knows(KeyNumber key) const { return key.value() - 1 < catalog.keys_.size(); }

  bool is_live(KeyNumber key) const { return knows(key) && !catalog.keys_.entry(key).deleted; }

  template <typename Change>
  Wrong alter(KeyNumber number, const Change& change_it) const {
    if (!knows(number)) return "of an unknown key";
    CatalogEntry& key = catalog.keys_.entry(number);
    if (key.deleted) return "of a deleted key";
    change_it(key);
    return nullptr;
  }

  // Every change other than a use makes a new version of the key.
  template <typename Change>
  Wrong change(KeyNumber number, const Change& change_it) const {
    return alter(number, [&](CatalogEntry& key) {
      change_it(key);
      ++key.version;
    });
  }

  template <typename Change>
  Wrong describe(KeyNumber number, const Change& change_it) const {
    return change(number, [&](CatalogEntry&) { catalog.keys_.describe(number, change_it); });
  }

  static void set_expiry(std::optional<Timestamp> expiry, CatalogEntry& key) {
    key.expires = expiry.has_value();
    key.expiry = expiry.value_or(Timestamp{});
  }

  void forget_name(ClientNumber number) const {
    const Client& client = catalog.client(number);
    catalog.client_names_.erase(NameKey{client.account.value(), client.name});
    const auto named = catalog.clients_named_.find(client.name);
    ENSURE(named != catalog.clients_named_.end() && erase_sorted(named->second, number),
           "a name leads to all that have it");
    if (named->second.empty()) catalog.clients_named_.erase(named);
  }

  Wrong set_active(KeyNumber number, ActiveFlag flag) const {
    const bool active = flag == ActiveFlag::kActive;
    if (is_live(number) && catalog.keys_.entry(number).active == active)
      return "of a key that already has this state";
    return change(number, [&](CatalogEntry& key) { key.active = active; });
  }

  Wrong add_key(const KeyDetails& details, ActiveFlag active, bool imported) const {
    if (details.key.value() != catalog.keys_.size() + 1) return "with a number out of turn";
    if (!knows(details.owner)) return "of an unknown owner";
    if (catalog.find_account(details.account) == nullptr) return "of an unknown account";
    switch (catalog.keys_.taken_by_others(details, tags)) {
      case CatalogKeys::Taken::kId:
        return "of an id that is taken";
      case CatalogKeys::Taken::kName:
        return "of a name that is taken";
      case CatalogKeys::Taken::kDigest:
        return "of a digest that is known";
      case CatalogKeys::Taken::kNothing:
        break;
    }
    User& owner = catalog.user_at(details.owner);
    Account& account = catalog.account_at(details.account);
    CatalogEntry key{.key_id = details.key_id,
                     .created = details.created,
                     .owner = details.owner,
                     .account = catalog.account_index_.at(details.account.value()),
                     .before_of_owner = std::exchange(owner.last_key, details.key),
                     .before_of_account = std::exchange(account.last_key, details.key),
                     .version = 1,
                     .active = active == ActiveFlag::kActive,
                     .imported = imported};
    set_digest(details.digest, key);
    set_expiry(details.expiry, key);
    ++owner.keys;
    ++account.keys;
    catalog.keys_.add(key, {.name = details.name, .description = details.description, .tags = details.tags},
                      tags);
    return nullptr;
  }
};

// Hashes each coming key once, and prefetches its places.
struct Catalog::Ahead {
  const CatalogKeys& keys;
  NewKeysAhead details;
  std::array<CatalogKeys::Tags, NewKeysAhead::kEventsAhead + 1> tags{};
  std::size_t looked_at = 0;

  void look() {
    if (const KeyDetails* key = details.next()) {
      CatalogKeys::Tags& place = tags[looked_at % tags.size()];
      place = keys.tags_of(*key);
      keys.prefetch(place);
    }
    ++looked_at;
  }

  // Returns the tags of the key that the present event makes, if the event makes a key.
  const CatalogKeys::Tags& due() const { return tags[looked_at % tags.size()]; }
};

Result<void> Catalog::apply(std::span<const Record> records) {
  Ahead ahead{.keys = keys_, .details = NewKeysAhead(records)};
  for (std::size_t i = 0; i < NewKeysAhead::kEventsAhead; ++i) ahead.look();
  for (const Record& record : records) {
    if (auto done = apply(record, ahead); !done) return done;
  }
  return {};
}

Result<void> Catalog::apply(const Record& record, Ahead& ahead) {
  const auto* actor = std::get_if<KeyActor>(&record.actor);
  if (actor != nullptr && actor->key.value() - 1 >= keys_.size()) {
    return cannot_follow(record.position, "a record", "by an unknown key");
  }
  std::uint64_t position = record.position.value();
  for (const Event& event : record.events) {
    ahead.look();
    const Applier applier{*this, record, ahead.due()};
    if (const char* wrong = std::visit(applier, event); wrong != nullptr) {
      return cannot_follow(Position{position}, name_of(event), wrong);
    }
    position += positions_of(event);
  }
  return {};
}

void Catalog::date(const Record& record) {
  for (const Event& event : record.events) {
    if (const auto* account = std::get_if<AccountOpened>(&event)) {
      account_at(account->account).opened = record.time;
    } else if (const auto* user = std::get_if<UserRegistered>(&event)) {
      user_at(user->user).registered = record.time;
    } else if (const auto* client = std::get_if<ClientRegistered>(&event)) {
      client_at(client->client).registered = record.time;
    }
  }
}

}  // namespace keyledger::projections
