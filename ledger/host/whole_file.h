// Reads a whole file named on the command line, or a whole stream.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>

#include "ledger/values/error.h"

namespace keyledger::ledger {

// Reads a file, a pipe or a device to its end. Fails with kCannotRead and the system's reason. Because the
// content may be sensitive, the caller must cleanse the text; no other copy is left behind.
Result<std::string> read_whole_file(const std::string& name);

// Reads a stream to its end in the same way. Fails with kInputInvalid, under the given name, if the stream
// has more than `bytes_max` bytes.
Result<std::string> read_whole_stream(std::istream& in, std::string_view name, std::size_t bytes_max);

}  // namespace keyledger::ledger
