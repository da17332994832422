// Catalog: what every entity is called and consists of. Decisions are made on it, lists are read from it.
//
// A plain fold over the events of commands; uses do not concern it (see Access). One thread at a time; no
// I/O, no clock, no locks.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/record.h"
#include "ledger/values/error.h"
#include "ledger/values/field_hasher.h"
#include "projections/catalog_keys.h"

namespace keyledger::projections {

struct Account {
  ledger::AccountNumber number;
  std::string name;
  ledger::Timestamp opened;
  bool closed = false;
  std::vector<ledger::UserNumber> members;
  std::vector<ledger::ClientNumber> clients;
  std::uint32_t keys = 0;
  ledger::KeyNumber last_key;
};

struct User {
  std::string username;
  ledger::StaffFlag staff{};
  ledger::ActiveFlag active{};
  ledger::Timestamp registered;
  bool removed = false;
  std::vector<ledger::AccountNumber> accounts;  // a member of
  std::uint32_t keys = 0;
  ledger::KeyNumber last_key;
};

struct Client {
  ledger::ClientId client_id;
  ledger::AccountNumber account;
  std::string name;
  ledger::Timestamp registered;
  bool removed = false;
  // From its first assignment on, whatever becomes of the keys; until it is opened to the public.
  bool requires_key = false;
  std::vector<ledger::KeyNumber> keys;  // assigned now, ascending
};

// What the catalog knows of a key, put together for whoever asks. Views hold until the next apply().
struct Key {
  ledger::KeyId key_id;
  ledger::UserNumber owner;
  ledger::AccountNumber account;
  std::string_view name;
  std::string_view description;
  std::vector<std::string> tags;
  std::vector<ledger::Annotation> annotations;
  ledger::DigestScheme scheme{};
  std::string masked;
  ledger::Timestamp created;
  std::optional<ledger::Timestamp> expiry;
  ledger::ActiveFlag active{};
  bool deleted = false;
  bool imported = false;
  std::optional<ledger::RateLimit> limit;
  std::vector<ledger::AddressRange> allow;        // empty: from anywhere
  std::uint32_t version = 0;                      // events about the key itself, from 1
  std::span<const ledger::ClientNumber> clients;  // assigned to now, ascending
};

class Catalog {
 public:
  Catalog() : Catalog(HashKey{}) {}
  // `hash_key`: see projections/tables/keyed_hash.h.
  explicit Catalog(const HashKey& hash_key);

  // Total: corruption is an Error with its position, and the catalog is then of no further use.
  ledger::Result<void> apply(const ledger::Record& record) { return apply(std::span(&record, 1)); }
  // Several, in their order: quicker than one after the other.
  ledger::Result<void> apply(std::span<const ledger::Record> records);
  // After apply() of the record, which has got another time since: what was made by it is as old as it says
  // now.
  void date(const ledger::Record& record);

  const std::deque<Account>& accounts() const { return accounts_; }  // in order of opening
  const ledger::Policy& policy() const { return policy_; }
  std::size_t users() const { return users_.size(); }
  std::size_t clients() const { return clients_.size(); }
  std::size_t keys() const { return keys_.size(); }

  // The number is one that the catalog gave (ENSURE). References hold until the next apply().
  const User& user(ledger::UserNumber user) const;
  const Client& client(ledger::ClientNumber client) const;
  Key key(ledger::KeyNumber key) const;
  // What takes no text to be put together. For whoever decides by flags, moments, the owner or the version.
  const CatalogEntry& entry(ledger::KeyNumber key) const { return keys_.entry(key); }
  ledger::AccountNumber account_of(ledger::KeyNumber key) const {
    return accounts_[entry(key).account].number;
  }

  // Ascending, deleted ones too.
  std::vector<ledger::KeyNumber> keys_of(const User& user) const;
  std::vector<ledger::KeyNumber> keys_of(const Account& account) const;

  const Account* find_account(ledger::AccountNumber account) const;
  std::optional<ledger::UserNumber> find_user(std::string_view username) const;
  bool is_member(ledger::UserNumber user, ledger::AccountNumber account) const;
  // By its own expiry or by an enforced lifetime.
  bool is_expired(ledger::KeyNumber key, ledger::Timestamp now) const;
  // Undeleted keys of the user that have not expired by `now`. Walks over every key he ever had.
  std::size_t valid_keys_of(ledger::UserNumber user, ledger::Timestamp now) const;
  // Among the clients of the account that are not removed.
  std::optional<ledger::ClientNumber> find_client(ledger::AccountNumber account, std::string_view name) const;
  std::optional<ledger::ClientNumber> find_client_id(const ledger::ClientId& client_id) const;
  // Among the undeleted keys of the owner.
  std::optional<ledger::KeyNumber> find_key(ledger::UserNumber owner, std::string_view name) const;
  std::optional<ledger::KeyNumber> find_key_id(const ledger::KeyId& key_id) const;
  // The key that has this digest, or had it before it was rotated.
  std::optional<ledger::KeyNumber> find_digest(const ledger::KeyDigest& digest) const;

  // client_id, NAME or ACCOUNT/NAME; by name only clients that are not removed are found, by id all.
  NameMatch<ledger::ClientNumber> resolve_client(std::string_view text) const;
  // key_id, NAME or OWNER/NAME; by name only undeleted keys are found, by id all.
  NameMatch<ledger::KeyNumber> resolve_key(std::string_view text) const;

  void add_to(ledger::FieldHasher& hasher) const;

  // For snapshots: four sections; nothing if they hold what no fold of the events up to `position` could have
  // made.
  using Sections = std::array<ledger::ByteSource*, 4>;
  void write_to(ledger::ByteSink& sink) const;
  // How many keys the first of its sections holds; nothing if it is none of a catalog.
  static std::optional<std::size_t> keys_in(const ledger::ByteSource& section, ledger::Position position);
  static std::optional<Catalog> read_from(const Sections& sections, ledger::Position position,
                                          const HashKey& hash_key);

  // What the entries of keys, what is said of them and the tables to find them by take.
  std::size_t key_memory_bytes() const { return keys_.memory_bytes(); }

 private:
  struct NameKey {
    std::uint64_t scope;  // account number
    std::string name;

    friend bool operator==(const NameKey&, const NameKey&) = default;
  };
  struct NameHasher {
    using is_avalanching = void;

    HashKey key;

    std::size_t operator()(const NameKey& of) const noexcept { return keyed_hash(key, of.scope, of.name); }
  };

  struct Applier;
  struct Ahead;
  struct SnapshotParts;

  ledger::Result<void> apply(const ledger::Record& record, Ahead& ahead);
  Account& account_at(ledger::AccountNumber account);
  User& user_at(ledger::UserNumber user) { return users_[user.value() - 1]; }
  Client& client_at(ledger::ClientNumber client) { return clients_[client.value() - 1]; }

  HashKey hash_key_;
  ledger::Policy policy_;
  std::deque<Account> accounts_;
  std::deque<User> users_;      // index: number - 1
  std::deque<Client> clients_;  // index: number - 1
  CatalogKeys keys_;
  boost::unordered_flat_map<std::uint64_t, std::uint32_t, KeyedHasher> account_index_;
  TagTable usernames_;
  boost::unordered_flat_map<ledger::ClientId, ledger::ClientNumber, KeyedHasher> client_ids_;
  boost::unordered_flat_map<NameKey, ledger::ClientNumber, NameHasher> client_names_;
  boost::unordered_flat_map<std::string, std::vector<ledger::ClientNumber>, KeyedHasher> clients_named_;
};

}  // namespace keyledger::projections
