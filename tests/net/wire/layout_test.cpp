// Compares the layout for reading and writing by hand with the schema, and follows wrong pointers.
#include "net/wire/layout.h"

#include <capnp/schema.h>

#include <array>
#include <catch2/catch.hpp>
#include <optional>
#include <span>
#include <string>

#include "net/wire/wire.capnp.h"

namespace keyledger::tests {
namespace {

namespace layout = net::layout;
namespace wire = net::wire;

// Returns the place of a field in the schema, in units of the field's own size.
template <typename Schema>
std::size_t offset_of(const std::string& field) {
  return capnp::Schema::from<Schema>().getFieldByName(field.c_str()).getProto().getSlot().getOffset();
}

template <typename Schema>
std::size_t member_bit() {
  return std::size_t{capnp::Schema::from<Schema>().getProto().getStruct().getDiscriminantOffset()} * 16;
}

std::array<std::uint64_t, 3> segment_with(std::uint64_t first) { return {first, 0, 0}; }

TEST_CASE("the layout of a request is the schema's") {
  using Layout = layout::Request;
  CHECK(offset_of<wire::Request>("id") == Layout::kIdWord);
  CHECK(offset_of<wire::Request>("minPosition") == Layout::kMinPositionWord);
  CHECK(offset_of<wire::Request>("authenticate") == Layout::kBodyPointer);
  CHECK(offset_of<wire::Request>("authenticateMany") == Layout::kBodyPointer);
  CHECK(member_bit<wire::Request>() == Layout::kMemberWord * 64);
}

TEST_CASE("the layout of a question is the schema's") {
  using Layout = layout::Question;
  CHECK(offset_of<wire::Question>("hasToken") == Layout::kHasTokenBit);
  CHECK(offset_of<wire::Question>("token") == Layout::kTokenPointer);
  CHECK(offset_of<wire::Question>("client") == Layout::kClientPointer);
  CHECK(offset_of<wire::Question>("address") == Layout::kAddressPointer);
}

TEST_CASE("the layout of a response is the schema's") {
  using Layout = layout::Response;
  CHECK(offset_of<wire::Response>("id") == Layout::kIdWord);
  CHECK(offset_of<wire::Response>("verdict") == Layout::kBodyPointer);
  CHECK(offset_of<wire::Response>("verdicts") == Layout::kBodyPointer);
  CHECK(member_bit<wire::Response>() == Layout::kMemberWord * 64 + Layout::kMemberBit);
}

TEST_CASE("the layout of a verdict is the schema's") {
  using Layout = layout::Verdict;
  CHECK(offset_of<wire::Verdict>("reason") * 8 == Layout::kReasonBit);
  CHECK(offset_of<wire::Verdict>("lifetimeExceeded") == Layout::kLifetimeExceededBit);
  CHECK(offset_of<wire::Verdict>("expires") == Layout::kExpiresBit);
  CHECK(offset_of<wire::Verdict>("superseded") == Layout::kSupersededBit);
  CHECK(offset_of<wire::Verdict>("expiry") == Layout::kExpiryWord);
  CHECK(offset_of<wire::Verdict>("position") == Layout::kPositionWord);
  CHECK(offset_of<wire::Verdict>("account") == Layout::kAccountWord);
  CHECK(offset_of<wire::Verdict>("retryAfter") == Layout::kRetryAfterWord);
  CHECK(offset_of<wire::Verdict>("supersededUntil") == Layout::kSupersededUntilWord);
  CHECK(offset_of<wire::Verdict>("keyId") == Layout::kKeyIdPointer);
  CHECK(offset_of<wire::Verdict>("clientId") == Layout::kClientIdPointer);
  CHECK(offset_of<wire::Verdict>("owner") == Layout::kOwnerPointer);
  CHECK(offset_of<wire::Verdict>("reasonName") == Layout::kReasonNamePointer);
  CHECK(offset_of<wire::Verdict>("message") == Layout::kMessagePointer);
}

TEST_CASE("a pointer to a struct is followed only inside the segment") {
  constexpr layout::StructSize kSize{.data_words = 1, .pointers = 1};
  const auto found_at = [&](std::uint64_t offset) {
    const auto words = segment_with(layout::Pointer::to_struct(offset, kSize).word());
    return layout::Segment(std::as_bytes(std::span(words))).struct_at(0);
  };
  REQUIRE(found_at(0));
  CHECK(found_at(0)->data == 1);
  CHECK(found_at(0)->pointer(0) == 2);
  CHECK_FALSE(found_at(1));
  constexpr std::uint64_t kMinusTwo = 0x3fff'fffe;  // of thirty bits: before the segment
  CHECK_FALSE(found_at(kMinusTwo));
  const auto null = segment_with(0);
  CHECK_FALSE(layout::Segment(std::as_bytes(std::span(null))).struct_at(0));
}

TEST_CASE("a list of structs is read only if all its elements are inside the list") {
  constexpr layout::StructSize kSize{.data_words = 1, .pointers = 0};
  const auto count_of = [&](std::uint64_t words_in_list, std::uint64_t count) {
    const std::array<std::uint64_t, 4> words = {layout::Pointer::to_structs(0, words_in_list).word(),
                                                layout::Pointer::tag(count, kSize).word(), 0, 0};
    const auto list = layout::Segment(std::as_bytes(std::span(words))).structs_at(0);
    return list ? std::optional(list->count) : std::nullopt;
  };
  CHECK(count_of(2, 2) == 2);
  CHECK_FALSE(count_of(2, 3));
  CHECK_FALSE(count_of(3, 3));
}

}  // namespace
}  // namespace keyledger::tests
