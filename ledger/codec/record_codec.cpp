#include "ledger/codec/record_codec.h"

#include <capnp/message.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "ledger/codec/event_codec.h"
#include "ledger/codec/events.capnp.h"
#include "ledger/codec/failure.h"
#include "ledger/codec/field_codec.h"
#include "ledger/codec/use_block_codec.h"

namespace keyledger::ledger {
namespace {

using ::capnp::word;

void write_actor(const Actor& actor, schema::Actor::Builder out) {
  std::visit(Overloaded{[&](const SystemActor&) { out.setSystem(); },
                        [&](const OperatorActor& who) { out.setOperator(text_of(who.name)); },
                        [&](const KeyActor& who) {
                          ENSURE(who.key != kNoKey, "a key that acts exists");
                          out.setKey(who.key.value());
                        },
                        [&](const ImportActor& who) { out.setImport(text_of(who.source)); }},
             actor);
}

Actor read_actor(schema::Actor::Reader in) {
  using Which = schema::Actor::Which;
  switch (in.which()) {
    case Which::SYSTEM:
      return SystemActor{};
    case Which::OPERATOR:
      return OperatorActor{string_of(in.getOperator())};
    case Which::KEY:
      require(in.getKey() != 0, "the key that acted");
      return KeyActor{KeyNumber{in.getKey()}};
    case Which::IMPORT:
      return ImportActor{string_of(in.getImport())};
  }
  throw CodecFailure{{ErrorCode::kNewerFormat, "an actor of a new kind"}};
}

void write_origin(const Origin& origin, schema::Origin::Builder out) {
  std::visit(
      Overloaded{[&](const LocalOrigin&) { out.setLocal(); },
                 [&](const UnixOrigin& from) { out.setUnixUid(from.uid); },
                 [&](const AddressOrigin& from) { out.setAddress(data_of(compact_bytes(from.address))); }},
      origin);
}

Origin read_origin(schema::Origin::Reader in) {
  using Which = schema::Origin::Which;
  switch (in.which()) {
    case Which::LOCAL:
      return LocalOrigin{};
    case Which::UNIX_UID:
      return UnixOrigin{in.getUnixUid()};
    case Which::ADDRESS:
      return AddressOrigin{*address_of(in.getAddress())};
  }
  throw CodecFailure{{ErrorCode::kNewerFormat, "an origin of a new kind"}};
}

std::size_t words_beside_events(const Record& record) {
  constexpr std::size_t kFixedWords = 64;
  std::size_t bytes = record.idempotency_id.size() + record.reason.size();
  if (const auto* who = std::get_if<OperatorActor>(&record.actor)) bytes += who->name.size();
  if (const auto* who = std::get_if<ImportActor>(&record.actor)) bytes += who->source.size();
  return kFixedWords + bytes / sizeof(word);
}

std::size_t estimated_words(const Record& record) {
  std::size_t words = words_beside_events(record);
  for (const Event& event : record.events) words += estimated_words(event);
  return words;
}

void write_record(const Record& record, ColumnScratch& columns, schema::Record::Builder out) {
  out.setIndex(record.index);
  out.setPosition(record.position.value());
  out.setTime(record.time.microseconds);
  write_actor(record.actor, out.initActor());
  write_origin(record.origin, out.initOrigin());
  if (!record.idempotency_id.empty()) out.setIdempotencyId(text_of(record.idempotency_id));
  if (!record.reason.empty()) out.setReason(text_of(record.reason));
  if (record.command_digest)
    out.setCommandDigest({record.command_digest->data(), record.command_digest->size()});
  auto events = out.initEvents(static_cast<unsigned>(record.events.size()));
  for (unsigned i = 0; i < events.size(); ++i) write_event(record.events[i], columns, events[i]);
}

Record read_record(schema::Record::Reader in) {
  Record record{.index = in.getIndex(),
                .position = Position{in.getPosition()},
                .time = Timestamp{in.getTime()},
                .actor = read_actor(in.getActor()),
                .origin = read_origin(in.getOrigin()),
                .idempotency_id = string_of(in.getIdempotencyId()),
                .reason = string_of(in.getReason())};
  require(record.position != kBeforeFirst, "the position of the record");
  if (const auto digest = in.getCommandDigest(); digest.size() != 0) {
    require(digest.size() == sizeof(Hash), "the size of the command's digest");
    std::copy(digest.begin(), digest.end(), record.command_digest.emplace().begin());
  }
  const auto events = in.getEvents();
  require(events.size() > 0 && events.size() <= kEventsPerRecordMax, "the number of events");
  record.events.reserve(events.size());
  for (const auto event : events) record.events.push_back(read_event(event));
  const std::uint64_t last = record.position.value() + positions_of(record) - 1;
  require(last >= record.position.value(), "the position of the record");
  return record;
}

// Returns the message in stored bytes. If the bytes are not aligned as Cap'n Proto needs, copies them into
// `words`.
kj::ArrayPtr<const word> message_in(std::span<const std::uint8_t> bytes, std::vector<std::uint64_t>& words) {
  require(bytes.size() <= kRecordBytesMax, "too many bytes");
  require(!bytes.empty() && bytes.size() % sizeof(word) == 0, "not a whole number of words");
  const std::size_t count = bytes.size() / sizeof(word);
  const void* begin = bytes.data();
  if (reinterpret_cast<std::uintptr_t>(begin) % alignof(word) != 0) {
    if (words.size() < count) words.resize(count);
    begin = std::memcpy(words.data(), begin, bytes.size());
  }
  return {static_cast<const word*>(begin), count};
}

Record read_message(kj::ArrayPtr<const word> message) {
  // A read walks over everything about once. A limit of twice leaves room for whatever else Cap'n Proto
  // counts.
  constexpr std::size_t kWalksMax = 2;
  constexpr std::size_t kSlackWords = 1'024;
  constexpr int kNestingMax = 16;
  ::capnp::ReaderOptions limits;
  limits.traversalLimitInWords = message.size() * kWalksMax + kSlackWords;
  limits.nestingLimit = kNestingMax;
  const kj::ArrayPtr<const word> segments[] = {message};
  ::capnp::SegmentArrayMessageReader reader(segments, limits);
  return read_record(reader.getRoot<schema::Record>());
}

}  // namespace

struct RecordEncoder::Buffers {
  std::vector<std::uint64_t> words;  // all zero, except the message
  std::optional<::capnp::MallocMessageBuilder> message;
  ColumnScratch columns;
};

RecordEncoder::RecordEncoder() : buffers_(std::make_unique<Buffers>()) {}
RecordEncoder::~RecordEncoder() = default;

std::span<const std::uint8_t> RecordEncoder::encode(const Record& record) {
  ENSURE(record.position != kBeforeFirst, "a record that is encoded has its position");
  ENSURE(!record.events.empty() && record.events.size() <= kEventsPerRecordMax,
         "a record holds 1 to kEventsPerRecordMax events");
  // Buffers as large as a big import needs are not kept.
  constexpr std::size_t kWordsKeptMax = (std::size_t{1} << 20) / sizeof(word);
  auto& [words, message, columns] = *buffers_;
  message.reset();  // sets its words to zero
  if (words.size() > kWordsKeptMax) words = {};
  // The bytes must not depend on the estimate: a record too large for the first segment is written again,
  // into a segment that is large enough.
  for (std::size_t needed = estimated_words(record);; needed *= 2) {
    message.reset();
    if (words.size() < needed) words.assign(needed, 0);
    message.emplace(kj::arrayPtr(reinterpret_cast<word*>(words.data()), words.size()),
                    ::capnp::AllocationStrategy::FIXED_SIZE);
    write_record(record, columns, message->initRoot<schema::Record>());
    const auto segments = message->getSegmentsForOutput();
    if (segments.size() != 1) continue;
    const auto bytes = segments[0].asBytes();
    ENSURE(bytes.size() <= kRecordBytesMax, "a record is not larger than kRecordBytesMax");
    return {bytes.begin(), bytes.size()};
  }
}

void stamp(std::span<std::uint8_t> bytes, std::uint64_t index, Position position, Timestamp time) {
  // After the pointer to the root comes the root, which begins with these three fields.
  const std::uint64_t fields[] = {index, position.value(), static_cast<std::uint64_t>(time.microseconds)};
  ENSURE(bytes.size() >= sizeof(word) + sizeof fields && (bytes[0] | bytes[1] | bytes[2] | bytes[3]) == 0,
         "a record's root stands at the beginning of its bytes");
  std::memcpy(bytes.data() + sizeof(word), fields, sizeof fields);
}

std::size_t bytes_max_of(const Event& event) {
  ENSURE(uses_of(event) == nullptr, "the size of a block of uses is not known before it is encoded");
  return estimated_words(event) * sizeof(word);
}

std::size_t bytes_max_beside_events(const Record& record) {
  return words_beside_events(record) * sizeof(word);
}

std::vector<std::uint8_t> encode_record(const Record& record) {
  RecordEncoder encoder;
  const auto bytes = encoder.encode(record);
  return {bytes.begin(), bytes.end()};
}

Result<Record> RecordDecoder::decode(std::span<const std::uint8_t> bytes) {
  // Buffers as large as a big import needs are not kept.
  constexpr std::size_t kWordsKeptMax = (std::size_t{1} << 20) / sizeof(word);
  if (words_.size() > kWordsKeptMax) words_ = {};
  try {
    return read_message(message_in(bytes, words_));
  } catch (const CodecFailure& failure) {
    return failure.error;
  } catch (const kj::Exception& exception) {
    return Error{ErrorCode::kCorruptRecord, exception.getDescription().cStr()};
  }
}

Result<Record> decode_record(std::span<const std::uint8_t> bytes) { return RecordDecoder().decode(bytes); }

}  // namespace keyledger::ledger
