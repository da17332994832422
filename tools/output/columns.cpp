#include "tools/output/columns.h"

#include "ledger/values/ensure.h"

namespace keyledger::tools::output {

using projections::RowKind;

std::vector<Column> columns_of(RowKind kind) {
  switch (kind) {
    case RowKind::kAccounts:
      return {{"account"}, {"name"}, {"users"}, {"clients"}, {"keys"}, {"opened"}};
    case RowKind::kUsers:
      return {{"username"}, {"staff"}, {"active"}, {"accounts"}, {"keys"}, {"registered"}};
    case RowKind::kClients:
      return {{"client_id"},
              {"name"},
              {"account"},
              {"requires_key"},
              {"assigned_keys", "ASSIGNED"},
              {"active_keys", "ACTIVE"},
              {"last_used"},
              {"uses"}};
    case RowKind::kKeys:
      return {{"key_id"},     {"name"},   {"owner"},     {"account"}, {"status"},
              {"identifier"}, {"expiry"}, {"last_used"}, {"uses"},    {"denied"}};
    case RowKind::kPolicy:
      return {{"max_lifetime_days"}, {"lifetime"},         {"keys_per_user"},
              {"refresh_ttl"},       {"refresh_interval"}, {"refresh_max"}};
  }
  ENSURE(false, "a kind of rows");
}

std::vector<Column> history_columns() {
  return {{"position", "POS"}, {"time"},   {"event"}, {"username", "USER"}, {"key"},
          {"client"},          {"reason"}, {"actor"}};
}

}  // namespace keyledger::tools::output
