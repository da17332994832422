#include "ledger/append/prepared_records.h"

#include "ledger/codec/record_codec.h"

namespace keyledger::ledger {

PreparedRecords::PreparedRecords(std::span<Record> records) {
  RecordEncoder encoder;
  records_.reserve(records.size());
  for (Record& record : records) {
    record.position = kBeforeFirst.next();
    const auto bytes = encoder.encode(record);
    records_.push_back({.begin = bytes_.size(), .size = bytes.size(), .entities = entities_of(record)});
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
}

std::span<const std::uint8_t> PreparedRecords::bytes(std::size_t place) const {
  const Prepared& prepared = records_[place];
  return std::span(bytes_).subspan(prepared.begin, prepared.size);
}

std::span<const std::uint8_t> PreparedRecords::bytes(std::size_t place, const Record& record) {
  const Prepared& prepared = records_[place];
  const std::span bytes = std::span(bytes_).subspan(prepared.begin, prepared.size);
  stamp(bytes, record.index, record.position, record.time);
  return bytes;
}

void number_intents(std::span<PreparedRecords> parts) {
  std::uint64_t records = 0;
  for (PreparedRecords& part : parts) {
    part.set_intent({.first = records, .is_last = &part == &parts.back()});
    records += part.size();
  }
}

Result<void> check_sizes(std::span<const PreparedRecords> parts, std::size_t record_bytes_max) {
  for (const PreparedRecords& part : parts) {
    for (std::size_t place = 0; place < part.size(); ++place) {
      const std::size_t bytes = part.bytes(place).size();
      if (bytes > record_bytes_max) return record_too_large(bytes);
    }
  }
  return {};
}

Error record_too_large(std::size_t bytes) {
  return {ErrorCode::kRecordTooLarge, std::to_string(bytes) + " bytes"};
}

}  // namespace keyledger::ledger
