#include "ledger/host/whole_file.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <thread>

#include "tests/ledger/file_damage.h"
#include "tests/support/temp_directory.h"

namespace keyledger::ledger {

using tests::TempDirectory;

TEST_CASE("a file is read whole, be it empty or large") {
  const TempDirectory directory;
  const std::string name = (directory / "file").string();
  for (const std::size_t size : {0U, 1U, 65'535U, 65'536U, 65'537U, 1'000'000U}) {
    const std::string content(size, 'x');
    tests::write_file(name, content);
    const auto read = read_whole_file(name);
    REQUIRE(read.ok());
    CHECK(*read == content);
  }
}

TEST_CASE("a pipe is read to its end, though it has no size") {
  const TempDirectory directory;
  const std::string name = (directory / "pipe").string();
  REQUIRE(::mkfifo(name.c_str(), 0600) == 0);
  const std::string content(300'000, 'x');
  std::thread writer([&] { tests::write_file(name, content); });
  const auto read = read_whole_file(name);
  writer.join();
  REQUIRE(read.ok());
  CHECK(*read == content);
}

TEST_CASE("what cannot be read is refused with its name and the reason") {
  const TempDirectory directory;
  const std::string absent = (directory / "absent").string();
  CHECK(read_whole_file(absent).error().message() ==
        "The file cannot be read: " + absent + ": No such file or directory");
  CHECK(read_whole_file(directory.path().string()).error().message() ==
        "The file cannot be read: " + directory.path().string() + ": it is a directory");
  CHECK(read_whole_file(absent).error().code == ErrorCode::kCannotRead);
}

}  // namespace keyledger::ledger
