#include "ledger/values/field_hasher.h"

#include <catch2/catch.hpp>
#include <string>

#include "ledger/values/key_digest.h"

namespace keyledger::ledger {

TEST_CASE("fields are hashed as eight bytes, little-endian, and text with its length before it") {
  // Python: hashlib.sha256(struct.pack("<QQ", 7, 2) + b"ab").hexdigest()
  CHECK(to_hex(FieldHasher().add(std::uint64_t{7}).add("ab").finish()) ==
        "0e4f2dc32537ae9ef9f84cada566d3bb07829ae16e2fea14859f390bf5388e36");
}

TEST_CASE("where one field ends and the next begins is part of the hash") {
  CHECK(FieldHasher().add("ab").add("c").finish() != FieldHasher().add("a").add("bc").finish());
  CHECK(FieldHasher().add("").finish() != FieldHasher().finish());
  CHECK(FieldHasher().add(std::optional<Timestamp>()).finish() !=
        FieldHasher().add(std::optional<Timestamp>(Timestamp{0})).finish());
}

TEST_CASE("fields of any size, together and apart, are hashed whole") {
  const std::string large(10'000, 'x');
  std::string other = large;
  other.back() = 'y';
  FieldHasher many;
  FieldHasher same;
  for (std::uint64_t i = 0; i < 2'000; ++i) many.add(i);
  for (std::uint64_t i = 0; i < 2'000; ++i) same.add(i);
  CHECK(many.finish() == same.finish());
  CHECK(FieldHasher().add(large).finish() != FieldHasher().add(other).finish());
}

}  // namespace keyledger::ledger
