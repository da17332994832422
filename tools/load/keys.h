// Makes keys for a load.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "ledger/values/error.h"
#include "ledger/values/timestamp.h"
#include "net/endpoint.h"

namespace keyledger::tools::load {

enum class KeySource : std::uint8_t {
  kCreate,  // createKey, each of which is durable before its answer
  kImport,  // tokens drawn here, and importKeys of many at once: quick
};

struct KeysPlan {
  net::Endpoint endpoint;
  KeySource source = KeySource::kCreate;
  std::size_t count = 10'000;
  std::size_t in_flight = 256;  // commands
  std::size_t users = 1;        // who own them, in turn
  std::size_t clients = 0;      // that they are assigned to, in turn; 0: to none
  std::string name = "key";     // of each, with a number behind it
  // The keys of one import. An import is a single decision, and no other command is decided meanwhile.
  std::size_t keys_per_import = 50'000;
};

// Opens account 0000-0000-0001 with users and clients, unless they exist, makes the keys, and writes one
// token a line in the order of the keys' numbers. Returns the seconds for the keys alone, without the time
// for users, clients and the assignments that creation needs. kCannotConnect, kDisconnected, kProtocol with
// the refusal, kRandomness, kWriteFailed.
ledger::Result<double> make_keys(const KeysPlan& plan, const ledger::Clock& clock, std::ostream& tokens);

}  // namespace keyledger::tools::load
