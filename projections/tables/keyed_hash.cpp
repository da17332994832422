#include "projections/tables/keyed_hash.h"

#include <bit>
#include <cstring>

namespace keyledger::projections {

namespace {

constexpr int kRoundsAtEnd = 3;
constexpr std::size_t kWord = sizeof(std::uint64_t);

static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }

  void take(std::uint64_t word) {
    v3 ^= word;
    round();
    v0 ^= word;
  }
};

std::uint64_t word_at(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, kWord);
  return word;
}

// Reads the last bytes, fewer than a word. Parts of a size known at compile time are copied without a call.
std::uint64_t rest_of(std::string_view text) {
  std::uint64_t rest = 0;
  unsigned shift = 0;
  const auto take = [&]<typename Part>(Part part) {
    if ((text.size() & sizeof part) == 0) return;
    std::memcpy(&part, text.data() + shift / 8, sizeof part);
    rest |= std::uint64_t{part} << shift;
    shift += 8 * sizeof part;
  };
  take(std::uint32_t{});
  take(std::uint16_t{});
  take(std::uint8_t{});
  return rest;
}

}  // namespace

std::uint64_t keyed_hash(const HashKey& key, std::uint64_t scope, std::string_view text) {
  SipState state{key.first ^ 0x736f6d6570736575, key.second ^ 0x646f72616e646f6d,
                 key.first ^ 0x6c7967656e657261, key.second ^ 0x7465646279746573};
  state.take(scope);
  std::uint64_t last = std::uint64_t{text.size() + sizeof scope} << 56;
  for (; text.size() >= kWord; text.remove_prefix(kWord)) state.take(word_at(text.data()));
  state.take(last | rest_of(text));
  state.v2 ^= 0xff;
  for (int i = 0; i < kRoundsAtEnd; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace keyledger::projections
