// Converts blocks of uses to columns, and back. Speed and small output matter here.
//
// Internal to ledger/codec/. Encoding ENSUREs what decoding checks; decoding throws CodecFailure, and lets
// Cap'n Proto's exceptions pass.
#pragma once

#include <cstdint>
#include <vector>

#include "ledger/codec/events.capnp.h"
#include "ledger/events.h"

namespace keyledger::ledger {

enum class BlockKind : std::uint8_t { kUsed, kDenied };

// Estimates the Cap'n Proto words that the block takes. The estimate is nearly always large enough.
std::size_t estimated_words(const UseBlock& block);

// Room for the columns of a block and the dictionary of clients during encoding. Kept from block to block.
struct ColumnScratch {
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint32_t> slots;
  std::vector<std::uint32_t> numbers;
};

void write_block(const UseBlock& block, BlockKind kind, ColumnScratch& scratch,
                 schema::UseBlock::Builder out);
UseBlock read_block(schema::UseBlock::Reader in, BlockKind kind);

}  // namespace keyledger::ledger
