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

#include "ledger/account_number.h"
#include "ledger/address.h"
#include "ledger/entity_ids.h"
#include "ledger/key_digest.h"
#include "ledger/position.h"
#include "ledger/timestamp.h"
#include "ledger/verdict_reason.h"

namespace keyledger::ledger {

enum class StaffFlag : std::uint8_t { kNotStaff = 0, kStaff = 1 };
enum class ActiveFlag : std::uint8_t { kInactive = 0, kActive = 1 };

struct AccountOpened {
  AccountNumber account;
  std::string name;

  friend bool operator==(const AccountOpened&, const AccountOpened&) = default;
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

struct ClientRegistered {
  ClientNumber client;
  ClientId client_id;
  AccountNumber account;
  std::string name;

  friend bool operator==(const ClientRegistered&, const ClientRegistered&) = default;
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

using Event = std::variant<AccountOpened, UserRegistered, UserJoinedAccount, ClientRegistered, KeyCreated,
                           KeyImported, KeyActivated, KeyDeactivated, KeyDeleted, KeyAssigned, KeyUnassigned,
                           KeysUsed, UsesDenied, UnknownTokensRefused>;

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
