// RocksStore: the database behind the RocksDB log, its column families and its errors.
//
// Internal to ledger/rocks/. Any thread, as rocksdb::DB. Closing a database that was written brings what is
// in memory into its tables, so that the next opening finds no write-ahead log to replay.
#pragma once

#include <rocksdb/db.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "ledger/rocks/archive.h"
#include "ledger/rocks/mode.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

class RocksStore {
 public:
  // With the files of its archive, if there are any, in `archive`.
  static Result<std::unique_ptr<RocksStore>> open(const std::filesystem::path& path, RocksMode mode,
                                                  const ArchivePlace& archive = {});

  RocksStore(const RocksStore&) = delete;
  RocksStore& operator=(const RocksStore&) = delete;
  ~RocksStore();

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* records() const { return families_[1]; }
  rocksdb::ColumnFamilyHandle* entities() const { return families_[2]; }
  rocksdb::ColumnFamilyHandle* idempotency() const { return families_[3]; }
  rocksdb::ColumnFamilyHandle* merkle() const { return families_[4]; }

  rocksdb::ColumnFamilyHandle* archived() const { return families_[0]; }
  const std::vector<rocksdb::ColumnFamilyHandle*>& all_families() const { return families_; }

  // The records that are not in the family `records` any more.
  Archive& archive() const { return *archive_; }

  // As of now: what is written later is not seen.
  std::unique_ptr<rocksdb::Iterator> iterate(rocksdb::ColumnFamilyHandle* family) const;

  // Writes what follows from the records and can be made again: not through the write-ahead log, so that what
  // a killed process loses of it, it loses from some moment on. kWriteFailed.
  Result<void> write_derived(rocksdb::WriteBatch& batch) const;

  // The size of the write-ahead logs that this opening replayed, in bytes.
  std::uint64_t replayed_bytes() const { return replayed_bytes_; }

 private:
  RocksStore(RocksMode mode, std::uint64_t replayed_bytes) : mode_(mode), replayed_bytes_(replayed_bytes) {}

  Result<void> load_archive(const ArchivePlace& place);

  RocksMode mode_;
  std::uint64_t replayed_bytes_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  std::unique_ptr<Archive> archive_;
};

// What a read that failed means: corruption, or trouble with the disk.
Error read_error(const rocksdb::Status& status);

}  // namespace keyledger::ledger
