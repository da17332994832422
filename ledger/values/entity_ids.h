// The names of entities inside and outside the log.
//
// Inside, entities have numbers: dense, given from 1 in order of creation, and never reused. Numbers keep
// events and the folded state small; 0 stands for "none". Outside, people and other systems see UUIDs (RFC
// 4122, version 4). UUIDs are drawn outside the decisions and recorded once, with the entity.
#pragma once

#include <array>
#include <boost/uuid/uuid.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/values/strong_id.h"

namespace keyledger::ledger {

using UserNumber = StrongId<struct UserNumberTag, std::uint32_t>;
using ClientNumber = StrongId<struct ClientNumberTag, std::uint32_t>;
using KeyNumber = StrongId<struct KeyNumberTag, std::uint32_t>;

constexpr KeyNumber kNoKey{0};
constexpr ClientNumber kNoClient{0};

template <typename Tag>
struct UuidOf {
  boost::uuids::uuid uuid{};

  friend bool operator==(const UuidOf& a, const UuidOf& b) { return a.uuid == b.uuid; }
  friend bool operator<(const UuidOf& a, const UuidOf& b) { return a.uuid < b.uuid; }
  friend std::size_t hash_value(const UuidOf& id) { return boost::uuids::hash_value(id.uuid); }
};

using KeyId = UuidOf<struct KeyIdTag>;
using ClientId = UuidOf<struct ClientIdTag>;

// Makes a UUID of version 4 (RFC 4122, 4.4) from random bytes.
boost::uuids::uuid uuid_from_random(const std::array<std::uint8_t, 16>& bytes);

// Writes "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" in lower case.
std::string to_string(const boost::uuids::uuid& uuid);

// Reads exactly the form above, in upper or lower case; returns nothing for any other text.
std::optional<boost::uuids::uuid> parse_uuid(std::string_view text);

}  // namespace keyledger::ledger
