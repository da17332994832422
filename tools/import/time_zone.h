// TimeZone: the offsets of a place from UTC, from the system's database of time zones.
//
// The database is a folder of compiled files (TZif, RFC 8536), one for each IANA name. A file lists the
// changes of the offset, and ends with a rule for the changes after the last one (POSIX TZ, with the
// extensions of RFC 8536 section 3.3.1). The C library can read these files only into the state of the whole
// process; docs/decisions/0034 says why no library is used. An object never changes; any thread may ask it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/values/error.h"
#include "ledger/values/timestamp.h"
#include "tools/import/time_zone_rule.h"

namespace keyledger::tools::import {

constexpr const char* kTimeZones = "/usr/share/zoneinfo";

class TimeZone {
 public:
  // Reads the zone from the folder of the database. Returns kInputInvalid if the folder has no zone of this
  // name, or if the file is damaged.
  static ledger::Result<TimeZone> load(const std::string& name,
                                       const std::filesystem::path& folder = kTimeZones);

  // Returns the zone of a file's bytes; nothing if the bytes are not TZif. load() calls this function.
  static std::optional<TimeZone> parse(std::string name, std::string_view bytes);

  // The meaning of a time on the zone's clocks. A clock shows most times once. It skips the times of an hour
  // when it is put forward, and shows an hour twice when it is put back.
  struct Meaning {
    enum class Times : std::uint8_t { kOnce, kSkipped, kTwice };
    Times times = Times::kOnce;
    ledger::Timestamp by_offset_before;  // by the offset before the change; the only meaning if kOnce
    ledger::Timestamp by_offset_after;
  };
  // `shown` is the time on the clock, as if the clock were in UTC.
  Meaning meaning_of(ledger::Timestamp shown) const;

  const std::string& name() const { return name_; }

 private:
  class File;

  // The changes in the hours around a moment, and the offset before them.
  struct Near {
    std::int64_t offset = 0;
    std::vector<OffsetChange> changes;
  };
  Near near(std::int64_t second) const;
  void add_by_rule(int year, std::vector<OffsetChange>& changes) const;

  std::string name_;
  std::int64_t first_offset_ = 0;
  std::vector<OffsetChange> changes_;  // ascending
  std::int64_t ruled_from_ = 0;        // the last change of the file, after which the rule applies
  std::optional<TimeZoneRule> rule_;
};

}  // namespace keyledger::tools::import
