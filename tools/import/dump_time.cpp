#include "tools/import/dump_time.h"

#include <algorithm>
#include <array>
#include <string>

#include "ledger/values/ascii_text.h"

namespace keyledger::tools::import {

using ledger::kMicrosecondsPerSecond;
using ledger::Timestamp;

namespace {

constexpr std::size_t kDateLength = 10;  // "2025-10-11"

// Reads "02", "0200", "02:00" or "02:00:00" as seconds.
std::optional<std::int64_t> read_distance(std::string_view text) {
  std::array<int, 3> parts{};  // hours, minutes, seconds
  std::size_t count = 0;
  while (!text.empty()) {
    if (count == parts.size() || text.size() < 2) return std::nullopt;
    if (!ledger::is_digit(text[0]) || !ledger::is_digit(text[1])) return std::nullopt;
    parts.at(count++) = (text[0] - '0') * 10 + (text[1] - '0');
    text.remove_prefix(2);
    if (!text.starts_with(':')) continue;
    text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
  }
  const auto [hours, minutes, seconds] = parts;
  if (count == 0 || hours > 23 || minutes > 59 || seconds > 59) return std::nullopt;
  return std::int64_t{hours} * 3600 + minutes * 60 + seconds;
}

}  // namespace

std::optional<DumpTime> read_dump_time(std::string_view text) {
  const std::size_t end = text.find_first_of("Zz+-", std::min(kDateLength + 1, text.size()));
  std::string_view clock = text.substr(0, end);
  std::string_view offset = text.substr(clock.size());
  if (!offset.empty() && clock.ends_with(' ')) clock.remove_suffix(1);
  const auto shown = ledger::parse_rfc3339(std::string(clock) + "Z");
  if (!shown) return std::nullopt;
  if (offset.empty()) return DumpTime{.shown = *shown, .offset = std::nullopt};
  const char sign = offset.front();
  offset.remove_prefix(1);
  if (sign == 'Z' || sign == 'z') {
    return offset.empty() ? std::optional(DumpTime{.shown = *shown, .offset = 0}) : std::nullopt;
  }
  const auto seconds = read_distance(offset);
  if (!seconds) return std::nullopt;
  return DumpTime{.shown = *shown, .offset = (sign == '+' ? 1 : -1) * *seconds * kMicrosecondsPerSecond};
}

Timestamp moment_of(Timestamp shown, std::int64_t offset) {
  return std::clamp(ledger::later_by(shown, -offset), ledger::kEarliest, ledger::kLatest);
}

}  // namespace keyledger::tools::import
