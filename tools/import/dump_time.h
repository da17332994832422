// Reads a time as Django writes times into a dump.
//
// Django's JSON has RFC 3339 ("2025-10-11T04:22:38.767Z"). Serializers of other libraries and hand-made dumps
// have Python's other forms: a blank in place of the T, and offsets such as +02, +0200 and +00:19:32. A
// project with USE_TZ = False dumps times without an offset. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ledger/values/timestamp.h"

namespace keyledger::tools::import {

struct DumpTime {
  ledger::Timestamp shown;             // what the clock showed, as if the clock were in UTC
  std::optional<std::int64_t> offset;  // microseconds east of UTC; none: the text does not say
};

// Returns nothing for a text that is not a date with a time, such as a date alone or a duration.
std::optional<DumpTime> read_dump_time(std::string_view text);

// Returns the moment at which a clock with this offset shows the time. A moment after the year 9999, which
// some projects use for "never", becomes the last moment of that year.
ledger::Timestamp moment_of(ledger::Timestamp shown, std::int64_t offset);

}  // namespace keyledger::tools::import
