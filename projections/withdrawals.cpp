#include "projections/withdrawals.h"

#include <algorithm>
#include <vector>

#include "projections/snapshot_fields.h"

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

namespace {

// Returns the elements in ascending order, so that equal states are written as equal bytes.
template <typename Set>
auto sorted(const Set& set) {
  std::vector<typename Set::value_type> all(set.begin(), set.end());
  std::ranges::sort(all);
  return all;
}

}  // namespace

void Withdrawals::note_removed(AccountNumber account, std::string_view name, ClientNumber client) {
  ClientNumber& noted = removed_.try_emplace(Name{account.value(), std::string(name)}, client).first->second;
  if (noted.value() < client.value()) noted = client;
}

std::optional<ClientNumber> Withdrawals::removed_client(AccountNumber account, std::string_view name) const {
  const auto found = removed_.find(Name{account.value(), std::string(name)});
  return found == removed_.end() ? std::nullopt : std::optional(found->second);
}

void Withdrawals::write_to(SnapshotFieldWriter& out) const {
  out.number(unassigned_.size());
  for (const std::uint64_t pair : sorted(unassigned_)) {
    out.number(pair >> 32U);
    out.number(pair & kAny32);
  }
  out.number(left_.size());
  for (const Membership& each : sorted(left_)) {
    out.id(each.user);
    out.id(each.account);
  }
}

void Withdrawals::read_from(SnapshotFieldReader& in, std::size_t keys, std::size_t clients,
                            std::size_t users) {
  for (std::size_t left = in.count(); in.is_sound() && left > 0; --left) {
    const auto key = in.known_id<KeyNumber>(keys);
    const auto client = in.known_id<ClientNumber>(clients);
    if (!unassigned_.insert(pair_of(key, client)).second) in.fail();
  }
  for (std::size_t left = in.count(); in.is_sound() && left > 0; --left) {
    const auto user = in.known_id<UserNumber>(users);
    const auto account = in.id<AccountNumber>(kAccountMax);
    if (!left_.insert({user, account}).second) in.fail();
  }
}

}  // namespace keyledger::projections
