#include "tools/import/field_tally.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace keyledger::tools::import {

using Kind = DumpValue::Kind;

namespace {

bool says_something(const DumpValue& value) {
  switch (value.kind) {
    case Kind::kAbsent:
    case Kind::kNull:
    case Kind::kFalse:
      return false;
    case Kind::kText:
      return !value.text.empty();
    case Kind::kJson:
      if (const auto* list = value.json.if_array()) return !list->empty();
      if (const auto* object = value.json.if_object()) return !object->empty();
      return true;
    case Kind::kTrue:
    case Kind::kInteger:
    case Kind::kTooLong:
    case Kind::kOther:
      return true;
  }
  return true;
}

std::string_view reason_of(std::string_view field) {
  if (field == "password") return "not taken over: the ledger has no passwords";
  if (field == "is_superuser") return "not taken over: the ledger has no superusers";
  return "not taken over: the ledger has no place for this field";
}

}  // namespace

void FieldTally::add(const DumpPlace& place, const DumpObject& object,
                     std::span<const std::string_view> taken) {
  const auto is_taken = [taken](std::string_view name) {
    return std::ranges::find(taken, name) != taken.end();
  };
  for (std::size_t i = 0; i < kDumpFields; ++i) {
    const auto field = static_cast<DumpField>(i);
    const std::string_view name = name_of(field);
    if (says_something(object[field]) && !is_taken(name)) count(place, name, reason_of(name));
  }
  for (const OtherField& field : object.others) {
    if (field.says_something && !is_taken(field.name)) count(place, field.name, reason_of(field.name));
  }
}

void FieldTally::count(const DumpPlace& place, std::string_view field, std::string_view reason) {
  auto found = fields_.find(field);
  if (found == fields_.end()) {
    found =
        fields_.try_emplace(std::string(field), Entry{.first = place, .reason = std::string(reason)}).first;
  }
  ++found->second.objects;
}

void FieldTally::report(UnmappedList& unmapped) const {
  for (const auto& [field, entry] : fields_) {
    unmapped.push_back({.file = std::string(entry.first.file),
                        .object = entry.first.number,
                        .line = entry.first.line,
                        .model = std::string(entry.first.model),
                        .field = field,
                        .reason = entry.reason,
                        .objects = entry.objects});
  }
}

}  // namespace keyledger::tools::import
