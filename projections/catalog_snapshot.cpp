// Writes the catalog to a snapshot, and reads it from a snapshot.
#include <algorithm>
#include <utility>

#include "projections/catalog.h"
#include "projections/snapshot_bulk.h"
#include "projections/snapshot_fields.h"
#include "projections/tables/tag_queue.h"

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

void CatalogKeys::write_to(ByteSink& sink) const {
  sink.next_section();
  write_elements(entries_, sink);
  sink.next_section();
  SnapshotFieldWriter out(sink);
  for (std::size_t i = 0; i < entries_.size() && !out.is_given_up(); ++i) {
    out.text(texts_.text(entries_[i].texts));
  }
  out.finish();
  sink.next_section();
  write_elements(former_, sink);
}

// Gives each entry just read its texts and its places in the tables. Ids and digests must be unique, and
// names unique among the undeleted keys of an owner: no fold allows otherwise, and with many duplicates every
// search of a table would become a walk.
struct CatalogKeys::Reading {
  CatalogKeys& keys;
  SnapshotFieldReader texts;
  const Look& look;

  bool read(ByteSource& section, Position position) {
    const std::size_t count = elements_in<CatalogEntry>(section, position).value_or(0);
    for (TagTable* table : {&keys.ids_, &keys.digests_, &keys.names_by_owner_, &keys.names_}) {
      table->reserve(count);
    }
    TagQueue ids(keys.ids_, [&](std::uint64_t tag, std::uint32_t number) {
      const bool is_new = keys.find_id(entry(number).key_id, tag) == 0;
      if (is_new) keys.ids_.insert(tag, number);
      return is_new;
    });
    TagQueue digests(keys.digests_, [&](std::uint64_t tag, std::uint32_t number) {
      const bool is_new = !keys.find_digest(entry(number).digest, tag);
      if (is_new) keys.digests_.insert(tag, number);
      return is_new;
    });
    TagQueue names_by_owner(keys.names_by_owner_, [&](std::uint64_t tag, std::uint32_t number) {
      const bool is_new = keys.find_name(entry(number).owner, keys.name(KeyNumber{number}), tag) == 0;
      if (is_new) keys.names_by_owner_.insert(tag, number);
      return is_new;
    });
    TagQueue names(keys.names_, [&](std::uint64_t tag, std::uint32_t number) {
      keys.link_same_name(KeyNumber{number}, tag);
      return true;
    });
    const auto take = [&](std::span<CatalogEntry> entries, std::size_t first) {
      for (std::size_t i = 0; i < entries.size(); ++i) {
        CatalogEntry& key = entries[i];
        const auto number = static_cast<std::uint32_t>(first + i + 1);
        if (!begin(key) || !look(key, KeyNumber{number})) return false;
        if (!ids.add(keys.tag_of(key.key_id), number)) return false;
        if (!digests.add(keys.tag_of(key.digest), number)) return false;
        if (key.deleted) continue;
        const std::string_view name = keys.name(KeyNumber{number});
        if (!names_by_owner.add(keys.tag_of(key.owner, name), number)) return false;
        if (!names.add(keys.tag_of(name), number)) return false;
      }
      return true;
    };
    return read_elements(section, position, keys.entries_, take) && ids.finish() && digests.finish() &&
           names_by_owner.finish() && names.finish() && texts.is_done();
  }

 private:
  const CatalogEntry& entry(std::uint32_t number) const { return keys.entries_[number - 1]; }

  // Takes the key's texts. Clears all links, because they are rebuilt from other parts of the snapshot.
  bool begin(CatalogEntry& key) {
    const std::string_view bytes = texts.text();
    if (!texts.is_sound() || !decode_key_texts(bytes)) return false;
    key.texts = keys.texts_.put(bytes);
    key.before_of_name = key.behind_of_name = kNoKey;
    key.before_of_owner = key.before_of_account = kNoKey;
    key.has_clients = key.has_client_list = false;
    return true;
  }
};

bool CatalogKeys::read_from(const Sections& sections, Position position, const Look& look) {
  const auto& [entries, texts, former] = sections;
  Reading reading{.keys = *this, .texts = SnapshotFieldReader(*texts, position), .look = look};
  if (!reading.read(*entries, position) || !read_elements(*former, position, former_)) return false;
  former_digests_.reserve(former_.size());
  for (std::size_t i = 0; i < former_.size(); ++i) {
    const FormerDigest& each = former_[i];
    const std::uint64_t tag = tag_of(each.digest);
    if (each.key.value() - 1 >= size() || find_digest(each.digest, tag)) return false;
    former_digests_.insert(tag, static_cast<std::uint32_t>(i + 1));
  }
  return true;
}

struct Catalog::SnapshotParts {
  static void write_accounts(const Catalog& catalog, SnapshotFieldWriter& out) {
    out.number(catalog.accounts_.size());
    for (const Account& account : catalog.accounts_) {
      out.id(account.number);
      out.text(account.name);
      out.moment(account.opened);
      out.flag(account.closed);
      out.ids(account.members);
      out.ids(account.clients);
    }
  }

  // Members and clients are numbers of entities read later, so members_are_sound() checks them at the end.
  static void read_accounts(SnapshotFieldReader& in, Catalog& catalog) {
    for (std::size_t left = in.count(); in.is_sound() && left > 0; --left) {
      const auto place = static_cast<std::uint32_t>(catalog.accounts_.size());
      Account& account = catalog.accounts_.emplace_back();
      account.number = in.id<AccountNumber>(kAccountMax);
      account.name = in.text();
      account.opened = in.moment();
      account.closed = in.flag();
      account.members.resize(in.count());
      for (UserNumber& user : account.members) user = in.known_id<UserNumber>(kAny32);
      account.clients.resize(in.count());
      for (ClientNumber& client : account.clients) client = in.known_id<ClientNumber>(kAny32);
      if (!catalog.account_index_.emplace(account.number.value(), place).second) in.fail();
    }
  }

  static void write_users(const Catalog& catalog, SnapshotFieldWriter& out) {
    out.number(catalog.users_.size());
    for (const User& user : catalog.users_) {
      out.text(user.username);
      out.flag(user.staff == StaffFlag::kStaff);
      out.flag(user.active == ActiveFlag::kActive);
      out.moment(user.registered);
      out.flag(user.removed);
      out.ids(user.accounts);
    }
  }

  static void read_users(SnapshotFieldReader& in, Catalog& catalog) {
    for (std::size_t left = in.count(); in.is_sound() && left > 0; --left) {
      User user{.username = std::string(in.text())};
      user.staff = in.flag() ? StaffFlag::kStaff : StaffFlag::kNotStaff;
      user.active = in.flag() ? ActiveFlag::kActive : ActiveFlag::kInactive;
      user.registered = in.moment();
      user.removed = in.flag();
      user.accounts.resize(in.count());
      for (AccountNumber& account : user.accounts) account = read_account(in, catalog);
      if (catalog.find_user(user.username)) in.fail();
      catalog.users_.push_back(std::move(user));
      catalog.usernames_.insert(keyed_hash(catalog.hash_key_, 0, catalog.users_.back().username),
                                static_cast<std::uint32_t>(catalog.users_.size()));
    }
  }

  static AccountNumber read_account(SnapshotFieldReader& in, const Catalog& catalog) {
    const auto account = in.id<AccountNumber>(kAccountMax);
    if (catalog.find_account(account) == nullptr) in.fail();
    return account;
  }

  static void write_clients(const Catalog& catalog, SnapshotFieldWriter& out) {
    out.number(catalog.clients_.size());
    for (const Client& client : catalog.clients_) {
      out.bytes(client.client_id.uuid.data);
      out.id(client.account);
      out.text(client.name);
      out.moment(client.registered);
      out.flag(client.removed);
      out.flag(client.requires_key);
      out.flag(client.opened);
      out.flag(client.removed_by_import);
      out.ids(client.keys);
    }
  }

  // Reads the clients, and fills their tables.
  static void read_clients(SnapshotFieldReader& in, std::size_t keys, Catalog& catalog) {
    for (std::size_t left = in.count(); in.is_sound() && left > 0; --left) {
      Client& client = catalog.clients_.emplace_back();
      const ClientNumber number{static_cast<std::uint32_t>(catalog.clients_.size())};
      in.bytes(client.client_id.uuid.data);
      client.account = read_account(in, catalog);
      client.name = in.text();
      client.registered = in.moment();
      client.removed = in.flag();
      client.requires_key = in.flag();
      client.opened = in.flag();
      client.removed_by_import = in.flag();
      client.keys.resize(in.count());
      for (KeyNumber& key : client.keys) key = in.known_id<KeyNumber>(keys);
      if (!std::ranges::is_sorted(client.keys, std::ranges::less_equal())) in.fail();
      if (!catalog.client_ids_.emplace(client.client_id, number).second) in.fail();
      if (client.opened && client.requires_key) in.fail();
      if (client.removed_by_import && !client.removed) in.fail();
      if (client.removed && !client.removed_by_import) {
        catalog.withdrawals_.note_removed(client.account, client.name, number);
      }
      if (client.removed) continue;
      if (!catalog.client_names_.emplace(NameKey{client.account.value(), client.name}, number).second)
        in.fail();
      catalog.clients_named_[client.name].push_back(number);
    }
  }

  // Rebuilds data stored once only: the lists of keys of owners and accounts come from the entries, and
  // link_clients() builds the clients of keys from the clients' lists.
  static bool link_key(Catalog& catalog, CatalogEntry& key, KeyNumber number) {
    if (key.owner.value() - 1 >= catalog.users_.size() || key.account >= catalog.accounts_.size() ||
        static_cast<std::size_t>(key.scheme) >= kDigestSchemes) {
      return false;
    }
    User& owner = catalog.user_at(key.owner);
    Account& account = catalog.accounts_[key.account];
    key.before_of_owner = std::exchange(owner.last_key, number);
    key.before_of_account = std::exchange(account.last_key, number);
    ++owner.keys;
    ++account.keys;
    return true;
  }

  static void link_clients(Catalog& catalog) {
    for (std::uint32_t i = 1; i <= catalog.clients_.size(); ++i) {
      for (const KeyNumber key : catalog.clients_[i - 1].keys) catalog.keys_.assign(key, ClientNumber{i});
    }
  }

  static bool members_are_sound(const Catalog& catalog) {
    return std::ranges::all_of(catalog.accounts_, [&](const Account& account) {
      const auto is_user = [&](UserNumber user) { return user.value() <= catalog.users_.size(); };
      const auto is_client = [&](ClientNumber client) { return client.value() <= catalog.clients_.size(); };
      return std::ranges::all_of(account.members, is_user) && std::ranges::all_of(account.clients, is_client);
    });
  }
};

void Catalog::write_to(ByteSink& sink) const {
  keys_.write_to(sink);
  sink.next_section();
  SnapshotFieldWriter out(sink);
  out.policy(policy_);
  SnapshotParts::write_accounts(*this, out);
  SnapshotParts::write_users(*this, out);
  SnapshotParts::write_clients(*this, out);
  withdrawals_.write_to(out);
  out.finish();
}

std::optional<std::size_t> Catalog::keys_in(const ByteSource& section, Position position) {
  return elements_in<CatalogEntry>(section, position);
}

std::optional<Catalog> Catalog::read_from(const Sections& sections, Position position,
                                          const HashKey& hash_key) {
  const auto& [entries, texts, former, fields] = sections;
  const auto keys = elements_in<CatalogEntry>(*entries, position);
  if (!keys) return std::nullopt;
  std::optional<Catalog> catalog(std::in_place, hash_key);
  SnapshotFieldReader in(*fields, position);
  catalog->policy_ = in.policy();
  SnapshotParts::read_accounts(in, *catalog);
  SnapshotParts::read_users(in, *catalog);
  SnapshotParts::read_clients(in, *keys, *catalog);
  catalog->withdrawals_.read_from(in, *keys, catalog->clients_.size(), catalog->users_.size());
  if (!in.is_done() || !SnapshotParts::members_are_sound(*catalog)) return std::nullopt;
  const auto link = [&](CatalogEntry& key, KeyNumber number) {
    return SnapshotParts::link_key(*catalog, key, number);
  };
  if (!catalog->keys_.read_from({entries, texts, former}, position, link)) return std::nullopt;
  SnapshotParts::link_clients(*catalog);
  return catalog;
}

}  // namespace keyledger::projections
