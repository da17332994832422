#include "tools/import/dump_fields.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "ledger/values/printable_text.h"
#include "tools/import/dump_time.h"

namespace keyledger::tools::import {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;
using ledger::Timestamp;
using Kind = DumpValue::Kind;

namespace {

constexpr char kIntegerMark = '#';
constexpr char kTextMark = '\'';
constexpr char kNaturalMark = '~';

// Returns the text of ["text"], the form in which `--natural-foreign` refers to an object; otherwise null.
const boost::json::string* natural_key_in(const DumpValue& value) {
  const auto* list = value.kind == Kind::kJson ? value.json.if_array() : nullptr;
  return list != nullptr && list->size() == 1 ? list->front().if_string() : nullptr;
}

// Returns the text without an incomplete character at the end.
std::string whole_characters(std::string_view text) {
  std::string_view rest = text;
  std::size_t whole = 0;
  while (!rest.empty() && ledger::take_code_point(rest).value != ledger::CodePoint::kNotUtf8) {
    whole = text.size() - rest.size();
  }
  return std::string(text.substr(0, whole));
}

}  // namespace

std::string DumpPlace::text() const {
  DumpObject object;
  object.number = number;
  object.line = line;
  object.model = model;
  return fmt::format("{}: {}", ledger::printable(file), describe(object));
}

Error wrong(const DumpPlace& place, std::string_view what) {
  return Error{ErrorCode::kInputInvalid, fmt::format("{}: {}", place.text(), what)};
}

Error wrong_field(const DumpPlace& place, DumpField field, std::string_view what) {
  return wrong(place, fmt::format("field \"{}\": {}", name_of(field), what));
}

std::optional<std::string> identity_of(const DumpValue& value) {
  if (value.kind == Kind::kInteger) return kIntegerMark + value.text;
  if (value.kind == Kind::kText) return kTextMark + value.text;
  const auto* natural = natural_key_in(value);
  if (natural == nullptr) return std::nullopt;
  return natural_identity({natural->data(), natural->size()});
}

std::string natural_identity(std::string_view name) { return kNaturalMark + std::string(name); }

std::string_view shown(std::string_view identity) { return identity.substr(1); }

bool is_natural(std::string_view identity) { return identity.front() == kNaturalMark; }

Result<std::string> DumpFieldReader::primary_key() const {
  if (object_.pk.kind == Kind::kAbsent) return wrong(place_, "has no \"pk\": dump without --natural-primary");
  auto identity = identity_of(object_.pk);
  if (!identity || is_natural(*identity)) return wrong(place_, "\"pk\" is neither an integer nor a text");
  return std::move(*identity);
}

Result<bool> DumpFieldReader::flag(DumpField field) const {
  const Kind kind = object_[field].kind;
  if (kind == Kind::kTrue) return true;
  if (kind == Kind::kFalse) return false;
  return wrong_field(place_, field, kind == Kind::kAbsent ? "is missing" : "is not true or false");
}

Result<bool> DumpFieldReader::flag_or(DumpField field, bool absent) const {
  return object_.has(field) ? flag(field) : Result<bool>(absent);
}

Result<std::optional<Timestamp>> DumpFieldReader::moment(DumpField field) const {
  const DumpValue& value = object_[field];
  if (value.kind == Kind::kNull) return std::optional<Timestamp>();
  if (value.kind == Kind::kAbsent) return wrong_field(place_, field, "is missing");
  if (value.kind != Kind::kText) return wrong_field(place_, field, "is not a time");
  const std::string text = ledger::quoted(value.text);
  const auto time = read_dump_time(value.text);
  if (!time) return wrong_field(place_, field, fmt::format("{} is not a time", text));
  if (time->offset) return std::optional(moment_of(time->shown, *time->offset));
  return wrong_field(
      place_, field,
      fmt::format("{} has no time zone, because the project has USE_TZ = False: say which zone "
                  "its TIME_ZONE names, with --time-zone, such as --time-zone Asia/Tokyo",
                  text));
}

Result<std::optional<Timestamp>> DumpFieldReader::optional_moment(DumpField field) const {
  return object_.has(field) ? moment(field) : Result<std::optional<Timestamp>>(std::optional<Timestamp>());
}

Result<std::string> DumpFieldReader::optional_text(DumpField field) const {
  const DumpValue& value = object_[field];
  if (value.kind == Kind::kAbsent || value.kind == Kind::kNull) return std::string();
  if (value.kind == Kind::kText) return value.text;
  if (value.kind == Kind::kTooLong && !value.text.empty()) return whole_characters(value.text);
  return wrong_field(place_, field, "is not a text");
}

Result<boost::json::value> DumpFieldReader::optional_structure(DumpField field) const {
  const DumpValue& value = object_[field];
  if (value.kind == Kind::kAbsent || value.kind == Kind::kNull) return boost::json::value();
  if (value.kind == Kind::kJson) return value.json;
  if (value.kind == Kind::kTooLong && value.text.empty()) {
    return wrong_field(place_, field, fmt::format("is larger than {} bytes", DumpValue::kJsonBytesMax));
  }
  return wrong_field(place_, field, "is neither a list nor an object");
}

Result<std::string> DumpFieldReader::reference(DumpField field, std::string_view form) const {
  if (!object_.has(field)) return wrong_field(place_, field, "is missing");
  auto identity = identity_of(object_[field]);
  if (!identity) return wrong_field(place_, field, fmt::format("is neither {}", form));
  return std::move(*identity);
}

}  // namespace keyledger::tools::import
