#include "ledger/host/small_file.h"

#include <catch2/catch.hpp>

#include "tests/ledger/file_damage.h"
#include "tests/support/temp_directory.h"

namespace keyledger::ledger {

TEST_CASE("a small file is replaced as a whole and read back") {
  const tests::TempDirectory directory;
  CHECK(!read_small_file(directory / "note")->has_value());
  REQUIRE(replace_small_file(directory / "note", "first text").ok());
  REQUIRE(replace_small_file(directory / "note", "second").ok());
  CHECK(**read_small_file(directory / "note") == "second");
  CHECK(tests::files_below(directory.path()).size() == 1);
}

TEST_CASE("what an earlier replacement left half done is replaced too") {
  const tests::TempDirectory directory;
  tests::write_file(directory / "note.new", std::string(1'000, 'x'));
  REQUIRE(replace_small_file(directory / "note", "text").ok());
  CHECK(**read_small_file(directory / "note") == "text");
}

TEST_CASE("a small file that cannot be read or written says where and why") {
  const tests::TempDirectory directory;
  const auto written = replace_small_file(directory.path() / "absent" / "note", "text");
  REQUIRE(!written.ok());
  CHECK(written.error().code == ErrorCode::kCannotCreate);
  CHECK(written.error().detail.find("No such file or directory") != std::string::npos);
  const auto read = read_small_file(directory.path());
  REQUIRE(!read.ok());
  CHECK(read.error().code == ErrorCode::kCannotOpen);
  CHECK(read.error().detail.find("not a regular file") != std::string::npos);
}

}  // namespace keyledger::ledger
