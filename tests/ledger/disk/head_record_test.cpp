#include "ledger/disk/head_record.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/ledger/examples.h"
#include "tests/ledger/file_damage.h"
#include "tests/support/temp_directory.h"

namespace keyledger::ledger {
namespace {

const boost::uuids::uuid kId = examples::uuid(1);

LogHead head_at(std::uint64_t position) {
  return {.position = Position{position},
          .records = position / 2,
          .time = Timestamp{static_cast<std::int64_t>(position) * 1'000},
          .root = {static_cast<std::uint8_t>(position), 9}};
}

}  // namespace

TEST_CASE("a new head record remembers an empty log") {
  const tests::TempDirectory directory;
  const LogHead empty{.position = kBeforeFirst, .records = 0, .time = {}, .root = MerkleFrontier{}.root()};
  auto made = HeadRecord::create(directory / "head", kId);
  REQUIRE(made.ok());
  CHECK((*made)->head() == empty);
  CHECK(read_head_record(directory / "head")->head == empty);
}

TEST_CASE("the head that was written last is remembered, at once and after closing") {
  const tests::TempDirectory directory;
  {
    auto made = HeadRecord::create(directory / "head", kId);
    REQUIRE(made.ok());
    for (std::uint64_t position = 1; position <= 2 * HeadRecord::kWritesPerSync; ++position) {
      REQUIRE((*made)->write(head_at(position)).ok());
      CHECK(read_head_record(directory / "head")->head == head_at(position));
    }
  }
  auto opened = HeadRecord::open(directory / "head");
  REQUIRE(opened.ok());
  CHECK((*opened)->head() == head_at(2 * HeadRecord::kWritesPerSync));
  REQUIRE((*opened)->write(head_at(1'000)).ok());
  CHECK(read_head_record(directory / "head")->head == head_at(1'000));
}

TEST_CASE("whatever byte is damaged, the newest head or the one before it is remembered") {
  const tests::TempDirectory directory;
  {
    auto made = HeadRecord::create(directory / "head", kId);
    REQUIRE(made.ok());
    for (const std::uint64_t position : {10U, 20U, 30U}) REQUIRE((*made)->write(head_at(position)).ok());
  }
  const std::string whole = tests::read_file(directory / "head");
  REQUIRE(whole.size() == 8192);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    tests::write_file(directory / "head", damaged);
    const auto head = read_head_record(directory / "head");
    REQUIRE(head.ok());
    CHECK((head->head == head_at(30) || head->head == head_at(20)));
    CHECK(head->ledger_id == kId);
  }
}

TEST_CASE("a file without a whole slot is corrupt") {
  const tests::TempDirectory directory;
  REQUIRE(HeadRecord::create(directory / "head", kId).ok());
  const std::string whole = tests::read_file(directory / "head");
  const std::string content =
      GENERATE_COPY("", std::string(8192, '\0'), whole.substr(0, 100), whole.substr(1));
  tests::write_file(directory / "head", content);
  CHECK(read_head_record(directory / "head").error().code == ErrorCode::kCorruptDatabase);
  CHECK(HeadRecord::open(directory / "head").error().code == ErrorCode::kCorruptDatabase);
}

TEST_CASE("a head record that is missing is corruption, and is not made") {
  const tests::TempDirectory directory;
  CHECK(read_head_record(directory / "head").error().code == ErrorCode::kCorruptDatabase);
  CHECK(HeadRecord::open(directory / "head").error().code == ErrorCode::kCorruptDatabase);
  CHECK(!std::filesystem::exists(directory / "head"));
}

TEST_CASE("a head record that cannot be made says where and why") {
  const tests::TempDirectory directory;
  const auto made = HeadRecord::create(directory.path() / "absent" / "head", kId);
  REQUIRE(!made.ok());
  CHECK(made.error().code == ErrorCode::kCannotCreate);
  CHECK(made.error().detail.find("absent/head: No such file or directory") != std::string::npos);
}

}  // namespace keyledger::ledger
