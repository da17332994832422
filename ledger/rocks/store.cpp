#include "ledger/rocks/store.h"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <cstdarg>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/rocks/row_keys.h"
#include "ledger/values/entity_ids.h"

namespace keyledger::ledger {
namespace {

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

// The first bytes of a key in the family `entities`: the sort of row and the kind of entity.
constexpr std::size_t kHintBytes = 2;

// A logger for kRead, because a read-only database must not get a new log file.
class SilentLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, std::va_list /*arguments*/) override {}
};

// Returns true if the status reports a missing file. An existing ledger must have every file.
bool names_a_missing_file(const rocksdb::Status& status) {
  return status.IsNotFound() || status.IsPathNotFound() ||
         status.ToString().find("No such file or directory") != std::string::npos;
}

// Returns true if a family that can be made anew from the records is missing.
bool lacks_an_index(const rocksdb::Status& status) {
  const std::string text = status.ToString();
  return text.find("Column family not found") != std::string::npos &&
         (text.find("entities") != std::string::npos || text.find("merkle") != std::string::npos);
}

Error open_error(const rocksdb::Status& status, const std::filesystem::path& path) {
  if (lacks_an_index(status)) return interrupted_repair(path);
  const std::string text = path.string() + ": " + status.ToString();
  if (status.IsCorruption() || status.IsInvalidArgument() || names_a_missing_file(status)) {
    return {ErrorCode::kCorruptDatabase, text};
  }
  return {ErrorCode::kCannotOpen, text};
}

rocksdb::Options options_for(RocksMode mode) {
  rocksdb::Options options;
  options.create_if_missing = mode == RocksMode::kCreate;
  options.create_missing_column_families = mode == RocksMode::kCreate || mode == RocksMode::kRepair;
  options.paranoid_checks = true;
  // A killed process or a power cut leaves an incomplete last entry, which RocksDB tolerates. RocksDB refuses
  // damage anywhere else, and the head record finds damage that RocksDB overlooks.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  // The families reach the disk together. A damaged write-ahead log then loses records together with the
  // index entries of the records, never only the entries, and missing records are noticed.
  options.atomic_flush = true;
  options.max_total_wal_size = 64 * kMebibyte;
  options.max_open_files = -1;
  options.max_background_jobs = 2;
  options.allow_concurrent_memtable_write = false;  // a single writer, and memtable hints need false
  options.skip_stats_update_on_db_open = true;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.keep_log_file_num = 2;
  options.max_log_file_size = kMebibyte;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  if (mode == RocksMode::kRead) options.info_log = std::make_shared<SilentLogger>();
  return options;
}

rocksdb::ColumnFamilyOptions family_options(std::size_t block_bytes,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = 16 * kMebibyte;
  // A large import arrives faster than RocksDB compresses. With fewer buffers, all writes would wait for the
  // compression.
  options.max_write_buffer_number = 6;
  // All levels compress alike, also the first level. Records arrive in the order of their keys, so a flushed
  // table moves down unchanged, and nothing is compressed twice.
  options.level_compaction_dynamic_level_bytes = true;
  options.compression = rocksdb::kZSTD;
  // Level 6 takes 80 to 110 ns a use more than level 3, and saves nothing of large records and 3 % of small
  // records.
  options.compression_opts.level = 3;
  rocksdb::BlockBasedTableOptions table;
  table.block_size = block_bytes;
  table.block_cache = cache;
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> families() {
  const auto cache = rocksdb::NewLRUCache(32 * kMebibyte);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  // Small records are alike, so larger blocks of records compress better. On the other hand, reading a single
  // record costs reading a whole block.
  constexpr std::size_t kBlockBytes = std::size_t{16} << 10;
  constexpr std::size_t kRecordsBlockBytes = std::size_t{64} << 10;
  for (const std::string_view name : {"default", "records", "entities", "idempotency", "merkle"}) {
    const std::size_t block_bytes = name == "records" ? kRecordsBlockBytes : kBlockBytes;
    rocksdb::ColumnFamilyOptions& options =
        descriptors.emplace_back(std::string(name), family_options(block_bytes, cache)).options;
    // Rows with a common prefix mostly arrive in ascending order, so that an insert continues after the last
    // insert with the prefix. A family with range deletions must not use the hint
    // (https://github.com/facebook/rocksdb/issues/5118).
    if (name != "entities") continue;
    options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewCappedPrefixTransform(kHintBytes));
  }
  return descriptors;
}

std::uint64_t size_of_write_ahead_logs(const std::filesystem::path& path) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (auto file = std::filesystem::directory_iterator(path, error);
       !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
    std::error_code gone;  // set if a writer has deleted the file meanwhile
    const auto size = file->path().extension() == ".log" ? file->file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  return bytes;
}

std::vector<std::string> files_in(const std::filesystem::path& path) {
  std::vector<std::string> names;
  std::error_code error;
  for (auto file = std::filesystem::directory_iterator(path, error);
       !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
    names.push_back(file->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Checks that the directory of the database has only regular files and directories, because RocksDB would
// wait for the other side of a pipe.
Result<void> check_files(const std::filesystem::path& path) {
  std::error_code error;
  for (auto file = std::filesystem::directory_iterator(path, error);
       !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
    std::error_code gone;  // set if a writer has deleted the file meanwhile
    const auto type = file->status(gone).type();
    const bool is_usable = gone || type == std::filesystem::file_type::regular ||
                           type == std::filesystem::file_type::directory ||
                           type == std::filesystem::file_type::not_found;
    if (!is_usable) return Error{ErrorCode::kCorruptDatabase, file->path().string() + ": not a regular file"};
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<RocksStore>> RocksStore::open(const std::filesystem::path& path, RocksMode mode,
                                                     const ArchivePlace& archive) {
  // A writer may delete a file after a reader has read the file's name, and the reader must then retry. If a
  // file is missing and the directory has not changed meanwhile, the database is damaged.
  constexpr int kAttemptsMax = 100;
  if (auto usable = check_files(path); !usable) return usable.error();
  for (int attempt = 1;; ++attempt) {
    const std::vector<std::string> before = files_in(path);
    std::unique_ptr<RocksStore> store(new RocksStore(mode, size_of_write_ahead_logs(path)));
    rocksdb::DB* db = nullptr;
    const rocksdb::Options options = options_for(mode);
    const rocksdb::Status status =
        mode == RocksMode::kRead
            ? rocksdb::DB::OpenForReadOnly(options, path.string(), families(), &store->families_, &db)
            : rocksdb::DB::Open(options, path.string(), families(), &store->families_, &db);
    if (status.ok()) {
      store->db_.reset(db);
      if (auto loaded = store->load_rows(archive); !loaded) return loaded.error();
      // A database that is being made may have the id of a ledger whose making was interrupted.
      if (mode == RocksMode::kCreate) return store;
      if (auto own = store->check_owner(archive.ledger_id); !own) return own.error();
      return store;
    }
    const bool was_overtaken =
        mode == RocksMode::kRead && names_a_missing_file(status) && files_in(path) != before;
    if (!was_overtaken || attempt == kAttemptsMax) return open_error(status, path);
  }
}

RocksStore::~RocksStore() {
  if (!db_) return;
  std::erase(families_, nullptr);  // a family that could not be made anew
  // A failed flush is harmless, because the write-ahead log has all records that no table has.
  if (mode_ != RocksMode::kRead) db_->Flush(rocksdb::FlushOptions(), families_).PermitUncheckedError();
  for (auto* family : families_) db_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
  db_->Close().PermitUncheckedError();
}

Result<void> RocksStore::check_owner(const boost::uuids::uuid& ledger_id) const {
  if (ledger_id.is_nil() || !binding_.ledger_id || *binding_.ledger_id == ledger_id) return {};
  return Error{ErrorCode::kForeignPart,
               fmt::format("the log belongs to ledger {}, and LEDGER names ledger {}",
                           to_string(*binding_.ledger_id), to_string(ledger_id))};
}

Result<void> RocksStore::make_indexes_anew() {
  ENSURE(mode_ == RocksMode::kRepair, "a repair");
  const auto descriptors = families();
  for (std::size_t i = 0; i < descriptors.size(); ++i) {
    if (families_[i] != entities() && families_[i] != merkle()) continue;
    auto status = db_->DropColumnFamily(families_[i]);
    if (status.ok()) {
      db_->DestroyColumnFamilyHandle(std::exchange(families_[i], nullptr)).PermitUncheckedError();
      status = db_->CreateColumnFamily(descriptors[i].options, descriptors[i].name, &families_[i]);
    }
    if (!status.ok()) return Error{ErrorCode::kWriteFailed, status.ToString()};
  }
  return {};
}

bool RocksStore::take_binding(std::string_view key, std::string_view value) {
  if (key == ledger_id_key()) {
    binding_.ledger_id = ledger_id_from(value);
    return binding_.ledger_id.has_value();
  }
  if (key == open_append_key()) {
    binding_.open_append = open_append_from(value);
    return binding_.open_append.has_value();
  }
  binding_.is_under_repair = key == repair_key();
  return binding_.is_under_repair;
}

Result<void> RocksStore::load_rows(const ArchivePlace& place) {
  ArchivedStretches stretches;
  const auto rows = iterate(archived());
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const std::string_view key = rows->key().ToStringView();
    if (key.size() == 1) {
      if (take_binding(key, rows->value().ToStringView())) continue;
      return Error{ErrorCode::kCorruptDatabase, "a row that binds the database to its ledger is damaged"};
    }
    const auto stretch = archived_stretch_from(key, rows->value().ToStringView());
    if (!stretch) return Error{ErrorCode::kCorruptDatabase, "a row of the archive's table is damaged"};
    stretches.push_back(*stretch);
  }
  if (!rows->status().ok()) return read_error(rows->status());
  if (!are_without_gaps(stretches))
    return Error{ErrorCode::kCorruptDatabase, "a row of the archive's table is missing"};
  archive_ = std::make_unique<Archive>(place, std::move(stretches));
  return {};
}

std::unique_ptr<rocksdb::Iterator> RocksStore::iterate(rocksdb::ColumnFamilyHandle* family) const {
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(rocksdb::ReadOptions(), family));
}

Result<void> RocksStore::write_derived(rocksdb::WriteBatch& batch) const {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  const auto written = db_->Write(options, &batch);
  if (!written.ok()) return Error{ErrorCode::kWriteFailed, written.ToString()};
  return {};
}

Error interrupted_repair(const std::filesystem::path& path) {
  return {ErrorCode::kIndexDiffers, path.string() + ": a repair of the indexes was interrupted"};
}

Error read_error(const rocksdb::Status& status) {
  const bool is_corrupt = status.IsCorruption() || names_a_missing_file(status);
  return {is_corrupt ? ErrorCode::kCorruptDatabase : ErrorCode::kCannotOpen, status.ToString()};
}

}  // namespace keyledger::ledger
