// The version of events and the limits of a record, as all codecs of this folder apply them.
//
// Decoding enforces the limits, and encoding ENSUREs them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace keyledger::ledger {

constexpr std::uint16_t kEventVersion = 1;

constexpr std::size_t kRecordBytesMax = std::size_t{16} << 20;
constexpr std::size_t kUsesPerBlockMax = 65'536;
constexpr std::size_t kEventsPerRecordMax = 4'096;

}  // namespace keyledger::ledger
