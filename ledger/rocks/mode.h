// RocksMode: the way a program opens the database of a ledger. A value.
#pragma once

#include <cstdint>

namespace keyledger::ledger {

// With kRead, a program reads the ledger as of the moment of opening, with or without a writer beside, and
// changes and creates nothing. With kRepair, families of indexes may be missing, and are made again.
enum class RocksMode : std::uint8_t { kCreate, kWrite, kRead, kRepair };

}  // namespace keyledger::ledger
