// TokenHasher: computes sha256_of() of several tokens, in less time than one by one.
//
// Each token is first laid out, and hashed only after other tokens were laid out. Bytes just stored in small
// parts are not yet ready for the wide loads of the hash; a hash at once would wait for them nearly as long
// as the hash itself takes. One thread at a time.
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

  // Leaves the arrays uninitialised, because this is on the path of verdicts and every place is written
  // before being read.
  TokenHasher() {}  // NOLINT(modernize-use-equals-default,cppcoreguidelines-pro-type-member-init)
  TokenHasher(const TokenHasher&) = delete;
  TokenHasher& operator=(const TokenHasher&) = delete;
  ~TokenHasher();  // cleanses the tokens

  // Lays out a token in one of kTokensMax places (ENSURE). The token must stay valid until hashed.
  void lay_out(std::size_t place, std::string_view token);
  // Returns the hash of the token at `place`, where a token was laid out (ENSURE).
  Sha256Hash hash(std::size_t place) const;

 private:
  std::array<Sha256Block, kTokensMax> blocks_;  // only for tokens that fit
  std::array<std::string_view, kTokensMax> tokens_;
  std::size_t end_ = 0;  // end of the used places, exclusive
};

}  // namespace keyledger::ledger
