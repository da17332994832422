#include "ledger/rocks/archiving.h"

#include <fmt/format.h>
#include <rocksdb/convenience.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>

#include "ledger/log_search.h"
#include "ledger/rocks/cursor.h"
#include "ledger/rocks/row_keys.h"
#include "ledger/rocks/tree.h"

namespace keyledger::ledger {
namespace {

// A file ends after a multiple of as many records, so that the root of the log at the file's end follows from
// stored nodes alone.
constexpr std::uint64_t kRecordsMultiple = std::uint64_t{1} << kStoredLevelMin;

Error write_error(const rocksdb::Status& status) { return {ErrorCode::kWriteFailed, status.ToString()}; }

}  // namespace

Result<void> Archiving::step(ArchiveStep done) const {
  if (faults_ && faults_(done)) return Error{ErrorCode::kWriteFailed, "a fault was injected"};
  return {};
}

ArchivedAmount Archiving::amount(const LogPlace& first, const LogPlace& behind) const {
  const std::string begin = record_key(first.position);
  const std::string end = record_key(behind.position);
  const rocksdb::Range range(begin, end);
  rocksdb::SizeApproximationOptions options;
  options.include_memtables = true;
  std::uint64_t bytes = 0;
  // The estimate is shown to people only. Without an estimate, the number stays 0.
  store_.db().GetApproximateSizes(options, store_.records(), &range, 1, &bytes).PermitUncheckedError();
  return {.records = behind.record - first.record,
          .events = behind.position.value() - first.position.value(),
          .bytes_before = bytes,
          .first = first.position,
          .last = Position{behind.position.value() - 1}};
}

Result<std::optional<LogPlace>> Archiving::end_of_movable(Timestamp before) const {
  const LogPlace begin = store_.archive().behind();
  const LogEnd end = log_.end();
  const auto since = first_position_since(log_, before, begin.position);
  if (!since) return since.error();
  std::uint64_t records = end.records;
  if (*since <= end.position) {
    const auto cursor = make_rocks_cursor(store_, *since, end.position);
    const auto first_kept = cursor->next();
    if (!first_kept) return first_kept.error();
    ENSURE(first_kept->has_value(), "the log reaches to its end");
    records = (*first_kept)->index;
  }
  records = std::min(records, end.records - std::min(end.records, shape_.records_kept));
  records -= records % kRecordsMultiple;
  if (records <= begin.record) return std::optional<LogPlace>{};
  const auto behind = position_behind(store_, records);
  if (!behind) return behind.error();
  if (behind->value() - begin.position.value() < shape_.positions_min) return std::optional<LogPlace>{};
  return std::optional(LogPlace{.record = records, .position = *behind});
}

Result<std::optional<ArchivedAmount>> Archiving::movable(Timestamp before) const {
  const auto end = end_of_movable(before);
  if (!end) return end.error();
  if (!*end) return std::optional<ArchivedAmount>{};
  return std::optional(amount(store_.archive().behind(), **end));
}

// Checks that the archive's last file can be read. If the file is missing, perhaps because a volume is not
// mounted, the next file must not be written to the directory.
Result<void> Archiving::check_last_file(const LogPlace& next) const {
  if (next.record == 0) return {};
  ArchiveReader reader = store_.archive().reader();
  const auto found = reader.record_holding(Position{next.position.value() - 1});
  if (!found) return found.error();
  return {};
}

// Compares the root with the tree stored when the records were appended. Fails with kRootDiffers.
Result<void> Archiving::check_root(const ArchivedStretch& stretch) const {
  const auto tree = read_frontier(store_, stretch.behind.record, log_.end().position);
  if (!tree) return tree.error();
  if (tree->root() == stretch.root) return {};
  return Error{ErrorCode::kRootDiffers, fmt::format("up to record {}", stretch.behind.record)};
}

// Writes records until the file is full or reaches `end`, and adds their hashes to `tree`. Returns false if
// `stop` is requested before.
Result<bool> Archiving::write(ArchiveWriter& writer, MerkleFrontier& tree, const LogPlace& end,
                              const std::stop_token& stop) const {
  const LogPlace begin = writer.behind();
  const auto cursor = make_rocks_cursor(store_, begin.position, log_.end().position);
  std::vector<MerkleNode> completed;
  const auto is_full = [&] {
    const LogPlace now = writer.behind();
    return now.record % kRecordsMultiple == 0 &&
           (now.position.value() - begin.position.value() >= shape_.positions_max ||
            writer.bytes() >= shape_.bytes_max);
  };
  while (writer.behind().record < end.record && !is_full()) {
    if (stop.stop_requested()) return false;
    const auto record = cursor->next();
    if (!record) return record.error();
    ENSURE(record->has_value(), "the log reaches to its end");
    writer.add(**record, cursor->bytes());
    completed.clear();
    tree.append(leaf_hash(cursor->bytes()), completed);
  }
  return true;
}

// Reads the file in the way of later readers, and compares the resulting root with the log's root.
Result<void> Archiving::verify(const std::filesystem::path& path, MerkleFrontier tree,
                               const Hash& root) const {
  const auto file = ArchiveFile::open(path);
  if (!file) return file.error();
  std::vector<MerkleNode> completed;
  ArchiveBlock block;
  const ArchiveIdentity& identity = (*file)->identity();
  for (Position next = identity.first.position; next < identity.behind.position;) {
    if (auto read = (*file)->read(next, block); !read) return read;
    for (std::size_t i = 0; i < block.records(); ++i) {
      completed.clear();
      tree.append(leaf_hash(block.bytes_of(i)), completed);
    }
    next = block.behind();
  }
  if (tree.size() == identity.behind.record && tree.root() == root) return {};
  return Error{ErrorCode::kRootDiffers, fmt::format("{}: the file is not what was written", path.string())};
}

Result<std::optional<ArchivedAmount>> Archiving::move(Timestamp before, const std::stop_token& stop) {
  using Nothing = std::optional<ArchivedAmount>;
  const auto end = end_of_movable(before);
  if (!end) return end.error();
  if (!*end) return Nothing{};
  const LogPlace first = store_.archive().behind();
  if (auto there = check_last_file(first); !there) return there.error();
  const auto tree_before = read_frontier(store_, first.record, log_.end().position);
  if (!tree_before) return tree_before.error();
  auto writer = ArchiveWriter::create(
      store_.archive().place().directory,
      {.ledger_id = store_.archive().place().ledger_id, .first = first, .block_bytes = shape_.block_bytes});
  if (!writer) return writer.error();
  MerkleFrontier tree = *tree_before;
  const auto written = write(**writer, tree, **end, stop);
  if (!written) return written.error();
  if (!*written) return Nothing{};
  const ArchivedStretch stretch{.first = first, .behind = (*writer)->behind(), .root = tree.root()};
  if (auto same = check_root(stretch); !same) return same.error();
  const auto unnamed = (*writer)->finish(stretch.root);
  if (!unnamed) return unnamed.error();
  if (auto go_on = step(ArchiveStep::kFileWritten); !go_on) return go_on.error();
  if (auto verified = verify(*unnamed, *tree_before, stretch.root); !verified) return verified.error();
  if (auto go_on = step(ArchiveStep::kFileVerified); !go_on) return go_on.error();
  if (stop.stop_requested()) return Nothing{};
  ArchivedAmount moved = amount(first, stretch.behind);
  moved.bytes_after = (*writer)->bytes();
  auto named = (*writer)->publish();
  if (!named) return named.error();
  moved.file = std::move(*named);
  if (auto go_on = step(ArchiveStep::kFileNamed); !go_on) return go_on.error();
  if (auto removed = remove_from_store(stretch); !removed) return removed.error();
  return std::optional(std::move(moved));
}

Result<void> Archiving::remove_from_store(const ArchivedStretch& stretch) {
  // The archive must list the file before new iterators stop seeing the records.
  store_.archive().add(stretch);
  const std::string begin = record_key(Position{0});
  const std::string end = record_key(stretch.behind.position);
  rocksdb::WriteBatch batch;
  auto status = batch.Put(store_.archived(), archive_key(stretch.first.position), archive_value(stretch));
  if (status.ok()) status = batch.DeleteRange(store_.records(), begin, end);
  ENSURE(status.ok(), "a batch without a size limit takes everything");
  // The write is not synced, because appends would wait for the sync. The flush puts the batch on the disk,
  // together with the rows of the index of uses. The rows are not in the write-ahead log, and could not be
  // made again as quickly after the move.
  status = store_.db().Write(rocksdb::WriteOptions(), &batch);
  if (!status.ok()) return write_error(status);
  if (auto go_on = step(ArchiveStep::kRowWritten); !go_on) return go_on;
  status = store_.db().Flush(rocksdb::FlushOptions(), store_.all_families());
  if (!status.ok()) return write_error(status);
  if (auto go_on = step(ArchiveStep::kRowSynced); !go_on) return go_on;
  // The remaining steps only free space. The next move retries a failed step.
  const rocksdb::Slice from(begin);
  const rocksdb::Slice to(end);
  const std::array<rocksdb::RangePtr, 1> range = {rocksdb::RangePtr(&from, &to)};
  rocksdb::DeleteFilesInRanges(&store_.db(), store_.records(), range.data(), range.size(), false)
      .PermitUncheckedError();
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  store_.db().CompactRange(options, store_.records(), &from, &to).PermitUncheckedError();
  return {};
}

}  // namespace keyledger::ledger
