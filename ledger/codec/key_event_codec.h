// Converts events about keys to their members in the schema, and back.
//
// Internal to ledger/codec/. Encoding ENSUREs the limits that decoding checks. Decoding throws CodecFailure,
// and lets Cap'n Proto's exceptions pass.
#pragma once

#include <cstddef>
#include <vector>

#include "ledger/codec/events.capnp.h"
#include "ledger/events.h"

namespace keyledger::ledger {

// Return the most Cap'n Proto words that the values add to a small event.
std::size_t words_of(const KeyDetails& details);
std::size_t words_of(const std::vector<Annotation>& annotations);
std::size_t words_of(const KeyDescribed& event);

void write_details(const KeyDetails& details, schema::KeyDetails::Builder out);
KeyDetails read_details(schema::KeyDetails::Reader in);

void write_body(const KeyImported& event, schema::KeyImported::Builder out);
KeyImported read_body(schema::KeyImported::Reader in);

void write_body(const KeyDescribed& event, schema::KeyDescribed::Builder out);
KeyDescribed read_body(schema::KeyDescribed::Reader in);

void write_body(const KeyAnnotated& event, schema::KeyAnnotated::Builder out);
KeyAnnotated read_body(schema::KeyAnnotated::Reader in);

void write_body(const KeyExpiryChanged& event, schema::KeyExpiryChanged::Builder out);
KeyExpiryChanged read_body(schema::KeyExpiryChanged::Reader in);

void write_body(const KeyRotated& event, schema::KeyRotated::Builder out);
KeyRotated read_body(schema::KeyRotated::Reader in);

void write_body(const KeyLimitChanged& event, schema::KeyLimitChanged::Builder out);
KeyLimitChanged read_body(schema::KeyLimitChanged::Reader in);

void write_body(const KeyAllowListChanged& event, schema::KeyAllowListChanged::Builder out);
KeyAllowListChanged read_body(schema::KeyAllowListChanged::Reader in);

}  // namespace keyledger::ledger
