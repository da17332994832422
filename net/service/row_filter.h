// RowFilter: chooses the rows of a list that an answer shows. Plain values and pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "projections/permissions.h"
#include "projections/rows.h"

namespace keyledger::net {

// Whether an answer shows deleted keys, and users and clients that were removed.
enum class GoneRows : std::uint8_t { kInclude = 0, kLeaveOut = 1 };

// Shows the keys that a user of a platform may read or manage (projections/permissions.h).
struct PermissionFilter {
  std::string user = {};  // a username
  projections::Permission permission{};
  std::string platform_account = {};  // empty: the platform has no account of its own

  friend bool operator==(const PermissionFilter&, const PermissionFilter&) = default;
};

// A row is shown if every filter accepts the row. Empty texts accept every row.
struct RowFilter {
  // kLeaveOut still shows deleted keys if `status` asks for them.
  GoneRows gone = GoneRows::kInclude;
  std::string account = {};                           // users: a membership; clients and keys: the owner
  std::string owner = {};                             // keys
  std::string tag = {};                               // keys
  std::optional<projections::KeyStatus> status = {};  // keys
  std::optional<PermissionFilter> permission = {};    // keys

  friend bool operator==(const RowFilter&, const RowFilter&) = default;
};

// Returns the status of this name; nothing if no status has the name.
std::optional<projections::KeyStatus> parse_key_status(std::string_view name);

// Returns true if rows of `kind` have every field that the filter compares. A protocol must refuse a request
// with any other filter.
bool applies_to(const RowFilter& filter, projections::RowKind kind);

// Returns true if every filter but `status` accepts the row. The row needs no complete() before this call.
// `user` is the row of the permission's user, and must be present if there is a permission (ENSURE).
bool accepts(const RowFilter& filter, const std::optional<projections::UserRow>& user,
             const projections::Row& row);

// Returns true if `status` accepts the row. The row needs complete() before this call.
bool accepts_status(const RowFilter& filter, const projections::Row& row);

}  // namespace keyledger::net
