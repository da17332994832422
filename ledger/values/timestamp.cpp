#include "ledger/values/timestamp.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace keyledger::ledger {
namespace {

// Takes text from the left; each step returns whether the text matched.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }
  bool next_is(char wanted) const { return !text_.empty() && text_.front() == wanted; }

  bool take(char wanted) {
    if (!next_is(wanted)) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool take_either(char one, char other) { return take(one) || take(other); }

  std::optional<char> take_digit() {
    if (text_.empty() || text_.front() < '0' || text_.front() > '9') return std::nullopt;
    const char digit = text_.front();
    text_.remove_prefix(1);
    return digit;
  }

  std::optional<int> take_digits(int count) {
    int value = 0;
    for (int i = 0; i < count; ++i) {
      const auto digit = take_digit();
      if (!digit) return std::nullopt;
      value = value * 10 + (*digit - '0');
    }
    return value;
  }

 private:
  std::string_view text_;
};

std::optional<std::int64_t> read_date(Reader& in) {
  const auto year = in.take_digits(4);
  if (!year || !in.take('-')) return std::nullopt;
  const auto month = in.take_digits(2);
  if (!month || !in.take('-')) return std::nullopt;
  const auto day = in.take_digits(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date}.time_since_epoch().count() * kMicrosecondsPerDay;
}

// "hh:mm:ss[.fraction]"; a leap second (":60", RFC 3339 section 5.7) reads as the next second.
std::optional<std::int64_t> read_time_of_day(Reader& in) {
  const auto hour = in.take_digits(2);
  if (!hour || *hour > 23 || !in.take(':')) return std::nullopt;
  const auto minute = in.take_digits(2);
  if (!minute || *minute > 59 || !in.take(':')) return std::nullopt;
  const auto second = in.take_digits(2);
  if (!second || *second > 60) return std::nullopt;
  std::int64_t fraction = 0;
  if (in.take('.')) {
    int digits = 0;
    while (const auto digit = in.take_digit()) {
      if (++digits > 9) return std::nullopt;
      if (digits <= 6) fraction = fraction * 10 + (*digit - '0');
    }
    if (digits == 0) return std::nullopt;
    for (int i = digits; i < 6; ++i) fraction *= 10;
  }
  return (*hour * 3600 + *minute * 60 + *second) * kMicrosecondsPerSecond + fraction;
}

std::optional<std::int64_t> read_offset(Reader& in) {
  if (in.take_either('Z', 'z')) return 0;
  const bool east = in.next_is('+');
  if (!in.take_either('+', '-')) return std::nullopt;
  const auto hours = in.take_digits(2);
  if (!hours || *hours > 23 || !in.take(':')) return std::nullopt;
  const auto minutes = in.take_digits(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const std::int64_t offset = (*hours * 3600 + *minutes * 60) * kMicrosecondsPerSecond;
  return east ? offset : -offset;
}

struct Unit {
  std::string_view name;
  std::int64_t microseconds;
};

// The longest unit first, except weeks, because people count in days.
constexpr Unit kUnits[] = {{"d", kMicrosecondsPerDay},
                           {"h", 3600 * kMicrosecondsPerSecond},
                           {"m", 60 * kMicrosecondsPerSecond},
                           {"s", kMicrosecondsPerSecond},
                           {"ms", 1000},
                           {"us", 1},
                           {"w", 7 * kMicrosecondsPerDay}};

}  // namespace

std::string to_rfc3339(Timestamp time) {
  const std::int64_t inside = std::clamp(time, kEarliest, kLatest).microseconds;
  const std::chrono::sys_time<std::chrono::microseconds> moment{std::chrono::microseconds{inside}};
  const auto midnight = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date{midnight};
  const std::int64_t rest = (moment - midnight).count();
  const std::int64_t seconds = rest / kMicrosecondsPerSecond;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), seconds / 3600,
                     seconds / 60 % 60, seconds % 60, rest % kMicrosecondsPerSecond);
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  Reader in(text);
  const auto date = read_date(in);
  if (!date) return std::nullopt;
  if (in.at_end()) return Timestamp{*date};
  if (!in.take_either('T', 't') && !in.take(' ')) return std::nullopt;
  const auto time = read_time_of_day(in);
  if (!time) return std::nullopt;
  const auto offset = read_offset(in);
  if (!offset || !in.at_end()) return std::nullopt;
  return Timestamp{*date + *time - *offset};
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  constexpr std::size_t kDigitsMax = 9;
  const std::size_t length = std::min(text.find_first_not_of("0123456789"), text.size());
  if (length == 0 || length > kDigitsMax) return std::nullopt;
  const auto* unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                  [&](const Unit& each) { return each.name == text.substr(length); });
  Reader in(text.substr(0, length));
  const auto count = in.take_digits(static_cast<int>(length));
  constexpr std::int64_t kDurationMax = 10'000 * 366 * kMicrosecondsPerDay;
  if (unit == std::end(kUnits) || !count || *count > kDurationMax / unit->microseconds) return std::nullopt;
  return *count * unit->microseconds;
}

std::string duration_text(std::int64_t microseconds) {
  if (microseconds == 0) return "0s";
  const auto* unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                  [&](const Unit& each) { return microseconds % each.microseconds == 0; });
  return fmt::format("{}{}", microseconds / unit->microseconds, unit->name);
}

std::optional<Timestamp> parse_moment(std::string_view text, Timestamp now) {
  if (text == "now") return now;
  if (text.size() < 3 || (text.front() != '-' && text.front() != '+')) return parse_rfc3339(text);
  const auto distance = parse_duration(text.substr(1));
  if (!distance) return std::nullopt;
  return later_by(now, text.front() == '-' ? -*distance : *distance);
}

}  // namespace keyledger::ledger
