// The events: facts, in the past tense, from which every state is folded.
//
// A new event is a struct here, a union member in events.capnp, a case in event_codec.cpp, an `apply` in each
// fold, and a section in docs/events.md. The visitors have no catch-all, so the compiler finds the other
// places. Plain values. No event holds a secret or a part of a secret.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ledger/values/account_number.h"
#include "ledger/values/address.h"
#include "ledger/values/address_range.h"
#include "ledger/values/entity_ids.h"
#include "ledger/values/key_digest.h"
#include "ledger/values/policy.h"
#include "ledger/values/position.h"
#include "ledger/values/rate_limit.h"
#include "ledger/values/timestamp.h"
#include "ledger/values/verdict_reason.h"

namespace keyledger::ledger {

enum class StaffFlag : std::uint8_t { kNotStaff = 0, kStaff = 1 };
enum class ActiveFlag : std::uint8_t { kInactive = 0, kActive = 1 };

struct AccountOpened {
  AccountNumber account;
  std::string name;

  friend bool operator==(const AccountOpened&, const AccountOpened&) = default;
};

struct AccountRenamed {
  AccountNumber account;
  std::string name;

  friend bool operator==(const AccountRenamed&, const AccountRenamed&) = default;
};

// Closed forever: no key of the account is accepted any more.
struct AccountClosed {
  AccountNumber account;

  friend bool operator==(const AccountClosed&, const AccountClosed&) = default;
};

struct UserRegistered {
  UserNumber user;
  std::string username;
  StaffFlag staff{};
  ActiveFlag active{};

  friend bool operator==(const UserRegistered&, const UserRegistered&) = default;
};

struct UserJoinedAccount {
  UserNumber user;
  AccountNumber account;

  friend bool operator==(const UserJoinedAccount&, const UserJoinedAccount&) = default;
};

struct UserStaffChanged {
  UserNumber user;
  StaffFlag staff{};

  friend bool operator==(const UserStaffChanged&, const UserStaffChanged&) = default;
};

struct UserActiveChanged {
  UserNumber user;
  ActiveFlag active{};

  friend bool operator==(const UserActiveChanged&, const UserActiveChanged&) = default;
};

struct UserLeftAccount {
  UserNumber user;
  AccountNumber account;

  friend bool operator==(const UserLeftAccount&, const UserLeftAccount&) = default;
};

// Removed forever: the user's keys are not accepted any more, and the username stays taken.
struct UserRemoved {
  UserNumber user;

  friend bool operator==(const UserRemoved&, const UserRemoved&) = default;
};

struct ClientRegistered {
  ClientNumber client;
  ClientId client_id;
  AccountNumber account;
  std::string name;

  friend bool operator==(const ClientRegistered&, const ClientRegistered&) = default;
};

struct ClientRenamed {
  ClientNumber client;
  std::string name;

  friend bool operator==(const ClientRenamed&, const ClientRenamed&) = default;
};

// The client answers without a token, even with keys assigned, until closed to the public or assigned another
// key.
struct ClientOpenedToPublic {
  ClientNumber client;

  friend bool operator==(const ClientOpenedToPublic&, const ClientOpenedToPublic&) = default;
};

struct ClientClosedToPublic {
  ClientNumber client;

  friend bool operator==(const ClientClosedToPublic&, const ClientClosedToPublic&) = default;
};

// Removed forever, with all assignments; the name is free again.
struct ClientRemoved {
  ClientNumber client;

  friend bool operator==(const ClientRemoved&, const ClientRemoved&) = default;
};

// An operator's note on a key, beside the tags: a name and a text. No two annotations of a key have equal
// names.
struct Annotation {
  std::string name;
  std::string value;

  friend bool operator==(const Annotation&, const Annotation&) = default;
};

// The properties of a key at its beginning, created or imported.
struct KeyDetails {
  KeyNumber key;
  KeyId key_id;
  UserNumber owner;
  AccountNumber account;
  std::string name;
  std::string description;
  std::vector<std::string> tags;
  KeyDigest digest;
  Timestamp created;
  std::optional<Timestamp> expiry;  // none: the key never expires

  friend bool operator==(const KeyDetails&, const KeyDetails&) = default;
};

struct KeyCreated {
  KeyDetails details;

  friend bool operator==(const KeyCreated&, const KeyCreated&) = default;
};

struct KeyImported {
  KeyDetails details;
  ActiveFlag active{};
  std::optional<Timestamp> last_used;  // before the import; none: never used, or unknown

  friend bool operator==(const KeyImported&, const KeyImported&) = default;
};

struct KeyActivated {
  KeyNumber key;

  friend bool operator==(const KeyActivated&, const KeyActivated&) = default;
};

struct KeyDeactivated {
  KeyNumber key;

  friend bool operator==(const KeyDeactivated&, const KeyDeactivated&) = default;
};

struct KeyDeleted {
  KeyNumber key;

  friend bool operator==(const KeyDeleted&, const KeyDeleted&) = default;
};

struct KeyRenamed {
  KeyNumber key;
  std::string name;

  friend bool operator==(const KeyRenamed&, const KeyRenamed&) = default;
};

// The complete texts of a key, from now on. If the annotations are too many for one record, KeyAnnotated
// events add the others.
struct KeyDescribed {
  KeyNumber key;
  std::string description;
  std::vector<std::string> tags;
  std::vector<Annotation> annotations;

  friend bool operator==(const KeyDescribed&, const KeyDescribed&) = default;
};

// More annotations of a key, after a KeyDescribed of the same command, because an event must fit into one
// record.
struct KeyAnnotated {
  KeyNumber key;
  std::vector<Annotation> annotations;  // never empty

  friend bool operator==(const KeyAnnotated&, const KeyAnnotated&) = default;
};

enum class ExpiryCause : std::uint8_t { kCommand = 0, kUse = 1 };

struct KeyExpiryChanged {
  KeyNumber key;
  std::optional<Timestamp> expiry;  // none: the key never expires
  ExpiryCause cause{};              // kUse: auto refresh

  friend bool operator==(const KeyExpiryChanged&, const KeyExpiryChanged&) = default;
};

// A new secret for the same key.
struct KeyRotated {
  KeyNumber key;
  KeyDigest digest;                      // never knox-salted
  std::optional<Timestamp> grace_until;  // last moment of the previous digest; none: it ended at once

  friend bool operator==(const KeyRotated&, const KeyRotated&) = default;
};

// Earlier uses do not count against the new limit.
struct KeyLimitChanged {
  KeyNumber key;
  std::optional<RateLimit> limit;  // none: no limit

  friend bool operator==(const KeyLimitChanged&, const KeyLimitChanged&) = default;
};

struct KeyAllowListChanged {
  KeyNumber key;
  std::vector<AddressRange> ranges;  // empty: from any address

  friend bool operator==(const KeyAllowListChanged&, const KeyAllowListChanged&) = default;
};

struct KeyAssigned {
  KeyNumber key;
  ClientNumber client;

  friend bool operator==(const KeyAssigned&, const KeyAssigned&) = default;
};

struct KeyUnassigned {
  KeyNumber key;
  ClientNumber client;

  friend bool operator==(const KeyUnassigned&, const KeyUnassigned&) = default;
};

// One answered question. Its place in the block gives its position.
struct Use {
  Timestamp time;
  KeyNumber key;              // kNoKey: a public client answered without a key
  ClientNumber client;        // kNoClient: the question named no client, or an unknown client
  std::uint32_t address = 0;  // 0: unknown; otherwise 1 + index into the block's addresses
  VerdictReason reason = VerdictReason::kAllowed;

  friend bool operator==(const Use&, const Use&) = default;
};

// Uses in the order in which they were judged. Each use has its own position.
struct UseBlock {
  // The position of the state that judged the uses. Commands may have been appended between this position and
  // the block, but such commands were not yet durable: nobody could see them, and they did not affect the
  // uses.
  Position as_of;
  std::vector<Address> addresses;
  std::vector<Use> uses;  // never empty

  friend bool operator==(const UseBlock&, const UseBlock&) = default;
};

struct KeysUsed {
  UseBlock block;  // every reason is kAllowed

  friend bool operator==(const KeysUsed&, const KeysUsed&) = default;
};

struct UsesDenied {
  UseBlock block;  // no reason is kAllowed; every key is known

  friend bool operator==(const UsesDenied&, const UsesDenied&) = default;
};

// Refusals of unknown tokens, or of questions without a token. Refusals are only counted, because a stranger
// must not be able to fill the log.
struct UnknownTokenCount {
  VerdictReason reason{};
  std::optional<Address> address;  // none: unknown, or too many addresses to count each
  std::uint64_t count = 0;

  friend bool operator==(const UnknownTokenCount&, const UnknownTokenCount&) = default;
};

struct UnknownTokensRefused {
  Timestamp from;
  Timestamp to;
  std::vector<UnknownTokenCount> counts;

  friend bool operator==(const UnknownTokensRefused&, const UnknownTokensRefused&) = default;
};

// The complete policy, from now on.
struct PolicyChanged {
  Policy policy;

  friend bool operator==(const PolicyChanged&, const PolicyChanged&) = default;
};

// A command with an idempotency id that changed nothing, because nothing had to change. The record has the
// id, so that a repeated command is recognised. Changes no state.
struct CommandHadNoEffect {
  friend bool operator==(const CommandHadNoEffect&, const CommandHadNoEffect&) = default;
};

// In the order of the schema's union.
using Event =
    std::variant<AccountOpened, UserRegistered, UserJoinedAccount, ClientRegistered, KeyCreated, KeyImported,
                 KeyActivated, KeyDeactivated, KeyDeleted, KeyAssigned, KeyUnassigned, KeysUsed, UsesDenied,
                 UnknownTokensRefused, AccountRenamed, AccountClosed, UserStaffChanged, UserActiveChanged,
                 UserLeftAccount, UserRemoved, ClientRenamed, ClientOpenedToPublic, ClientClosedToPublic,
                 ClientRemoved, KeyRenamed, KeyDescribed, KeyExpiryChanged, KeyRotated, KeyLimitChanged,
                 KeyAllowListChanged, PolicyChanged, KeyAnnotated, CommandHadNoEffect>;

// Returns the event's name in docs, JSON and the schema, like "KeyCreated".
std::string_view name_of(const Event& event);

// Returns how many positions the event takes: one for each use of a block, otherwise one.
std::uint64_t positions_of(const Event& event);

// Returns the block of an event of uses; null for any other event.
const UseBlock* uses_of(const Event& event);

// Makes a single visitor from several lambdas.
template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace keyledger::ledger
