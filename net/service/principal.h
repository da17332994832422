// Principal: the person or program behind a request. Each call of the service has a principal as its first
// parameter.
//
// A protocol makes the principal when a connection begins, from the operating system's or the network's word
// about the other end. No call decides by the principal yet: a command only records the actor and the origin
// with its events. A plain value; any thread.
#pragma once

#include "ledger/record.h"

namespace keyledger::net {

struct Principal {
  ledger::Actor actor;
  ledger::Origin origin;

  friend bool operator==(const Principal&, const Principal&) = default;
};

}  // namespace keyledger::net
