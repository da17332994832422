#include "ledger/rocks/intent_file.h"

#include <endian.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "ledger/codec/record_codec.h"
#include "ledger/host/file_io.h"
#include "ledger/host/regular_file.h"
#include "ledger/host/small_file.h"
#include "ledger/values/sha256.h"

namespace keyledger::ledger {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::string_view kTitle = "KLINTEN2";
constexpr std::string_view kUnboundTitle = "KLINTENT";

void put(std::vector<std::uint8_t>& to, std::uint64_t number) {
  const std::uint64_t bytes = htobe64(number);
  const auto* begin = reinterpret_cast<const std::uint8_t*>(&bytes);
  to.insert(to.end(), begin, begin + sizeof bytes);
}

// Removes the first `size` bytes of `from` and returns them; returns nothing if `from` has fewer bytes.
std::optional<Bytes> take(Bytes& from, std::uint64_t size) {
  if (from.size() < size) return std::nullopt;
  const Bytes taken = from.first(size);
  from = from.subspan(size);
  return taken;
}

std::optional<std::uint64_t> take_number(Bytes& from) {
  const auto bytes = take(from, sizeof(std::uint64_t));
  if (!bytes) return std::nullopt;
  std::uint64_t number = 0;
  std::memcpy(&number, bytes->data(), sizeof number);
  return be64toh(number);
}

Error damaged(const std::filesystem::path& path) {
  return {ErrorCode::kCorruptDatabase, path.string() + ": the records of an unfinished append are damaged"};
}

// Returns everything before the checksum.
std::vector<std::uint8_t> contents_of(const IntentPlace& place, std::span<const PreparedRecords> parts) {
  std::vector<std::uint8_t> contents(kTitle.begin(), kTitle.end());
  contents.insert(contents.end(), place.ledger_id.begin(), place.ledger_id.end());
  contents.insert(contents.end(), place.before.root.begin(), place.before.root.end());
  put(contents, place.before.records);
  put(contents, place.before.position.next().value());
  std::uint64_t records = 0;
  for (const PreparedRecords& part : parts) records += part.size();
  put(contents, records);
  for (const PreparedRecords& part : parts) {
    for (std::size_t record = 0; record < part.size(); ++record) {
      const Bytes bytes = part.bytes(record);
      put(contents, bytes.size());
      contents.insert(contents.end(), bytes.begin(), bytes.end());
    }
  }
  return contents;
}

// Removes title, id and root from `contents`. Returns nothing if they are not those of an intent.
std::optional<IntendedRecords> take_beginning(Bytes& contents) {
  IntendedRecords intended;
  const auto title = take(contents, kTitle.size());
  if (!title) return std::nullopt;
  if (std::ranges::equal(*title, kUnboundTitle)) return intended;
  const auto id = take(contents, sizeof intended.place.ledger_id);
  const auto root = take(contents, sizeof intended.place.before.root);
  if (!std::ranges::equal(*title, kTitle) || !root) return std::nullopt;
  std::ranges::copy(*id, intended.place.ledger_id.begin());
  std::ranges::copy(*root, intended.place.before.root.begin());
  intended.is_bound = true;
  return intended;
}

std::optional<IntendedRecords> parse(Bytes contents) {
  if (contents.size() < sizeof(Hash)) return std::nullopt;
  const auto checksum = contents.last(sizeof(Hash));
  contents = contents.first(contents.size() - sizeof(Hash));
  if (!std::ranges::equal(sha256(contents), checksum)) return std::nullopt;
  auto beginning = take_beginning(contents);
  const auto before = take_number(contents);
  const auto behind = take_number(contents);
  const auto records = take_number(contents);
  if (!beginning || !records || *behind == 0) return std::nullopt;
  IntendedRecords& intended = *beginning;
  std::ranges::copy(checksum, intended.checksum.begin());
  intended.place.before.position = Position{*behind - 1};
  intended.place.before.records = *before;
  RecordDecoder decoder;
  while (intended.records.size() < *records) {
    const auto size = take_number(contents);
    const auto bytes = size ? take(contents, *size) : std::nullopt;
    if (!bytes) return std::nullopt;
    auto record = decoder.decode(*bytes);
    if (!record) return std::nullopt;
    intended.records.push_back(*std::move(record));
  }
  return contents.empty() ? std::move(beginning) : std::nullopt;
}

}  // namespace

Result<Hash> write_intent(const std::filesystem::path& path, const IntentPlace& place,
                          std::span<const PreparedRecords> parts) {
  std::vector<std::uint8_t> contents = contents_of(place, parts);
  const Hash checksum = sha256(contents);
  contents.insert(contents.end(), checksum.begin(), checksum.end());
  if (auto replaced = replace_file(path, contents); !replaced) return replaced.error();
  return checksum;
}

Result<std::optional<IntendedRecords>> read_intent(const std::filesystem::path& path) {
  const auto file = open_regular_file(path, O_RDONLY);
  if (!file && file.error().is_missing) return std::optional<IntendedRecords>{};
  if (!file) return Error{ErrorCode::kCannotOpen, file.error().detail};
  struct stat status {};
  if (::fstat(file->number(), &status) != 0) return Error{ErrorCode::kCannotOpen, system_detail(path, errno)};
  std::vector<std::uint8_t> contents(static_cast<std::size_t>(status.st_size));
  if (!read_at(file->number(), contents, 0)) return damaged(path);
  auto intended = parse(contents);
  if (!intended) return damaged(path);
  return intended;
}

void remove_intent(const std::filesystem::path& path) { static_cast<void>(::unlink(path.c_str())); }

bool is_as_intended(Record record, const Record& intended) {
  record.index = intended.index;
  record.position = intended.position;
  record.time = intended.time;
  return record == intended;
}

}  // namespace keyledger::ledger
