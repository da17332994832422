// A ledger with damaged files either opens with everything, or is refused. It must never open shortened, as
// if complete.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <catch2/catch.hpp>
#include <random>

#include "ledger/disk/directory.h"
#include "ledger/rocks/log.h"
#include "tests/ledger/examples.h"
#include "tests/ledger/file_damage.h"
#include "tests/ledger/log_under_test.h"
#include "tests/support/seed.h"
#include "tests/support/temp_directory.h"

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;
using tests::TempDirectory;
using Files = std::map<std::string, std::string>;

const boost::uuids::uuid kId = examples::uuid(1);

// Everything that can be asked of a log.
struct Content {
  boost::uuids::uuid id{};
  LogHead head;
  std::vector<Record> records;
  std::vector<std::vector<Record>> histories;
  std::vector<std::optional<IdempotencyEntry>> idempotent;
  std::vector<Hash> roots;

  friend bool operator==(const Content&, const Content&) = default;
};

Result<std::vector<Record>> drained(Result<std::unique_ptr<RecordCursor>> cursor) {
  if (!cursor) return cursor.error();
  std::vector<Record> records;
  for (;;) {
    auto record = (*cursor)->next();
    if (!record) return record.error();
    if (!record->has_value()) return records;
    records.push_back(std::move(**record));
  }
}

Result<Content> content_of(LedgerDirectory& ledger) {
  const Log& log = ledger.log();
  const LogIndex& index = ledger.index();
  Content content{.id = ledger.id(), .head = index.head()};
  auto records = drained(log.read(Position{1}));
  if (!records) return records.error();
  content.records = std::move(*records);
  for (std::uint32_t number = 1; number <= 4; ++number) {
    for (const EntityRef& entity : {ref(KeyNumber{number}), ref(ClientNumber{number})}) {
      auto history =
          drained(index.read_entities(std::span(&entity, 1), UsesInHistory::kInclude, Position{1}));
      if (!history) return history.error();
      content.histories.push_back(std::move(*history));
    }
    const auto entry = index.find_idempotent("id-" + std::to_string(number));
    if (!entry) return entry.error();
    content.idempotent.push_back(*entry);
  }
  for (std::uint64_t size = 0; size <= content.head.records; ++size) {
    const auto root = index.root_at(size);
    if (!root) return root.error();
    content.roots.push_back(*root);
  }
  return content;
}

// Moves the beginning of a closed ledger into two archive files.
void archive_some(const fs::path& path) {
  RocksSettings settings;
  settings.archive = {.directory = path / "archive", .ledger_id = kId};
  settings.archive_shape = {
      .positions_min = 1, .positions_max = 100, .block_bytes = 2'000, .records_kept = 10};
  auto log = open_rocks_log(path / "log", RocksMode::kWrite, settings);
  REQUIRE(log.ok());
  for (int file = 0; file < 2; ++file) {
    const auto moved = (*log)->archive_oldest(kLatest, {});
    REQUIRE((moved.ok() && moved->has_value()));
  }
}

// A ledger with every kind of file: archive files, tables from an earlier run, and a write-ahead log as left
// by a kill.
struct Small {
  Files files;
  Content content;
  LogHead head;
};

Small small_ledger(const TempDirectory& directory) {
  const fs::path path = directory / "original";
  const auto append = [](LedgerDirectory& ledger) {
    for (int i = 0; i < 40; ++i) {
      Record record =
          i % 3 == 0 ? examples::uses(20, 3) : examples::fresh(KeyAssigned{KeyNumber{4}, ClientNumber{2}});
      record.idempotency_id = "id-" + std::to_string(i % 5);
      append_to(ledger.log(), record);
    }
    REQUIRE(ledger.log().sync().ok());
    REQUIRE(ledger.note_durable_head(ledger.index().head()).ok());
  };
  {
    auto ledger = open_ledger(path, kId);
    REQUIRE(ledger.ok());
    append(**ledger);
    append(**ledger);
  }
  archive_some(path);
  auto ledger = open_ledger(path, kId);
  REQUIRE(ledger.ok());
  append(**ledger);
  Small small{
      .files = tests::files_below(path), .content = *content_of(**ledger), .head = (*ledger)->index().head()};
  return small;
}

void put_back(const Files& files, const fs::path& path) {
  fs::remove_all(path);
  for (const auto& [name, content] : files) {
    fs::create_directories((path / name).parent_path());
    tests::write_file(path / name, content);
  }
}

// Returns whether the ledger was refused, on opening or on reading. A ledger that is not refused must give
// the whole content.
bool is_refused(const fs::path& path, const Content& whole) {
  const auto before = tests::files_below(path);
  {
    const auto reader = open_ledger_to_read(path);
    const auto content = reader ? content_of(**reader) : Result<Content>(reader.error());
    if (content) CHECK(*content == whole);
    CHECK(tests::files_below(path) == before);
  }
  const auto writer = open_ledger(path, kId);
  const auto content = writer ? content_of(**writer) : Result<Content>(writer.error());
  if (content) CHECK(*content == whole);
  if (!writer) {
    // A refused ledger must stay unchanged, except the lock, which names this process.
    auto after = tests::files_below(path);
    after["lock"] = before.at("lock");
    CHECK(after == before);
    CHECK((writer.error().is_corruption() || writer.error().code == ErrorCode::kNotALedger ||
           writer.error().code == ErrorCode::kNewerFormat));
  }
  return !content.ok();
}

bool is_write_ahead_log(const std::string& name) { return name.ends_with(".log"); }

}  // namespace

TEST_CASE("a ledger that is as it was is not refused") {
  const TempDirectory directory;
  const Small small = small_ledger(directory);
  put_back(small.files, directory / "copy");
  CHECK(!is_refused(directory / "copy", small.content));
}

TEST_CASE("with any one file missing, a ledger is whole or refused") {
  const TempDirectory directory;
  const Small small = small_ledger(directory);
  int archived = 0;
  for (const auto& [name, content] : small.files) {
    CAPTURE(name);
    Files files = small.files;
    files.erase(name);
    files["lock"] = small.files.at("lock");
    put_back(files, directory / "copy");
    const bool refused = is_refused(directory / "copy", small.content);
    if (!name.starts_with("archive/")) continue;
    ++archived;
    CHECK(refused);
    const auto reader = open_ledger_to_read(directory / "copy");
    REQUIRE(reader.ok());
    CHECK(content_of(**reader).error().code == ErrorCode::kArchiveMissing);
  }
  CHECK(archived == 2);
}

TEST_CASE("a write-ahead log that is cut to half is noticed") {
  const TempDirectory directory;
  const Small small = small_ledger(directory);
  int cut = 0;
  for (const auto& [name, content] : small.files) {
    if (!is_write_ahead_log(name) || content.empty()) continue;
    Files files = small.files;
    files[name].resize(content.size() / 2);
    put_back(files, directory / "copy");
    ++cut;
    CHECK(is_refused(directory / "copy", small.content));
    const auto refused = open_ledger(directory / "copy", kId);
    REQUIRE(!refused.ok());
    CHECK((refused.error().code == ErrorCode::kShortened ||
           refused.error().code == ErrorCode::kCorruptDatabase));
  }
  CHECK(cut > 0);
}

TEST_CASE("a ledger put back from before its head was noted is noticed") {
  const TempDirectory directory;
  const fs::path path = directory / "ledger";
  const auto append = [&] {
    auto ledger = open_ledger(path, kId);
    REQUIRE(ledger.ok());
    append_to((*ledger)->log(), examples::uses(5, 3));
    REQUIRE((*ledger)->log().sync().ok());
    REQUIRE((*ledger)->note_durable_head((*ledger)->index().head()).ok());
  };
  append();
  const Files before = tests::files_below(path);
  append();
  Files mixed = before;
  mixed["head"] = tests::read_file(path / "head");
  put_back(mixed, path);
  const auto refused = open_ledger(path, kId);
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == ErrorCode::kShortened);
  CHECK(open_ledger_to_read(path).error().code == ErrorCode::kShortened);
}

TEST_CASE("a log of the same length and other records is noticed") {
  const TempDirectory directory;
  for (const char* name : {"one", "two"}) {
    auto ledger = open_ledger(directory / name, kId);
    REQUIRE(ledger.ok());
    append_to((*ledger)->log(), examples::fresh(AccountOpened{kDefaultImportAccount, name}));
    REQUIRE((*ledger)->note_durable_head((*ledger)->index().head()).ok());
  }
  fs::copy(directory.path() / "two" / "head", directory.path() / "one" / "head",
           fs::copy_options::overwrite_existing);
  const auto refused = open_ledger(directory / "one", kId);
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == ErrorCode::kShortened);
}

TEST_CASE("with any one byte flipped, in any file, a ledger is whole or refused") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const TempDirectory directory;
  const Small small = small_ledger(directory);
  int refused = 0;
  for (const auto& [name, content] : small.files) {
    // Flips a byte at the beginning, one at the end, and some at random.
    std::vector<std::size_t> places = {0, content.size() - 1};
    for (int i = 0; i < 8; ++i) places.push_back(random() % std::max<std::size_t>(content.size(), 1));
    for (const std::size_t place : places) {
      if (content.empty()) continue;
      CAPTURE(name, place, content.size());
      Files files = small.files;
      files[name][place] = static_cast<char>(files[name][place] ^ (1 << random() % 8));
      put_back(files, directory / "copy");
      if (is_refused(directory / "copy", small.content)) ++refused;
    }
  }
  CHECK(refused > 0);
}

TEST_CASE("with any one file cut short or emptied, a ledger is whole or refused") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const TempDirectory directory;
  const Small small = small_ledger(directory);
  for (const auto& [name, content] : small.files) {
    if (content.empty()) continue;
    for (const std::size_t size : {std::size_t{0}, random() % content.size(), content.size() - 1}) {
      CAPTURE(name, size, content.size());
      Files files = small.files;
      files[name].resize(size);
      put_back(files, directory / "copy");
      is_refused(directory / "copy", small.content);
    }
  }
}

}  // namespace keyledger::ledger

#endif
