// Converts events to union members of the schema, and back.
//
// Internal to ledger/codec/. Encoding ENSUREs what decoding checks; decoding throws CodecFailure, and lets
// Cap'n Proto's exceptions pass.
#pragma once

#include <cstddef>

#include "ledger/codec/events.capnp.h"
#include "ledger/codec/use_block_codec.h"
#include "ledger/events.h"

namespace keyledger::ledger {

// Returns the most Cap'n Proto words that the event takes. For a block of uses, the number is an estimate,
// and nearly always enough.
std::size_t estimated_words(const Event& event);

void write_event(const Event& event, ColumnScratch& columns, schema::Event::Builder out);
Event read_event(schema::Event::Reader in);

}  // namespace keyledger::ledger
