#include "tools/import/time_zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <limits>

#include "ledger/values/ascii_text.h"
#include "ledger/values/printable_text.h"
#include "tools/import/dump_time.h"
#include "tools/import/time_zone_rule.h"

namespace keyledger::tools::import {

using ledger::Error;
using ledger::ErrorCode;
using ledger::kMicrosecondsPerSecond;
using ledger::Result;
using ledger::Timestamp;

namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
// Longer than any offset, which RFC 8536 keeps below 26 hours.
constexpr std::int64_t kNear = 26 * 3'600;
constexpr std::int64_t kOffsetMax = kNear - 1;
constexpr std::size_t kNameMax = 64;
constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;

bool is_zone_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return ledger::is_letter(c) || ledger::is_digit(c) ||
           std::string_view("_+-/").find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= kNameMax && std::ranges::all_of(name, is_allowed) &&
         name.front() != '/' && name.back() != '/';
}

// Reads big-endian numbers from the bytes of a file. After a read beyond the end, is_sound() is false.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : left_(bytes) {}

  bool is_sound() const { return is_sound_; }
  std::string_view left() const { return left_; }

  std::string_view take(std::size_t count) {
    if (count > left_.size()) {
      is_sound_ = false;
      return {};
    }
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }

  // Returns a signed number of `bytes` bytes.
  std::int64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    for (const char byte : take(bytes)) value = value << 8 | static_cast<unsigned char>(byte);
    const std::size_t unused = 64 - 8 * bytes;
    return static_cast<std::int64_t>(value << unused) >> unused;
  }

 private:
  std::string_view left_;
  bool is_sound_ = true;
};

// The header of one of the two blocks of a file, RFC 8536 section 3.1.
struct Header {
  char version = 0;
  std::int64_t leaps = 0;
  std::int64_t changes = 0;
  std::int64_t types = 0;
  std::int64_t name_bytes = 0;
  std::int64_t marks = 0;  // of both kinds

  // Returns nothing if the bytes are no header, or if a count is negative.
  static std::optional<Header> read(Bytes& in) {
    constexpr std::size_t kUnused = 15;
    if (in.take(4) != "TZif") return std::nullopt;
    Header header;
    header.version = static_cast<char>(in.number(1));
    in.take(kUnused);
    const std::int64_t utc_marks = in.number(4);
    const std::int64_t standard_marks = in.number(4);
    header.leaps = in.number(4);
    header.changes = in.number(4);
    header.types = in.number(4);
    header.name_bytes = in.number(4);
    header.marks = utc_marks + standard_marks;
    const bool is_sound = std::min({utc_marks, standard_marks, header.leaps, header.changes, header.types,
                                    header.name_bytes}) >= 0;
    return in.is_sound() && is_sound ? std::optional(header) : std::nullopt;
  }

  // Returns the bytes after the types.
  std::size_t bytes_at_end(std::size_t time_bytes) const {
    return static_cast<std::size_t>(name_bytes + leaps * (static_cast<std::int64_t>(time_bytes) + 4) + marks);
  }
  std::size_t bytes(std::size_t time_bytes) const {
    constexpr std::int64_t kTypeBytes = 6;
    const std::int64_t times = changes * (static_cast<std::int64_t>(time_bytes) + 1);
    return static_cast<std::size_t>(times + types * kTypeBytes) + bytes_at_end(time_bytes);
  }
};

int year_of(std::int64_t second) {
  const std::chrono::sys_seconds moment{std::chrono::seconds{second}};
  return static_cast<int>(std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(moment)}.year());
}

}  // namespace

// Reads the newest block of a file: its changes, and the rule after the block.
class TimeZone::File {
 public:
  explicit File(std::string_view bytes) : in_(bytes) {}

  bool read_into(TimeZone& zone) {
    auto header = Header::read(in_);
    std::size_t time_bytes = 4;
    if (header && header->version >= '2') {
      time_bytes = 8;
      in_.take(header->bytes(4));
      header = Header::read(in_);
    }
    if (!header || header->types == 0 || header->leaps != 0) return false;
    if (!read_changes(*header, time_bytes, zone)) return false;
    in_.take(header->bytes_at_end(time_bytes));
    return in_.is_sound() && (time_bytes == 4 || read_rule(zone));
  }

 private:
  bool read_changes(const Header& header, std::size_t time_bytes, TimeZone& zone) {
    if (header.bytes(time_bytes) > in_.left().size()) return false;
    std::vector<std::int64_t> times;
    for (std::int64_t i = 0; i < header.changes; ++i) times.push_back(in_.number(time_bytes));
    const std::string_view types = in_.take(static_cast<std::size_t>(header.changes));
    std::vector<std::int64_t> offsets;
    for (std::int64_t i = 0; i < header.types; ++i) {
      offsets.push_back(in_.number(4));
      in_.take(2);  // whether it is summer time, and the place of the name
      if (offsets.back() < -kOffsetMax || offsets.back() > kOffsetMax) return false;
    }
    if (!std::ranges::is_sorted(times)) return false;
    zone.first_offset_ = offsets.front();
    std::int64_t before = zone.first_offset_;
    for (std::size_t i = 0; i < times.size(); ++i) {
      const auto type = static_cast<unsigned char>(types[i]);
      if (type >= offsets.size()) return false;
      const std::int64_t after = offsets[type];
      // Some changes are only of the name.
      if (after != before) zone.changes_.push_back({.at = times[i], .before = before, .after = after});
      zone.ruled_from_ = times[i];
      before = after;
    }
    return true;
  }

  // Reads the text between two line ends after the block. An empty text means that no rule is known.
  bool read_rule(TimeZone& zone) {
    std::string_view text = in_.left();
    if (!text.starts_with('\n')) return false;
    text.remove_prefix(1);
    const std::size_t end = text.find('\n');
    if (end == text.npos) return false;
    if (end == 0) return true;
    zone.rule_ = TimeZoneRule::parse(text.substr(0, end));
    return zone.rule_.has_value();
  }

  Bytes in_;
};

std::optional<TimeZone> TimeZone::parse(std::string name, std::string_view bytes) {
  TimeZone zone;
  zone.name_ = std::move(name);
  if (!File(bytes).read_into(zone)) return std::nullopt;
  if (zone.rule_ && zone.changes_.empty()) zone.first_offset_ = zone.rule_->standard();
  return zone;
}

Result<TimeZone> TimeZone::load(const std::string& name, const std::filesystem::path& folder) {
  const auto unknown = [&](std::string_view what) {
    return Error{ErrorCode::kInputInvalid,
                 fmt::format("{} {} {}", ledger::quoted(name), what, folder.string())};
  };
  std::error_code failed;
  const std::filesystem::path path = folder / name;
  if (!is_zone_name(name) || !std::filesystem::is_regular_file(path, failed)) {
    return unknown("is not the name of a time zone, such as Asia/Tokyo: there is no such file in");
  }
  std::ifstream file(path, std::ios::binary);
  std::string bytes(kFileBytesMax, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  auto zone = parse(name, bytes);
  if (!zone) return unknown("is not the name of a time zone: this file is damaged, or of another kind, in");
  return std::move(*zone);
}

void TimeZone::add_by_rule(int year, std::vector<OffsetChange>& changes) const {
  for (const OffsetChange& change : rule_->changes_in(year)) {
    if (!changes_.empty() && change.at <= ruled_from_) continue;
    // In a zone that always has summer time, one summer ends at the moment when the next one begins.
    if (!changes.empty() && changes.back().at == change.at) {
      changes.pop_back();
    } else {
      changes.push_back(change);
    }
  }
}

TimeZone::Near TimeZone::near(std::int64_t second) const {
  const auto first = std::ranges::lower_bound(changes_, second - kNear, {}, &OffsetChange::at);
  Near near{.offset = first == changes_.begin() ? first_offset_ : std::prev(first)->after,
            .changes = {first, changes_.end()}};
  if (rule_ && (changes_.empty() || second + kNear > ruled_from_)) {
    const int year = year_of(second);
    for (int each = year - 1; each <= year + 1; ++each) add_by_rule(each, near.changes);
  }
  std::erase_if(near.changes, [&](const OffsetChange& change) {
    const bool is_past = change.at < second - kNear;
    if (is_past) near.offset = change.after;
    return is_past || change.at > second + kNear;
  });
  return near;
}

TimeZone::Meaning TimeZone::meaning_of(Timestamp shown) const {
  using Times = Meaning::Times;
  const std::int64_t second =
      std::chrono::floor<std::chrono::seconds>(std::chrono::microseconds{shown.microseconds}).count();
  const Near around = near(second);
  std::int64_t offset = around.offset;
  const auto meaning = [shown](Times times, std::int64_t before, std::int64_t after) {
    return Meaning{.times = times,
                   .by_offset_before = moment_of(shown, before * kMicrosecondsPerSecond),
                   .by_offset_after = moment_of(shown, after * kMicrosecondsPerSecond)};
  };
  for (const OffsetChange& change : around.changes) {
    const auto [low, high] = std::minmax(change.before, change.after);
    if (second >= change.at + low && second < change.at + high) {
      const bool is_forward = change.after > change.before;
      return meaning(is_forward ? Times::kSkipped : Times::kTwice, change.before, change.after);
    }
    if (second >= change.at + high) offset = change.after;
  }
  return meaning(Times::kOnce, offset, offset);
}

}  // namespace keyledger::tools::import
