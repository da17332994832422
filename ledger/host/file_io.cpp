#include "ledger/host/file_io.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <system_error>

#include "ledger/host/file_descriptor.h"

#include "ledger/host/thread_priority.h"

namespace keyledger::ledger {
namespace {

// The size of each system call. While the system copies, other threads must wait for this processor.
constexpr std::size_t kAtOnce = std::size_t{256} << 10;

}  // namespace

bool write_at(int file, std::span<const std::uint8_t> bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), kAtOnce);
    const ssize_t written = ::pwrite(file, bytes.data(), size, static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
    if (!bytes.empty()) give_way();
  }
  return true;
}

bool read_at(int file, std::span<std::uint8_t> into, std::uint64_t offset) {
  while (!into.empty()) {
    const ssize_t count = ::pread(file, into.data(), into.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) errno = 0;
    if (count <= 0) return false;
    into = into.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return true;
}

std::string system_detail(const std::filesystem::path& path, int error_number) {
  return fmt::format("{}: {}", path.string(), std::generic_category().message(error_number));
}

Result<void> sync_directory(const std::filesystem::path& directory) {
  const std::filesystem::path named = directory.empty() ? std::filesystem::path(".") : directory;
  const FileDescriptor file(::open(named.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.is_open() || ::fsync(file.number()) != 0)
    return Error{ErrorCode::kCannotCreate, system_detail(named, errno)};
  return {};
}

}  // namespace keyledger::ledger
