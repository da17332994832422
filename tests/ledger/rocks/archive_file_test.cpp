// Archive files: contents read equal contents written, the bytes are pinned, and no other file is accepted.
#include "ledger/rocks/archive_file.h"

#include <zstd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "ledger/codec/record_codec.h"
#include "tests/ledger/examples.h"
#include "tests/ledger/file_damage.h"
#include "tests/support/seed.h"
#include "tests/support/temp_directory.h"

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;
using tests::TempDirectory;
using Bytes = std::vector<std::uint8_t>;

const LogPlace kFirst{.record = 64, .position = Position{1'000}};

// Returns records of a log from kFirst on: events, and blocks of uses in several sizes.
std::vector<Record> some_records() {
  std::vector<Record> records;
  LogPlace next = kFirst;
  for (std::size_t i = 0; i < 40; ++i) {
    Record record =
        i % 3 == 0 ? examples::fresh(KeyCreated{examples::key_details()}) : examples::uses(i * 7 % 30 + 1, 3);
    record.index = next.record;
    record.position = next.position;
    record.time = later_by(examples::kNoon, static_cast<std::int64_t>(i));
    next = {.record = record.index + 1, .position = last_position_of(record).next()};
    records.push_back(record);
  }
  return records;
}

fs::path write(const fs::path& directory, const std::vector<Record>& records, std::size_t block_bytes) {
  auto writer = ArchiveWriter::create(
      directory, {.ledger_id = examples::uuid(3), .first = kFirst, .block_bytes = block_bytes});
  REQUIRE(writer.ok());
  for (const Record& record : records) (*writer)->add(record, encode_record(record));
  REQUIRE((*writer)->finish(Hash{1, 2, 3}).ok());
  auto file = (*writer)->publish();
  REQUIRE(file.ok());
  CHECK((*writer)->bytes() == fs::file_size(*file));
  return *file;
}

// Returns the stored bytes of all records, or nothing if the file is damaged.
std::optional<std::vector<Bytes>> read(const fs::path& path) {
  const auto file = ArchiveFile::open(path);
  if (!file) return std::nullopt;
  std::vector<Bytes> all;
  ArchiveBlock block;
  for (Position next = (*file)->identity().first.position; next < (*file)->identity().behind.position;
       next = block.behind()) {
    if (!(*file)->read(next, block).ok()) return std::nullopt;
    for (std::size_t i = 0; i < block.records(); ++i)
      all.emplace_back(block.bytes_of(i).begin(), block.bytes_of(i).end());
  }
  return all;
}

std::vector<Bytes> encoded(const std::vector<Record>& records) {
  std::vector<Bytes> all;
  for (const Record& record : records) all.push_back(encode_record(record));
  return all;
}

}  // namespace

TEST_CASE("an archive file has the records that were written to it, in blocks of any size") {
  const TempDirectory directory;
  const std::vector<Record> records = some_records();
  const std::size_t block_bytes = GENERATE(as<std::size_t>{}, 1, 1'000, 5'000, 1'000'000);
  const fs::path path = write(directory / "archive", records, block_bytes);
  CHECK(path.filename() == "00000000000000001000.records");
  CHECK(read(path) == encoded(records));
  const auto file = ArchiveFile::open(path);
  REQUIRE(file.ok());
  CHECK((*file)->bytes() == fs::file_size(path));
  CHECK((*file)->identity() ==
        ArchiveIdentity{.ledger_id = examples::uuid(3),
                        .first = kFirst,
                        .behind = {.record = records.back().index + 1,
                                   .position = last_position_of(records.back()).next()},
                        .begins = records.front().time,
                        .ends = records.back().time,
                        .root = Hash{1, 2, 3}});
  // Every position of a record leads to the record.
  ArchiveBlock block;
  for (const Record& record : records) {
    for (const Position position : {record.position, last_position_of(record)}) {
      REQUIRE((*file)->read(position, block).ok());
      CHECK(block.position_of(block.record_holding(position)) == record.position);
    }
  }
}

TEST_CASE("an archive file that is not published is gone") {
  const TempDirectory directory;
  {
    auto writer = ArchiveWriter::create(
        directory / "archive", {.ledger_id = examples::uuid(3), .first = kFirst, .block_bytes = 100});
    REQUIRE(writer.ok());
    for (const Record& record : some_records()) (*writer)->add(record, encode_record(record));
    REQUIRE((*writer)->finish({}).ok());
    CHECK(!fs::is_empty(directory / "archive"));
  }
  CHECK(fs::is_empty(directory / "archive"));
}

TEST_CASE("an archive file that cannot be written says where") {
  const TempDirectory directory;
  tests::write_file(directory / "archive", "a file");
  const auto writer = ArchiveWriter::create(directory / "archive", {.first = kFirst, .block_bytes = 100});
  REQUIRE(!writer.ok());
  CHECK(writer.error().code == ErrorCode::kArchiveNotWritten);
  CHECK(writer.error().detail.find("archive") != std::string::npos);
}

TEST_CASE("an archive file that is not there is missing") {
  const TempDirectory directory;
  CHECK(ArchiveFile::open(directory / "none").error().code == ErrorCode::kArchiveMissing);
}

TEST_CASE("an archive file of the first format is read, whatever is written today") {
  const fs::path golden = fs::path(KEYLEDGER_TEST_DATA) / "golden" / "archive_v1.records";
  const TempDirectory directory;
  const std::vector<Record> records = some_records();
  CHECK(read(golden) == encoded(records));
  const auto file = ArchiveFile::open(golden);
  REQUIRE(file.ok());
  CHECK((*file)->blocks() > 2);
  CHECK((*file)->identity().first == kFirst);
}

// All bytes follow the header comment of the format, except the compressed frames, because another version of
// the library may compress differently.
TEST_CASE("the bytes of an archive file are those of its format") {
  const std::string bytes = tests::read_file(fs::path(KEYLEDGER_TEST_DATA) / "golden" / "archive_v1.records");
  const auto number = [&](std::size_t at, std::size_t size = 8) {
    std::uint64_t value = 0;
    for (std::size_t i = size; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
    return value;
  };
  const std::vector<Record> records = some_records();
  CHECK(bytes.substr(0, 16) == "keyledger archiv");
  CHECK(number(16, 4) == 1);
  CHECK(number(20, 4) == 0);
  CHECK(std::memcmp(bytes.data() + 24, examples::uuid(3).data, 16) == 0);
  CHECK(number(40) == 64);
  CHECK(number(48) == 1'000);
  const std::size_t footer = bytes.size() - 88;
  const std::uint64_t index = number(footer);
  const std::uint64_t blocks = number(footer + 8);
  CHECK(index + blocks * 40 == footer);
  CHECK(number(footer + 16) == records.back().index + 1);
  CHECK(number(footer + 24) == last_position_of(records.back()).value() + 1);
  CHECK(number(footer + 32) == static_cast<std::uint64_t>(records.front().time.microseconds));
  CHECK(number(footer + 40) == static_cast<std::uint64_t>(records.back().time.microseconds));
  CHECK(bytes.substr(footer + 48, 3) == "\1\2\3");
  // Find the first block through the index alone.
  CHECK(number(index) == 64);
  CHECK(number(index + 8) == 1'000);
  CHECK(number(index + 16) == 64);
  std::vector<std::uint8_t> block(number(index + 28, 4));
  REQUIRE(ZSTD_decompress(block.data(), block.size(), bytes.data() + 64, number(index + 24, 4)) ==
          block.size());
  ArchiveBlockBuilder builder;
  for (std::uint64_t i = 64; i < number(index + 40); ++i) {
    const Record& record = records[i - 64];
    builder.add(encode_record(record), static_cast<std::uint32_t>(positions_of(record)));
  }
  const auto again = builder.finish();
  CHECK(std::equal(block.begin(), block.end(), again.begin(), again.end()));
}

TEST_CASE("an archive file with a byte flipped anywhere is refused") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const TempDirectory directory;
  const fs::path path = write(directory / "archive", some_records(), 1'000);
  const std::string whole = tests::read_file(path);
  for (std::size_t at = 0; at < whole.size(); at += random() % 8 + 1) {
    CAPTURE(at);
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random() % 8));
    tests::write_file(path, damaged);
    CHECK(!read(path));
  }
}

TEST_CASE("an archive file that is cut short or longer is refused") {
  const TempDirectory directory;
  const fs::path path = write(directory / "archive", some_records(), 1'000);
  const std::string whole = tests::read_file(path);
  for (std::size_t size = 0; size < whole.size(); size += size < 300 ? 1 : 97) {
    CAPTURE(size);
    tests::write_file(path, whole.substr(0, size));
    CHECK(ArchiveFile::open(path).error().code == ErrorCode::kCorruptDatabase);
  }
  tests::write_file(path, whole + whole);
  CHECK(ArchiveFile::open(path).error().code == ErrorCode::kCorruptDatabase);
}

TEST_CASE("a block whose columns are nonsense is none") {
  ArchiveBlockBuilder builder;
  builder.add(Bytes(10), 2);
  builder.add(Bytes(6), 5);
  const Bytes whole(builder.finish().begin(), builder.finish().end());
  const LogPlace first{.record = 7, .position = Position{100}};
  const auto opens = [&](const Bytes& bytes, const LogPlace& end) {
    ArchiveBlock block;
    block.buffer() = bytes;
    const bool is_block = block.open(first, end);
    CHECK(block.records() == (is_block ? 2 : 0));
    return is_block;
  };
  const LogPlace end{.record = 9, .position = Position{107}};
  CHECK(opens(whole, end));
  CHECK(!opens(whole, {.record = 8, .position = Position{107}}));
  CHECK(!opens(whole, {.record = 9, .position = Position{106}}));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK(!opens(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)), end));
  }
  // Damage every number of the columns: the count, two sizes, two counts of positions.
  for (std::size_t at = 0; at < 20; ++at) {
    for (const int value : {0, 1, 3, 255}) {
      Bytes damaged = whole;
      if (damaged[at] == value) continue;
      damaged[at] = static_cast<std::uint8_t>(value);
      CHECK(!opens(damaged, end));
    }
  }
}

}  // namespace keyledger::ledger
