#include "net/json/rows.h"

#include <array>
#include <boost/json/array.hpp>

#include "ledger/values/key_digest.h"
#include "net/json/text.h"

namespace keyledger::net {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using ledger::Timestamp;
using namespace projections;  // NOLINT(google-build-using-namespace): rows are theirs

namespace {

value time_or_null(const std::optional<Timestamp>& time) {
  return time ? value(ledger::to_rfc3339(*time)) : value(nullptr);
}

array array_of(const std::vector<std::string>& texts) { return array(texts.begin(), texts.end()); }

object annotations_json(const std::vector<ledger::Annotation>& annotations) {
  object json;
  for (const ledger::Annotation& note : annotations) json[note.name] = note.value;
  return json;
}

array ranges_json(const std::vector<ledger::AddressRange>& ranges) {
  array json;
  for (const ledger::AddressRange& range : ranges) json.emplace_back(ledger::to_string(range));
  return json;
}

void add_usage(object& to, const Usage& usage) {
  to["last_used"] = time_or_null(usage.last_used);
  to["uses"] = usage.allowed;
  to["denied"] = usage.denied;
}

object to_json(const AccountRow& row) {
  return {{"account", row.account}, {"name", row.name},       {"opened", ledger::to_rfc3339(row.opened)},
          {"users", row.users},     {"clients", row.clients}, {"keys", row.keys},
          {"closed", row.closed}};
}

object to_json(const UserRow& row) {
  return {{"username", row.username}, {"staff", row.staff},
          {"active", row.active},     {"accounts", array_of(row.accounts)},
          {"keys", row.keys},         {"registered", ledger::to_rfc3339(row.registered)},
          {"removed", row.removed}};
}

object to_json(const ClientRow& row) {
  object json{{"client_id", row.client_id},
              {"name", row.name},
              {"account", row.account},
              {"requires_key", row.requires_key},
              {"assigned_keys", row.assigned_keys},
              {"active_keys", row.active_keys},
              {"registered", ledger::to_rfc3339(row.registered)},
              {"removed", row.removed}};
  add_usage(json, row.usage);
  return json;
}

object to_json(const KeyRow& row) {
  object json{{"key_id", row.key_id},
              {"name", row.name},
              {"owner", row.owner},
              {"account", row.account},
              {"status", name_of(row.status)},
              {"identifier", row.identifier},
              {"scheme", row.scheme},
              {"description", text_or_null(row.description)},
              {"tags", array_of(row.tags)},
              {"annotations", annotations_json(row.annotations)},
              {"clients", array_of(row.clients)},
              {"created", ledger::to_rfc3339(row.created)},
              {"expiry", time_or_null(row.expiry)},
              {"rate_limit", row.limit ? value(ledger::to_string(*row.limit)) : value(nullptr)},
              {"allow", ranges_json(row.allow)},
              {"grace_until", time_or_null(row.grace_until)},
              {"active", row.active},
              {"imported", row.imported},
              {"version", row.version}};
  add_usage(json, row.usage);
  return json;
}

object to_json(const PolicyRow& row) {
  const ledger::Policy& policy = row.policy;
  return {{"max_lifetime_days", policy.max_lifetime_days},
          {"lifetime", policy.lifetime_rule == ledger::LifetimeRule::kEnforce ? "enforce" : "warn"},
          {"keys_per_user", policy.keys_per_user},
          {"refresh_ttl", ledger::duration_text(policy.refresh_ttl)},
          {"refresh_interval", ledger::duration_text(policy.refresh_interval)},
          {"refresh_max", ledger::duration_text(policy.refresh_max)}};
}

}  // namespace

object json_of(const Row& row) {
  return std::visit([](const auto& each) { return to_json(each); }, row);
}

object json_of(const HistoryRow& row) {
  object details;
  for (const auto& [name, text] : row.details) {
    // A repeated name makes a list, for example a list of tags.
    if (auto* before = details.if_contains(name)) {
      if (!before->is_array()) *before = array{*before};
      before->as_array().emplace_back(text);
    } else {
      details[name] = text;
    }
  }
  return {{"position", row.position.value()},
          {"time", ledger::to_rfc3339(row.time)},
          {"event", row.event},
          {"account", text_or_null(row.account)},
          {"username", text_or_null(row.username)},
          {"key_id", text_or_null(row.key_id)},
          {"key", text_or_null(row.key_name)},
          {"client_id", text_or_null(row.client_id)},
          {"client", text_or_null(row.client_name)},
          {"reason", text_or_null(row.reason)},
          {"actor", text_or_null(row.actor)},
          {"origin", text_or_null(row.origin)},
          {"address", text_or_null(row.address)},
          {"details", details}};
}

object json_of(const net::VerdictAnswer& verdict) {
  constexpr double kMicroseconds = 1e6;
  array warnings;
  if (verdict.lifetime_exceeded) warnings.emplace_back("maximum lifetime exceeded");
  if (verdict.superseded_until) {
    warnings.emplace_back("this secret was rotated away and works until " +
                          ledger::to_rfc3339(*verdict.superseded_until));
  }
  return {{"allowed", verdict.allowed()},
          {"reason", verdict.reason_name},
          {"message", verdict.message},
          {"explanation", ledger::entry_of(verdict.reason).trusted},
          {"key_id", text_or_null(verdict.key_id)},
          {"owner", text_or_null(verdict.owner)},
          {"account", text_or_null(verdict.account)},
          {"client_id", text_or_null(verdict.client_id)},
          {"expiry", time_or_null(verdict.expiry)},
          {"retry_after",
           verdict.retry_after == 0 ? value(nullptr) : value(double(verdict.retry_after) / kMicroseconds)},
          {"warnings", warnings},
          {"position", verdict.position.value()}};
}

object json_of(const net::ActiveKeyAnswer& answer) {
  return {{"has_active_key", answer.counts.has_active_key()},
          {"assigned", answer.counts.assigned},
          {"active", answer.counts.active},
          {"requires_key", answer.counts.requires_key},
          {"position", answer.position.value()}};
}

object json_of(const net::Stats& stats) {
  return {
      {"ledger_id", stats.ledger_id},
      {"position", stats.head.position.value()},
      {"records", stats.head.records},
      {"root_hash", ledger::to_hex(stats.head.root)},
      {"last_time", stats.head.records == 0 ? value(nullptr) : value(ledger::to_rfc3339(stats.head.time))},
      {"accounts", stats.accounts},
      {"users", stats.users},
      {"clients", stats.clients},
      {"keys", stats.keys},
      {"daemon_version", text_or_null(stats.version)},
      {"daemon_pid", stats.process_id == 0 ? value(nullptr) : value(stats.process_id)},
      {"hot_state_bytes", stats.hot_state_bytes == 0 ? value(nullptr) : value(stats.hot_state_bytes)}};
}

std::string_view type_of(const Row& row) {
  static constexpr std::array<std::string_view, std::variant_size_v<Row>> kTypes = {
      "account", "user", "client", "key", "policy"};
  return kTypes[row.index()];
}

}  // namespace keyledger::net
