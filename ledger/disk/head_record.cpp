#include "ledger/disk/head_record.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

#include "ledger/disk/marker.h"
#include "ledger/host/file_io.h"
#include "ledger/host/regular_file.h"

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

// Follows the slot in the page. Earlier versions left zeros here, and ignore the bytes.
struct Binding {
  std::array<char, 8> magic = {'k', 'l', '-', 'b', 'i', 'n', 'd', '\n'};
  std::array<std::uint8_t, 16> ledger_id{};
  Hash checksum{};  // SHA-256 of all fields before
};
static_assert(std::has_unique_object_representations_v<Binding> && sizeof(Binding) == 56,
              "the binding is the file's format");

struct Page {
  Slot slot;
  Binding binding;
};
static_assert(sizeof(Page) == sizeof(Slot) + sizeof(Binding), "the binding follows the slot");

Hash slot_checksum(const Slot& slot) {
  return checksum_of(std::string_view(reinterpret_cast<const char*>(&slot), offsetof(Slot, checksum)));
}

Hash binding_checksum(const Binding& binding) {
  return checksum_of(std::string_view(reinterpret_cast<const char*>(&binding), offsetof(Binding, checksum)));
}

// Returns true if the page has no binding, because an older version wrote it.
bool is_unbound(const Page& page) {
  const auto* const bytes = reinterpret_cast<const char*>(&page.binding);
  return std::all_of(bytes, bytes + sizeof page.binding, [](char byte) { return byte == 0; });
}

bool is_whole(const Page& page) {
  if (page.slot.magic != kMagic || page.slot.checksum != slot_checksum(page.slot)) return false;
  return is_unbound(page) ||
         (page.binding.magic == Binding{}.magic && page.binding.checksum == binding_checksum(page.binding));
}

RememberedHead head_in(const Page& page) {
  RememberedHead remembered{.head = {.position = Position{page.slot.position},
                                     .records = page.slot.records,
                                     .time = Timestamp{page.slot.time},
                                     .root = page.slot.root},
                            .ledger_id = {}};
  if (is_unbound(page)) return remembered;
  boost::uuids::uuid& id = remembered.ledger_id.emplace();
  std::copy(page.binding.ledger_id.begin(), page.binding.ledger_id.end(), id.begin());
  return remembered;
}

off_t place_of(std::uint64_t sequence) { return static_cast<off_t>(sequence % kSlots * kPageSize); }

// Returns the newest page with correct checksums.
std::optional<Page> newest_page(int file) {
  std::optional<Page> newest;
  for (std::uint64_t place = 0; place < kSlots; ++place) {
    Page page;
    if (::pread(file, &page, sizeof page, place_of(place)) != static_cast<ssize_t>(sizeof page)) continue;
    if (!is_whole(page)) continue;
    if (!newest || page.slot.sequence > newest->slot.sequence) newest = page;
  }
  return newest;
}

struct OpenFile {
  FileDescriptor file;
  Page newest;
};

Result<OpenFile> open_file(const std::filesystem::path& path, int flags) {
  auto file = open_regular_file(path, flags);
  if (!file && file.error().is_missing) {
    return Error{ErrorCode::kCorruptDatabase, path.string() + " is missing; every ledger has one"};
  }
  if (!file) return Error{ErrorCode::kCannotOpen, file.error().detail};
  // A delayed reader may find both slots half-written, but not four times in a row.
  constexpr int kAttempts = 4;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto newest = newest_page(file->number());
    if (!newest) continue;
    if (newest->slot.format > kFormat) {
      return Error{ErrorCode::kNewerFormat, fmt::format("{}: format {}", path.string(), newest->slot.format)};
    }
    return OpenFile{std::move(*file), *newest};
  }
  return Error{ErrorCode::kCorruptDatabase, path.string() + ": both of its copies are damaged"};
}

bool write_page(int file, Slot slot, const boost::uuids::uuid& ledger_id) {
  Page page{.slot = slot, .binding = {}};
  page.slot.checksum = slot_checksum(page.slot);
  std::copy(ledger_id.begin(), ledger_id.end(), page.binding.ledger_id.begin());
  page.binding.checksum = binding_checksum(page.binding);
  return ::pwrite(file, &page, sizeof page, place_of(slot.sequence)) == static_cast<ssize_t>(sizeof page);
}

}  // namespace

Result<std::unique_ptr<HeadRecord>> HeadRecord::create(const std::filesystem::path& path,
                                                       const boost::uuids::uuid& ledger_id) {
  auto opened = open_regular_file(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (!opened) return Error{ErrorCode::kCannotCreate, opened.error().detail};
  FileDescriptor& file = *opened;
  const LogHead empty{.position = kBeforeFirst, .records = 0, .time = {}, .root = MerkleFrontier{}.root()};
  const Slot first{.sequence = 0, .root = empty.root};
  // Writes both pages now, because later a full disk could stop a write.
  const std::array<char, kSlots * kPageSize> zeros{};
  const bool written =
      ::pwrite(file.number(), zeros.data(), zeros.size(), 0) == static_cast<ssize_t>(zeros.size()) &&
      write_page(file.number(), first, ledger_id) && ::fsync(file.number()) == 0;
  if (!written) return Error{ErrorCode::kCannotCreate, system_detail(path, errno)};
  return std::unique_ptr<HeadRecord>(
      new HeadRecord(std::move(file), first.sequence, {.head = empty, .ledger_id = ledger_id}));
}

Result<std::unique_ptr<HeadRecord>> HeadRecord::open(const std::filesystem::path& path) {
  auto opened = open_file(path, O_RDWR);
  if (!opened) return opened.error();
  return std::unique_ptr<HeadRecord>(
      new HeadRecord(std::move(opened->file), opened->newest.slot.sequence, head_in(opened->newest)));
}

HeadRecord::~HeadRecord() { ::fdatasync(file_.number()); }

Result<void> HeadRecord::bind(const boost::uuids::uuid& ledger_id) {
  if (remembered_.ledger_id) return {};
  remembered_.ledger_id = ledger_id;
  // Both pages get the id, so that damage to one page does not lose the id.
  for (std::size_t page = 0; page < kSlots; ++page) {
    if (auto written = write(LogHead(remembered_.head)); !written) return written;
  }
  return sync();
}

Result<void> HeadRecord::sync() {
  if (::fdatasync(file_.number()) == 0) return {};
  return Error{ErrorCode::kWriteFailed, system_detail("the head record", errno)};
}

Result<void> HeadRecord::write(const LogHead& head) {
  ENSURE(remembered_.ledger_id.has_value(), "a head record is bound before a head is written");
  const Slot slot{.sequence = sequence_ + 1,
                  .position = head.position.value(),
                  .records = head.records,
                  .time = head.time.microseconds,
                  .root = head.root};
  const bool sync_due = slot.sequence % kWritesPerSync == 0;
  if (!write_page(file_.number(), slot, *remembered_.ledger_id) ||
      (sync_due && ::fdatasync(file_.number()) != 0)) {
    return Error{ErrorCode::kWriteFailed, system_detail("the head record", errno)};
  }
  sequence_ = slot.sequence;
  remembered_.head = head;
  return {};
}

Result<RememberedHead> read_head_record(const std::filesystem::path& path) {
  const auto opened = open_file(path, O_RDONLY);
  if (!opened) return opened.error();
  return head_in(opened->newest);
}

}  // namespace keyledger::ledger
