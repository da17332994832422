#include "ledger/disk/lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "ledger/host/file_io.h"
#include "ledger/host/regular_file.h"

namespace keyledger::ledger {
namespace {

// Returns "process 1234", or a text for an unknown owner: the owner may not have written its id yet.
std::string owner_in(int file) {
  std::array<char, 16> text{};
  const ssize_t size = ::pread(file, text.data(), text.size(), 0);
  long process = 0;
  if (size <= 0 || std::from_chars(text.data(), text.data() + size, process).ec != std::errc{}) {
    return "an unknown process";
  }
  return fmt::format("process {}", process);
}

}  // namespace

Result<DirectoryLock> DirectoryLock::take(const std::filesystem::path& file) {
  auto regular = open_regular_file(file, O_RDWR | O_CREAT, 0644);
  if (!regular) return Error{ErrorCode::kCannotOpen, regular.error().detail};
  FileDescriptor& opened = *regular;
  if (::flock(opened.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Error{ErrorCode::kCannotOpen, system_detail(file, errno)};
    return Error{ErrorCode::kInUse,
                 fmt::format("{} is open in {}", file.parent_path().string(), owner_in(opened.number()))};
  }
  const std::string process = fmt::format("{}\n", ::getpid());
  if (::ftruncate(opened.number(), 0) != 0 ||
      ::pwrite(opened.number(), process.data(), process.size(), 0) != static_cast<ssize_t>(process.size())) {
    return Error{ErrorCode::kCannotOpen, system_detail(file, errno)};
  }
  return DirectoryLock(std::move(opened));
}

}  // namespace keyledger::ledger
