#include "ledger/host/regular_file.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "ledger/host/pending_file.h"
#include "ledger/host/small_file.h"
#include "tests/ledger/file_damage.h"
#include "tests/support/temp_directory.h"

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;

void make_socket(const fs::path& path) {
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  REQUIRE(::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

}  // namespace

TEST_CASE("E8: only a regular file is opened, and nothing else is waited for") {
  const tests::TempDirectory directory;
  const fs::path path = directory / "file";
  SECTION("a pipe") { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }
  SECTION("a directory") { fs::create_directory(path); }
  SECTION("a link to a device") { fs::create_symlink("/dev/zero", path); }
  SECTION("a socket") { make_socket(path); }
  for (const int flags : {O_RDONLY, O_WRONLY, O_RDWR | O_CREAT | O_TRUNC}) {
    const auto opened = open_regular_file(path, flags, 0600);
    REQUIRE(!opened.ok());
    CHECK(!opened.error().is_missing);
    CHECK(opened.error().detail == path.string() + ": not a regular file");
  }
  CHECK(read_small_file(path).error().code == ErrorCode::kCannotOpen);
  CHECK(PendingFile::create(path, 0600).error().code == ErrorCode::kCannotCreate);
}

TEST_CASE("a regular file is opened, also through a link, and a missing one is told apart") {
  const tests::TempDirectory directory;
  tests::write_file(directory / "file", "text");
  fs::create_symlink(directory / "file", directory / "link");
  CHECK(open_regular_file(directory / "file", O_RDONLY).ok());
  CHECK(open_regular_file(directory / "link", O_RDONLY).ok());
  const auto missing = open_regular_file(directory / "missing", O_RDONLY);
  REQUIRE(!missing.ok());
  CHECK(missing.error().is_missing);
  CHECK(open_regular_file(directory / "made", O_WRONLY | O_CREAT, 0600).ok());
}

}  // namespace keyledger::ledger
