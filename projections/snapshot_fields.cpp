#include "projections/snapshot_fields.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

void SnapshotFieldWriter::policy(const Policy& policy) {
  number(policy.max_lifetime_days);
  flag(policy.lifetime_rule == LifetimeRule::kEnforce);
  number(policy.keys_per_user);
  for (const std::int64_t time : {policy.refresh_ttl, policy.refresh_interval, policy.refresh_max}) {
    number(zigzag(time));
  }
}

Policy SnapshotFieldReader::policy() {
  Policy policy;
  policy.max_lifetime_days = static_cast<std::uint32_t>(number(kAny32));
  policy.lifetime_rule = flag() ? LifetimeRule::kEnforce : LifetimeRule::kWarn;
  policy.keys_per_user = static_cast<std::uint32_t>(number(kAny32));
  for (std::int64_t* time : {&policy.refresh_ttl, &policy.refresh_interval, &policy.refresh_max}) {
    *time = unzigzag(number());
  }
  if (!is_well_formed(policy)) fail();
  return policy;
}

bool SnapshotFieldReader::fill(std::size_t size) {
  if (end_ - next_ >= size) return true;
  std::memmove(buffer_.data(), buffer_.data() + next_, end_ - next_);
  end_ -= std::exchange(next_, 0);
  if (buffer_.size() < size) buffer_.resize(size);
  const auto more = static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size() - end_, source_.left()));
  if (!source_.read(std::span(buffer_).subspan(end_, more))) return fail() != 0;
  end_ += more;
  return end_ - next_ >= size;
}

std::uint64_t SnapshotFieldReader::number() {
  fill(kVarintBytesMax);
  if (!sound_) return fail();
  const std::uint8_t* next = buffer_.data() + next_;
  const auto value = read_varint(next, buffer_.data() + end_);
  next_ = static_cast<std::size_t>(next - buffer_.data());
  return value ? *value : fail();
}

std::string_view SnapshotFieldReader::text() {
  const auto size = static_cast<std::size_t>(number(std::min<std::uint64_t>(left(), kSnapshotTextMax)));
  if (!sound_ || !fill(size)) {
    fail();
    return {};
  }
  const char* begin = reinterpret_cast<const char*>(buffer_.data()) + next_;
  next_ += size;
  return {begin, size};
}

void SnapshotFieldReader::bytes(std::span<std::uint8_t> into) {
  if (!sound_ || !fill(into.size())) {
    fail();
    return;
  }
  std::memcpy(into.data(), buffer_.data() + next_, into.size());
  next_ += into.size();
}

}  // namespace keyledger::projections
