// How the catalog is written to a snapshot and read from one.
#include <algorithm>
#include <utility>

#include "projections/catalog.h"
#include "projections/snapshot_bulk.h"
#include "projections/snapshot_fields.h"

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

// The tables of keys that were read, built one after another with the same room.
struct CatalogKeys::Indexing {
  CatalogKeys& keys;
  std::vector<TagTable::Tagged> tagged;
  std::vector<TagTable::Tagged> scratch;

  template <typename TagOf>
  const std::vector<TagTable::Tagged>& order(const TagOf& tag_of);
  // False if there are two of what is one key's only: no fold lets that be, and many of them would make a
  // table of which every search is a walk.
  bool index_ids();
  bool index_digests();
  bool index_names();
};

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

bool CatalogKeys::read_from(const Sections& sections, Position position) {
  const auto& [entries, texts, former] = sections;
  if (!read_elements(*entries, position, entries_) || !read_texts(*texts, position)) return false;
  if (!read_elements(*former, position, former_)) return false;
  Indexing indexing{*this, {}, {}};
  return indexing.index_ids() && indexing.index_digests() && indexing.index_names();
}

bool CatalogKeys::read_texts(ByteSource& section, Position position) {
  SnapshotFieldReader in(section, position);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::string_view bytes = in.text();
    if (!in.is_sound() || !decode_key_texts(bytes)) return false;
    CatalogEntry& entry = entries_[i];
    entry.texts = texts_.put(bytes);
    entry.before_of_name = entry.behind_of_name = kNoKey;
    entry.before_of_owner = entry.before_of_account = kNoKey;
    entry.has_clients = entry.has_client_list = false;
  }
  return in.is_done();
}

// All keys with the tags that `tag_of` gives them, in the order in which a table takes them best.
template <typename TagOf>
const std::vector<TagTable::Tagged>& CatalogKeys::Indexing::order(const TagOf& tag_of) {
  tagged.clear();
  tagged.reserve(keys.entries_.size());
  for (std::uint32_t number = 1; number <= keys.size(); ++number) {
    tagged.push_back({.tag = tag_of(keys.entries_[number - 1], KeyNumber{number}), .number = number});
  }
  TagTable::sort_by_part(tagged, scratch);
  return tagged;
}

bool CatalogKeys::Indexing::index_ids() {
  const auto by_id = [&](const CatalogEntry& key, KeyNumber) { return keys.tag_of(key.key_id); };
  keys.ids_.reserve(keys.size());
  for (const auto& [tag, number] : order(by_id)) {
    const KeyId& id = keys.entries_[number - 1].key_id;
    const auto is_same = [&](std::uint32_t other) { return keys.entries_[other - 1].key_id == id; };
    if (keys.ids_.find(tag, is_same) != 0) return false;
    keys.ids_.insert(tag, number);
  }
  return true;
}

// Those that are, and those that were.
bool CatalogKeys::Indexing::index_digests() {
  const auto by_digest = [&](const CatalogEntry& key, KeyNumber) { return keys.tag_of(key.digest); };
  keys.digests_.reserve(keys.size());
  for (const auto& [tag, number] : order(by_digest)) {
    const DigestPrefix& digest = keys.entries_[number - 1].digest;
    const auto is_same = [&](std::uint32_t other) { return keys.entries_[other - 1].digest == digest; };
    if (keys.digests_.find(tag, is_same) != 0) return false;
    keys.digests_.insert(tag, number);
  }
  keys.former_digests_.reserve(keys.former_.size());
  for (std::size_t i = 0; i < keys.former_.size(); ++i) {
    const FormerDigest& former = keys.former_[i];
    if (former.key.value() - 1 >= keys.size() || keys.find_digest(former.digest)) return false;
    keys.former_digests_.insert(keys.tag_of(former.digest), static_cast<std::uint32_t>(i + 1));
  }
  return true;
}

// Names of undeleted keys.
bool CatalogKeys::Indexing::index_names() {
  const auto by_owner = [&](const CatalogEntry& key, KeyNumber number) {
    return keys.tag_of(key.owner, keys.name(number));
  };
  const auto by_name = [&](const CatalogEntry&, KeyNumber number) { return keys.tag_of(keys.name(number)); };
  keys.names_by_owner_.reserve(keys.size());
  for (const auto& [tag, number] : order(by_owner)) {
    const CatalogEntry& key = keys.entries_[number - 1];
    if (key.deleted) continue;
    // Names lie anywhere: they are looked at only where tags are equal.
    const auto is_same = [&keys = keys, &key, self = number](std::uint32_t other) {
      return keys.entries_[other - 1].owner == key.owner &&
             keys.name(KeyNumber{other}) == keys.name(KeyNumber{self});
    };
    if (keys.names_by_owner_.find(tag, is_same) != 0) return false;
    keys.names_by_owner_.insert(tag, number);
  }
  keys.names_.reserve(keys.size());
  for (const TagTable::Tagged& each : order(by_name)) {
    if (!keys.entries_[each.number - 1].deleted) keys.link_same_name(KeyNumber{each.number}, each.tag);
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

  // Members and clients are numbers of what is read later.
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
      out.ids(client.keys);
    }
  }

  // With the tables that lead to them.
  static void read_clients(SnapshotFieldReader& in, Catalog& catalog) {
    for (std::size_t left = in.count(); in.is_sound() && left > 0; --left) {
      Client& client = catalog.clients_.emplace_back();
      const ClientNumber number{static_cast<std::uint32_t>(catalog.clients_.size())};
      in.bytes(client.client_id.uuid.data);
      client.account = read_account(in, catalog);
      client.name = in.text();
      client.registered = in.moment();
      client.removed = in.flag();
      client.requires_key = in.flag();
      client.keys.resize(in.count());
      for (KeyNumber& key : client.keys) key = in.known_id<KeyNumber>(catalog.keys_.size());
      if (!std::ranges::is_sorted(client.keys, std::ranges::less_equal())) in.fail();
      if (!catalog.client_ids_.emplace(client.client_id, number).second) in.fail();
      if (client.removed) continue;
      if (!catalog.client_names_.emplace(NameKey{client.account.value(), client.name}, number).second)
        in.fail();
      catalog.clients_named_[client.name].push_back(number);
    }
  }

  // What is told twice is read once: from the entries, the lists of keys of owners and accounts; from the
  // clients' lists, those of the keys.
  static bool link_keys(Catalog& catalog) {
    for (std::uint32_t i = 1; i <= catalog.keys_.size(); ++i) {
      const KeyNumber number{i};
      CatalogEntry& key = catalog.keys_.entry(number);
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
    }
    for (std::uint32_t i = 1; i <= catalog.clients_.size(); ++i) {
      for (const KeyNumber key : catalog.clients_[i - 1].keys) catalog.keys_.assign(key, ClientNumber{i});
    }
    return true;
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
  out.finish();
}

std::optional<Catalog> Catalog::read_from(const Sections& sections, Position position,
                                          const HashKey& hash_key) {
  std::optional<Catalog> catalog(std::in_place, hash_key);
  if (!catalog->keys_.read_from({sections[0], sections[1], sections[2]}, position)) return std::nullopt;
  SnapshotFieldReader in(*sections[3], position);
  catalog->policy_ = in.policy();
  SnapshotParts::read_accounts(in, *catalog);
  SnapshotParts::read_users(in, *catalog);
  SnapshotParts::read_clients(in, *catalog);
  if (!in.is_done() || !SnapshotParts::members_are_sound(*catalog)) return std::nullopt;
  if (!SnapshotParts::link_keys(*catalog)) return std::nullopt;
  return catalog;
}

}  // namespace keyledger::projections
