#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include "ledger/disk/directory.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>

#include "ledger/values/entity_ids.h"
#include "tests/ledger/examples.h"
#include "tests/ledger/file_damage.h"
#include "tests/ledger/log_under_test.h"
#include "tests/support/temp_directory.h"

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;
using tests::TempDirectory;

const boost::uuids::uuid kId = examples::uuid(1);

std::unique_ptr<LedgerDirectory> open_to_write(const fs::path& path, const boost::uuids::uuid& id = kId) {
  auto ledger = open_ledger(path, id);
  if (!ledger) FAIL(ledger.error().message());
  return std::move(*ledger);
}

std::unique_ptr<LedgerDirectory> open_to_read(const fs::path& path) {
  auto ledger = open_ledger_to_read(path);
  if (!ledger) FAIL(ledger.error().message());
  return std::move(*ledger);
}

Error refusal_to_write(const fs::path& path) {
  const auto ledger = open_ledger(path, kId);
  REQUIRE(!ledger.ok());
  return ledger.error();
}

Error refusal_to_read(const fs::path& path) {
  const auto ledger = open_ledger_to_read(path);
  REQUIRE(!ledger.ok());
  return ledger.error();
}

LogHead append_some(LedgerDirectory& ledger, int records = 20) {
  for (int i = 0; i < records; ++i) append_to(ledger.log(), examples::uses(5, 3));
  REQUIRE(ledger.log().sync().ok());
  REQUIRE(ledger.note_durable_head(ledger.index().head()).ok());
  return ledger.index().head();
}

// Runs `check` in a process of a user without rights, because root may run the tests and has all rights.
bool holds_for_nobody(const std::function<bool()>& check) {
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65'534;
    if (::geteuid() == 0 && ::seteuid(kNobody) != 0) ::_exit(2);
    ::_exit(check() ? 0 : 1);
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("an absent directory becomes a ledger, its parents too") {
  const TempDirectory directory;
  const fs::path path = directory.path() / "a" / "b" / "ledger";
  const auto ledger = open_to_write(path);
  CHECK(ledger->id() == kId);
  CHECK(ledger->path() == path);
  CHECK(ledger->index().head().records == 0);
  CHECK(!ledger->closing_digest()->has_value());
  for (const char* name : {"LEDGER", "lock", "head", "log"}) CHECK(fs::exists(path / name));
}

TEST_CASE("an empty directory becomes a ledger, named with or without a slash at the end") {
  const TempDirectory directory;
  const std::string end = GENERATE("", "/");
  CHECK(open_to_write(directory.path().string() + end)->index().head().records == 0);
  CHECK(open_to_read(directory.path())->id() == kId);
}

TEST_CASE("a ledger that is opened again is the same, whatever new id is offered") {
  const TempDirectory directory;
  LogHead head;
  {
    const auto ledger = open_to_write(directory / "ledger");
    head = append_some(*ledger);
  }
  const auto ledger = open_to_write(directory / "ledger", examples::uuid(2));
  CHECK(ledger->id() == kId);
  CHECK(ledger->index().head() == head);
}

TEST_CASE("a second opening is refused and told the process that has it") {
  const TempDirectory directory;
  auto ledger = open_to_write(directory / "ledger");
  const Error refusal = refusal_to_write(directory / "ledger");
  CHECK(refusal.code == ErrorCode::kInUse);
  CHECK(contains(refusal.detail, "process " + std::to_string(::getpid())));
  ledger.reset();
  CHECK(open_to_write(directory / "ledger"));
}

TEST_CASE("a child process does not inherit the lock by running another program") {
  const TempDirectory directory;
  auto ledger = open_to_write(directory / "ledger");
  const pid_t child = ::fork();
  if (child == 0) {
    ::execlp("sleep", "sleep", "60", nullptr);
    ::_exit(1);
  }
  // Waits for exec, which closes the ledger's files in the child.
  const fs::path executable = "/proc/" + std::to_string(child) + "/exe";
  std::error_code error;
  while (!contains(fs::read_symlink(executable, error).string(), "sleep") &&
         !contains(fs::read_symlink(executable, error).string(), "coreutils")) {
    REQUIRE(::waitpid(child, nullptr, WNOHANG) == 0);
  }
  ledger.reset();
  CHECK(open_ledger(directory / "ledger", kId).ok());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST_CASE("a ledger is read beside its writer, as of its opening") {
  const TempDirectory directory;
  const auto writer = open_to_write(directory / "ledger");
  const LogHead head = append_some(*writer);
  const auto reader = open_to_read(directory / "ledger");
  append_some(*writer);
  CHECK(reader->index().head() == head);
  CHECK(reader->id() == kId);
  CHECK(read_all(reader->log().read(Position{1})).size() == head.records);
  CHECK(open_to_read(directory / "ledger")->index().head() == writer->index().head());
}

TEST_CASE("opening to read changes nothing and takes no writes") {
  const TempDirectory directory;
  append_some(*open_to_write(directory / "ledger"));
  const auto before = tests::files_below(directory.path());
  {
    const auto reader = open_to_read(directory / "ledger");
    Record record = examples::uses(1, 1);
    CHECK(reader->log().append(reader->log().end().position, std::span(&record, 1)).error().why.code ==
          ErrorCode::kWriteFailed);
    CHECK(reader->note_durable_head({}).ok());
    CHECK(reader->leave_closing_digest({}).error().code == ErrorCode::kWriteFailed);
  }
  CHECK(tests::files_below(directory.path()) == before);
}

TEST_CASE("what is not a ledger is refused and left as it was") {
  const TempDirectory directory;
  const fs::path path = directory / "place";
  SECTION("a file") { tests::write_file(path, "text"); }
  SECTION("a directory with a file of somebody's") {
    fs::create_directory(path);
    tests::write_file(path / "thesis.txt", "text");
  }
  SECTION("a directory with a directory named as one of ours") {
    fs::create_directories(path / "log");
    tests::write_file(path / "log" / "web.log", "text");
  }
  SECTION("a directory with somebody's LEDGER") {
    fs::create_directory(path);
    tests::write_file(path / "LEDGER", "1 apple 0.50\n");
  }
  const auto before = tests::files_below(directory.path());
  CHECK(refusal_to_write(path).code == ErrorCode::kNotALedger);
  CHECK(refusal_to_read(path).code == ErrorCode::kNotALedger);
  CHECK(contains(refusal_to_write(path).detail, path.string()));
  CHECK(tests::files_below(directory.path()) == before);
}

TEST_CASE("a ledger that is not there cannot be read, and is not made by trying") {
  const TempDirectory directory;
  const Error refusal = refusal_to_read(directory / "ledger");
  CHECK(refusal.code == ErrorCode::kCannotOpen);
  CHECK(contains(refusal.detail, "No such file or directory"));
  CHECK(!fs::exists(directory / "ledger"));
  fs::create_directory(directory / "ledger");
  CHECK(refusal_to_read(directory / "ledger").code == ErrorCode::kNotALedger);
  CHECK(fs::is_empty(directory / "ledger"));
}

TEST_CASE("a ledger of a later format is left alone") {
  const TempDirectory directory;
  append_some(*open_to_write(directory / "ledger"));
  tests::write_file(directory.path() / "ledger" / "LEDGER", "keyledger ledger\nformat: 2\nmore\n");
  const auto before = tests::files_below(directory.path());
  CHECK(refusal_to_write(directory / "ledger").code == ErrorCode::kNewerFormat);
  CHECK(refusal_to_read(directory / "ledger").code == ErrorCode::kNewerFormat);
  CHECK(tests::files_below(directory.path()) == before);
}

TEST_CASE("a place without permission is refused with its path and the system's reason") {
  const TempDirectory directory;
  fs::permissions(directory.path(), fs::perms(0755));
  const fs::path locked = directory / "locked";
  fs::create_directory(locked);
  open_to_write(locked / "ledger");
  fs::create_directory(locked / "empty");
  fs::permissions(locked / "ledger", fs::perms::none);
  fs::permissions(locked / "empty", fs::perms(0555));
  fs::permissions(locked, fs::perms(0555));
  const auto is_refused = [](const Result<std::unique_ptr<LedgerDirectory>>& opened, ErrorCode code) {
    return !opened.ok() && opened.error().code == code &&
           contains(opened.error().detail, "Permission denied") &&
           contains(opened.error().detail, "/locked/");
  };
  CHECK(holds_for_nobody(
      [&] { return is_refused(open_ledger(locked / "new", kId), ErrorCode::kCannotCreate); }));
  CHECK(holds_for_nobody(
      [&] { return is_refused(open_ledger(locked / "empty", kId), ErrorCode::kCannotCreate); }));
  CHECK(holds_for_nobody(
      [&] { return is_refused(open_ledger(locked / "ledger", kId), ErrorCode::kCannotOpen); }));
  CHECK(holds_for_nobody(
      [&] { return is_refused(open_ledger_to_read(locked / "ledger"), ErrorCode::kCannotOpen); }));
  fs::permissions(locked, fs::perms::owner_all);
  fs::permissions(locked / "ledger", fs::perms::owner_all);
  CHECK(open_to_write(locked / "ledger"));
}

TEST_CASE("the making of a ledger that was cut off is taken up again") {
  const TempDirectory directory;
  const fs::path path = directory / "ledger";
  open_to_write(path);
  fs::remove(path / "LEDGER");
  SECTION("before LEDGER was in its place") { tests::write_file(path / "LEDGER.new", "keyled"); }
  SECTION("before the head was whole") { tests::write_file(path / "head", ""); }
  SECTION("before there was a head") { fs::remove(path / "head"); }
  SECTION("before there was a log") {
    fs::remove(path / "head");
    fs::remove_all(path / "log");
  }
  SECTION("in the middle of making the log") {
    fs::remove(path / "head");
    for (const auto& [name, content] : tests::files_below(path / "log")) {
      if (!name.starts_with("MANIFEST")) fs::remove(path / "log" / name);
    }
  }
  CHECK(refusal_to_read(path).code == ErrorCode::kNotALedger);
  {
    const auto ledger = open_to_write(path, examples::uuid(2));
    CHECK(ledger->id() == examples::uuid(2));
    append_some(*ledger);
  }
  CHECK(open_to_write(path)->index().head().records == 20);
}

TEST_CASE("a ledger with records that lost its LEDGER file is not made anew") {
  const TempDirectory directory;
  const fs::path path = directory / "ledger";
  const fs::path copy = directory / "copy";
  {
    const auto ledger = open_to_write(path);
    append_some(*ledger);
    // The copy is as after a kill: all is in the write-ahead log.
    fs::copy(path, copy, fs::copy_options::recursive);
  }
  const fs::path lost = GENERATE_COPY(path, copy);
  fs::remove(lost / "LEDGER");
  SECTION("and nothing else") {}
  SECTION("and its head") { fs::remove(lost / "head"); }
  SECTION("and its head and the entry to its database") {
    fs::remove(lost / "head");
    fs::remove(lost / "log" / "CURRENT");
  }
  SECTION("and its log") { fs::remove_all(lost / "log"); }
  const Error refusal = refusal_to_write(lost);
  CHECK(refusal.code == ErrorCode::kCorruptDatabase);
  CHECK(contains(refusal.detail, "LEDGER is missing"));
}

TEST_CASE("a ledger that lost a part is refused, and the part is not made anew") {
  const TempDirectory directory;
  const fs::path path = directory / "ledger";
  append_some(*open_to_write(path));
  fs::path part;
  SECTION("its head") { part = path / "head"; }
  SECTION("its log") { part = path / "log"; }
  SECTION("the entry to its database") { part = path / "log" / "CURRENT"; }
  SECTION("the list of its tables") {
    for (const auto& file : fs::directory_iterator(path / "log")) {
      if (file.path().filename().string().starts_with("MANIFEST")) part = file.path();
    }
  }
  SECTION("a table") {
    for (const auto& file : fs::directory_iterator(path / "log")) {
      if (file.path().extension() == ".sst") part = file.path();
    }
  }
  REQUIRE(!part.empty());
  fs::remove_all(part);
  CHECK(refusal_to_write(path).code == ErrorCode::kCorruptDatabase);
  CHECK(refusal_to_read(path).code == ErrorCode::kCorruptDatabase);
  CHECK(!fs::exists(part));
}

TEST_CASE("the digest that a writer leaves is found, by itself and by readers") {
  const TempDirectory directory;
  // The log is empty, and a digest of a later position would prove that the log was shortened.
  const LedgerDirectory::ClosingDigest first{.position = kBeforeFirst, .digest = {1, 2, 3}};
  const LedgerDirectory::ClosingDigest second{.position = kBeforeFirst, .digest = {4}};
  {
    const auto ledger = open_to_write(directory / "ledger");
    REQUIRE(ledger->leave_closing_digest(first).ok());
    REQUIRE(ledger->leave_closing_digest(second).ok());
    CHECK(**ledger->closing_digest() == second);
  }
  CHECK(**open_to_read(directory / "ledger")->closing_digest() == second);
  const LedgerDirectory::ClosingDigest third{.position = kBeforeFirst, .digest = {4}, .definition = 2};
  REQUIRE(open_to_write(directory / "ledger")->leave_closing_digest(third).ok());
  CHECK(**open_to_read(directory / "ledger")->closing_digest() == third);
}

TEST_CASE("a closing digest with any byte changed is corruption, not another digest") {
  const TempDirectory directory;
  const auto ledger = open_to_write(directory / "ledger");
  REQUIRE(ledger->leave_closing_digest({.position = Position{12}, .digest = {1, 2, 3}}).ok());
  const fs::path file = directory.path() / "ledger" / "closing";
  const std::string text = tests::read_file(file);
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    tests::write_file(file, damaged);
    CHECK(ledger->closing_digest().error().code == ErrorCode::kClosingDamaged);
    tests::write_file(file, text.substr(0, at));
    CHECK(ledger->closing_digest().error().code == ErrorCode::kClosingDamaged);
  }
}

TEST_CASE("the default socket stands in the ledger's directory") {
  CHECK(default_socket_of("/srv/ledger") == "/srv/ledger/keyledger.sock");
}

}  // namespace keyledger::ledger

#endif
