#include "tools/import/local_times.h"

#include <fmt/format.h>

#include "ledger/values/printable_text.h"
#include "tools/import/dump_time.h"

namespace keyledger::tools::import {

void LocalTimes::settle(const DumpPlace& place, DumpObject& object) const {
  if (!zone_) return;
  for (const DumpField field :
       {DumpField::kCreated, DumpField::kExpiry, DumpField::kExpires, DumpField::kLastUsedAt}) {
    settle(place, field, object[field]);
  }
}

void LocalTimes::settle(const DumpPlace& place, DumpField field, DumpValue& value) const {
  using Times = TimeZone::Meaning::Times;
  if (value.kind != DumpValue::Kind::kText) return;
  const auto time = read_dump_time(value.text);
  if (!time || time->offset) return;
  const TimeZone::Meaning meaning = zone_->meaning_of(time->shown);
  const std::string taken = to_rfc3339(meaning.by_offset_before);
  if (meaning.times != Times::kOnce) {
    const bool is_skipped = meaning.times == Times::kSkipped;
    unmapped_.push_back(unmapped_at(
        place, field,
        fmt::format("clocks in {} {} {}: {} was taken, which is by the offset before the change; by the "
                    "offset after the change it would be {}",
                    zone_->name(), is_skipped ? "never showed" : "showed twice", ledger::quoted(value.text),
                    taken, to_rfc3339(meaning.by_offset_after))));
  }
  value.text = taken;
}

}  // namespace keyledger::tools::import
