#include "ledger/rocks/tree.h"

#include <fmt/format.h>

#include <bit>

#include "ledger/codec/record_codec.h"
#include "ledger/rocks/cursor.h"
#include "ledger/rocks/row_keys.h"

namespace keyledger::ledger {
namespace {

constexpr std::uint64_t kUnstoredMask = (std::uint64_t{1} << kStoredLevelMin) - 1;

Error missing(std::string_view what, std::uint64_t which) {
  return {ErrorCode::kCorruptDatabase, fmt::format("{} {} is missing", what, which)};
}

Result<MerkleValue> read_node(const RocksStore& store, std::uint8_t level, std::uint64_t index) {
  std::string bytes;
  const auto status =
      store.db().Get(rocksdb::ReadOptions(), store.merkle(), merkle_key(level, index), &bytes);
  if (!status.ok() && !status.IsNotFound()) return read_error(status);
  const auto node = status.ok() ? merkle_value_from(bytes) : std::nullopt;
  if (!node) return missing(fmt::format("the Merkle tree is damaged: of level {}, node", level), index);
  return *node;
}

Result<Record> record_at(const rocksdb::Iterator& place) {
  if (!place.status().ok()) return read_error(place.status());
  const rocksdb::Slice bytes = place.value();
  auto record = decode_record({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  const auto position = position_from(place.key().ToStringView());
  if (record && record->position == position) return record;
  if (record) return Error{ErrorCode::kCorruptRecord, "a record is stored at the wrong position"};
  return Error{record.error().code, fmt::format("at position {}: {}", position.value_or(kBeforeFirst).value(),
                                                record.error().detail)};
}

// Checks records backwards from the last record, over as many bytes as the replayed write-ahead log can have
// held, because a damaged write-ahead log may have left a hole. Older records were in tables, together with
// the indexes.
Result<void> verify_replayed(rocksdb::Iterator& place, Record following, std::uint64_t replayed_bytes,
                             const LogPlace& archived) {
  for (std::uint64_t bytes = 0; bytes <= replayed_bytes && following.index > archived.record;
       bytes += place.value().size()) {
    place.Prev();
    if (!place.status().ok()) return read_error(place.status());
    if (!place.Valid()) break;
    auto record = record_at(place);
    if (!record) return record.error();
    if (record->index + 1 != following.index || last_position_of(*record).next() != following.position) {
      return missing("the log has a hole: record", following.index - 1);
    }
    following = std::move(*record);
  }
  return {};
}

// Checks that the log in RocksDB begins at the archive's end. Ignores earlier records left by an interrupted
// move.
Result<void> verify_beginning(rocksdb::Iterator& place, const LogPlace& archived) {
  place.Seek(record_key(archived.position));
  if (place.status().ok() && !place.Valid()) return missing("the log's beginning: record", archived.record);
  const auto first = record_at(place);
  if (!first) return first.error();
  if (first->index != archived.record || first->position != archived.position)
    return missing("the log's beginning: record", archived.record);
  return {};
}

}  // namespace

Result<MerkleFrontier> read_frontier(const RocksStore& store, std::uint64_t records, Position end) {
  std::vector<Hash> subtrees;
  std::uint64_t begin = 0;
  Position behind = kBeforeFirst.next();
  for (std::uint8_t level = 63; level >= kStoredLevelMin; --level) {
    const std::uint64_t size = std::uint64_t{1} << level;
    if ((records & size) == 0) continue;
    const auto node = read_node(store, level, begin >> level);
    if (!node) return node.error();
    subtrees.push_back(node->hash);
    behind = node->end;
    begin += size;
  }
  ENSURE(begin == (records & ~kUnstoredMask), "every bit of the size was looked at");
  MerkleFrontier frontier(begin, std::move(subtrees));
  const auto cursor = make_rocks_cursor(store, behind, end);
  std::vector<MerkleNode> completed;
  while (frontier.size() < records) {
    const auto record = cursor->next();
    if (!record) return record.error();
    if (!record->has_value() || (*record)->index != frontier.size())
      return missing("record", frontier.size());
    frontier.append(leaf_hash(cursor->bytes()), completed);
  }
  return frontier;
}

Result<Position> position_behind(const RocksStore& store, std::uint64_t records) {
  ENSURE(records > 0 && (records & kUnstoredMask) == 0, "as many records as stored nodes stand for");
  const auto level = static_cast<std::uint8_t>(std::countr_zero(records));
  const auto node = read_node(store, level, (records >> level) - 1);
  if (!node) return node.error();
  return node->end;
}

Result<LogEnd> read_end_without_tree(const RocksStore& store) {
  const auto place = store.iterate(store.records());
  const LogPlace archived = store.archive().behind();
  place->SeekToLast();
  if (!place->status().ok()) return read_error(place->status());
  if (!place->Valid()) {
    if (archived.record > 0) return missing("the log's beginning: record", archived.record);
    return LogEnd{.position = kBeforeFirst, .records = 0, .time = {}};
  }
  auto last = record_at(*place);
  if (!last) return last.error();
  const LogEnd end{.position = last_position_of(*last), .records = last->index + 1, .time = last->time};
  if (auto whole = verify_replayed(*place, std::move(*last), store.replayed_bytes(), archived); !whole)
    return whole.error();
  if (auto whole = verify_beginning(*place, archived); !whole) return whole.error();
  return end;
}

Result<EndOfLog> read_end_of_log(const RocksStore& store) {
  const auto end = read_end_without_tree(store);
  if (!end) return end.error();
  auto frontier = read_frontier(store, end->records, end->position);
  if (!frontier) return frontier.error();
  return EndOfLog{.end = *end, .frontier = std::move(*frontier)};
}

}  // namespace keyledger::ledger
