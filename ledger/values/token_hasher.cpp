#include "ledger/values/token_hasher.h"

#include <algorithm>
#include <span>

#include "ledger/values/ensure.h"
#include "ledger/values/secret.h"

namespace keyledger::ledger {
namespace {

bool fits(std::string_view token) { return token.size() <= Sha256Block::kMessageMax; }

}  // namespace

TokenHasher::~TokenHasher() { cleanse(blocks_.data(), end_ * sizeof(Sha256Block)); }

void TokenHasher::lay_out(std::size_t place, std::string_view token) {
  ENSURE(place < kTokensMax, "a place for a token");
  end_ = std::max(end_, place + 1);
  tokens_[place] = token;
  if (!fits(token)) return;
  ledger::lay_out({reinterpret_cast<const std::uint8_t*>(token.data()), token.size()}, blocks_[place]);
}

Sha256Hash TokenHasher::hash(std::size_t place) const {
  ENSURE(place < end_ && tokens_[place].data() != nullptr, "a token that was laid out");
  return fits(tokens_[place]) ? hash_of(blocks_[place]) : sha256_of(tokens_[place]);
}

}  // namespace keyledger::ledger
