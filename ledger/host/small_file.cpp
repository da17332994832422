#include "ledger/host/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "ledger/host/file_io.h"
#include "ledger/host/pending_file.h"
#include "ledger/host/regular_file.h"

namespace keyledger::ledger {
namespace {

constexpr std::size_t kSizeMax = 4096;
constexpr mode_t kMode = 0644;

}  // namespace

Result<std::optional<std::string>> read_small_file(const std::filesystem::path& path) {
  const auto file = open_regular_file(path, O_RDONLY);
  if (!file && file.error().is_missing) return std::optional<std::string>{};
  if (!file) return Error{ErrorCode::kCannotOpen, file.error().detail};
  std::array<char, kSizeMax> buffer{};
  const ssize_t size = ::pread(file->number(), buffer.data(), buffer.size(), 0);
  if (size < 0) return Error{ErrorCode::kCannotOpen, system_detail(path, errno)};
  return std::optional<std::string>(std::in_place, buffer.data(), static_cast<std::size_t>(size));
}

Result<void> replace_file(const std::filesystem::path& path, std::span<const std::uint8_t> contents) {
  auto file = PendingFile::create(path.string() + ".new", kMode);
  if (!file) return file.error();
  if (auto written = file->write_at(contents, 0); !written) return written;
  if (auto synced = file->sync(); !synced) return synced;
  return file->publish(path);
}

Result<void> replace_small_file(const std::filesystem::path& path, std::string_view text) {
  ENSURE(text.size() <= kSizeMax, "a small file is small");
  return replace_file(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace keyledger::ledger
