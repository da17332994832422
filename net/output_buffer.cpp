#include "net/output_buffer.h"

#include <algorithm>
#include <utility>

#include "ledger/values/ensure.h"
#include "ledger/values/secret.h"

namespace keyledger::net {

void OutputBuffer::sent(std::size_t count) {
  ENSURE(count <= bytes_.size() - sent_, "no more goes than there is");
  sent_ += count;
  if (sent_ == bytes_.size()) return forget();
  // For each byte moved, at least one byte has been sent: moving never costs more than sending.
  const std::size_t left = bytes_.size() - sent_;
  const std::size_t enough = std::max(kKept, left);
  if (sent_ < enough) return;
  if (bytes_.capacity() > 4 * enough) {  // left from a larger answer
    bytes_ = Bytes(bytes_.begin() + static_cast<std::ptrdiff_t>(sent_), bytes_.end());
    sent_ = 0;
    return;
  }
  std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(sent_), bytes_.end(), bytes_.begin());
  if (has_secret_) ledger::cleanse(bytes_.data() + left, sent_);
  bytes_.resize(left);
  sent_ = 0;
}

void OutputBuffer::forget() {
  if (std::exchange(has_secret_, false)) ledger::cleanse(bytes_.data(), bytes_.size());
  bytes_.clear();
  sent_ = 0;
  if (bytes_.capacity() > kKept) bytes_ = Bytes();
}

}  // namespace keyledger::net
