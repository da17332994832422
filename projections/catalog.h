// Catalog: the names and parts of every entity. Decisions are made on the catalog, and lists are read from
// it.
//
// A plain fold over the events of commands; uses do not change the catalog (see Access). One thread at a
// time; no I/O, no clock, no locks.
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
#include "projections/withdrawals.h"

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
  std::vector<ledger::AccountNumber> accounts;  // the user is a member of these
  std::uint32_t keys = 0;
  ledger::KeyNumber last_key;
};

struct Client {
  ledger::ClientId client_id;
  ledger::AccountNumber account;
  std::string name;
  ledger::Timestamp registered;
  bool removed = false;
  // Set by an assignment, or by closing the client to the public. Cleared only by opening the client to the
  // public, whatever happens to the keys.
  bool requires_key = false;
  bool opened = false;             // by ClientOpenedToPublic, and no assignment or closing has come since
  bool removed_by_import = false;  // the import's own removal; a later import may bring the client back
  std::vector<ledger::KeyNumber> keys;  // assigned now; ascending
};

// Everything the catalog knows of a key. Views stay valid until the next apply().
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
  std::vector<ledger::AddressRange> allow;        // empty: from any address
  std::uint32_t version = 0;                      // number of events about the key itself; the first is 1
  std::span<const ledger::ClientNumber> clients;  // assigned now; ascending
};

class Catalog {
 public:
  Catalog() : Catalog(HashKey{}) {}
  // For `hash_key` see projections/tables/keyed_hash.h.
  explicit Catalog(const HashKey& hash_key);

  // Applies one record. If the record cannot follow from this catalog, returns kCorruptRecord with its
  // position; the catalog must not be used afterwards.
  ledger::Result<void> apply(const ledger::Record& record) { return apply(std::span(&record, 1)); }
  // Applies several records in their order, quicker than one by one.
  ledger::Result<void> apply(std::span<const ledger::Record> records);
  // Updates the opening and registration times of the entities that `record` made. Call after apply() if the
  // record got a new time since.
  void date(const ledger::Record& record);

  const std::deque<Account>& accounts() const { return accounts_; }  // in order of opening
  const ledger::Policy& policy() const { return policy_; }
  std::size_t users() const { return users_.size(); }
  std::size_t clients() const { return clients_.size(); }
  std::size_t keys() const { return keys_.size(); }

  // Each number must come from this catalog (ENSURE). References stay valid until the next apply().
  const User& user(ledger::UserNumber user) const;
  const Client& client(ledger::ClientNumber client) const;
  Key key(ledger::KeyNumber key) const;
  // Returns the key's fixed-size fields without decoding its texts.
  const CatalogEntry& entry(ledger::KeyNumber key) const { return keys_.entry(key); }
  ledger::AccountNumber account_of(ledger::KeyNumber key) const {
    return accounts_[entry(key).account].number;
  }

  // Return the keys in ascending order, deleted keys included.
  std::vector<ledger::KeyNumber> keys_of(const User& user) const;
  std::vector<ledger::KeyNumber> keys_of(const Account& account) const;

  // Returns null if there is no such account.
  const Account* find_account(ledger::AccountNumber account) const;
  std::optional<ledger::UserNumber> find_user(std::string_view username) const;
  bool is_member(ledger::UserNumber user, ledger::AccountNumber account) const;
  // Returns whether the key has expired, by its own expiry or by an enforced lifetime.
  bool is_expired(ledger::KeyNumber key, ledger::Timestamp now) const;
  // Counts the user's undeleted keys that have not expired at `now`. Walks over every key the user ever had.
  std::size_t valid_keys_of(ledger::UserNumber user, ledger::Timestamp now) const;
  // Finds a client by name among the account's clients; removed clients are not found.
  std::optional<ledger::ClientNumber> find_client(ledger::AccountNumber account, std::string_view name) const;
  std::optional<ledger::ClientNumber> find_client_id(const ledger::ClientId& client_id) const;
  // Finds a key by name among the owner's undeleted keys.
  std::optional<ledger::KeyNumber> find_key(ledger::UserNumber owner, std::string_view name) const;
  std::optional<ledger::KeyNumber> find_key_id(const ledger::KeyId& key_id) const;
  // Finds the key that has this digest, or had the digest before a rotation.
  std::optional<ledger::KeyNumber> find_digest(const ledger::KeyDigest& digest) const;

  // Returns the relations that operators ended.
  const Withdrawals& withdrawals() const { return withdrawals_; }

  // Finds a client by client_id, NAME or ACCOUNT/NAME. Removed clients are found by client_id only.
  NameMatch<ledger::ClientNumber> resolve_client(std::string_view text) const;
  // Finds a key by key_id, NAME or OWNER/NAME. Deleted keys are found by key_id only.
  NameMatch<ledger::KeyNumber> resolve_key(std::string_view text) const;

  // Adds the whole catalog to a digest of the state.
  void add_to(ledger::FieldHasher& hasher) const;

  // write_to() writes the catalog as four sections of a snapshot.
  using Sections = std::array<ledger::ByteSource*, 4>;
  void write_to(ledger::ByteSink& sink) const;
  // Returns how many keys the first section holds; nothing if `section` cannot be a catalog's first section
  // at `position`.
  static std::optional<std::size_t> keys_in(const ledger::ByteSource& section, ledger::Position position);
  // Reads a catalog from its sections. Returns nothing if the sections hold a catalog that no fold of the
  // events up to `position` could have made.
  static std::optional<Catalog> read_from(const Sections& sections, ledger::Position position,
                                          const HashKey& hash_key);

  // Returns the bytes of memory that key entries, their texts and the tables of keys hold.
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
  Withdrawals withdrawals_;  // in no digest of the state, because earlier versions did not have them
};

}  // namespace keyledger::projections
