#include "ledger/values/field_hasher.h"

#include <openssl/evp.h>

#include <array>
#include <bit>

#include "ledger/values/ensure.h"

namespace keyledger::ledger {

struct FieldHasher::Context {
  // Small fields are gathered here and hashed in large blocks.
  std::array<std::uint8_t, 4096> buffer;
  std::size_t used = 0;
  EVP_MD_CTX* evp = EVP_MD_CTX_new();

  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(evp); }

  void flush() {
    ENSURE(EVP_DigestUpdate(evp, buffer.data(), used) == 1, "OpenSSL hashes memory");
    used = 0;
  }
};

FieldHasher::FieldHasher() : context_(std::make_unique<Context>()) {
  ENSURE(context_->evp != nullptr && EVP_DigestInit_ex(context_->evp, EVP_sha256(), nullptr) == 1,
         "OpenSSL has SHA-256");
}

FieldHasher::~FieldHasher() = default;

FieldHasher& FieldHasher::add(std::uint64_t value) {
  static_assert(std::endian::native == std::endian::little, "the state digest is defined little-endian");
  feed(&value, sizeof value);
  return *this;
}

FieldHasher& FieldHasher::add(std::string_view text) {
  add(std::uint64_t{text.size()});
  feed(text.data(), text.size());
  return *this;
}

FieldHasher& FieldHasher::add(std::span<const std::uint8_t> bytes) {
  add(std::uint64_t{bytes.size()});
  feed(bytes.data(), bytes.size());
  return *this;
}

void FieldHasher::feed(const void* data, std::size_t size) {
  Context& context = *context_;
  if (context.used + size > context.buffer.size()) context.flush();
  if (size > context.buffer.size()) {
    ENSURE(EVP_DigestUpdate(context.evp, data, size) == 1, "OpenSSL hashes memory");
    return;
  }
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  std::copy(bytes, bytes + size, context.buffer.begin() + static_cast<std::ptrdiff_t>(context.used));
  context.used += size;
}

Hash FieldHasher::finish() {
  context_->flush();
  Hash hash{};
  ENSURE(EVP_DigestFinal_ex(context_->evp, hash.data(), nullptr) == 1, "OpenSSL finishes SHA-256");
  return hash;
}

}  // namespace keyledger::ledger
