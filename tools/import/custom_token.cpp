#include "tools/import/custom_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "commands/decision.h"
#include "commands/names.h"

namespace keyledger::tools::import {

using ledger::Result;
using Kind = DumpValue::Kind;

namespace {

// A field that withdraws a token if its value says so.
struct Mark {
  std::string_view field;
  bool withdraws_if_set;  // else if false
};

constexpr std::array<Mark, 12> kMarks = {{{"active", false},
                                          {"enabled", false},
                                          {"is_enabled", false},
                                          {"is_valid", false},
                                          {"revoked", true},
                                          {"is_revoked", true},
                                          {"revoked_at", true},
                                          {"disabled", true},
                                          {"is_disabled", true},
                                          {"disabled_at", true},
                                          {"is_deleted", true},
                                          {"deleted_at", true}}};

constexpr std::array<std::string_view, 10> kRead = {"user",        "created",     "expiry", "expires",
                                                    "salt",        "digest",      "name",   "is_active",
                                                    "description", "last_used_at"};

// The fields that are read, and the marks.
constexpr auto kTaken = [] {
  std::array<std::string_view, kRead.size() + kMarks.size()> taken;
  std::ranges::transform(kMarks, std::ranges::copy(kRead, taken.begin()).out, &Mark::field);
  return taken;
}();

bool withdraws(const Mark& mark, const OtherField& field) {
  return mark.withdraws_if_set ? field.says_something : field.kind == Kind::kFalse;
}

}  // namespace

std::span<const std::string_view> taken_token_fields() { return kTaken; }

Result<void> take_custom_fields(const DumpPlace& place, const DumpObject& object, commands::ImportedKey& key,
                                UnmappedList& unmapped) {
  const DumpFieldReader fields(place, object);
  const ReportField report = [&](DumpField field, std::string reason) {
    unmapped.push_back(unmapped_at(place, field, std::move(reason)));
  };
  const auto name = fields.optional_text(DumpField::kName);
  if (!name) return name.error();
  if (commands::is_name(*name, commands::kBaseNameBytesMax)) {
    key.base_name = *name;
  } else if (!name->empty()) {
    report(DumpField::kName, fmt::format("cannot be a name: the key is named {}", key.base_name));
  }
  const auto description = fields.optional_text(DumpField::kDescription);
  if (!description) return description.error();
  key.description = fitting_description(*description, report);
  const auto last_used = fields.optional_moment(DumpField::kLastUsedAt);
  if (!last_used) return last_used.error();
  key.last_used = *last_used;
  const auto active = fields.flag_or(DumpField::kIsActive, true);
  if (!active) return active.error();
  if (!*active) key.active = ledger::ActiveFlag::kInactive;
  for (const Mark& mark : kMarks) {
    const OtherField* field = object.other(mark.field);
    if (field == nullptr || !withdraws(mark, *field)) continue;
    key.active = ledger::ActiveFlag::kInactive;
    Unmapped row = unmapped_at(place, DumpField::kIsActive, "withdraws the token: the key is inactive");
    row.field = std::string(mark.field);
    unmapped.push_back(std::move(row));
  }
  return {};
}

}  // namespace keyledger::tools::import
