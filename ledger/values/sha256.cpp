#include "ledger/values/sha256.h"

#include <endian.h>
#include <openssl/sha.h>
#include <string.h>  // explicit_bzero

#include <array>
#include <cstring>
#include <iterator>

#include "ledger/values/ensure.h"

// OpenSSL deprecates functions on a caller's own context in favour of EVP, but these functions exist to avoid
// EVP.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace keyledger::ledger {
namespace {

using Bytes = std::span<const std::uint8_t>;

class Sha256 {
 public:
  Sha256() { ENSURE(SHA256_Init(&context_) == 1, "OpenSSL has SHA-256"); }

  void add(Bytes bytes) { SHA256_Update(&context_, bytes.data(), bytes.size()); }

  Sha256Hash finish() {
    Sha256Hash hash{};
    SHA256_Final(hash.data(), &context_);
    return hash;
  }

 private:
  SHA256_CTX context_{};
};

}  // namespace

void lay_out(Bytes message, Sha256Block& block) {
  constexpr std::uint8_t kEndOfMessage = 0x80;
  static_assert(sizeof block.bytes == SHA256_CBLOCK);
  static_assert(Sha256Block::kMessageMax == SHA256_CBLOCK - 1 - sizeof(std::uint64_t));
  ENSURE(message.size() <= Sha256Block::kMessageMax, "a message of one block");
  block.bytes.fill(0);
  if (!message.empty()) std::memcpy(block.bytes.data(), message.data(), message.size());
  block.bytes[message.size()] = kEndOfMessage;
  const std::uint64_t bits = htobe64(message.size() * 8);
  std::memcpy(block.bytes.data() + Sha256Block::kMessageMax + 1, &bits, sizeof bits);
}

// Skips OpenSSL's gathering of parts into blocks, because gathering took half of the time of a token's hash.
Sha256Hash hash_of(const Sha256Block& block) {
  static const SHA256_CTX kFresh = [] {
    SHA256_CTX fresh;
    ENSURE(SHA256_Init(&fresh) == 1, "OpenSSL has SHA-256");
    return fresh;
  }();
  SHA256_CTX context = kFresh;
  SHA256_Transform(&context, block.bytes.data());
  Sha256Hash hash{};
  for (std::size_t i = 0; i < std::size(context.h); ++i) {
    const std::uint32_t word = htobe32(context.h[i]);
    std::memcpy(&hash[i * sizeof word], &word, sizeof word);
  }
  return hash;
}

Sha256Hash sha256(Bytes first, Bytes second) {
  if (second.empty() && first.size() <= Sha256Block::kMessageMax) {
    Sha256Block block;
    lay_out(first, block);
    const auto hash = hash_of(block);
    ::explicit_bzero(&block, sizeof block);
    return hash;
  }
  Sha256 hash;
  hash.add(first);
  hash.add(second);
  return hash.finish();
}

Sha256Hash sha256(std::uint8_t prefix, Bytes first, Bytes second) {
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
  // The context may hold a token. (SHA256_Final cleanses its context by itself.)
  ::explicit_bzero(&context, sizeof context);
  return hash;
}

}  // namespace keyledger::ledger

#pragma GCC diagnostic pop
