// Sockets of a load generator, with as few system calls as possible.
#pragma once

#include "ledger/host/file_descriptor.h"
#include "ledger/values/error.h"
#include "net/endpoint.h"

namespace keyledger::tools::load {

// Opens a connection that does not block and has no Nagle's delay; for TCP, to an IPv4 address.
// kCannotConnect.
ledger::Result<ledger::FileDescriptor> open_connection(const net::Endpoint& endpoint);

// Lets this process have as many open files as the system allows.
void raise_descriptor_limit();

}  // namespace keyledger::tools::load
