// Converts commands between RunCommand and net/wire/wire.capnp. Internal to net/wire/. A wrong field throws
// kj::Exception, and read_frame() turns the exception into kProtocol.
#pragma once

#include "net/service/messages.h"
#include "net/wire/wire.capnp.h"

namespace keyledger::net {

void encode_command(const RunCommand& run, wire::Command::Builder out);
RunCommand decode_command(wire::Command::Reader in);

// Imports have a codec in a file of their own.
void encode_import(const commands::ImportKeys& import, wire::ImportKeys::Builder out);
commands::ImportKeys decode_import(wire::ImportKeys::Reader in);

}  // namespace keyledger::net
