#include "projections/rows.h"

#include <array>

#include "projections/verdict.h"

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

namespace {

template <typename Number>
Number number_at(std::size_t place) {
  return Number{static_cast<std::uint32_t>(place + 1)};
}

Row account_row(const Account& account) {
  return AccountRow{.account = to_string(account.number),
                    .name = account.name,
                    .opened = account.opened,
                    .users = account.members.size(),
                    .clients = account.clients.size(),
                    .keys = account.keys,
                    .closed = account.closed};
}

Row user_row(const User& user) {
  UserRow row{.username = user.username,
              .staff = user.staff == StaffFlag::kStaff,
              .active = user.active == ActiveFlag::kActive,
              .registered = user.registered,
              .keys = user.keys,
              .removed = user.removed};
  for (const AccountNumber account : user.accounts) row.accounts.push_back(to_string(account));
  return row;
}

Row client_row(const Client& client) {
  return ClientRow{.client_id = to_string(client.client_id.uuid),
                   .account = to_string(client.account),
                   .name = client.name,
                   .registered = client.registered,
                   .requires_key = client.requires_key,
                   .assigned_keys = client.keys.size(),
                   .removed = client.removed};
}

Row key_row(const Catalog& catalog, const Key& key) {
  KeyRow row{.key_id = to_string(key.key_id.uuid),
             .name = std::string(key.name),
             .description = std::string(key.description),
             .tags = key.tags,
             .owner = catalog.user(key.owner).username,
             .account = to_string(key.account),
             .scheme = std::string(name_of(key.scheme)),
             .identifier = key.masked,
             .created = key.created,
             .expiry = key.expiry,
             .imported = key.imported,
             .version = key.version,
             .annotations = key.annotations,
             .limit = key.limit,
             .allow = key.allow,
             .active = key.active == ActiveFlag::kActive,
             .deleted = key.deleted};
  for (const ClientNumber client : key.clients) row.clients.push_back(catalog.client(client).name);
  return row;
}

KeyStatus status_of(const Access& access, const KeyEntry& key, Timestamp now) {
  switch (judge_key(access, key, now)) {
    case VerdictReason::kDeleted:
      return KeyStatus::kDeleted;
    case VerdictReason::kExpired:
      return KeyStatus::kExpired;
    case VerdictReason::kInactive:
      return KeyStatus::kInactive;
    case VerdictReason::kOwnerInactive:
      return KeyStatus::kOwnerInactive;
    case VerdictReason::kAccountClosed:
      return KeyStatus::kAccountClosed;
    default:
      return access.is_member(key.owner, key.account) ? KeyStatus::kActive : KeyStatus::kOwnerLeft;
  }
}

std::vector<DigestOfKey> digests_of(const Access& access, KeyNumber number) {
  std::vector<DigestOfKey> digests;
  std::optional<Timestamp> grace;
  for (const Superseded& before : access.superseded(number)) {
    digests.push_back({.digest = before.digest, .grace_until = grace});
    grace = before.until == KeyEntry::kUnused ? std::nullopt : std::optional(before.until);
  }
  digests.push_back({.digest = access.whole_digest_of(number), .grace_until = grace});
  return digests;
}

}  // namespace

std::string_view name_of(KeyStatus status) {
  static constexpr std::array<std::string_view, kKeyStatuses> kNames = {
      "deleted", "expired", "inactive", "owner_inactive", "active", "account_closed", "owner_left"};
  return kNames[static_cast<std::size_t>(status)];
}

std::size_t rows_in(const Catalog& catalog, RowKind kind) {
  switch (kind) {
    case RowKind::kAccounts:
      return catalog.accounts().size();
    case RowKind::kUsers:
      return catalog.users();
    case RowKind::kClients:
      return catalog.clients();
    case RowKind::kKeys:
      return catalog.keys();
    case RowKind::kPolicy:
      return 1;
  }
  ENSURE(false, "a kind of rows");
}

Row row_of(const Catalog& catalog, RowKind kind, std::size_t place) {
  switch (kind) {
    case RowKind::kAccounts:
      return account_row(catalog.accounts()[place]);
    case RowKind::kUsers:
      return user_row(catalog.user(number_at<UserNumber>(place)));
    case RowKind::kClients:
      return client_row(catalog.client(number_at<ClientNumber>(place)));
    case RowKind::kKeys:
      return key_row(catalog, catalog.key(number_at<KeyNumber>(place)));
    case RowKind::kPolicy:
      return PolicyRow{catalog.policy()};
  }
  ENSURE(false, "a kind of rows");
}

void complete(const Access& access, std::size_t place, Timestamp now, Row& row, Digests digests) {
  if (auto* client = std::get_if<ClientRow>(&row)) {
    const auto number = number_at<ClientNumber>(place);
    client->usage = access.client(number).usage;
    client->active_keys = active_keys_of(access, number, now).active;
  } else if (auto* key = std::get_if<KeyRow>(&row)) {
    const auto number = number_at<KeyNumber>(place);
    key->usage = access.usage_of(number);
    key->status = status_of(access, access.key(number), now);
    if (const auto before = access.superseded(number); !before.empty() && before.back().until >= now) {
      key->grace_until = before.back().until;
    }
    if (digests == Digests::kInclude) key->digests = digests_of(access, number);
  }
}

}  // namespace keyledger::projections
