// A file that gets its name only when the content is whole.
#include "ledger/host/pending_file.h"

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/temp_directory.h"

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::uint8_t, 2> kContent = {'h', 'i'};
constexpr mode_t kMode = 0600;

std::string text_in(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("a pending file gets its name by being published, and replaces the file of that name") {
  const tests::TempDirectory directory;
  std::ofstream(directory / "name") << "old";
  {
    auto file = PendingFile::create(directory / "pending", kMode);
    REQUIRE(file.ok());
    REQUIRE(file->write_at(kContent, 0).ok());
    REQUIRE(file->sync().ok());
    CHECK(text_in(directory / "name") == "old");
    REQUIRE(file->publish(directory / "name").ok());
  }
  CHECK(text_in(directory / "name") == "hi");
  CHECK_FALSE(fs::exists(directory / "pending"));
  CHECK((fs::status(directory / "name").permissions() & fs::perms(0077)) == fs::perms::none);
}

TEST_CASE("a pending file that is not published leaves nothing") {
  const tests::TempDirectory directory;
  {
    auto file = PendingFile::create(directory / "pending", kMode);
    REQUIRE(file.ok());
    const PendingFile moved = std::move(*file);
    REQUIRE(moved.write_at(kContent, 0).ok());
  }
  CHECK(fs::is_empty(directory.path()));
}

TEST_CASE("a pending file names the path that cannot be created, and the system's reason") {
  const tests::TempDirectory directory;
  const auto created = PendingFile::create(directory / "no" / "pending", kMode);
  REQUIRE_FALSE(created.ok());
  CHECK(created.error() == Error{ErrorCode::kCannotCreate,
                                 (directory / "no" / "pending").string() + ": No such file or directory"});
  auto file = PendingFile::create(directory / "pending", kMode);
  REQUIRE(file.ok());
  const auto published = file->publish(directory / "no" / "name");
  REQUIRE_FALSE(published.ok());
  CHECK(published.error().code == ErrorCode::kCannotCreate);
}

}  // namespace
}  // namespace keyledger::ledger
