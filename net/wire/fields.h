// Converts fields of several messages between our types and Cap'n Proto's. Internal to net/wire/. A wrong
// field throws Rejected, and read_message() returns the failure.
#pragma once

#include <string>
#include <vector>

#include "ledger/events.h"
#include "net/wire/support.h"
#include "net/wire/wire.capnp.h"

namespace keyledger::net {

using TextList = capnp::List<capnp::Text>;
using AnnotationList = capnp::List<wire::Annotation>;

[[noreturn]] void reject(const ledger::Error& why);
[[noreturn]] void reject(const ledger::Refusal& why);
// Refuses a value that cannot be used, whatever the state is (kInputInvalid).
[[noreturn]] void reject(const char* why);

template <typename List>
unsigned size_of(const List& list) {
  return static_cast<unsigned>(list.size());
}

void set_texts(const std::vector<std::string>& from, TextList::Builder to);
std::vector<std::string> strings(TextList::Reader from);

void set_annotations(const std::vector<ledger::Annotation>& from, AnnotationList::Builder to);
std::vector<ledger::Annotation> annotations(AnnotationList::Reader from);

void set_limit(const std::optional<ledger::RateLimit>& from, wire::RateLimit::Builder to);
std::optional<ledger::RateLimit> limit(wire::RateLimit::Reader from);

void set_ranges(const std::vector<ledger::AddressRange>& from, TextList::Builder to);
std::vector<ledger::AddressRange> ranges(TextList::Reader from);

// Returns the id in sixteen bytes; nil if the data is empty.
boost::uuids::uuid uuid_or_nil(capnp::Data::Reader from);
capnp::Data::Reader data_or_none(const boost::uuids::uuid& uuid);

// Makes a digest from its parts.
ledger::KeyDigest digest_from(std::uint8_t scheme, capnp::Data::Reader digest, capnp::Data::Reader salt,
                              std::optional<std::uint16_t> bucket);

void set_digest(const ledger::KeyDigest& from, const std::optional<ledger::Timestamp>& grace_until,
                wire::Digest::Builder to);
ledger::KeyDigest digest(wire::Digest::Reader from);
std::optional<ledger::Timestamp> grace_until(wire::Digest::Reader from);

std::optional<ledger::Timestamp> moment(bool present, std::int64_t microseconds);

}  // namespace keyledger::net
