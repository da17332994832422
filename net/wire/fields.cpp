#include "net/wire/fields.h"

#include <algorithm>

namespace keyledger::net {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every message

void reject(const Error& why) { throw Rejected{failure_of(why)}; }

void reject(const Refusal& why) { throw Rejected{failure_of(why)}; }

void reject(const char* why) { reject(Error{ErrorCode::kInputInvalid, why}); }

void set_texts(const std::vector<std::string>& from, TextList::Builder to) {
  for (unsigned i = 0; i < to.size(); ++i) to.set(i, text(from[i]));
}

std::vector<std::string> strings(TextList::Reader from) {
  std::vector<std::string> all;
  for (const auto one : from) all.push_back(string(one));
  return all;
}

void set_annotations(const std::vector<Annotation>& from, AnnotationList::Builder to) {
  for (unsigned i = 0; i < to.size(); ++i) {
    to[i].setName(text(from[i].name));
    to[i].setValue(text(from[i].value));
  }
}

std::vector<Annotation> annotations(AnnotationList::Reader from) {
  std::vector<Annotation> all;
  for (const auto note : from)
    all.push_back({.name = string(note.getName()), .value = string(note.getValue())});
  return all;
}

void set_limit(const std::optional<RateLimit>& from, wire::RateLimit::Builder to) {
  to.setRequests(from ? from->requests : 0);
  to.setWindow(from ? from->window : 0);
}

std::optional<RateLimit> limit(wire::RateLimit::Reader from) {
  if (from.getRequests() == 0) return std::nullopt;
  return RateLimit{.requests = from.getRequests(), .window = from.getWindow()};
}

void set_ranges(const std::vector<AddressRange>& from, TextList::Builder to) {
  for (unsigned i = 0; i < to.size(); ++i) to.set(i, to_string(from[i]).c_str());
}

std::vector<AddressRange> ranges(TextList::Reader from) {
  std::vector<AddressRange> all;
  for (const auto one : from) {
    const auto range = parse_address_range(view(one));
    if (!range) {
      reject(Refusal{RefusalCode::kAddressRangeInvalid, fmt::format("item {}", all.size() + 1)});
    }
    all.push_back(*range);
  }
  return all;
}

boost::uuids::uuid uuid_or_nil(capnp::Data::Reader from) {
  boost::uuids::uuid uuid{};
  if (from.size() == 0) return uuid;
  if (from.size() != uuid.size()) reject("an id is 16 bytes");
  std::copy(from.begin(), from.end(), uuid.begin());
  return uuid;
}

capnp::Data::Reader data_or_none(const boost::uuids::uuid& uuid) {
  return uuid.is_nil() ? capnp::Data::Reader{} : capnp::Data::Reader(uuid.data, uuid.size());
}

KeyDigest digest_from(std::uint8_t scheme, capnp::Data::Reader digest_bytes, capnp::Data::Reader salt,
                      std::optional<std::uint16_t> bucket) {
  if (scheme >= kDigestSchemes) {
    reject(Error{ErrorCode::kNotSupported, fmt::format("the digest scheme {}", scheme)});
  }
  KeyDigest digest{.scheme = static_cast<DigestScheme>(scheme)};
  if (digest_bytes.size() != digest_size(digest.scheme)) reject("a digest has the wrong size");
  std::copy(digest_bytes.begin(), digest_bytes.end(), digest.bytes.begin());
  const bool is_salted = digest.scheme == DigestScheme::kKnoxSalted;
  if (salt.size() != 0 && !is_salted) reject(Refusal{RefusalCode::kImportDigestInvalid, ""});
  if (is_salted && salt.size() != digest.salt.size()) reject("a salt has the wrong size");
  std::copy(salt.begin(), salt.end(), digest.salt.begin());
  if (bucket && !is_salted) reject(Refusal{RefusalCode::kImportDigestInvalid, ""});
  digest.bucket = bucket;
  return digest;
}

void set_digest(const KeyDigest& from, const std::optional<Timestamp>& grace_until,
                wire::Digest::Builder to) {
  to.setScheme(static_cast<std::uint8_t>(from.scheme));
  to.setDigest(data(from.view()));
  to.setHasGrace(grace_until.has_value());
  to.setGraceUntil(grace_until.value_or(Timestamp{}).microseconds);
  if (from.scheme != DigestScheme::kKnoxSalted) return;
  to.setSalt(data(std::span<const std::uint8_t>(from.salt)));
  to.setHasBucket(from.bucket.has_value());
  to.setBucket(from.bucket.value_or(0));
}

KeyDigest digest(wire::Digest::Reader from) {
  const auto bucket = from.getHasBucket() ? std::optional(from.getBucket()) : std::nullopt;
  return digest_from(from.getScheme(), from.getDigest(), from.getSalt(), bucket);
}

std::optional<Timestamp> grace_until(wire::Digest::Reader from) {
  return moment(from.getHasGrace(), from.getGraceUntil());
}

std::optional<Timestamp> moment(bool present, std::int64_t microseconds) {
  return present ? std::optional(Timestamp{microseconds}) : std::nullopt;
}

}  // namespace keyledger::net
