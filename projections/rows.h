// Rows: what lists, states and histories show of an entity. Plain values with stable field names; the wire
// and the command line carry them as they are.
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
  std::uint64_t keys = 0;  // deleted ones too
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

// What a key is at a moment: the first that applies.
enum class KeyStatus : std::uint8_t {
  kDeleted = 0,
  kExpired = 1,
  kInactive = 2,
  kOwnerInactive = 3,
  kActive = 4,
  kAccountClosed = 5,
  kOwnerLeft = 6,  // the owner is no member of the key's account any more
};

constexpr std::size_t kKeyStatuses = 7;

std::string_view name_of(KeyStatus status);

// A digest that leads to a key, and the last moment of the one before it: nothing if that ended at once.
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
  std::vector<std::string> clients;  // names of the clients it is assigned to
  Usage usage;
  std::vector<ledger::Annotation> annotations;
  std::optional<ledger::RateLimit> limit;
  std::vector<ledger::AddressRange> allow;  // empty: from anywhere
  bool active = false;                      // the flag; status says more
  bool deleted = false;
  std::optional<ledger::Timestamp> grace_until;  // of the secret before this one, as long as it works
  std::vector<DigestOfKey> digests;              // oldest first; only in exports

  friend bool operator==(const KeyRow&, const KeyRow&) = default;
};

struct PolicyRow {
  ledger::Policy policy;

  friend bool operator==(const PolicyRow&, const PolicyRow&) = default;
};

using Row = std::variant<AccountRow, UserRow, ClientRow, KeyRow, PolicyRow>;

enum class RowKind : std::uint8_t { kAccounts = 0, kUsers = 1, kClients = 2, kKeys = 3, kPolicy = 4 };

// Whether keys are shown with their digests: for exports only.
enum class Digests : std::uint8_t { kLeaveOut = 0, kInclude = 1 };

// Rows of entities by their place in the catalog, from 0. Usage and what depends on the moment is filled in
// by complete(), because the two halves of the live state belong to different threads.
std::size_t rows_in(const Catalog& catalog, RowKind kind);
Row row_of(const Catalog& catalog, RowKind kind, std::size_t place);

// Fills usage, active counts and status. The access state must know the entity (ENSURE): it does once the
// position at which the row was made has been applied.
void complete(const Access& access, std::size_t place, ledger::Timestamp now, Row& row,
              Digests digests = Digests::kLeaveOut);

}  // namespace keyledger::projections
