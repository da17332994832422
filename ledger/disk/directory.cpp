#include "ledger/disk/directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ledger/disk/closing_file.h"
#include "ledger/disk/head_record.h"
#include "ledger/disk/lock.h"
#include "ledger/disk/marker.h"
#include "ledger/disk/presence.h"
#include "ledger/disk/witnesses.h"
#include "ledger/host/file_io.h"
#include "ledger/host/make_directory.h"
#include "ledger/host/small_file.h"
#include "ledger/rocks/index_repair.h"
#include "ledger/rocks/log.h"
#include "ledger/values/entity_ids.h"

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMarkerName = "LEDGER";
constexpr std::string_view kLockName = "lock";
constexpr std::string_view kHeadName = "head";
constexpr std::string_view kLogName = "log";
constexpr std::string_view kArchiveName = "archive";
constexpr mode_t kDirectoryMode = 0777;  // the umask decides

Error error_at(ErrorCode code, const fs::path& path, std::string_view what) {
  return {code, fmt::format("{}: {}", path.string(), what)};
}

Error cannot_open(const fs::path& path, const std::error_code& error) {
  return error_at(ErrorCode::kCannotOpen, path, error.message());
}

// --- Looking at a path before changing anything ---

enum class Place : std::uint8_t {
  kAbsent,
  kEmpty,
  kHalfMade,  // the making of a ledger was interrupted: only our own names, and no LEDGER
  kLedger,
};

// Returns kEmpty, or kHalfMade if the directory holds only files of an interrupted making of a ledger, with
// the lock. The lock is made first, so a directory `log` without a lock belongs to somebody else. Fails with
// kNotALedger if the directory holds anything else.
Result<Place> place_without_marker(const fs::path& path) {
  std::error_code error;
  bool is_locked = false;
  std::size_t names = 0;
  for (auto entry = fs::directory_iterator(path, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const std::array<std::string, 4> ours = {std::string(kLockName), std::string(kHeadName),
                                             std::string(kLogName), fmt::format("{}.new", kMarkerName)};
    if (std::find(ours.begin(), ours.end(), name) == ours.end()) {
      return error_at(ErrorCode::kNotALedger, path, "the directory contains other files");
    }
    is_locked = is_locked || name == kLockName;
    ++names;
  }
  if (error) return cannot_open(path, error);
  if (names == 0) return Place::kEmpty;
  if (!is_locked) return error_at(ErrorCode::kNotALedger, path, "the directory contains other files");
  return Place::kHalfMade;
}

Result<Place> place_at(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return Place::kAbsent;
  if (error) return cannot_open(path, error);
  if (!fs::is_directory(status)) return error_at(ErrorCode::kNotALedger, path, "not a directory");
  const fs::file_status marker = fs::status(path / kMarkerName, error);
  if (marker.type() == fs::file_type::not_found) return place_without_marker(path);
  if (error) return cannot_open(path / kMarkerName, error);
  return Place::kLedger;
}

Result<boost::uuids::uuid> read_marker(const fs::path& path) {
  const auto text = read_small_file(path / kMarkerName);
  if (!text) return text.error();
  auto id = parse_marker(text->value_or(""));
  if (!id) return error_at(id.error().code, path, id.error().detail);
  return id;
}

// --- Comparing the log with the head record and the witnesses ---

Result<void> check_owner(const fs::path& path, const RememberedHead& remembered,
                         const boost::uuids::uuid& id) {
  if (!remembered.ledger_id || *remembered.ledger_id == id) return {};
  return error_at(ErrorCode::kForeignPart, path / kHeadName,
                  fmt::format("the file belongs to ledger {}, and LEDGER names ledger {}",
                              to_string(*remembered.ledger_id), to_string(id)));
}

Result<void> check_length(const LogIndex& index, const LogHead& remembered) {
  const LogHead head = index.head();
  if (head.records < remembered.records || head.position < remembered.position) {
    return Error{ErrorCode::kShortened,
                 fmt::format("the log ends at position {}, but reached position {} before",
                             head.position.value(), remembered.position.value())};
  }
  const auto root = index.root_at(remembered.records);
  if (!root) return root.error();
  if (*root != remembered.root) {
    return Error{ErrorCode::kShortened,
                 fmt::format("the records up to position {} are not those that were written",
                             remembered.position.value())};
  }
  return {};
}

RocksSettings settings_of(const fs::path& path, const boost::uuids::uuid& id) {
  RocksSettings settings;
  settings.archive = {.directory = path / kArchiveName, .ledger_id = id};
  return settings;
}

Result<std::unique_ptr<ArchivableLog>> open_checked_log(const fs::path& path, const boost::uuids::uuid& id,
                                                        RocksMode mode, const LogHead& remembered,
                                                        const Witnesses& witnesses) {
  auto log = open_rocks_log(path / kLogName, mode, settings_of(path, id));
  if (!log) return log;
  if (auto whole = check_length(**log, remembered); !whole) return whole.error();
  if (auto whole = witnesses.check(**log); !whole) return whole.error();
  return log;
}

// --- The two ways to open a ledger ---

class ReadLedger final : public LedgerDirectory {
 public:
  ReadLedger(fs::path path, const boost::uuids::uuid& id, const RememberedHead& remembered,
             std::unique_ptr<ArchivableLog> log)
      : path_(std::move(path)), id_(id), is_named_(remembered.ledger_id.has_value()), log_(std::move(log)) {}

  Log& log() override { return *log_; }
  LogIndex& index() override { return *log_; }
  const boost::uuids::uuid& id() const override { return id_; }
  const fs::path& path() const override { return path_; }
  Result<void> note_durable_head(const LogHead& /*head*/) override { return {}; }
  Result<std::optional<ClosingDigest>> closing_digest() const override {
    return read_closing_of(closing_of(path_), id_);
  }
  Result<void> leave_closing_digest(const ClosingDigest& /*closing*/) override {
    return Error{ErrorCode::kWriteFailed, "the ledger is open for reading only"};
  }
  Result<std::optional<ArchivedAmount>> archivable(Timestamp before) const override {
    return log_->archivable(before);
  }
  Result<std::optional<ArchivedAmount>> archive_oldest(Timestamp before,
                                                       const std::stop_token& stop) override {
    return log_->archive_oldest(before, stop);
  }
  std::unique_ptr<IndexCheck> begin_index_check() const override { return log_->begin_index_check(); }
  bool names_itself() const override { return is_named_ && log_->names_its_ledger(); }

 private:
  fs::path path_;
  boost::uuids::uuid id_;
  bool is_named_;  // true if the head record names the ledger
  std::unique_ptr<ArchivableLog> log_;
};

class WrittenLedger final : public LedgerDirectory {
 public:
  WrittenLedger(fs::path path, const boost::uuids::uuid& id, DirectoryLock lock,
                std::unique_ptr<HeadRecord> head, std::unique_ptr<ArchivableLog> log)
      : path_(std::move(path)),
        id_(id),
        presence_(path_),
        lock_(std::move(lock)),
        head_(std::move(head)),
        log_(std::move(log)) {}

  Log& log() override { return *log_; }
  LogIndex& index() override { return *log_; }
  const boost::uuids::uuid& id() const override { return id_; }
  const fs::path& path() const override { return path_; }

  Result<void> note_durable_head(const LogHead& head) override {
    if (auto here = presence_.check(); !here) return here;
    if (head.position <= head_->head().position) return {};
    return head_->write(head);
  }

  Result<std::optional<ClosingDigest>> closing_digest() const override {
    return read_closing_of(closing_of(path_), id_);
  }

  Result<void> leave_closing_digest(const ClosingDigest& closing) override {
    if (auto synced = head_->sync(); !synced) return synced;
    return replace_small_file(closing_of(path_), closing_text({.digest = closing, .ledger_id = id_}));
  }

  Result<std::optional<ArchivedAmount>> archivable(Timestamp before) const override {
    return log_->archivable(before);
  }
  Result<std::optional<ArchivedAmount>> archive_oldest(Timestamp before,
                                                       const std::stop_token& stop) override {
    return log_->archive_oldest(before, stop);
  }
  std::unique_ptr<IndexCheck> begin_index_check() const override { return log_->begin_index_check(); }
  bool names_itself() const override { return true; }

 private:
  fs::path path_;
  boost::uuids::uuid id_;
  DirectoryPresence presence_;
  DirectoryLock lock_;  // released last
  std::unique_ptr<HeadRecord> head_;
  std::unique_ptr<ArchivableLog> log_;
};

using Opened = Result<std::unique_ptr<LedgerDirectory>>;

// A half-made ledger may be made anew, unless it has signs of records: then it is a ledger that lost its
// LEDGER.
Result<void> check_nothing_is_lost(const fs::path& path) {
  const Error lost =
      error_at(ErrorCode::kCorruptDatabase, path, "LEDGER is missing, and the log may hold records");
  if (const auto remembered = read_head_record(path / kHeadName); remembered && remembered->head.records > 0)
    return lost;
  bool has_rows = false;
  std::error_code error;
  for (auto file = fs::directory_iterator(path / kLogName, error); !error && file != fs::directory_iterator();
       file.increment(error)) {
    const fs::path extension = file->path().extension();
    has_rows = has_rows || extension == ".sst" || (extension == ".log" && file->file_size(error) > 0);
  }
  if (error && error != std::errc::no_such_file_or_directory) return cannot_open(path / kLogName, error);
  if (!has_rows) return {};
  // The row with the id of the ledger that was being made is no record.
  const auto log = open_rocks_log(path / kLogName, RocksMode::kRead);
  if (!log || (*log)->end().records > 0) return lost;
  return {};
}

Opened make_ledger(const fs::path& path, const boost::uuids::uuid& id, DirectoryLock lock) {
  if (auto nothing = check_nothing_is_lost(path); !nothing) return nothing.error();
  auto log = open_rocks_log(path / kLogName, RocksMode::kCreate, settings_of(path, id));
  if (!log) {
    const ErrorCode code = log.error().code;
    return Error{code == ErrorCode::kCannotOpen ? ErrorCode::kCannotCreate : code, log.error().detail};
  }
  auto head = HeadRecord::create(path / kHeadName, id);
  if (!head) return head.error();
  // The marker is written last, so that a directory with a marker has a head record and a log.
  if (auto synced = sync_directory(path); !synced) return synced.error();
  if (auto marked = replace_small_file(path / kMarkerName, marker_text(id)); !marked) return marked.error();
  if (auto synced = sync_directory(path / ".."); !synced) return synced.error();
  sync_ancestors(path);
  return std::unique_ptr<LedgerDirectory>(
      std::make_unique<WrittenLedger>(path, id, std::move(lock), std::move(*head), std::move(*log)));
}

Opened open_existing(const fs::path& path, DirectoryLock lock) {
  const auto id = read_marker(path);
  if (!id) return id.error();
  auto head = HeadRecord::open(path / kHeadName);
  if (!head) return head.error();
  const RememberedHead remembered = (*head)->remembered();
  if (auto own = check_owner(path, remembered, *id); !own) return own.error();
  const Witnesses witnesses = Witnesses::in(path, *id);
  // First opens the log to read, because opening to write makes RocksDB replay its write-ahead log and
  // discard unusable records, and a refused ledger must stay unchanged.
  if (auto whole = open_checked_log(path, *id, RocksMode::kRead, remembered.head, witnesses); !whole)
    return whole.error();
  auto log = open_checked_log(path, *id, RocksMode::kWrite, remembered.head, witnesses);
  if (!log) return log.error();
  // The head record of an older version gets its id after the database, whose id is on the disk now.
  if (auto bound = (*head)->bind(*id); !bound) return bound.error();
  return std::unique_ptr<LedgerDirectory>(
      std::make_unique<WrittenLedger>(path, *id, std::move(lock), std::move(*head), std::move(*log)));
}

Opened open_reading(const fs::path& path) {
  const auto id = read_marker(path);
  if (!id) return id.error();
  // Reads the head record and the witnesses before the log, because a writer may be appending: the log read
  // later is at least as long.
  const auto remembered = read_head_record(path / kHeadName);
  if (!remembered) return remembered.error();
  if (auto own = check_owner(path, *remembered, *id); !own) return own.error();
  const Witnesses witnesses = Witnesses::in(path, *id);
  auto log = open_checked_log(path, *id, RocksMode::kRead, remembered->head, witnesses);
  if (!log) return log.error();
  return std::unique_ptr<LedgerDirectory>(
      std::make_unique<ReadLedger>(path, *id, *remembered, std::move(*log)));
}

}  // namespace

Opened open_ledger(const fs::path& path, const boost::uuids::uuid& new_id) {
  const auto before = place_at(path);
  if (!before) return before.error();
  if (*before == Place::kLedger) {
    if (const auto id = read_marker(path); !id) return id.error();
  }
  if (*before == Place::kAbsent) {
    if (auto made = make_directories(path, kDirectoryMode); !made) return made.error();
  }
  auto lock = DirectoryLock::take(path / kLockName);
  if (!lock) {
    const bool is_new = *before != Place::kLedger && lock.error().code == ErrorCode::kCannotOpen;
    return Error{is_new ? ErrorCode::kCannotCreate : lock.error().code, lock.error().detail};
  }
  // Looks again under the lock, because another process may have made the ledger meanwhile.
  const auto now = place_at(path);
  if (!now) return now.error();
  return *now == Place::kLedger ? open_existing(path, std::move(*lock))
                                : make_ledger(path, new_id, std::move(*lock));
}

Result<RepairedIndexes> repair_indexes(const fs::path& path, const RepairProgress& progress) {
  const auto place = place_at(path);
  if (!place) return place.error();
  if (*place == Place::kAbsent)
    return cannot_open(path, std::make_error_code(std::errc::no_such_file_or_directory));
  if (*place != Place::kLedger) return error_at(ErrorCode::kNotALedger, path, "it has no LEDGER file");
  const auto lock = DirectoryLock::take(path / kLockName);
  if (!lock) return lock.error();
  const auto id = read_marker(path);
  if (!id) return id.error();
  const auto remembered = read_head_record(path / kHeadName);
  if (!remembered) return remembered.error();
  if (auto own = check_owner(path, *remembered, *id); !own) return own.error();
  return repair_rocks_indexes(
      path / kLogName,
      {.rocks = settings_of(path, *id), .remembered = remembered->head, .progress = progress, .faults = {}});
}

Opened open_ledger_to_read(const fs::path& path) {
  const auto place = place_at(path);
  if (!place) return place.error();
  if (*place == Place::kAbsent) {
    return cannot_open(path, std::make_error_code(std::errc::no_such_file_or_directory));
  }
  if (*place != Place::kLedger) return error_at(ErrorCode::kNotALedger, path, "it has no LEDGER file");
  // A writer may drop a write-ahead log between the reads of the list of tables and of the logs. Records
  // missing then are found at the next attempt.
  constexpr int kAttempts = 3;
  Opened opened = open_reading(path);
  for (int attempt = 1; attempt < kAttempts && !opened && opened.error().is_corruption(); ++attempt) {
    opened = open_reading(path);
  }
  return opened;
}

std::uint64_t bytes_of_log(const fs::path& ledger) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(ledger / kLogName, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code vanished;  // the table was compacted away meanwhile
    const std::uint64_t size = entry->is_regular_file(vanished) ? entry->file_size(vanished) : 0;
    if (!vanished) bytes += size;
  }
  return bytes;
}

fs::path default_socket_of(const fs::path& ledger) { return ledger / "keyledger.sock"; }

}  // namespace keyledger::ledger
