// The commands: everything a ledger can be asked to do. Names are in the imperative.
//
// Commands name entities by text, and the decision looks the names up: an account by its number, a user by
// username, a key by key_id, NAME or OWNER/NAME, a client by client_id, NAME or ACCOUNT/NAME. Entities found
// by the ledger are given as numbers. Ids, digests and times from outside are in the command, because
// deciding must be pure. No command holds a secret. An absent optional field changes nothing.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "commands/difference.h"
#include "ledger/events.h"

namespace keyledger::commands {

// ---- Accounts, users, clients ----

struct OpenAccount {
  std::string number;  // empty, or Smarter's default of nines: `new_number` is taken
  std::string name;
  ledger::AccountNumber new_number;

  friend bool operator==(const OpenAccount&, const OpenAccount&) = default;
};
struct RenameAccount {
  std::string account;
  std::string name;

  friend bool operator==(const RenameAccount&, const RenameAccount&) = default;
};
struct CloseAccount {
  std::string account;

  friend bool operator==(const CloseAccount&, const CloseAccount&) = default;
};

struct RegisterUser {
  std::string account;
  std::string username;
  ledger::StaffFlag staff{};

  friend bool operator==(const RegisterUser&, const RegisterUser&) = default;
};
struct SetUser {
  std::string username;
  std::optional<ledger::StaffFlag> staff;
  std::optional<ledger::ActiveFlag> active;
  std::vector<std::string> join;   // accounts
  std::vector<std::string> leave;  // accounts

  friend bool operator==(const SetUser&, const SetUser&) = default;
};
struct RemoveUser {
  std::string username;

  friend bool operator==(const RemoveUser&, const RemoveUser&) = default;
};

struct RegisterClient {
  std::string account;
  std::string name;
  ledger::ClientId new_client_id;

  friend bool operator==(const RegisterClient&, const RegisterClient&) = default;
};
struct RenameClient {
  std::string client;
  std::string name;

  friend bool operator==(const RenameClient&, const RenameClient&) = default;
};
struct OpenClientToPublic {
  std::string client;

  friend bool operator==(const OpenClientToPublic&, const OpenClientToPublic&) = default;
};
struct CloseClientToPublic {
  std::string client;

  friend bool operator==(const CloseClientToPublic&, const CloseClientToPublic&) = default;
};
struct RemoveClient {
  std::string client;

  friend bool operator==(const RemoveClient&, const RemoveClient&) = default;
};

// ---- Keys ----

struct CreateKey {
  std::string account;
  std::string username;
  std::string name;
  std::string description;
  std::vector<std::string> tags;
  std::vector<ledger::Annotation> annotations;
  std::optional<ledger::Timestamp> expiry;
  ledger::ActiveFlag active = ledger::ActiveFlag::kActive;
  std::optional<ledger::RateLimit> limit;
  std::vector<ledger::AddressRange> allow;
  ledger::KeyId new_key_id;
  ledger::KeyDigest digest;

  friend bool operator==(const CreateKey&, const CreateKey&) = default;
};

// Changes the given fields in one step, and leaves the others. In an optional of an optional, an empty inner
// value removes the expiry or the limit.
struct EditKey {
  std::string key;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::vector<std::string>> tags;
  std::optional<std::vector<ledger::Annotation>> annotations;
  std::optional<std::optional<ledger::Timestamp>> expiry;
  std::optional<ledger::ActiveFlag> active;
  std::optional<std::optional<ledger::RateLimit>> limit;
  std::optional<std::vector<ledger::AddressRange>> allow;

  friend bool operator==(const EditKey&, const EditKey&) = default;
};

// Gives the key a new secret; the secret before works for `grace` microseconds more.
struct RotateKey {
  std::string key;
  std::int64_t grace = 0;
  ledger::KeyDigest digest;

  friend bool operator==(const RotateKey&, const RotateKey&) = default;
};

struct ActivateKey {
  std::string key;

  friend bool operator==(const ActivateKey&, const ActivateKey&) = default;
};
struct DeactivateKey {
  std::string key;

  friend bool operator==(const DeactivateKey&, const DeactivateKey&) = default;
};
struct ToggleKey {
  std::string key;

  friend bool operator==(const ToggleKey&, const ToggleKey&) = default;
};
struct DeleteKey {
  std::string key;

  friend bool operator==(const DeleteKey&, const DeleteKey&) = default;
};

// Keep or remove the client's other assignments.
enum class OtherKeys : std::uint8_t { kKeep = 0, kUnassign = 1 };

struct AssignKey {
  std::string key;
  std::string client;
  OtherKeys others = OtherKeys::kKeep;

  friend bool operator==(const AssignKey&, const AssignKey&) = default;
};
struct UnassignKey {
  std::string key;
  std::string client;

  friend bool operator==(const UnassignKey&, const UnassignKey&) = default;
};

// Auto refresh: moves the expiries of used keys. Each key is given with the expiry of the judging state; a
// key whose expiry has changed since then is left alone. Only the ledger sends this command.
struct RefreshKeys {
  struct Used {
    ledger::KeyNumber key;
    ledger::Timestamp judged_expiry;
    ledger::Timestamp time;

    friend bool operator==(const Used&, const Used&) = default;
  };
  std::vector<Used> used;

  friend bool operator==(const RefreshKeys&, const RefreshKeys&) = default;
};

// ---- The ledger ----

struct ChangePolicy {
  std::optional<std::uint32_t> max_lifetime_days;
  std::optional<ledger::LifetimeRule> lifetime_rule;
  std::optional<std::uint32_t> keys_per_user;
  std::optional<std::int64_t> refresh_ttl;
  std::optional<std::int64_t> refresh_interval;
  std::optional<std::int64_t> refresh_max;

  friend bool operator==(const ChangePolicy&, const ChangePolicy&) = default;
};

// ---- Imports ----

enum class ClosedFlag : std::uint8_t { kOpen = 0, kClosed = 1 };
enum class RemovedFlag : std::uint8_t { kPresent = 0, kRemoved = 1 };
// kOpened: public even after keys are assigned.
enum class AccessRule : std::uint8_t { kPublic = 0, kRequiresKey = 1, kOpened = 2 };

struct ImportedAccount {
  std::string number;
  std::string name;
  ClosedFlag closed{};  // closed after everything else of this import

  friend bool operator==(const ImportedAccount&, const ImportedAccount&) = default;
};

struct ImportedUser {
  std::string username;
  ledger::StaffFlag staff{};
  ledger::ActiveFlag active{};
  std::vector<std::string> accounts;  // empty: the import's account, if there is one
  RemovedFlag removed{};

  friend bool operator==(const ImportedUser&, const ImportedUser&) = default;
};

struct ImportedClient {
  std::string account;
  std::string name;
  AccessRule rule{};        // public: until a key is assigned to it
  ledger::ClientId own_id;  // nil: `new_client_id` is taken
  ledger::ClientId new_client_id;

  friend bool operator==(const ImportedClient&, const ImportedClient&) = default;
};

struct ImportedKey {
  std::string username;   // of the owner, one of the users
  std::string base_name;  // "knox5_20251011"; the decision makes it unique among the owner's keys
  ledger::KeyDigest digest;
  ledger::Timestamp created;
  std::optional<ledger::Timestamp> expiry;
  ledger::ActiveFlag active{};
  ledger::KeyId new_key_id;  // taken if the digest is new to the ledger and `own_id` is nil
  std::string account;       // empty: the import's account
  ledger::KeyId own_id;      // nil: `new_key_id` is taken
  std::string description;
  std::vector<std::string> tags;
  std::vector<ledger::Annotation> annotations;
  std::optional<ledger::Timestamp> last_used;
  RemovedFlag deleted{};
  std::optional<ledger::RateLimit> limit;
  std::vector<ledger::AddressRange> allow;
  std::vector<std::string> clients;  // assigned ones, by names in the key's account

  // Later digests, by rotation, each with the end of the grace of the digest before.
  struct Rotation {
    ledger::KeyDigest digest;
    std::optional<ledger::Timestamp> grace_until;

    friend bool operator==(const Rotation&, const Rotation&) = default;
  };
  std::vector<Rotation> rotations;

  friend bool operator==(const ImportedKey&, const ImportedKey&) = default;
};

// Where an import comes from decides what is taken over and reported (docs/decisions/0028).
//   kUnsaid   a caller that does not know the report: known users with other flags are refused, and all else
//             that is known is left without a report
//   kDump     a dump of a platform: all of the accounts that the dump uses
//   kRecords  records of an export
enum class ImportOrigin : std::uint8_t { kUnsaid = 0, kDump = 1, kRecords = 2 };

// kCompare: only reports what kApply would leave. Appends nothing.
enum class ImportMode : std::uint8_t { kApply = 0, kCompare = 1 };

// Adds all entities or none. Entities that the ledger holds already are left as they are, unless `take` names
// the class of a difference.
struct ImportKeys {
  std::string account;  // number; opened if missing and needed; empty: every object names an account
  std::vector<ImportedUser> users;
  std::vector<ImportedKey> keys;
  std::vector<ImportedAccount> accounts;
  std::vector<ImportedClient> clients;
  ImportOrigin origin = ImportOrigin::kUnsaid;
  ImportMode mode = ImportMode::kApply;
  DifferenceSet take = {};
  std::optional<ledger::Policy> policy = {};  // kRecords

  friend bool operator==(const ImportKeys&, const ImportKeys&) = default;
};

using Command =
    std::variant<OpenAccount, RenameAccount, CloseAccount, RegisterUser, SetUser, RemoveUser, RegisterClient,
                 RenameClient, OpenClientToPublic, CloseClientToPublic, RemoveClient, CreateKey, EditKey,
                 RotateKey, ActivateKey, DeactivateKey, ToggleKey, DeleteKey, AssignKey, UnassignKey,
                 RefreshKeys, ChangePolicy, ImportKeys>;

}  // namespace keyledger::commands
