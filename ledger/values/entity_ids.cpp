#include "ledger/values/entity_ids.h"

#include <algorithm>
#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <stdexcept>

namespace keyledger::ledger {

boost::uuids::uuid uuid_from_random(const std::array<std::uint8_t, 16>& bytes) {
  boost::uuids::uuid uuid{};
  std::copy(bytes.begin(), bytes.end(), uuid.begin());
  uuid.data[6] = static_cast<std::uint8_t>((uuid.data[6] & 0x0f) | 0x40);
  uuid.data[8] = static_cast<std::uint8_t>((uuid.data[8] & 0x3f) | 0x80);
  return uuid;
}

std::string to_string(const boost::uuids::uuid& uuid) { return boost::uuids::to_string(uuid); }

std::optional<boost::uuids::uuid> parse_uuid(std::string_view text) {
  constexpr std::size_t kLength = 36;
  if (text.size() != kLength || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') {
    return std::nullopt;
  }
  try {
    return boost::uuids::string_generator{}(text.begin(), text.end());
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

}  // namespace keyledger::ledger
