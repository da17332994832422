#include "net/json/field_reader.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <limits>

#include "ledger/values/printable_text.h"
#include "net/json/text.h"

namespace keyledger::net {

using boost::json::value;
using ledger::Annotation;
using ledger::Timestamp;

std::string shown(const value& value) {
  constexpr std::size_t kShownMax = 60;
  std::string text;
  append_json(text, value, JsonLayout::kCompact);
  return ledger::cut_to(text, kShownMax);
}

namespace {

std::string text_of(const value& value) {
  const auto& text = value.get_string();
  return {text.data(), text.size()};
}

// Returns every element of a list of texts; nothing if the value is no list of texts.
std::optional<std::vector<std::string>> texts_of(const value& list) {
  if (!list.is_array()) return std::nullopt;
  std::vector<std::string> texts;
  for (const value& element : list.get_array()) {
    if (!element.is_string()) return std::nullopt;
    texts.push_back(text_of(element));
  }
  return texts;
}

}  // namespace

const value* FieldReader::take(std::string_view name) {
  taken_.emplace(name);
  return fields_.if_contains(key(name));
}

void FieldReader::require(std::string_view name) {
  if (!has(name)) complaints_.push_back(fmt::format("\"{}\" is missing", name));
}

void FieldReader::complain(std::string_view name, std::string_view expected, const value& instead) {
  complaints_.push_back(fmt::format("\"{}\" takes {}, not {}", name, expected, shown(instead)));
}

std::string FieldReader::complaints(std::string_view what) {
  for (const auto& field : fields_) {
    const std::string_view name(field.key().data(), field.key().size());
    if (!taken_.contains(name))
      complaints_.push_back(fmt::format("{} is not a field of {}", ledger::quoted(name), what));
  }
  return complaints_so_far();
}

std::string FieldReader::complaints_so_far() const { return fmt::format("{}", fmt::join(complaints_, "; ")); }

std::string FieldReader::text(std::string_view name) {
  require(name);
  return text_if_there(name).value_or("");
}

bool FieldReader::flag(std::string_view name) {
  require(name);
  return flag_if_there(name).value_or(false);
}

std::vector<std::string> FieldReader::texts(std::string_view name) {
  require(name);
  return texts_if_there(name).value_or(std::vector<std::string>{});
}

Timestamp FieldReader::time(std::string_view name) {
  require(name);
  const value* field = take(name);
  if (field == nullptr) return {};
  const auto time = field->is_string() ? ledger::parse_moment(text_of(*field), now_) : std::nullopt;
  if (!time) complain(name, "a time", *field);
  return time.value_or(Timestamp{});
}

std::optional<std::string> FieldReader::text_if_there(std::string_view name) {
  const value* field = take(name);
  if (field == nullptr) return std::nullopt;
  if (field->is_string()) return text_of(*field);
  complain(name, "a text", *field);
  return std::nullopt;
}

std::optional<bool> FieldReader::flag_if_there(std::string_view name) {
  const value* field = take(name);
  if (field == nullptr) return std::nullopt;
  if (field->is_bool()) return field->get_bool();
  complain(name, "true or false", *field);
  return std::nullopt;
}

std::optional<std::uint32_t> FieldReader::count_if_there(std::string_view name) {
  const value* field = take(name);
  if (field == nullptr) return std::nullopt;
  boost::json::error_code error;
  const auto count = field->is_number() ? field->to_number<std::uint32_t>(error) : 0;
  if (field->is_number() && !field->is_double() && !error) return count;
  complain(name, "a whole number from 0 to 4294967295", *field);
  return std::nullopt;
}

std::optional<std::vector<std::string>> FieldReader::texts_if_there(std::string_view name) {
  const value* field = take(name);
  if (field == nullptr) return std::nullopt;
  auto texts = texts_of(*field);
  if (!texts) complain(name, "a list of texts", *field);
  return texts;
}

std::optional<std::vector<Annotation>> FieldReader::annotations_if_there(std::string_view name) {
  const value* field = take(name);
  if (field == nullptr) return std::nullopt;
  std::vector<Annotation> annotations;
  if (field->is_object()) {
    for (const auto& each : field->get_object()) {
      if (!each.value().is_string()) break;
      annotations.push_back({.name = std::string(each.key()), .value = text_of(each.value())});
    }
  }
  if (field->is_object() && annotations.size() == field->get_object().size()) return annotations;
  complain(name, "an object of texts", *field);
  return std::nullopt;
}

std::optional<std::int64_t> FieldReader::duration_if_there(std::string_view name) {
  const value* field = take(name);
  if (field == nullptr) return std::nullopt;
  if (field->is_int64() && field->get_int64() == 0) return 0;
  if (field->is_uint64() && field->get_uint64() == 0) return 0;
  const auto duration = field->is_string() ? ledger::parse_duration(text_of(*field)) : std::nullopt;
  if (!duration) complain(name, "a duration like \"1h\" or \"90d\", or 0", *field);
  return duration;
}

std::optional<std::vector<ledger::AddressRange>> FieldReader::ranges_if_there(std::string_view name) {
  const value* field = take(name);
  if (field == nullptr) return std::nullopt;
  const auto texts = texts_of(*field);
  if (!texts) {
    complain(name, "a list of address ranges", *field);
    return std::nullopt;
  }
  std::vector<ledger::AddressRange> ranges;
  for (const std::string& text : *texts) {
    if (const auto range = ledger::parse_address_range(text)) {
      ranges.push_back(*range);
    } else {
      complain(name, "address ranges like \"192.0.2.0/24\"", value(text));
    }
  }
  return ranges;
}

std::optional<std::optional<Timestamp>> FieldReader::time_or_never_if_there(std::string_view name) {
  const value* field = take(name);
  if (field == nullptr) return std::nullopt;
  if (field->is_null()) return std::optional<std::optional<Timestamp>>(std::in_place, std::nullopt);
  const auto time = field->is_string() ? ledger::parse_moment(text_of(*field), now_) : std::nullopt;
  if (!time) {
    complain(name, "a time like \"2026-11-21T06:14:56Z\" or \"+90d\", or null for never", *field);
    return std::nullopt;
  }
  return std::optional<std::optional<Timestamp>>(std::in_place, time);
}

std::optional<std::optional<ledger::RateLimit>> FieldReader::limit_or_none_if_there(std::string_view name) {
  const value* field = take(name);
  if (field == nullptr) return std::nullopt;
  using Limit = std::optional<ledger::RateLimit>;
  if (field->is_null()) return std::optional<Limit>(std::in_place, std::nullopt);
  const Limit limit = field->is_string() ? ledger::parse_rate_limit(text_of(*field)) : std::nullopt;
  if (limit) return std::optional<Limit>(std::in_place, limit);
  complain(name, "a limit like \"100/60s\", or null for none", *field);
  return std::nullopt;
}

}  // namespace keyledger::net
