// RocksStore: the database of the RocksDB log, with column families and errors.
//
// Internal to ledger/rocks/. Any thread, like rocksdb::DB. Unless the mode is kRead, closing the database
// flushes all rows in memory to tables, so that the next opening finds no write-ahead log to replay.
#pragma once

#include <rocksdb/db.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "ledger/rocks/archive.h"
#include "ledger/rocks/mode.h"
#include "ledger/rocks/row_keys.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

class RocksStore {
 public:
  // The rows that say what the database belongs to and what is under way.
  struct Binding {
    std::optional<boost::uuids::uuid> ledger_id;  // nothing in a database of an older version
    std::optional<OpenAppend> open_append;
    bool is_under_repair = false;
  };

  // Opens the database, and reads the archive's rows and the binding. The archive's files, if any, are in
  // `archive`. Fails with kForeignPart if the database names another ledger than `archive` (unless the mode
  // is kCreate, or the id is nil), with kIndexDiffers if a family of an index is missing, with
  // kCorruptDatabase or kCannotOpen.
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

  // Has the rows of the archive and of the binding.
  rocksdb::ColumnFamilyHandle* archived() const { return families_[0]; }
  const std::vector<rocksdb::ColumnFamilyHandle*>& all_families() const { return families_; }

  // Returns the archive, which has the records removed from the family `records`.
  Archive& archive() const { return *archive_; }

  // Returns the binding as of the opening.
  const Binding& binding() const { return binding_; }

  // Returns an iterator over the family as of now. The iterator does not see later writes.
  std::unique_ptr<rocksdb::Iterator> iterate(rocksdb::ColumnFamilyHandle* family) const;

  // Writes rows that follow from the records and can be made again. The rows bypass the write-ahead log: a
  // killed process loses the rows written after some moment, and keeps all rows written before. Fails with
  // kWriteFailed.
  Result<void> write_derived(rocksdb::WriteBatch& batch) const;

  // Drops the families `entities` and `merkle`, and makes them again, empty. Only with kRepair, and while
  // nothing reads. Fails with kWriteFailed; a family may then be missing.
  Result<void> make_indexes_anew();

  // Returns the size of the write-ahead logs replayed by open(), in bytes.
  std::uint64_t replayed_bytes() const { return replayed_bytes_; }

 private:
  RocksStore(RocksMode mode, std::uint64_t replayed_bytes) : mode_(mode), replayed_bytes_(replayed_bytes) {}

  // Checks that the database belongs to the ledger.
  Result<void> check_owner(const boost::uuids::uuid& ledger_id) const;
  // Reads the family `default`.
  Result<void> load_rows(const ArchivePlace& place);
  // Takes over a row of the binding. Returns false if the row is damaged.
  bool take_binding(std::string_view key, std::string_view value);

  RocksMode mode_;
  std::uint64_t replayed_bytes_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  std::unique_ptr<Archive> archive_;
  Binding binding_;
};

// Returns kIndexDiffers, with advice to repair the indexes again.
Error interrupted_repair(const std::filesystem::path& path);

// Returns kCorruptDatabase for a failed read that met corruption or a missing file, otherwise kCannotOpen.
Error read_error(const rocksdb::Status& status);

}  // namespace keyledger::ledger
