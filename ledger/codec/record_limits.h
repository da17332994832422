// The version of events and the limits of a record, as all codecs of this folder apply them.
//
// Decoding enforces the limits of every record, and encoding ENSUREs them. Appending enforces the smaller
// limits of new records.
#pragma once

#include <cstddef>
#include <cstdint>

namespace keyledger::ledger {

constexpr std::uint16_t kEventVersion = 1;

// Limits of every record. Old logs have records up to these sizes.
constexpr std::size_t kRecordBytesMax = std::size_t{16} << 20;
constexpr std::size_t kUsesPerBlockMax = 65'536;
constexpr std::size_t kEventsPerRecordMax = 4'096;

// Limits of new records (docs/decisions/0024). An entry of an outside log format, and a message of a
// replicated log, hold no more bytes.
constexpr std::size_t kNewRecordBytesMax = 65'535;
// A block of this many uses always fits into a new record. A use takes at most 50 bytes, even with an address
// and a client of its own: 10 bytes for the time, 5 for the key, 3 + 4 for the client, 3 + 24 for the
// address, and 1 for the reason.
constexpr std::size_t kUsesPerNewBlockMax = 1'280;

}  // namespace keyledger::ledger
