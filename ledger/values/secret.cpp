#include "ledger/values/secret.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <string.h>  // explicit_bzero: POSIX, not in <cstring>

#include <algorithm>

namespace keyledger::ledger {

static_assert(!fmt::is_formattable<Secret>::value, "a secret must never be formattable");

void cleanse(void* memory, std::size_t size) { ::explicit_bzero(memory, size); }

Secret::Secret(Secret&& other) noexcept { take(other); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) take(other);
  return *this;
}

Secret::~Secret() { cleanse(buffer_.data(), buffer_.size()); }

void Secret::take(Secret& other) noexcept {
  buffer_ = other.buffer_;
  length_ = other.length_;
  cleanse(other.buffer_.data(), other.buffer_.size());
  other.length_ = 0;
}

std::optional<Secret> Secret::from(std::string_view text) {
  if (text.size() > kLengthMax) return std::nullopt;
  Secret secret;
  std::copy(text.begin(), text.end(), secret.buffer_.begin());
  secret.length_ = text.size();
  return secret;
}

bool operator==(const Secret& a, const Secret& b) {
  return a.length_ == b.length_ && CRYPTO_memcmp(a.buffer_.data(), b.buffer_.data(), a.length_) == 0;
}

}  // namespace keyledger::ledger
