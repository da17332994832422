// Rows: the fields that lists, states and histories show of an entity. Plain values with stable field names;
// the wire and the command line carry rows unchanged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ledger/values/timestamp.h"
#include "projections/access.h"
#include "projections/catalog.h"

namespace keyledger::projections {

struct AccountRow {
  std::string account;  // "dddd-dddd-dddd"
  std::string name;
  ledger::Timestamp opened;
  std::uint64_t users = 0;
  std::uint64_t clients = 0;
  std::uint64_t keys = 0;  // deleted keys included
  bool closed = false;

  friend bool operator==(const AccountRow&, const AccountRow&) = default;
};

struct UserRow {
  std::string username;
  bool staff = false;
  bool active = false;
  ledger::Timestamp registered;
  std::vector<std::string> accounts;
  std::uint64_t keys = 0;
  bool removed = false;

  friend bool operator==(const UserRow&, const UserRow&) = default;
};

struct ClientRow {
  std::string client_id;
  std::string account;
  std::string name;
  ledger::Timestamp registered;
  bool requires_key = false;
  std::uint64_t assigned_keys = 0;
  std::uint64_t active_keys = 0;
  Usage usage;
  bool removed = false;

  friend bool operator==(const ClientRow&, const ClientRow&) = default;
};

// The status of a key at a moment: the first status that applies.
enum class KeyStatus : std::uint8_t {
  kDeleted = 0,
  kExpired = 1,
  kInactive = 2,
  kOwnerInactive = 3,
  kActive = 4,
  kAccountClosed = 5,
  kOwnerLeft = 6,  // the owner is no longer a member of the key's account
};

constexpr std::size_t kKeyStatuses = 7;

std::string_view name_of(KeyStatus status);

// A digest that leads to a key, and the last moment of the grace of the digest before; nothing if that grace
// ended at once.
struct DigestOfKey {
  ledger::KeyDigest digest;
  std::optional<ledger::Timestamp> grace_until;

  friend bool operator==(const DigestOfKey&, const DigestOfKey&) = default;
};

struct KeyRow {
  std::string key_id;
  std::string name;
  std::string description;
  std::vector<std::string> tags;
  std::string owner;
  std::string account;
  std::string scheme;
  std::string identifier;  // "****" and four digits of the digest
  ledger::Timestamp created;
  std::optional<ledger::Timestamp> expiry;
  KeyStatus status{};
  bool imported = false;
  std::uint64_t version = 0;
  std::vector<std::string> clients;  // names of the assigned clients
  Usage usage;
  std::vector<ledger::Annotation> annotations;
  std::optional<ledger::RateLimit> limit;
  std::vector<ledger::AddressRange> allow;  // empty: from any address
  // The flag alone; `status` also considers expiry, owner and account.
  bool active = false;
  bool deleted = false;
  // The last moment of the previous secret, while it still works.
  std::optional<ledger::Timestamp> grace_until;
  std::vector<DigestOfKey> digests;  // oldest first; only in exports

  friend bool operator==(const KeyRow&, const KeyRow&) = default;
};

struct PolicyRow {
  ledger::Policy policy;

  friend bool operator==(const PolicyRow&, const PolicyRow&) = default;
};

using Row = std::variant<AccountRow, UserRow, ClientRow, KeyRow, PolicyRow>;

enum class RowKind : std::uint8_t { kAccounts = 0, kUsers = 1, kClients = 2, kKeys = 3, kPolicy = 4 };

// Whether rows of keys include digests; only exports do.
enum class Digests : std::uint8_t { kLeaveOut = 0, kInclude = 1 };

// rows_in() returns the number of rows of a kind; row_of() makes the row of the entity at `place` in the
// catalog, from 0. complete() fills usage and fields that depend on the moment, because the catalog and the
// access state belong to different threads.
std::size_t rows_in(const Catalog& catalog, RowKind kind);
Row row_of(const Catalog& catalog, RowKind kind, std::size_t place);

// Fills usage, active counts and status. The access state must know the entity (ENSURE): the access state
// knows the entity once the position at which the row was made has been applied.
void complete(const Access& access, std::size_t place, ledger::Timestamp now, Row& row,
              Digests digests = Digests::kLeaveOut);

}  // namespace keyledger::projections
