#include "ledger/codec/key_event_codec.h"

#include <algorithm>

#include "ledger/codec/field_codec.h"

namespace keyledger::ledger {
namespace {

using TextList = ::capnp::List<::capnp::Text>;

template <typename List>
unsigned size_of(const List& list) {
  return static_cast<unsigned>(list.size());
}

void write_texts(const std::vector<std::string>& from, TextList::Builder to) {
  for (unsigned i = 0; i < to.size(); ++i) to.set(i, text_of(from[i]));
}

std::vector<std::string> read_texts(TextList::Reader from) {
  std::vector<std::string> texts;
  texts.reserve(from.size());
  for (const auto text : from) texts.push_back(string_of(text));
  return texts;
}

using AnnotationList = ::capnp::List<schema::Annotation>;

void write_annotations(const std::vector<Annotation>& from, AnnotationList::Builder to) {
  for (unsigned i = 0; i < to.size(); ++i) {
    to[i].setName(text_of(from[i].name));
    to[i].setValue(text_of(from[i].value));
  }
}

std::vector<Annotation> read_annotations(AnnotationList::Reader from) {
  std::vector<Annotation> annotations;
  annotations.reserve(from.size());
  for (const auto note : from) {
    annotations.push_back({.name = string_of(note.getName()), .value = string_of(note.getValue())});
  }
  return annotations;
}

void write_digest(const KeyDigest& digest, schema::KeyDetails::Builder out) {
  const bool salted = digest.scheme == DigestScheme::kKnoxSalted;
  ENSURE(salted || (digest.salt == Salt{} && !digest.bucket), "only a salted digest has a salt and a bucket");
  out.setScheme(static_cast<std::uint8_t>(digest.scheme));
  out.setDigest(data_of_bytes(digest.view()));
  if (salted) out.setSalt(data_of_bytes(digest.salt));
  out.setHasBucket(digest.bucket.has_value());
  out.setBucket(digest.bucket.value_or(0));
}

KeyDigest read_digest(schema::KeyDetails::Reader in) {
  require(in.getScheme() < kDigestSchemes, "the digest scheme of a key");
  KeyDigest digest{.scheme = static_cast<DigestScheme>(in.getScheme())};
  const auto bytes = in.getDigest();
  require(bytes.size() == digest_size(digest.scheme), "the size of a key's digest");
  std::copy(bytes.begin(), bytes.end(), digest.bytes.begin());

  const bool salted = digest.scheme == DigestScheme::kKnoxSalted;
  const auto salt = in.getSalt();
  require(salt.size() == (salted ? digest.salt.size() : 0), "the size of a key's salt");
  std::copy(salt.begin(), salt.end(), digest.salt.begin());
  require(in.getHasBucket() ? salted : in.getBucket() == 0, "the bucket of a key");
  if (in.getHasBucket()) digest.bucket = in.getBucket();
  return digest;
}

Timestamp time_of_key(std::int64_t microseconds, const char* what) {
  require(is_rfc3339(Timestamp{microseconds}), what);
  return Timestamp{microseconds};
}

// An event stores the length as CIDR notation writes it: for a base of four bytes (IPv4), 0 to 32.
constexpr std::uint8_t kIpv4Shift = 96;

void write_range(const AddressRange& range, schema::AddressRange::Builder out) {
  ENSURE(is_well_formed(range), "a range's base ends with its length");
  const bool ipv4 = is_ipv4(range.base) && range.length >= kIpv4Shift;
  const auto& bytes = range.base.bytes;
  const std::size_t skip = ipv4 ? bytes.size() - 4 : 0;
  out.setBase(::capnp::Data::Reader(bytes.data() + skip, bytes.size() - skip));
  out.setLength(static_cast<std::uint8_t>(range.length - (ipv4 ? kIpv4Shift : 0)));
}

AddressRange read_range(schema::AddressRange::Reader in) {
  const auto base = in.getBase();
  const auto address = from_compact_bytes({base.begin(), base.size()});
  require(address.has_value(), "the base of an address range");
  const unsigned shift = base.size() == 4 ? kIpv4Shift : 0;
  require(in.getLength() + shift <= kAddressBits, "the length of an address range");
  const AddressRange range{.base = *address, .length = static_cast<std::uint8_t>(in.getLength() + shift)};
  require(is_well_formed(range), "an address range");
  require(shift != 0 || !is_ipv4(range.base) || range.length < kIpv4Shift, "an IPv4 range in sixteen bytes");
  return range;
}

}  // namespace

std::size_t words_of(const KeyDetails& details) {
  constexpr std::size_t kFixedWords = 40;
  std::size_t words = kFixedWords + words_of(details.name) + words_of(details.description);
  for (const std::string& tag : details.tags) words += 1 + words_of(tag);
  return words;
}

std::size_t words_of(const std::vector<Annotation>& annotations) {
  std::size_t words = 0;
  for (const Annotation& note : annotations) words += 2 + words_of(note.name) + words_of(note.value);
  return words;
}

std::size_t words_of(const KeyDescribed& event) {
  std::size_t words = words_of(event.description) + words_of(event.annotations);
  for (const std::string& tag : event.tags) words += 1 + words_of(tag);
  return words;
}

void write_details(const KeyDetails& details, schema::KeyDetails::Builder out) {
  ENSURE(is_rfc3339(details.created) && is_rfc3339(details.expiry.value_or(kLatest)),
         "a key's times are in the years 0 to 9999");
  out.setKey(number_of(details.key));
  out.setOwner(number_of(details.owner));
  out.setAccount(number_of(details.account));
  out.setCreated(details.created.microseconds);
  out.setExpires(details.expiry.has_value());
  out.setExpiry(details.expiry.value_or(Timestamp{}).microseconds);
  out.setKeyId(uuid_data(details.key_id.uuid));
  write_digest(details.digest, out);
  out.setName(text_of(details.name));
  out.setDescription(text_of(details.description));
  if (!details.tags.empty()) write_texts(details.tags, out.initTags(size_of(details.tags)));
}

KeyDetails read_details(schema::KeyDetails::Reader in) {
  KeyDetails details{.key = key(in.getKey()),
                     .key_id = {uuid(in.getKeyId(), "the id of a key")},
                     .owner = user(in.getOwner()),
                     .account = account(in.getAccount()),
                     .name = string_of(in.getName()),
                     .description = string_of(in.getDescription()),
                     .digest = read_digest(in),
                     .created = time_of_key(in.getCreated(), "when a key was created")};
  if (in.getExpires()) details.expiry = time_of_key(in.getExpiry(), "the expiry of a key");
  require(in.getExpires() || in.getExpiry() == 0, "the expiry of a key that never expires");
  details.tags = read_texts(in.getTags());
  return details;
}

void write_body(const KeyImported& event, schema::KeyImported::Builder out) {
  write_details(event.details, out.initDetails());
  out.setActive(event.active == ActiveFlag::kActive);
  out.setUsed(event.last_used.has_value());
  out.setLastUsed(event.last_used.value_or(Timestamp{}).microseconds);
}

KeyImported read_body(schema::KeyImported::Reader in) {
  KeyImported event{.details = read_details(in.getDetails()),
                    .active = in.getActive() ? ActiveFlag::kActive : ActiveFlag::kInactive,
                    .last_used = std::nullopt};
  if (in.getUsed()) event.last_used = time_of_key(in.getLastUsed(), "when an imported key was last used");
  require(in.getUsed() || in.getLastUsed() == 0, "the last use of a key that was never used");
  return event;
}

void write_body(const KeyDescribed& event, schema::KeyDescribed::Builder out) {
  out.setKey(number_of(event.key));
  out.setDescription(text_of(event.description));
  if (!event.tags.empty()) write_texts(event.tags, out.initTags(size_of(event.tags)));
  if (event.annotations.empty()) return;
  write_annotations(event.annotations, out.initAnnotations(size_of(event.annotations)));
}

KeyDescribed read_body(schema::KeyDescribed::Reader in) {
  return {.key = key(in.getKey()),
          .description = string_of(in.getDescription()),
          .tags = read_texts(in.getTags()),
          .annotations = read_annotations(in.getAnnotations())};
}

void write_body(const KeyAnnotated& event, schema::KeyAnnotated::Builder out) {
  ENSURE(!event.annotations.empty(), "KeyAnnotated adds annotations");
  out.setKey(number_of(event.key));
  write_annotations(event.annotations, out.initAnnotations(size_of(event.annotations)));
}

KeyAnnotated read_body(schema::KeyAnnotated::Reader in) {
  require(in.getAnnotations().size() > 0, "no annotations of a key");
  return {.key = key(in.getKey()), .annotations = read_annotations(in.getAnnotations())};
}

void write_body(const KeyExpiryChanged& event, schema::KeyExpiryChanged::Builder out) {
  ENSURE(is_rfc3339(event.expiry.value_or(kLatest)), "a key's times are in the years 0 to 9999");
  out.setKey(number_of(event.key));
  out.setExpires(event.expiry.has_value());
  out.setExpiry(event.expiry.value_or(Timestamp{}).microseconds);
  out.setByUse(event.cause == ExpiryCause::kUse);
}

KeyExpiryChanged read_body(schema::KeyExpiryChanged::Reader in) {
  KeyExpiryChanged event{.key = key(in.getKey()),
                         .expiry = std::nullopt,
                         .cause = in.getByUse() ? ExpiryCause::kUse : ExpiryCause::kCommand};
  if (in.getExpires()) event.expiry = time_of_key(in.getExpiry(), "the expiry of a key");
  require(in.getExpires() || in.getExpiry() == 0, "the expiry of a key that never expires");
  return event;
}

void write_body(const KeyRotated& event, schema::KeyRotated::Builder out) {
  const KeyDigest& digest = event.digest;
  ENSURE(digest.scheme != DigestScheme::kKnoxSalted && digest.salt == Salt{} && !digest.bucket,
         "a key is not rotated to a salted digest");
  ENSURE(is_rfc3339(event.grace_until.value_or(kLatest)), "a key's times are in the years 0 to 9999");
  out.setKey(number_of(event.key));
  out.setScheme(static_cast<std::uint8_t>(digest.scheme));
  out.setDigest(data_of_bytes(digest.view()));
  out.setHasGrace(event.grace_until.has_value());
  out.setGraceUntil(event.grace_until.value_or(Timestamp{}).microseconds);
}

KeyRotated read_body(schema::KeyRotated::Reader in) {
  KeyRotated event{.key = key(in.getKey()), .digest = {}, .grace_until = std::nullopt};
  require(in.getScheme() < kDigestSchemes, "the digest scheme of a key");
  event.digest.scheme = static_cast<DigestScheme>(in.getScheme());
  require(event.digest.scheme != DigestScheme::kKnoxSalted, "the digest scheme of a rotated key");
  const auto bytes = in.getDigest();
  require(bytes.size() == digest_size(event.digest.scheme), "the size of a key's digest");
  std::copy(bytes.begin(), bytes.end(), event.digest.bytes.begin());
  if (in.getHasGrace()) event.grace_until = time_of_key(in.getGraceUntil(), "the grace of a rotation");
  require(in.getHasGrace() || in.getGraceUntil() == 0, "the grace of a rotation without one");
  return event;
}

void write_body(const KeyLimitChanged& event, schema::KeyLimitChanged::Builder out) {
  ENSURE(!event.limit || is_well_formed(*event.limit), "a rate limit within its bounds");
  out.setKey(number_of(event.key));
  if (!event.limit) return;
  out.setRequests(event.limit->requests);
  out.setWindow(event.limit->window);
}

KeyLimitChanged read_body(schema::KeyLimitChanged::Reader in) {
  KeyLimitChanged event{.key = key(in.getKey()), .limit = std::nullopt};
  require(in.getRequests() != 0 || in.getWindow() == 0, "the window of a key without a rate limit");
  if (in.getRequests() == 0) return event;
  event.limit = RateLimit{.requests = in.getRequests(), .window = in.getWindow()};
  require(is_well_formed(*event.limit), "a rate limit");
  return event;
}

void write_body(const KeyAllowListChanged& event, schema::KeyAllowListChanged::Builder out) {
  out.setKey(number_of(event.key));
  if (event.ranges.empty()) return;
  auto ranges = out.initRanges(size_of(event.ranges));
  for (unsigned i = 0; i < ranges.size(); ++i) write_range(event.ranges[i], ranges[i]);
}

KeyAllowListChanged read_body(schema::KeyAllowListChanged::Reader in) {
  KeyAllowListChanged event{.key = key(in.getKey()), .ranges = {}};
  for (const auto range : in.getRanges()) event.ranges.push_back(read_range(range));
  return event;
}

}  // namespace keyledger::ledger
