// Sockets of a load generator: as few calls as there can be.
#pragma once

#include "ledger/host/file_descriptor.h"
#include "ledger/values/error.h"
#include "net/endpoint.h"

namespace keyledger::tools::load {

// A connection that does not block, without Nagle's delay; TCP to an IPv4 address. kCannotConnect.
ledger::Result<ledger::FileDescriptor> open_connection(const net::Endpoint& endpoint);

// As many open files as this process may have.
void raise_descriptor_limit();

}  // namespace keyledger::tools::load
