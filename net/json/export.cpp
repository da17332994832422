#include "net/json/export.h"

#include <boost/json/array.hpp>

#include "ledger/events.h"

namespace keyledger::net {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using namespace projections;  // NOLINT(google-build-using-namespace): rows are theirs

value time_or_null(const std::optional<ledger::Timestamp>& time) {
  return time ? value(ledger::to_rfc3339(*time)) : value(nullptr);
}

array array_of(const std::vector<std::string>& texts) { return array(texts.begin(), texts.end()); }

object record_of(const PolicyRow& row) {
  const ledger::Policy& policy = row.policy;
  return {{"record", "policy"},
          {"max_lifetime_days", policy.max_lifetime_days},
          {"lifetime", policy.lifetime_rule == ledger::LifetimeRule::kEnforce ? "enforce" : "warn"},
          {"keys_per_user", policy.keys_per_user},
          {"refresh_ttl", ledger::duration_text(policy.refresh_ttl)},
          {"refresh_interval", ledger::duration_text(policy.refresh_interval)},
          {"refresh_max", ledger::duration_text(policy.refresh_max)}};
}

object record_of(const AccountRow& row) {
  return {{"record", "account"}, {"account", row.account}, {"name", row.name}, {"closed", row.closed}};
}

object record_of(const UserRow& row) {
  return {{"record", "user"},     {"username", row.username},           {"staff", row.staff},
          {"active", row.active}, {"accounts", array_of(row.accounts)}, {"removed", row.removed}};
}

object record_of(const ClientRow& row) {
  return {{"record", "client"},
          {"client_id", row.client_id},
          {"account", row.account},
          {"name", row.name},
          {"requires_key", row.requires_key},
          {"opened", !row.requires_key && row.assigned_keys > 0}};
}

object record_of(const DigestOfKey& each, bool is_first) {
  object digest{{"scheme", ledger::name_of(each.digest.scheme)},
                {"digest", ledger::to_hex(each.digest.view())}};
  if (each.digest.scheme == ledger::DigestScheme::kKnoxSalted) {
    digest["salt"] = ledger::to_hex(each.digest.salt);
  }
  if (each.digest.bucket) digest["bucket"] = *each.digest.bucket;
  if (!is_first) digest["grace_until"] = time_or_null(each.grace_until);
  return digest;
}

object record_of(const KeyRow& row) {
  object annotations;
  for (const ledger::Annotation& each : row.annotations) annotations[each.name] = each.value;
  array allow;
  for (const ledger::AddressRange& each : row.allow) allow.emplace_back(to_string(each));
  array digests;
  for (const DigestOfKey& each : row.digests) digests.push_back(record_of(each, digests.empty()));
  return {{"record", "key"},
          {"key_id", row.key_id},
          {"name", row.name},
          {"owner", row.owner},
          {"account", row.account},
          {"description", row.description},
          {"tags", array_of(row.tags)},
          {"annotations", std::move(annotations)},
          {"created", ledger::to_rfc3339(row.created)},
          {"expiry", time_or_null(row.expiry)},
          {"active", row.active},
          {"deleted", row.deleted},
          {"last_used", time_or_null(row.usage.last_used)},
          {"rate_limit", row.limit ? value(to_string(*row.limit)) : value(nullptr)},
          {"allow", std::move(allow)},
          {"clients", array_of(row.clients)},
          {"digests", std::move(digests)}};
}

}  // namespace

std::optional<object> export_record_of(const Row& row) {
  const auto* client = std::get_if<ClientRow>(&row);
  if (client != nullptr && client->removed) return std::nullopt;
  return std::visit([](const auto& each) { return record_of(each); }, row);
}

}  // namespace keyledger::net
