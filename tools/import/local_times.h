// LocalTimes: gives the times of a project with USE_TZ = False their meaning.
//
// Such a project dumps the times of its clocks without an offset. The operator names the time zone of the
// clocks. A time that a clock skips or shows twice is reported. The moment by the offset before the change is
// then taken, as Python does for a time without `fold` (PEP 495). One thread; the list must outlive this
// object.
#pragma once

#include <optional>

#include "tools/import/dump_fields.h"
#include "tools/import/time_zone.h"
#include "tools/import/unmapped.h"

namespace keyledger::tools::import {

class LocalTimes {
 public:
  // Without a zone, nothing is changed, so that a time without an offset is refused later.
  LocalTimes(std::optional<TimeZone> zone, UnmappedList& unmapped)
      : zone_(std::move(zone)), unmapped_(unmapped) {}

  // Replaces the object's times without an offset by times in UTC.
  void settle(const DumpPlace& place, DumpObject& object) const;

 private:
  void settle(const DumpPlace& place, DumpField field, DumpValue& value) const;

  std::optional<TimeZone> zone_;
  UnmappedList& unmapped_;
};

}  // namespace keyledger::tools::import
