// The names of entities inside the log and outside of it.
//
// Numbers are dense, given in order of creation from 1, and never reused: they keep events and the folded
// state small. 0 stands for "none". UUIDs (RFC 4122, version 4) are what people and other systems see; they
// are drawn outside the decisions and recorded once, with the entity.
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

// The UUID of version 4 (RFC 4122, 4.4) that these random bytes make.
boost::uuids::uuid uuid_from_random(const std::array<std::uint8_t, 16>& bytes);

// "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", lower case.
std::string to_string(const boost::uuids::uuid& uuid);

// Exactly the form above, either case; nothing else.
std::optional<boost::uuids::uuid> parse_uuid(std::string_view text);

}  // namespace keyledger::ledger
