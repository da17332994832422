#include "ledger/sha256.h"

#include <endian.h>
#include <openssl/sha.h>
#include <string.h>  // explicit_bzero

#include <array>
#include <cstring>
#include <iterator>

#include "ledger/ensure.h"

// The functions that work on a context of the caller's are deprecated in favour of EVP, which is what they
// are to avoid.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace keyledger::ledger {
namespace {

using Bytes = std::span<const std::uint8_t>;

class Sha256 {
 public:
  Sha256() { ENSURE(SHA256_Init(&context_) == 1, "OpenSSL has SHA-256"); }

  void add(Bytes bytes) { SHA256_Update(&context_, bytes.data(), bytes.size()); }

  std::array<std::uint8_t, 32> finish() {
    std::array<std::uint8_t, 32> hash{};
    SHA256_Final(hash.data(), &context_);
    return hash;
  }

 private:
  SHA256_CTX context_{};
};

// A message that fits in a single block with its padding (FIPS 180-4, section 5.1.1), as tokens do: half of
// the time of its hash went to OpenSSL's gathering of parts into blocks.
std::array<std::uint8_t, 32> hash_in_one_block(Bytes message) {
  constexpr std::uint8_t kEndOfMessage = 0x80;
  std::array<std::uint8_t, SHA256_CBLOCK> block{};
  std::memcpy(block.data(), message.data(), message.size());
  block[message.size()] = kEndOfMessage;
  const std::uint64_t bits = htobe64(message.size() * 8);
  std::memcpy(block.data() + block.size() - sizeof bits, &bits, sizeof bits);
  static const SHA256_CTX kFresh = [] {
    SHA256_CTX fresh;
    ENSURE(SHA256_Init(&fresh) == 1, "OpenSSL has SHA-256");
    return fresh;
  }();
  SHA256_CTX context = kFresh;
  SHA256_Transform(&context, block.data());
  ::explicit_bzero(block.data(), block.size());
  std::array<std::uint8_t, 32> hash{};
  for (std::size_t i = 0; i < std::size(context.h); ++i) {
    const std::uint32_t word = htobe32(context.h[i]);
    std::memcpy(&hash[i * sizeof word], &word, sizeof word);
  }
  return hash;
}

}  // namespace

std::array<std::uint8_t, 32> sha256(Bytes first, Bytes second) {
  // What is left of a block when the end of the message and its length are in it.
  constexpr std::size_t kOneBlockMax = SHA256_CBLOCK - 1 - sizeof(std::uint64_t);
  if (second.empty() && !first.empty() && first.size() <= kOneBlockMax) return hash_in_one_block(first);
  Sha256 hash;
  hash.add(first);
  hash.add(second);
  return hash.finish();
}

std::array<std::uint8_t, 32> sha256(std::uint8_t prefix, Bytes first, Bytes second) {
  Sha256 hash;
  hash.add({&prefix, 1});
  hash.add(first);
  hash.add(second);
  return hash.finish();
}

std::array<std::uint8_t, 64> sha512(Bytes bytes) {
  SHA512_CTX context;
  ENSURE(SHA512_Init(&context) == 1, "OpenSSL has SHA-512");
  SHA512_Update(&context, bytes.data(), bytes.size());
  std::array<std::uint8_t, 64> hash{};
  SHA512_Final(hash.data(), &context);
  ::explicit_bzero(&context, sizeof context);  // it may have been a token; SHA256_Final does so itself
  return hash;
}

}  // namespace keyledger::ledger

#pragma GCC diagnostic pop
