// Record: the unit of the log, all of which is durable or none.
//
// It holds the events of one command, or one block of uses. An import with very many events is several
// records, all of which are appended or none. Plain value.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ledger/events.h"
#include "ledger/merkle.h"

namespace keyledger::ledger {

// Who did it.
struct OperatorActor {
  std::string name;  // "uid:1000", "tcp", or a name that was given

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

// From where it was done: this process, a Unix user on this machine, or an address.
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
  std::uint64_t index = 0;  // its leaf in the Merkle tree, from 0
  Position position;        // of its first event
  Timestamp time;           // never before that of the record before it
  Actor actor;
  Origin origin;
  std::string idempotency_id;          // of the command; empty: none was given
  std::optional<Hash> command_digest;  // with an idempotency id: SHA-256 of the command, to know it again
  std::string reason;                  // given by the operator; may be empty
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
