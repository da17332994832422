#include "ledger/disk/head_record.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

#include "ledger/disk/marker.h"
#include "ledger/host/file_io.h"

namespace keyledger::ledger {
namespace {

constexpr std::array<char, 8> kMagic = {'k', 'l', '-', 'h', 'e', 'a', 'd', '\n'};
constexpr std::uint64_t kFormat = 1;
constexpr std::size_t kSlots = 2;
constexpr std::size_t kPageSize = 4096;

// A slot as stored at the beginning of a page; the rest of the page is zero.
struct Slot {
  std::array<char, 8> magic = kMagic;
  std::uint64_t format = kFormat;
  std::uint64_t sequence = 0;
  std::uint64_t position = 0;
  std::uint64_t records = 0;
  std::int64_t time = 0;
  Hash root{};
  Hash checksum{};  // SHA-256 of all fields before
};
static_assert(std::endian::native == std::endian::little, "the file's integers are little-endian");
static_assert(std::has_unique_object_representations_v<Slot> && sizeof(Slot) == 112,
              "the slot is the file's format");

Hash slot_checksum(const Slot& slot) {
  return checksum_of(std::string_view(reinterpret_cast<const char*>(&slot), offsetof(Slot, checksum)));
}

LogHead head_in(const Slot& slot) {
  return {.position = Position{slot.position},
          .records = slot.records,
          .time = Timestamp{slot.time},
          .root = slot.root};
}

off_t place_of(std::uint64_t sequence) { return static_cast<off_t>(sequence % kSlots * kPageSize); }

// Returns the newest slot with a correct checksum.
std::optional<Slot> newest_slot(int file) {
  std::optional<Slot> newest;
  for (std::uint64_t place = 0; place < kSlots; ++place) {
    Slot slot;
    if (::pread(file, &slot, sizeof slot, place_of(place)) != static_cast<ssize_t>(sizeof slot)) continue;
    if (slot.magic != kMagic || slot.checksum != slot_checksum(slot)) continue;
    if (!newest || slot.sequence > newest->sequence) newest = slot;
  }
  return newest;
}

struct OpenFile {
  FileDescriptor file;
  Slot newest;
};

Result<OpenFile> open_file(const std::filesystem::path& path, int flags) {
  FileDescriptor file(::open(path.c_str(), flags | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) {
    return Error{ErrorCode::kCorruptDatabase, path.string() + " is missing; every ledger has one"};
  }
  if (!file.is_open()) return Error{ErrorCode::kCannotOpen, system_detail(path, errno)};
  // A delayed reader may find both slots half-written, but not four times in a row.
  constexpr int kAttempts = 4;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto newest = newest_slot(file.number());
    if (!newest) continue;
    if (newest->format > kFormat) {
      return Error{ErrorCode::kNewerFormat, fmt::format("{}: format {}", path.string(), newest->format)};
    }
    return OpenFile{std::move(file), *newest};
  }
  return Error{ErrorCode::kCorruptDatabase, path.string() + ": both of its copies are damaged"};
}

bool write_slot(int file, Slot slot) {
  slot.checksum = slot_checksum(slot);
  return ::pwrite(file, &slot, sizeof slot, place_of(slot.sequence)) == static_cast<ssize_t>(sizeof slot);
}

}  // namespace

Result<std::unique_ptr<HeadRecord>> HeadRecord::create(const std::filesystem::path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  const LogHead empty{.position = kBeforeFirst, .records = 0, .time = {}, .root = MerkleFrontier{}.root()};
  const Slot first{.sequence = 0, .root = empty.root};
  // Writes both pages now, because later a full disk could stop a write.
  const std::array<char, kSlots * kPageSize> zeros{};
  const bool written =
      file.is_open() &&
      ::pwrite(file.number(), zeros.data(), zeros.size(), 0) == static_cast<ssize_t>(zeros.size()) &&
      write_slot(file.number(), first) && ::fsync(file.number()) == 0;
  if (!written) return Error{ErrorCode::kCannotCreate, system_detail(path, errno)};
  return std::unique_ptr<HeadRecord>(new HeadRecord(std::move(file), first.sequence, empty));
}

Result<std::unique_ptr<HeadRecord>> HeadRecord::open(const std::filesystem::path& path) {
  auto opened = open_file(path, O_RDWR);
  if (!opened) return opened.error();
  return std::unique_ptr<HeadRecord>(
      new HeadRecord(std::move(opened->file), opened->newest.sequence, head_in(opened->newest)));
}

HeadRecord::~HeadRecord() { ::fdatasync(file_.number()); }

Result<void> HeadRecord::write(const LogHead& head) {
  const Slot slot{.sequence = sequence_ + 1,
                  .position = head.position.value(),
                  .records = head.records,
                  .time = head.time.microseconds,
                  .root = head.root};
  const bool sync_due = slot.sequence % kWritesPerSync == 0;
  if (!write_slot(file_.number(), slot) || (sync_due && ::fdatasync(file_.number()) != 0)) {
    return Error{ErrorCode::kWriteFailed, system_detail("the head record", errno)};
  }
  sequence_ = slot.sequence;
  head_ = head;
  return {};
}

Result<LogHead> read_head_record(const std::filesystem::path& path) {
  const auto opened = open_file(path, O_RDONLY);
  if (!opened) return opened.error();
  return head_in(opened->newest);
}

}  // namespace keyledger::ledger
