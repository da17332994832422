// RocksMode: the way a program opens the database of a ledger. A value.
#pragma once

#include <cstdint>

namespace keyledger::ledger {

// With kRead, a program reads the ledger as of the moment of opening, with or without a writer beside, and
// changes and creates nothing.
enum class RocksMode : std::uint8_t { kCreate, kWrite, kRead };

}  // namespace keyledger::ledger
