// The index of uses: with any part of the index built, answers equal those of a log without an index.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include "ledger/rocks/use_index.h"

#include <rocksdb/write_batch.h>

#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <stop_token>
#include <thread>

#include "ledger/rocks/cursor.h"
#include "ledger/rocks/row_keys.h"
#include "ledger/rocks/use_indexer.h"
#include "tests/ledger/examples.h"
#include "tests/ledger/file_damage.h"
#include "tests/ledger/log_under_test.h"
#include "tests/support/seed.h"

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;
using tests::TempDirectory;
using Histories = std::vector<std::vector<std::uint64_t>>;

RocksSettings small_segments() { return {.faults = {}, .segment_bits = 7}; }
const UseSegments kSegments{small_segments().segment_bits};
const std::stop_token kNeverStop;

std::unique_ptr<RocksStore> open_store(const fs::path& path, RocksMode mode = RocksMode::kWrite) {
  auto store = RocksStore::open(path, mode);
  if (!store) FAIL(store.error().message());
  return std::move(*store);
}

// Returns a random number: some numbers are adjacent, others far apart, over several buckets.
std::uint32_t number_by_chance(std::mt19937_64& random) {
  constexpr std::array<std::uint32_t, 4> kFirst = {1, 1'020, 70'000, 4'000'000'000};
  return kFirst[random() % kFirst.size()] + static_cast<std::uint32_t>(random() % 12);
}

Record uses_by_chance(std::mt19937_64& random) {
  UseBlock block;
  for (std::uint64_t n = random() % 90 + 1; n > 0; --n) {
    const auto key = random() % 9 == 0 ? kNoKey : KeyNumber{number_by_chance(random)};
    const auto client = random() % 4 == 0 ? kNoClient : ClientNumber{number_by_chance(random)};
    block.uses.push_back({.time = examples::kNoon, .key = key, .client = client});
  }
  return examples::fresh(KeysUsed{std::move(block)});
}

Record record_by_chance(std::mt19937_64& random) {
  if (random() % 3 == 0) return examples::fresh(KeyActivated{KeyNumber{number_by_chance(random)}});
  return uses_by_chance(random);
}

std::vector<std::uint64_t> history_of(const IndexedLog& log, const EntityRef& entity, std::uint64_t from) {
  return positions_in(
      read_all(log.read_entities(std::span(&entity, 1), UsesInHistory::kInclude, Position{from})));
}

// Returns the histories of used and unused keys and clients, from the beginning and from the middle.
Histories histories_of(const IndexedLog& log) {
  Histories all;
  for (const std::uint32_t first : {1U, 1'020U, 70'000U, 4'000'000'000U, 9'000U}) {
    for (std::uint32_t number = first; number < first + 13; ++number) {
      for (const EntityRef& entity : {ref(KeyNumber{number}), ref(ClientNumber{number})}) {
        for (const std::uint64_t from : {std::uint64_t{1}, log.end().position.value() / 2})
          all.push_back(history_of(log, entity, from));
      }
    }
  }
  return all;
}

// A closed log on disk, and the histories of a log in memory with equal records.
struct Example {
  TempDirectory directory;
  fs::path path = directory / "log";
  Position end;
  Histories histories;

  explicit Example(std::uint64_t seed, int records = 60) {
    std::mt19937_64 random(seed);
    const auto memory = make_memory_log();
    const auto log = open_log_here(RocksMode::kCreate);
    for (int i = 0; i < records; ++i) {
      const Record record = record_by_chance(random);
      append_one(*memory, record);
      append_one(*log, record);
    }
    end = log->end().position;
    histories = histories_of(*memory);
    CHECK(histories_of(*log) == histories);
  }

  std::unique_ptr<IndexedLog> open_log_here(RocksMode mode) const {
    return open_log(path, mode, small_segments());
  }

  std::uint64_t complete() const { return kSegments.complete_at(end); }

  void forget_index() const {
    const auto store = open_store(path);
    rocksdb::WriteBatch batch;
    const std::string begin = use_row_prefix(EntityRef::Kind{}, 0);
    REQUIRE(batch.DeleteRange(store->entities(), begin, segment_marker_key(~std::uint64_t{0})).ok());
    REQUIRE(store->db().Write({}, &batch).ok());
    REQUIRE(*count_indexed(*store, kSegments) == 0);
  }

  void index(std::uint64_t segment) const {
    const auto store = open_store(path);
    UseIndexBuilder builder(*store, kSegments);
    REQUIRE(*builder.index(segment, end, kNeverStop));
  }

  std::uint64_t indexed() const { return *count_indexed(*open_store(path, RocksMode::kRead), kSegments); }

  void check_histories() const { CHECK(histories_of(*open_log_here(RocksMode::kRead)) == histories); }
};

}  // namespace

TEST_CASE("positions fall into segments, and these into sixteen chunks") {
  const UseSegments segments(8);
  CHECK(segments.segment_of(Position{255}) == 0);
  CHECK(segments.segment_of(Position{256}) == 1);
  CHECK(segments.first_of(1) == Position{256});
  CHECK(segments.last_of(1) == Position{511});
  CHECK(segments.chunk_of(Position{256}) == 0);
  CHECK(segments.chunk_of(Position{272}) == 1);
  CHECK(segments.chunk_of(Position{511}) == 15);
  CHECK(segments.complete_at(Position{254}) == 0);
  CHECK(segments.complete_at(Position{255}) == 1);
}

TEST_CASE("a row says which numbers were used in which chunks, few or many") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (const std::uint32_t one_in : {1U, 2U, 7U, 100U, 900U}) {
    CAPTURE(one_in);
    std::array<std::uint16_t, UseRow::kNumbers> wanted{};
    UseRow row;
    for (unsigned chunk = 0; chunk < UseSegments::kChunks; ++chunk) {
      for (std::uint32_t number = 0; number < UseRow::kNumbers; ++number) {
        if (random() % one_in != 0) continue;
        row.add(chunk, number);
        row.add(chunk, number);  // a number is added once a use
        wanted[number] = static_cast<std::uint16_t>(wanted[number] | 1U << chunk);
      }
    }
    const std::string bytes = row.encode();
    CHECK(bytes.size() <= 2 + UseSegments::kChunks * (1 + UseRow::kNumbers / 8));
    for (std::uint32_t number = 0; number < UseRow::kNumbers; ++number)
      CHECK(UseRow::chunks_with(bytes, number) == wanted[number]);
  }
}

TEST_CASE("a row that is cut off, too long or out of range is not read") {
  UseRow row;
  for (const std::uint32_t number : {3U, 700U, 1'023U}) row.add(5, number);
  const std::string bytes = row.encode();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK(!UseRow::chunks_with(bytes.substr(0, size), 3));
  CHECK(!UseRow::chunks_with(bytes + '\0', 3));
  CHECK(!UseRow::chunks_with(std::string("\1\0\2\x80\x08\1", 6), 3));  // the number 1,024
  CHECK(!UseRow::chunks_with(std::string("\1\0\0", 3), 3));            // no bitmap
  CHECK(!UseRow::chunks_with(std::string("\1\0\xff\x7f\1", 5), 3));    // fewer numbers than the row claims
}

TEST_CASE("histories are the same whatever part of the index is built") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  const Example example(seed);
  REQUIRE(example.complete() > 6);
  example.forget_index();
  example.check_histories();
  for (std::uint64_t segment = 0; segment < example.complete() / 2; ++segment) example.index(segment);
  CHECK(example.indexed() == example.complete() / 2);
  example.check_histories();
  // A segment indexed out of turn is not counted and does no harm.
  example.index(example.complete() - 1);
  CHECK(example.indexed() == example.complete() / 2);
  example.check_histories();
  // Indexing a segment again changes nothing.
  example.index(0);
  example.check_histories();
}

TEST_CASE("a segment of which rows are written and no marker is not indexed") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  const Example example(seed);
  for (std::uint64_t segment = 0; segment < example.complete(); ++segment) example.index(segment);
  CHECK(example.indexed() == example.complete());
  {
    const auto store = open_store(example.path);
    rocksdb::WriteBatch batch;
    REQUIRE(batch.Delete(store->entities(), segment_marker_key(2)).ok());
    REQUIRE(store->db().Write({}, &batch).ok());
  }
  CHECK(example.indexed() == 2);
  example.check_histories();
}

TEST_CASE("a marker of another layout counts for nothing") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  const Example example(seed);
  example.index(0);
  CHECK(*count_indexed(*open_store(example.path), UseSegments(9)) == 0);
}

TEST_CASE("indexing stops when it is told to, and leaves the segment for later") {
  const Example example(1);
  example.forget_index();
  const auto store = open_store(example.path);
  UseIndexBuilder builder(*store, kSegments);
  std::stop_source stop;
  stop.request_stop();
  CHECK(!*builder.index(0, example.end, stop.get_token()));
  CHECK(*count_indexed(*store, kSegments) == 0);
}

TEST_CASE("what a log has complete when it is opened is indexed behind it, and what it completes later") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  const Example example(seed);
  example.forget_index();
  {
    const auto store = open_store(example.path);
    const Position earlier{example.end.value() / 2};
    UseIndexer indexer(*store, kSegments, 0, earlier);
    indexer.wait();
    CHECK(indexer.indexed() == kSegments.complete_at(earlier));
    indexer.note_end(example.end);
    indexer.wait();
    CHECK(indexer.indexed() == example.complete());
  }
  CHECK(example.indexed() == example.complete());
  example.check_histories();
}

TEST_CASE("histories are right while the log is appended to and indexed") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const TempDirectory directory;
  const auto log = open_log(directory / "log", RocksMode::kCreate, small_segments());
  const auto memory = make_memory_log();
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  std::thread reader([&] {
    const EntityRef key = ref(KeyNumber{3});
    while (!done) {
      // Each record is first appended to the log on disk, so that the log on disk has every record of the log
      // in memory.
      const auto wanted = history_of(*memory, key, 1);
      const auto found = history_of(*log, key, 1);
      if (found.size() < wanted.size() || !std::equal(wanted.begin(), wanted.end(), found.begin())) ++wrong;
    }
  });
  for (int i = 0; i < 400; ++i) {
    const Record record = record_by_chance(random);
    append_one(*log, record);
    append_one(*memory, record);
  }
  done = true;
  reader.join();
  CHECK(wrong == 0);
  CHECK(histories_of(*log) == histories_of(*memory));
}

TEST_CASE("with any byte of its tables flipped, a log gives its histories or refuses") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const Example example(seed);
  for (std::uint64_t segment = 0; segment < example.complete(); ++segment) example.index(segment);
  const auto files = tests::files_below(example.path);
  for (const auto& [name, content] : files) {
    for (int i = 0; i < 12 && name.ends_with(".sst"); ++i) {
      const std::size_t place = random() % content.size();
      CAPTURE(name, place);
      std::string damaged = content;
      damaged[place] = static_cast<char>(damaged[place] ^ (1 << random() % 8));
      tests::write_file(example.path / name, damaged);
      const auto log = open_rocks_log(example.path, RocksMode::kRead, small_segments());
      if (!log) continue;
      std::size_t at = 0;
      for (const std::uint32_t first : {1U, 1'020U}) {
        const EntityRef key = ref(KeyNumber{first});
        auto cursor = (*log)->read_entities(std::span(&key, 1), UsesInHistory::kInclude, Position{1});
        at = first == 1 ? 0 : 13 * 4;
        std::vector<std::uint64_t> found;
        bool refused = !cursor.ok();
        while (!refused) {
          const auto record = (*cursor)->next();
          refused = !record.ok();
          if (refused || !record->has_value()) break;
          found.push_back((*record)->position.value());
        }
        if (!refused) CHECK(found == example.histories[at]);
      }
    }
    tests::write_file(example.path / name, content);
  }
}

}  // namespace keyledger::ledger

#endif
