// Converts the fields that many events share between their own types and Cap'n Proto's.
//
// Internal to ledger/codec/. Encoding ENSUREs what decoding checks; decoding throws CodecFailure.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ledger/codec/events.capnp.h"
#include "ledger/codec/failure.h"
#include "ledger/events.h"

namespace keyledger::ledger {

// Returns a text's size in Cap'n Proto words.
inline std::size_t words_of(const std::string& text) { return text.size() / sizeof(::capnp::word) + 2; }

template <typename Bytes>
::capnp::Data::Reader data_of_bytes(const Bytes& bytes) {
  return {bytes.data(), bytes.size()};
}

// Returns the bytes of compact_bytes() as a view into the address.
inline std::span<const std::uint8_t> compact_view(const Address& address) {
  constexpr std::size_t kMappedBytes = 12;
  return std::span(address.bytes).subspan(is_ipv4(address) ? kMappedBytes : 0);
}

inline ::capnp::Text::Reader text_of(const std::string& text) { return {text.c_str(), text.size()}; }

// Copies the bytes by their length, because stored text may hold a NUL.
inline std::string string_of(::capnp::Text::Reader text) { return {text.begin(), text.size()}; }

inline ::capnp::Data::Reader data_of(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

inline std::optional<Address> address_of(::capnp::Data::Reader bytes) {
  const auto address = from_compact_bytes({bytes.begin(), bytes.size()});
  require(address.has_value() && compact_view(*address).size() == bytes.size(), "an address");
  return address;
}

// Numbers of entities. Encoding a "none" where an entity is meant would write a record that nobody can read.

template <typename Number>
std::uint32_t number_of(Number number) {
  ENSURE(number.value() != 0, "an event names entities that exist");
  return number.value();
}

inline std::uint64_t number_of(AccountNumber account) {
  ENSURE(account.value() < kAccountNumberEnd, "an account number has twelve digits");
  return account.value();
}

template <typename Number>
Number entity(std::uint32_t number, const char* what) {
  require(number != 0, what);
  return Number{number};
}

inline KeyNumber key(std::uint32_t number) { return entity<KeyNumber>(number, "the number of a key"); }
inline UserNumber user(std::uint32_t number) { return entity<UserNumber>(number, "the number of a user"); }
inline ClientNumber client(std::uint32_t number) {
  return entity<ClientNumber>(number, "the number of a client");
}

inline AccountNumber account(std::uint64_t number) {
  require(number < kAccountNumberEnd, "an account number");
  return AccountNumber{number};
}

inline boost::uuids::uuid uuid(::capnp::Data::Reader bytes, const char* what) {
  boost::uuids::uuid uuid{};
  require(bytes.size() == boost::uuids::uuid::static_size(), what);
  std::copy(bytes.begin(), bytes.end(), uuid.begin());
  return uuid;
}

inline ::capnp::Data::Reader uuid_data(const boost::uuids::uuid& uuid) {
  return {uuid.data, boost::uuids::uuid::static_size()};
}

}  // namespace keyledger::ledger
