// FieldHasher: SHA-256 over a sequence of typed fields. Different sequences always feed different bytes.
//
// Integers are fed as eight bytes, little-endian; texts and bytes are fed after their length. One thread at a
// time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "ledger/values/sha256.h"
#include "ledger/values/strong_id.h"
#include "ledger/values/timestamp.h"

namespace keyledger::ledger {

class FieldHasher {
 public:
  FieldHasher();
  FieldHasher(const FieldHasher&) = delete;
  FieldHasher& operator=(const FieldHasher&) = delete;
  ~FieldHasher();

  FieldHasher& add(std::uint64_t value);
  FieldHasher& add(std::string_view text);
  FieldHasher& add(const char* text) { return add(std::string_view(text)); }
  FieldHasher& add(std::span<const std::uint8_t> bytes);
  FieldHasher& add(Timestamp time) { return add(static_cast<std::uint64_t>(time.microseconds)); }

  FieldHasher& add(std::optional<Timestamp> time) {
    add(std::uint64_t{time.has_value()});
    return time ? add(*time) : *this;
  }

  template <typename Tag, typename Integer>
  FieldHasher& add(StrongId<Tag, Integer> id) {
    return add(std::uint64_t{id.value()});
  }

  template <typename Enum>
  requires std::is_enum_v<Enum> FieldHasher& add(Enum value) {
    return add(static_cast<std::uint64_t>(value));
  }

  // Returns the hash of all added fields. The object must not be used afterwards.
  Hash finish();

 private:
  void feed(const void* data, std::size_t size);

  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace keyledger::ledger
