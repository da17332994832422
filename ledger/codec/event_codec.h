// One event to its union member in the schema and back.
//
// Internal to the codec. Encoding ENSUREs what decoding checks; decoding throws CodecFailure, and lets Cap'n
// Proto's exceptions pass.
#pragma once

#include <cstddef>

#include "ledger/codec/events.capnp.h"
#include "ledger/codec/use_block_codec.h"
#include "ledger/events.h"

namespace keyledger::ledger {

// The words of Cap'n Proto that the event takes at most; for a block of uses, nearly always enough.
std::size_t estimated_words(const Event& event);

void write_event(const Event& event, ColumnScratch& columns, schema::Event::Builder out);
Event read_event(schema::Event::Reader in);

// Text and bytes between their types and Cap'n Proto's.
::capnp::Text::Reader text_of(const std::string& text);
std::string string_of(::capnp::Text::Reader text);
::capnp::Data::Reader data_of(std::string_view bytes);
std::optional<Address> address_of(::capnp::Data::Reader bytes);

}  // namespace keyledger::ledger
