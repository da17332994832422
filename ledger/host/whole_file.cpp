#include "ledger/host/whole_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "ledger/values/printable_text.h"
#include "ledger/values/secret.h"

namespace keyledger::ledger {
namespace {

// Doubles the room, and cleanses the old memory.
void grow(std::string& text) {
  std::string larger(2 * text.size(), '\0');
  text.copy(larger.data(), text.size());
  cleanse(text.data(), text.size());
  text = std::move(larger);
}

}  // namespace

Result<std::string> read_whole_file(const std::string& name) {
  constexpr std::size_t kRoomMin = 65'536;
  const auto cannot = [&](std::string_view why) {
    return Error{ErrorCode::kCannotRead, fmt::format("{}: {}", printable(name), why)};
  };
  std::error_code error;
  if (std::filesystem::is_directory(name, error)) return cannot("it is a directory");
  std::ifstream file(name, std::ios::binary);
  if (!file) return cannot(std::strerror(errno));
  // A pipe has no size, and a file may grow during the read.
  const auto size = std::filesystem::file_size(name, error);
  std::string text(std::max(kRoomMin, error ? 0 : static_cast<std::size_t>(size) + 1), '\0');
  std::size_t end = 0;
  while (file) {
    if (end == text.size()) grow(text);
    file.read(text.data() + end, static_cast<std::streamsize>(text.size() - end));
    end += static_cast<std::size_t>(file.gcount());
  }
  if (file.bad()) return cannot("reading the file failed");
  text.resize(end);
  return text;
}

Result<std::string> read_whole_stream(std::istream& in, std::string_view name, std::size_t bytes_max) {
  constexpr std::size_t kRoomMin = 65'536;
  std::string text(std::min(kRoomMin, bytes_max + 1), '\0');
  std::size_t end = 0;
  while (in && end <= bytes_max) {
    if (end == text.size()) grow(text);
    in.read(text.data() + end, static_cast<std::streamsize>(text.size() - end));
    end += static_cast<std::size_t>(in.gcount());
  }
  if (end > bytes_max) {
    cleanse(text.data(), text.size());
    return Error{ErrorCode::kInputInvalid,
                 fmt::format("{}: is larger than {} bytes", printable(name), bytes_max)};
  }
  text.resize(end);
  return text;
}

}  // namespace keyledger::ledger
