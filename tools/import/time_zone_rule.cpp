#include "tools/import/time_zone_rule.h"

#include <algorithm>
#include <chrono>

#include "ledger/values/ascii_text.h"

namespace keyledger::tools::import {

// Takes a rule from the left. Each step returns whether the text matched.
class TimeZoneRule::Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }

  bool take(char wanted) {
    if (!text_.starts_with(wanted)) return false;
    text_.remove_prefix(1);
    return true;
  }

  // Takes "CET" or "<+03>".
  bool take_name() {
    std::size_t length = 0;
    if (take('<')) {
      length = text_.find('>');
      if (length == text_.npos) return false;
      text_.remove_prefix(length + 1);
      return true;
    }
    while (length < text_.size() && ledger::is_letter(text_[length])) ++length;
    text_.remove_prefix(length);
    return length >= 3;
  }

  bool take_number(int max, int& number) {
    std::size_t length = 0;
    number = 0;
    while (length < text_.size() && ledger::is_digit(text_[length]) && number <= max) {
      number = number * 10 + (text_[length++] - '0');
    }
    text_.remove_prefix(length);
    return length > 0 && number <= max;
  }

  // Takes "[+-]hh[:mm[:ss]]" as seconds.
  bool take_time(int hours_max, std::int64_t& seconds) {
    const bool is_negative = take('-');
    if (!is_negative) take('+');
    int hours = 0;
    int minutes = 0;
    int rest = 0;
    if (!take_number(hours_max, hours)) return false;
    if (take(':') && !take_number(59, minutes)) return false;
    if (take(':') && !take_number(59, rest)) return false;
    seconds = (hours * 60 + minutes) * 60 + rest;
    if (is_negative) seconds = -seconds;
    return true;
  }

  // Takes "M3.5.0/3", "J60" or "59".
  bool take_day(Day& day) {
    if (take('M')) {
      day.form = Day::Form::kWeekday;
      const bool is_read = take_number(12, day.month) && take('.') && take_number(5, day.week) && take('.') &&
                           take_number(6, day.day);
      if (!is_read || day.month == 0 || day.week == 0) return false;
    } else {
      day.form = take('J') ? Day::Form::kWithoutLeapDay : Day::Form::kWithLeapDay;
      if (!take_number(365, day.day)) return false;
      if (day.form == Day::Form::kWithoutLeapDay && day.day == 0) return false;
    }
    constexpr int kHoursMax = 167;
    return !take('/') || take_time(kHoursMax, day.time);
  }

 private:
  std::string_view text_;
};

// The offsets of POSIX count to the west.
std::optional<TimeZoneRule> TimeZoneRule::parse(std::string_view text) {
  constexpr int kHoursMax = 24;
  Reader in(text);
  TimeZoneRule rule;
  std::int64_t west = 0;
  if (!in.take_name() || !in.take_time(kHoursMax, west)) return std::nullopt;
  rule.standard_ = -west;
  if (in.at_end()) return rule;
  if (!in.take_name()) return std::nullopt;
  west -= 3'600;
  if (!in.take(',')) {
    if (!in.take_time(kHoursMax, west) || !in.take(',')) return std::nullopt;
  }
  rule.summer_ = -west;
  Day begins;
  Day ends;
  if (!in.take_day(begins) || !in.take(',') || !in.take_day(ends) || !in.at_end()) return std::nullopt;
  rule.summer_begins_ = begins;
  rule.summer_ends_ = ends;
  return rule;
}

std::int64_t TimeZoneRule::Day::in(int year) const {
  namespace chrono = std::chrono;
  const chrono::year of{year};
  const chrono::sys_days new_year = of / chrono::January / 1;
  chrono::sys_days date = new_year + chrono::days{day};
  if (form == Form::kWithoutLeapDay) {
    constexpr int kFirstOfMarch = 60;
    date -= chrono::days{of.is_leap() && day >= kFirstOfMarch ? 0 : 1};
  } else if (form == Form::kWeekday) {
    const auto of_month = of / chrono::month{static_cast<unsigned>(month)};
    const chrono::weekday weekday{static_cast<unsigned>(day)};
    constexpr int kLast = 5;
    if (week == kLast) {
      date = of_month / weekday[chrono::last];
    } else {
      date = of_month / weekday[static_cast<unsigned>(week)];
    }
  }
  return chrono::seconds{date.time_since_epoch()}.count() + time;
}

std::vector<OffsetChange> TimeZoneRule::changes_in(int year) const {
  if (!summer_begins_ || summer_ == standard_) return {};
  std::vector<OffsetChange> changes = {
      {.at = summer_begins_->in(year)-standard_, .before = standard_, .after = summer_},
      {.at = summer_ends_->in(year)-summer_, .before = summer_, .after = standard_}};
  if (changes.back().at < changes.front().at) std::swap(changes.front(), changes.back());
  return changes;
}

}  // namespace keyledger::tools::import
