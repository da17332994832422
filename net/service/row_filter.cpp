#include "net/service/row_filter.h"

#include <algorithm>

#include "ledger/values/ensure.h"

namespace keyledger::net {

using projections::ClientRow;
using projections::KeyRow;
using projections::KeyStatus;
using projections::Row;
using projections::RowKind;
using projections::UserRow;

namespace {

bool is_or_unset(const std::string& wanted, const std::string& value) {
  return wanted.empty() || wanted == value;
}

bool is_among_or_unset(const std::string& wanted, const std::vector<std::string>& values) {
  return wanted.empty() || std::ranges::find(values, wanted) != values.end();
}

struct Accepts {
  const RowFilter& filter;
  const std::optional<UserRow>& user;

  bool operator()(const projections::AccountRow&) const { return true; }
  bool operator()(const projections::PolicyRow&) const { return true; }
  bool operator()(const UserRow& row) const {
    return shows_gone(row.removed) && is_among_or_unset(filter.account, row.accounts);
  }
  bool operator()(const ClientRow& row) const {
    return shows_gone(row.removed) && is_or_unset(filter.account, row.account);
  }
  bool operator()(const KeyRow& row) const {
    return shows_gone(row.deleted && filter.status != KeyStatus::kDeleted) &&
           is_or_unset(filter.account, row.account) && is_or_unset(filter.owner, row.owner) &&
           is_among_or_unset(filter.tag, row.tags) && is_permitted(row);
  }

 private:
  bool shows_gone(bool is_gone) const { return !is_gone || filter.gone == GoneRows::kInclude; }
  bool is_permitted(const KeyRow& row) const {
    if (!filter.permission) return true;
    ENSURE(user.has_value(), "the permission's user has been looked up");
    return may(*user, row, filter.permission->permission, filter.permission->platform_account);
  }
};

}  // namespace

std::optional<KeyStatus> parse_key_status(std::string_view name) {
  for (std::size_t i = 0; i < projections::kKeyStatuses; ++i) {
    if (const auto status = static_cast<KeyStatus>(i); name_of(status) == name) return status;
  }
  return std::nullopt;
}

bool applies_to(const RowFilter& filter, RowKind kind) {
  if (kind == RowKind::kKeys) return true;
  if (!filter.owner.empty() || !filter.tag.empty() || filter.status || filter.permission) return false;
  if (kind == RowKind::kUsers || kind == RowKind::kClients) return true;
  return filter.account.empty() && filter.gone == GoneRows::kInclude;
}

bool accepts(const RowFilter& filter, const std::optional<UserRow>& user, const Row& row) {
  return std::visit(Accepts{filter, user}, row);
}

bool accepts_status(const RowFilter& filter, const Row& row) {
  const auto* key = std::get_if<KeyRow>(&row);
  return key == nullptr || !filter.status || key->status == *filter.status;
}

}  // namespace keyledger::net
