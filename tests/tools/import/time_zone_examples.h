// Makes files of the database of time zones (TZif, RFC 8536), so that tests do not depend on the system's.
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/import/recognition.h"

namespace keyledger::tools::import::time_zone_examples {

inline std::string big_endian(std::int64_t number, std::size_t bytes) {
  std::string text;
  for (std::size_t i = bytes; i-- > 0;)
    text += static_cast<char>(static_cast<std::uint64_t>(number) >> 8 * i);
  return text;
}

struct ZoneChange {
  std::int64_t at = 0;
  std::uint8_t type = 0;  // index of the new offset
};

inline std::string header_of(char version, std::size_t leaps, std::size_t changes, std::size_t types,
                             std::size_t name_bytes) {
  std::string text = "TZif" + std::string(1, version) + std::string(15, '\0');
  for (const std::size_t count : {std::size_t{0}, std::size_t{0}, leaps, changes, types, name_bytes}) {
    text += big_endian(static_cast<std::int64_t>(count), 4);
  }
  return text;
}

// Returns a file of version 2 with these offsets in seconds, changes and rule. Its block of version 1 has a
// type and a name.
inline std::string zone_file(const std::vector<std::int32_t>& offsets, const std::vector<ZoneChange>& changes,
                             std::string_view rule) {
  std::string text = header_of('2', 0, 0, 1, 4) + std::string(6, '\0') + std::string("ABC\0", 4);
  text += header_of('2', 0, changes.size(), offsets.size(), 4);
  for (const ZoneChange& change : changes) text += big_endian(change.at, 8);
  for (const ZoneChange& change : changes) text += static_cast<char>(change.type);
  for (const std::int32_t offset : offsets) text += big_endian(offset, 4) + std::string(2, '\0');
  return text + std::string("ABC\0", 4) + "\n" + std::string(rule) + "\n";
}

inline TimeZone zone_with(std::string_view rule, const std::vector<std::int32_t>& offsets = {0},
                          const std::vector<ZoneChange>& changes = {}) {
  auto zone = TimeZone::parse("Test/Zone", zone_file(offsets, changes, rule));
  REQUIRE(zone);
  return std::move(*zone);
}

inline DumpChoices in_zone(std::string_view rule) {
  DumpChoices choices;
  choices.zone = zone_with(rule);
  return choices;
}
inline DumpChoices in_utc() { return in_zone("UTC0"); }

}  // namespace keyledger::tools::import::time_zone_examples
