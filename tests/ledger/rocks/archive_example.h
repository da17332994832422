// For the tests of the archive: a small log with many small archive files, and all answers of a log.
#pragma once

#include <catch2/catch.hpp>
#include <random>
#include <stop_token>

#include "ledger/log_search.h"
#include "ledger/rocks/archive.h"
#include "ledger/rocks/store.h"
#include "tests/ledger/examples.h"
#include "tests/ledger/log_under_test.h"

namespace keyledger::ledger {

inline const std::stop_token kNeverStop;

// Small segments, blocks and files give a small log many of each.
inline RocksSettings small_settings(const std::filesystem::path& path) {
  return {.faults = {},
          .segment_bits = 7,
          .archive = {.directory = path.parent_path() / "archive", .ledger_id = examples::uuid(1)},
          .archive_shape = {.positions_min = 100,
                            .positions_max = 600,
                            .bytes_max = 1'000'000,
                            .block_bytes = 3'000,
                            .records_kept = 20},
          .archive_faults = {}};
}

inline std::unique_ptr<ArchivableLog> open_small(const std::filesystem::path& path,
                                                 RocksMode mode = RocksMode::kWrite,
                                                 ArchiveFaults faults = {}) {
  RocksSettings settings = small_settings(path);
  settings.archive_faults = std::move(faults);
  return open_log(path, mode, std::move(settings));
}

inline Timestamp second(std::uint64_t n) {
  return later_by(examples::kNoon, static_cast<std::int64_t>(n) * kMicrosecondsPerSecond);
}

// Returns record number n of a log, with a time in second n.
inline Record record_by_chance(std::mt19937_64& random, std::uint64_t n) {
  const auto number = static_cast<std::uint32_t>(random() % 5 + 1);
  Record record = random() % 2 == 0
                      ? examples::uses(random() % 20 + 1, number)
                      : examples::fresh(KeyAssigned{KeyNumber{number}, ClientNumber{number % 2 + 1}});
  record.time = second(n);
  if (random() % 7 == 0) record.idempotency_id = "id-" + std::to_string(random() % 9);
  return record;
}

inline void append_by_chance(IndexedLog& log, std::mt19937_64& random, std::uint64_t records) {
  for (; records > 0; --records) append_one(log, record_by_chance(random, log.end().records));
}

using Bytes = std::vector<std::uint8_t>;

// All answers of a log, up to its end at some moment.
struct Said {
  std::vector<Record> records;
  std::vector<Bytes> bytes;
  std::vector<std::vector<Record>> histories;
  std::vector<Hash> roots;
  std::vector<Position> since;
  std::vector<std::optional<IdempotencyEntry>> idempotent;

  friend bool operator==(const Said&, const Said&) = default;
};

inline Said ask(const IndexedLog& log) {
  Said said;
  auto cursor = log.read(Position{1});
  REQUIRE(cursor.ok());
  for (;;) {
    auto record = (*cursor)->next();
    if (!record) FAIL(record.error().message());
    if (!record->has_value()) break;
    said.bytes.emplace_back((*cursor)->bytes().begin(), (*cursor)->bytes().end());
    said.records.push_back(std::move(**record));
  }
  const std::uint64_t head = log.end().position.value();
  for (std::uint32_t number = 1; number <= 6; ++number) {
    for (const EntityRef& entity : {ref(KeyNumber{number}), ref(ClientNumber{number})}) {
      for (const auto uses : {UsesInHistory::kInclude, UsesInHistory::kLeaveOut}) {
        for (const std::uint64_t from : {std::uint64_t{1}, head / 3, head / 2}) {
          said.histories.push_back(read_all(log.read_entities(std::span(&entity, 1), uses, Position{from})));
        }
      }
    }
    said.idempotent.push_back(*log.find_idempotent("id-" + std::to_string(number)));
  }
  for (std::uint64_t size = 0; size <= log.end().records; ++size) said.roots.push_back(*log.root_at(size));
  for (std::uint64_t n = 0; n <= log.end().records; n += 13)
    said.since.push_back(*first_position_since(log, second(n)));
  return said;
}

// Archives everything older than `before`, file by file; returns the number of files.
inline int archive_all(ArchivableLog& log, Timestamp before) {
  for (int files = 0;; ++files) {
    const auto moved = log.archive_oldest(before, kNeverStop);
    if (!moved) FAIL(moved.error().message());
    if (!moved->has_value()) return files;
    CHECK(std::filesystem::file_size((*moved)->file) == (*moved)->bytes_after);
  }
}

// Returns the number of records still in RocksDB.
inline std::uint64_t stored_records(const std::filesystem::path& path) {
  const auto store = RocksStore::open(path, RocksMode::kRead);
  REQUIRE(store.ok());
  std::uint64_t count = 0;
  const auto place = (*store)->iterate((*store)->records());
  for (place->SeekToFirst(); place->Valid(); place->Next()) ++count;
  return count;
}

constexpr std::uint64_t kRecords = 400;

// A closed log of 400 records, of which the first 300 are in the archive.
struct Example {
  tests::TempDirectory directory;
  std::filesystem::path path = directory / "log";
  std::filesystem::path archive = directory / "archive";
  Said said;
  int files = 0;

  explicit Example(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto log = open_small(path, RocksMode::kCreate);
    append_by_chance(*log, random, kRecords);
    said = ask(*log);
    files = archive_all(*log, second(310));
    REQUIRE(files > 2);
  }

  // Returns the path of the archive file with the position.
  std::filesystem::path file_of(std::uint64_t position) const {
    std::filesystem::path found;
    std::vector<std::filesystem::path> all;
    for (const auto& file : std::filesystem::directory_iterator(archive)) all.push_back(file.path());
    std::sort(all.begin(), all.end());
    for (const std::filesystem::path& file : all) {
      if (file.filename() <= archive_name(Position{position})) found = file;
    }
    return found;
  }
};

}  // namespace keyledger::ledger
