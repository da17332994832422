// Record: the unit of the log. A record is durable as a whole or not at all.
//
// A record holds the events of a command, or a block of uses. An import with very many events becomes several
// records, and either all of these are appended or none. Plain value.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ledger/events.h"
#include "ledger/merkle.h"

namespace keyledger::ledger {

// The actor: the person, key or import behind the change.
struct OperatorActor {
  std::string name;  // "uid:1000", "tcp", or a given name

  friend bool operator==(const OperatorActor&, const OperatorActor&) = default;
};
struct KeyActor {
  KeyNumber key;

  friend bool operator==(const KeyActor&, const KeyActor&) = default;
};
struct ImportActor {
  std::string source;  // the names of the files

  friend bool operator==(const ImportActor&, const ImportActor&) = default;
};
struct SystemActor {
  friend bool operator==(const SystemActor&, const SystemActor&) = default;
};
using Actor = std::variant<SystemActor, OperatorActor, KeyActor, ImportActor>;

// The origin: this process, a Unix user on this machine, or an address.
struct LocalOrigin {
  friend bool operator==(const LocalOrigin&, const LocalOrigin&) = default;
};
struct UnixOrigin {
  std::uint32_t uid = 0;

  friend bool operator==(const UnixOrigin&, const UnixOrigin&) = default;
};
struct AddressOrigin {
  Address address;

  friend bool operator==(const AddressOrigin&, const AddressOrigin&) = default;
};
using Origin = std::variant<LocalOrigin, UnixOrigin, AddressOrigin>;

struct Record {
  std::uint64_t index = 0;  // leaf of the record in the Merkle tree, from 0
  Position position;        // position of the first event
  Timestamp time;           // never earlier than the time of the previous record
  Actor actor;
  Origin origin;
  std::string idempotency_id;          // given with the command; empty: none
  std::optional<Hash> command_digest;  // with an idempotency id: SHA-256 of the command, to recognise a retry
  std::string reason;                  // the operator's reason; may be empty
  std::vector<Event> events;           // never empty

  friend bool operator==(const Record&, const Record&) = default;
};

inline std::uint64_t positions_of(const Record& record) {
  std::uint64_t count = 0;
  for (const Event& event : record.events) count += positions_of(event);
  return count;
}

inline Position last_position_of(const Record& record) {
  return Position{record.position.value() + positions_of(record) - 1};
}

}  // namespace keyledger::ledger
