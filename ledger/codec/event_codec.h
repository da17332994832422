// Converts events to union members of the schema, and back.
//
// Internal to the codec. Encoding ENSUREs every condition that decoding checks. Decoding throws CodecFailure
// or an exception of Cap'n Proto.
#pragma once

#include <cstddef>

#include "ledger/codec/events.capnp.h"
#include "ledger/codec/use_block_codec.h"
#include "ledger/events.h"

namespace keyledger::ledger {

// Estimates the Cap'n Proto words that the event takes. The estimate is nearly always enough.
std::size_t estimated_words(const Event& event);

void write_event(const Event& event, ColumnScratch& columns, schema::Event::Builder out);
Event read_event(schema::Event::Reader in);

// Convert texts and bytes between their own types and Cap'n Proto's.
::capnp::Text::Reader text_of(const std::string& text);
std::string string_of(::capnp::Text::Reader text);
::capnp::Data::Reader data_of(std::string_view bytes);
std::optional<Address> address_of(::capnp::Data::Reader bytes);

}  // namespace keyledger::ledger
