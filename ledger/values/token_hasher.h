// TokenHasher: sha256_of() of several tokens, in less time than one by one.
//
// Each token is laid out first, and hashed some others later. What was just put together from small parts is
// not at hand yet for the wide loads of the hash, which wait for it nearly as long as the hash takes. One
// thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "ledger/values/key_digest.h"
#include "ledger/values/sha256.h"

namespace keyledger::ledger {

class TokenHasher {
 public:
  static constexpr std::size_t kTokensMax = 32;

  // Without values: they are given any before they are read, and this is on the path of verdicts.
  TokenHasher() {}  // NOLINT(modernize-use-equals-default,cppcoreguidelines-pro-type-member-init)
  TokenHasher(const TokenHasher&) = delete;
  TokenHasher& operator=(const TokenHasher&) = delete;
  ~TokenHasher();  // nothing is left of the tokens

  // In one of kTokensMax places (ENSURE). The token holds until it is hashed.
  void lay_out(std::size_t place, std::string_view token);
  // Of the token in that place; there is one (ENSURE).
  Sha256Hash hash(std::size_t place) const;

 private:
  std::array<Sha256Block, kTokensMax> blocks_;  // of those that fit
  std::array<std::string_view, kTokensMax> tokens_;
  std::size_t end_ = 0;  // of the places that were used
};

}  // namespace keyledger::ledger
