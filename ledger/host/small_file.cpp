#include "ledger/host/small_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "ledger/host/file_descriptor.h"
#include "ledger/host/file_io.h"

namespace keyledger::ledger {
namespace {

constexpr std::size_t kSizeMax = 4096;
constexpr mode_t kMode = 0644;

Error cannot_create(const std::filesystem::path& path) {
  return {ErrorCode::kCannotCreate, system_detail(path, errno)};
}

}  // namespace

std::string system_detail(const std::filesystem::path& path, int error_number) {
  return fmt::format("{}: {}", path.string(), std::generic_category().message(error_number));
}

Result<std::optional<std::string>> read_small_file(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return std::optional<std::string>{};
  std::array<char, kSizeMax> buffer{};
  const ssize_t size = file.is_open() ? ::pread(file.number(), buffer.data(), buffer.size(), 0) : -1;
  if (size < 0) return Error{ErrorCode::kCannotOpen, system_detail(path, errno)};
  return std::optional<std::string>(std::in_place, buffer.data(), static_cast<std::size_t>(size));
}

Result<void> replace_file(const std::filesystem::path& path, std::span<const std::uint8_t> contents) {
  const std::filesystem::path beside = path.string() + ".new";
  const auto failed = [&](const std::filesystem::path& what) {
    Error error = cannot_create(what);
    ::unlink(beside.c_str());  // leaves nothing behind on a full disk
    return error;
  };
  {
    const FileDescriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
    if (!file.is_open() || !write_at(file.number(), contents, 0) || ::fsync(file.number()) != 0) {
      return failed(beside);
    }
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return failed(path);
  return sync_directory(path.parent_path());
}

Result<void> replace_small_file(const std::filesystem::path& path, std::string_view text) {
  ENSURE(text.size() <= kSizeMax, "a small file is small");
  return replace_file(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

Result<void> sync_directory(const std::filesystem::path& directory) {
  const std::filesystem::path named = directory.empty() ? std::filesystem::path(".") : directory;
  const FileDescriptor file(::open(named.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.is_open() || ::fsync(file.number()) != 0) return cannot_create(named);
  return {};
}

}  // namespace keyledger::ledger
