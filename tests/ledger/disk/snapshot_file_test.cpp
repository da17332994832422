#include "ledger/disk/snapshot_file.h"

#include <signal.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <numeric>

#include "tests/ledger/disk/snapshot_example.h"
#include "tests/ledger/file_damage.h"
#include "tests/support/temp_directory.h"

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;
using tests::TempDirectory;
using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(std::size_t size) {
  Bytes bytes(size);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
  return bytes;
}

// An empty section, a section of a few bytes, and a section of more than a page.
const std::vector<Bytes> kSections = {bytes_of(0), bytes_of(10), bytes_of(5'000)};

fs::path write(const fs::path& directory, const SnapshotIdentity& identity,
               const std::vector<Bytes>& sections = kSections) {
  auto writer = SnapshotWriter::create(directory);
  REQUIRE(writer.ok());
  for (const Bytes& section : sections) {
    (*writer)->next_section();
    (*writer)->write(std::span(section).first(section.size() / 2));
    (*writer)->write(std::span(section).subspan(section.size() / 2));
  }
  REQUIRE((*writer)->finish(identity).ok());
  return snapshots_in(directory).front();
}

// Returns the sections of a snapshot, if all are sound.
std::optional<std::vector<Bytes>> read(const fs::path& file) {
  const auto reader = SnapshotReader::open(file);
  if (!reader) return std::nullopt;
  std::vector<Bytes> sections;
  for (std::size_t i = 0; i < (*reader)->sections(); ++i) {
    const auto section = (*reader)->section(i);
    Bytes& bytes = sections.emplace_back(section->left());
    for (std::size_t at = 0; at < bytes.size(); at += 700) {
      const std::size_t size = std::min<std::size_t>(700, bytes.size() - at);
      if (!section->read(std::span(bytes).subspan(at, size))) return std::nullopt;
    }
    if (!section->is_sound()) return std::nullopt;
  }
  return sections;
}

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST_CASE("a snapshot is read as it was written") {
  const TempDirectory directory;
  const fs::path file = write(directory / "snapshots", examples::snapshot_at(6));
  CHECK(file.filename() == "00000000000000000006.state");
  const auto reader = SnapshotReader::open(file);
  REQUIRE(reader.ok());
  CHECK((*reader)->identity() == examples::snapshot_at(6));
  CHECK(read(file) == kSections);
}

TEST_CASE("a section gives no more than it has, and is sound only when all of it was read") {
  const TempDirectory directory;
  const auto reader = SnapshotReader::open(write(directory / "snapshots", examples::snapshot_at(6)));
  REQUIRE(reader.ok());
  Bytes bytes(11);
  const auto whole = (*reader)->section(1);
  CHECK(whole->read(std::span(bytes).first(9)));
  CHECK_FALSE(whole->is_sound());
  CHECK(whole->left() == 1);
  CHECK_FALSE(whole->read(std::span(bytes).first(2)));
  CHECK_FALSE(whole->is_sound());
  CHECK(whole->left() == 0);
  CHECK_FALSE((*reader)->section(1)->read(bytes));
}

TEST_CASE("a byte that is flipped anywhere is found, or was between the sections") {
  const TempDirectory directory;
  const fs::path file = write(directory / "snapshots", examples::snapshot_at(6));
  const std::string content = tests::read_file(file);
  std::size_t harmless = 0;
  for (std::size_t at = 0; at < content.size(); ++at) {
    std::string damaged = content;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    tests::write_file(file, damaged);
    const auto reader = SnapshotReader::open(file);
    const auto sections = read(file);
    if (sections && *sections == kSections && (*reader)->identity() == examples::snapshot_at(6)) {
      ++harmless;
    } else if (sections) {
      FAIL("byte " << at << " was changed and nobody noticed");
    }
  }
  CHECK(harmless < 2 * 4'096);
}

TEST_CASE("a snapshot that is cut off anywhere is refused") {
  const TempDirectory directory;
  const fs::path file = write(directory / "snapshots", examples::snapshot_at(6));
  const std::string content = tests::read_file(file);
  for (std::size_t size = 0; size < content.size(); size += 1 + size / 50) {
    CAPTURE(size);
    tests::write_file(file, content.substr(0, size));
    CHECK_FALSE(read(file));
  }
}

TEST_CASE("what is no snapshot is refused with its name") {
  const TempDirectory directory;
  tests::write_file(directory / "other", std::string(10'000, 'x'));
  const auto other = SnapshotReader::open(directory / "other");
  REQUIRE_FALSE(other.ok());
  CHECK(other.error() ==
        Error{ErrorCode::kCorruptDatabase, (directory / "other").string() + ": the file is not a snapshot"});
  const auto none = SnapshotReader::open(directory / "none");
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().code == ErrorCode::kCannotOpen);
}

TEST_CASE("a snapshot that is not finished leaves what was there before, and nothing of itself") {
  const TempDirectory directory;
  const fs::path snapshots = directory / "snapshots";
  const fs::path file = write(snapshots, examples::snapshot_at(6));
  {
    auto writer = SnapshotWriter::create(snapshots);
    REQUIRE(writer.ok());
    (*writer)->next_section();
    (*writer)->write(bytes_of(100));
    // A process killed at this moment leaves these files.
    CHECK(names_in(snapshots) == std::vector<std::string>{"00000000000000000006.state", "unfinished"});
    CHECK(snapshots_in(snapshots) == std::vector{file});
  }
  CHECK(names_in(snapshots) == std::vector<std::string>{"00000000000000000006.state"});
  tests::write_file(snapshots / "unfinished", "left by somebody who was killed");
  CHECK(write(snapshots, examples::snapshot_at(8)).filename() == "00000000000000000008.state");
  CHECK(names_in(snapshots) ==
        std::vector<std::string>{"00000000000000000006.state", "00000000000000000008.state"});
}

// Limits the size of files during its lifetime: larger writes fail, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  sighandler_t handler_;
};

TEST_CASE("a snapshot that finds the disk full gives up and gives back what it took") {
  const TempDirectory directory;
  const fs::path snapshots = directory / "snapshots";
  const fs::path before = write(snapshots, examples::snapshot_at(6));
  const FileSizeLimit limit(1'000'000);
  auto writer = SnapshotWriter::create(snapshots);
  REQUIRE(writer.ok());
  (*writer)->next_section();
  (*writer)->write(bytes_of(900'000));
  CHECK_FALSE((*writer)->is_given_up());
  CHECK(fs::file_size(snapshots / "unfinished") > 900'000);
  (*writer)->write(bytes_of(200'000));
  CHECK((*writer)->is_given_up());
  CHECK(fs::file_size(snapshots / "unfinished") == 0);
  // A writer must take no room after giving up.
  (*writer)->next_section();
  (*writer)->write(bytes_of(5'000));
  CHECK(fs::file_size(snapshots / "unfinished") == 0);
  const auto finished = (*writer)->finish(examples::snapshot_at(8));
  REQUIRE_FALSE(finished.ok());
  CHECK(finished.error().code == ErrorCode::kCannotCreate);
  CHECK(finished.error().detail == (snapshots / "unfinished").string() + ": File too large");
  writer->reset();
  CHECK(names_in(snapshots) == std::vector<std::string>{before.filename().string()});
}

TEST_CASE("a snapshot is not begun that would leave the log too little room") {
  const TempDirectory directory;
  const fs::path snapshots = directory / "snapshots";
  const fs::path before = write(snapshots, examples::snapshot_at(6));
  const std::uint64_t all = fs::space(directory.path()).capacity;
  for (const std::uint64_t reserve : {all + 1, ~std::uint64_t{0}}) {
    const auto writer = SnapshotWriter::create(snapshots, reserve);
    REQUIRE_FALSE(writer.ok());
    CHECK(writer.error() ==
          Error{ErrorCode::kCannotCreate,
                (snapshots / "unfinished").string() + ": it would leave too little room on the disk"});
    CHECK(names_in(snapshots) == std::vector<std::string>{before.filename().string()});
  }
}

TEST_CASE("what a writer left who was killed can be removed") {
  const TempDirectory directory;
  const fs::path snapshots = directory / "snapshots";
  remove_unfinished_snapshot(snapshots);
  const fs::path before = write(snapshots, examples::snapshot_at(6));
  tests::write_file(snapshots / "unfinished", "left by somebody who was killed");
  remove_unfinished_snapshot(snapshots);
  CHECK(names_in(snapshots) == std::vector<std::string>{before.filename().string()});
}

TEST_CASE("a directory that cannot be written to is named") {
  const TempDirectory directory;
  tests::write_file(directory / "snapshots", "a file");
  const auto writer = SnapshotWriter::create(directory / "snapshots");
  REQUIRE_FALSE(writer.ok());
  CHECK(writer.error().code == ErrorCode::kCannotCreate);
  CHECK(snapshots_in(directory / "nowhere").empty());
}

}  // namespace
}  // namespace keyledger::ledger
