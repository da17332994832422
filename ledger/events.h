// The events: facts, in the past tense, from which every state is folded.
//
// A new event is one struct here, one union member in events.capnp, one case in event_codec.cpp, one `apply`
// in each fold, one section in docs/events.md; the visitors have no catch-all, so the compiler finds the
// rest. Plain values. No event holds a secret or a part of one.
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

// For ever: nothing of it is let in any more.
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

// For ever: the keys of the user let nobody in any more, and the username stays taken.
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

// It answers without a token, whatever is assigned to it, until it is closed or assigned a key again.
struct ClientOpenedToPublic {
  ClientNumber client;

  friend bool operator==(const ClientOpenedToPublic&, const ClientOpenedToPublic&) = default;
};

struct ClientClosedToPublic {
  ClientNumber client;

  friend bool operator==(const ClientClosedToPublic&, const ClientClosedToPublic&) = default;
};

// For ever, and its assignments with it; its name is free again.
struct ClientRemoved {
  ClientNumber client;

  friend bool operator==(const ClientRemoved&, const ClientRemoved&) = default;
};

// What an operator notes of a key, beside its tags: a name and a text. Names are unique in a key.
struct Annotation {
  std::string name;
  std::string value;

  friend bool operator==(const Annotation&, const Annotation&) = default;
};

// What a key is from its first moment, made or imported.
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
  std::optional<Timestamp> expiry;  // none: never

  friend bool operator==(const KeyDetails&, const KeyDetails&) = default;
};

struct KeyCreated {
  KeyDetails details;

  friend bool operator==(const KeyCreated&, const KeyCreated&) = default;
};

struct KeyImported {
  KeyDetails details;
  ActiveFlag active{};
  std::optional<Timestamp> last_used;  // before it came here; none: never, or not known

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

// The whole of what is said of a key, as it is from now on. If the annotations are too many for one record,
// KeyAnnotated brings the others.
struct KeyDescribed {
  KeyNumber key;
  std::string description;
  std::vector<std::string> tags;
  std::vector<Annotation> annotations;

  friend bool operator==(const KeyDescribed&, const KeyDescribed&) = default;
};

// More annotations of a key, after those that KeyDescribed gave in the same command: one event must fit into
// a record.
struct KeyAnnotated {
  KeyNumber key;
  std::vector<Annotation> annotations;  // never empty

  friend bool operator==(const KeyAnnotated&, const KeyAnnotated&) = default;
};

enum class ExpiryCause : std::uint8_t { kCommand = 0, kUse = 1 };

struct KeyExpiryChanged {
  KeyNumber key;
  std::optional<Timestamp> expiry;  // none: never
  ExpiryCause cause{};              // kUse: by auto refresh

  friend bool operator==(const KeyExpiryChanged&, const KeyExpiryChanged&) = default;
};

// A new secret for the same key.
struct KeyRotated {
  KeyNumber key;
  KeyDigest digest;                      // never knox-salted
  std::optional<Timestamp> grace_until;  // the last moment of the digest before it; none: it ended at once

  friend bool operator==(const KeyRotated&, const KeyRotated&) = default;
};

// Uses before it count no more.
struct KeyLimitChanged {
  KeyNumber key;
  std::optional<RateLimit> limit;  // none: as often as one likes

  friend bool operator==(const KeyLimitChanged&, const KeyLimitChanged&) = default;
};

struct KeyAllowListChanged {
  KeyNumber key;
  std::vector<AddressRange> ranges;  // empty: from anywhere

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

// One question that was answered. In a block its place gives its position.
struct Use {
  Timestamp time;
  KeyNumber key;              // kNoKey: nobody presented one and the client is public
  ClientNumber client;        // kNoClient: the question named none (or none that exists)
  std::uint32_t address = 0;  // 0: not known; else 1 + index into the block's addresses
  VerdictReason reason = VerdictReason::kAllowed;

  friend bool operator==(const Use&, const Use&) = default;
};

// Uses in the order in which they were judged; each has a position of its own.
struct UseBlock {
  // The position of the state that judged them. Commands may have been appended between it and the block:
  // they were not yet durable, so nothing could see them, and they did not judge these uses.
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

// Refusals of tokens that belong to no key, or of no token at all: counted, because a stranger must not be
// able to fill the log.
struct UnknownTokenCount {
  VerdictReason reason{};
  std::optional<Address> address;  // none: not known, or one of too many to tell apart
  std::uint64_t count = 0;

  friend bool operator==(const UnknownTokenCount&, const UnknownTokenCount&) = default;
};

struct UnknownTokensRefused {
  Timestamp from;
  Timestamp to;
  std::vector<UnknownTokenCount> counts;

  friend bool operator==(const UnknownTokensRefused&, const UnknownTokensRefused&) = default;
};

// The whole policy, as it is from now on.
struct PolicyChanged {
  Policy policy;

  friend bool operator==(const PolicyChanged&, const PolicyChanged&) = default;
};

// A command with an idempotency id that changed nothing, because what it asked for was so already. Its record
// bears the id, so that the command is known again; no state is changed by it.
struct CommandHadNoEffect {
  friend bool operator==(const CommandHadNoEffect&, const CommandHadNoEffect&) = default;
};

// The order is that of the schema's union.
using Event =
    std::variant<AccountOpened, UserRegistered, UserJoinedAccount, ClientRegistered, KeyCreated, KeyImported,
                 KeyActivated, KeyDeactivated, KeyDeleted, KeyAssigned, KeyUnassigned, KeysUsed, UsesDenied,
                 UnknownTokensRefused, AccountRenamed, AccountClosed, UserStaffChanged, UserActiveChanged,
                 UserLeftAccount, UserRemoved, ClientRenamed, ClientOpenedToPublic, ClientClosedToPublic,
                 ClientRemoved, KeyRenamed, KeyDescribed, KeyExpiryChanged, KeyRotated, KeyLimitChanged,
                 KeyAllowListChanged, PolicyChanged, KeyAnnotated, CommandHadNoEffect>;

// "KeyCreated" and so on: the name in docs, JSON and the schema.
std::string_view name_of(const Event& event);

// How many positions the event takes: one, or one for each use of a block.
std::uint64_t positions_of(const Event& event);

// The block of an event of uses; null for any other.
const UseBlock* uses_of(const Event& event);

// One visitor from several lambdas.
template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace keyledger::ledger
