// Draws imports at random.
#include "tests/support/ledger_dice.h"

namespace keyledger::tests {

using namespace ledger;    // NOLINT(google-build-using-namespace): the vocabulary of every command
using namespace commands;  // NOLINT(google-build-using-namespace): likewise

Command LedgerDice::draw_import(const LedgerModel& model, SpokenCommand& spoken) {
  ImportKeys import{.account = one_in(8) ? "" : account()};
  if (one_in(4)) {
    import.accounts.push_back({.number = one_in(2) ? account() : "0000-0000-0004",
                               .name = name(),
                               .closed = one_in(4) ? ClosedFlag::kClosed : ClosedFlag::kOpen});
  }
  for (std::uint64_t count = pick(3); count > 0; --count) import.users.push_back(imported_user(model));
  for (std::uint64_t count = pick(2); count > 0; --count) import.clients.push_back(imported_client());
  for (std::uint64_t count = pick(4); count > 0; --count) {
    import.keys.push_back(imported_key(model, import, spoken));
  }
  return import;
}

// If the user is known, usually returns the user unchanged.
ImportedUser LedgerDice::imported_user(const LedgerModel& model) {
  if (!model.users().empty() && !one_in(3)) {
    const LedgerModel::User& user = one_of(model.users());
    return {.username = user.username,
            .staff = user.staff ? StaffFlag::kStaff : StaffFlag::kNotStaff,
            .active = user.active ? ActiveFlag::kActive : ActiveFlag::kInactive,
            .accounts = user.accounts,
            .removed = user.removed ? RemovedFlag::kRemoved : RemovedFlag::kPresent};
  }
  ImportedUser user{.username = one_in(4) ? "team/i" : "i" + std::to_string(pick(5)),
                    .staff = staff(),
                    .active = active(),
                    .removed = one_in(8) ? RemovedFlag::kRemoved : RemovedFlag::kPresent};
  for (std::uint64_t count = pick(3); count > 0; --count) user.accounts.push_back(account());
  if (one_in(40)) user.username = username();
  return user;
}

ImportedClient LedgerDice::imported_client() {
  ImportedClient client{.account = account(),
                        .name = name(),
                        .rule = one_in(2) ? AccessRule::kPublic : AccessRule::kRequiresKey,
                        .new_client_id = fresh_id<ClientId>()};
  // The ids are drawn from a set small enough for repetitions.
  if (one_in(3)) client.own_id = fresh_.make<ClientId>(static_cast<std::uint32_t>(900'000 + pick(6)));
  return client;
}

ImportedKey LedgerDice::imported_key(const LedgerModel& model, const ImportKeys& import,
                                     SpokenCommand& spoken) {
  ImportedKey key{.username = username(), .base_name = name()};
  if (!import.users.empty() && !one_in(6)) {
    key.username = one_of(import.users).username;
  } else if (!model.users().empty() && !one_in(8)) {
    key.username = one_of(model.users()).username;
  }
  key.digest = digest_of(one_in(4) ? fresh_token() : foreign_token(), spoken);
  key.created = later_by(now_, -static_cast<std::int64_t>(pick(350'000'000'000)));
  key.expiry = expiry();
  key.active = active();
  key.new_key_id = fresh_id<KeyId>();
  if (one_in(2)) key.account = account();
  if (one_in(4)) key.own_id = fresh_.make<KeyId>(static_cast<std::uint32_t>(900'000 + pick(12)));
  key.description = description();
  key.tags = tags();
  key.annotations = annotations();
  if (one_in(3)) key.last_used = later_by(key.created, static_cast<std::int64_t>(pick(1'000'000)));
  if (one_in(6)) key.deleted = RemovedFlag::kRemoved;
  if (one_in(4)) key.limit = limit();
  if (one_in(6)) key.allow = allow_list();
  if (one_in(4)) key.clients.push_back(name());
  if (one_in(4)) {
    ImportedKey::Rotation rotation{.digest = digest_of(one_in(3) ? foreign_token() : fresh_token(), spoken)};
    if (one_in(2)) rotation.grace_until = expiry();
    key.rotations.push_back(rotation);
  }
  if (one_in(50)) key.digest.salt[0] = 1;
  return key;
}

}  // namespace keyledger::tests
