#include "ledger/sha256.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

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

}  // namespace

std::array<std::uint8_t, 32> sha256(Bytes first, Bytes second) {
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
  OPENSSL_cleanse(&context, sizeof context);  // it may have been a token; SHA256_Final does so itself
  return hash;
}

}  // namespace keyledger::ledger

#pragma GCC diagnostic pop
