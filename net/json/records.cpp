#include "net/json/records.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "ledger/values/printable_text.h"
#include "net/json/digests.h"
#include "net/json/field_reader.h"

namespace keyledger::net {
namespace {

using commands::ImportedKey;
using commands::ImportKeys;
using ledger::KeyDigest;
using ledger::Timestamp;

// Returns the id in a field; nil, with a complaint, if the text is no id.
template <typename Id>
Id id_of(FieldReader& fields, std::string_view name) {
  const std::string text = fields.text(name);
  const auto uuid = ledger::parse_uuid(text);
  if (!uuid && !text.empty())
    fields.complain(fmt::format("\"{}\" takes a UUID, not {}", name, ledger::quoted(text)));
  return Id{uuid.value_or(boost::uuids::uuid{})};
}

// An import of one record, which reports what the ledger has otherwise.
template <typename Object>
ImportKeys import_of_record(std::vector<Object> ImportKeys::*objects, Object object) {
  ImportKeys import{.origin = commands::ImportOrigin::kRecords};
  (import.*objects).push_back(std::move(object));
  return import;
}

commands::Command account_of(FieldReader& fields) {
  commands::ImportedAccount account{.number = fields.text("account"), .name = fields.text("name")};
  if (fields.flag("closed")) account.closed = commands::ClosedFlag::kClosed;
  return import_of_record(&ImportKeys::accounts, std::move(account));
}

commands::Command user_of(FieldReader& fields) {
  commands::ImportedUser user{.username = fields.text("username")};
  if (fields.flag("staff")) user.staff = ledger::StaffFlag::kStaff;
  if (fields.flag("active")) user.active = ledger::ActiveFlag::kActive;
  user.accounts = fields.texts("accounts");
  if (fields.flag("removed")) user.removed = commands::RemovedFlag::kRemoved;
  return import_of_record(&ImportKeys::users, std::move(user));
}

commands::Command client_of(FieldReader& fields) {
  commands::ImportedClient client{.account = fields.text("account"), .name = fields.text("name")};
  if (fields.flag("requires_key")) client.rule = commands::AccessRule::kRequiresKey;
  // Exports of earlier versions did not have this field.
  if (fields.flag_if_there("opened").value_or(false)) {
    if (client.rule == commands::AccessRule::kRequiresKey) {
      fields.complain("a client that is \"opened\" does not require a key");
    }
    client.rule = commands::AccessRule::kOpened;
  }
  client.own_id = id_of<ledger::ClientId>(fields, "client_id");
  return import_of_record(&ImportKeys::clients, std::move(client));
}

// ---- Keys ----

// Reads the list of digests, oldest first. Each digest but the first says how long the previous digest goes
// on working.
void read_digests(FieldReader& fields, Timestamp now, ImportedKey& key) {
  fields.require("digests");
  const boost::json::value* list = fields.take("digests");
  if (list == nullptr) return;
  if (!list->is_array() || list->get_array().empty()) return fields.complain("\"digests\" takes a list");
  bool is_first = true;
  for (const boost::json::value& each : list->get_array()) {
    if (!each.is_object()) return fields.complain("\"digests\" takes a list of objects");
    FieldReader inner(each.get_object(), now);
    const KeyDigest digest = digest_of(inner);
    if (is_first) {
      key.digest = digest;
    } else {
      inner.require("grace_until");
      key.rotations.push_back(
          {.digest = digest,
           .grace_until = inner.time_or_never_if_there("grace_until").value_or(std::nullopt)});
    }
    is_first = false;
    if (auto complaints = inner.complaints("a digest"); !complaints.empty()) fields.complain(complaints);
  }
}

// Reads a required field that may be null.
template <typename T>
std::optional<T> nullable(FieldReader& fields, std::string_view name,
                          std::optional<std::optional<T>> (FieldReader::*read)(std::string_view)) {
  fields.require(name);
  return (fields.*read)(name).value_or(std::nullopt);
}

commands::Command key_of(FieldReader& fields, Timestamp now) {
  ImportedKey key{.username = fields.text("owner"), .base_name = fields.text("name")};
  key.own_id = id_of<ledger::KeyId>(fields, "key_id");
  key.account = fields.text("account");
  key.description = fields.text("description");
  key.tags = fields.texts("tags");
  fields.require("annotations");
  key.annotations = fields.annotations_if_there("annotations").value_or(std::vector<ledger::Annotation>{});
  key.created = fields.time("created");
  key.expiry = nullable(fields, "expiry", &FieldReader::time_or_never_if_there);
  if (fields.flag("active")) key.active = ledger::ActiveFlag::kActive;
  if (fields.flag("deleted")) key.deleted = commands::RemovedFlag::kRemoved;
  key.last_used = nullable(fields, "last_used", &FieldReader::time_or_never_if_there);
  key.limit = nullable(fields, "rate_limit", &FieldReader::limit_or_none_if_there);
  fields.require("allow");
  key.allow = fields.ranges_if_there("allow").value_or(std::vector<ledger::AddressRange>{});
  key.clients = fields.texts("clients");
  read_digests(fields, now, key);
  return import_of_record(&ImportKeys::keys, std::move(key));
}

commands::Command policy_record_of(FieldReader& fields) {
  for (const std::string_view name :
       {"max_lifetime_days", "lifetime", "keys_per_user", "refresh_ttl", "refresh_interval", "refresh_max"}) {
    fields.require(name);
  }
  const commands::ChangePolicy policy = policy_change_of(fields);
  ImportKeys import{.origin = commands::ImportOrigin::kRecords};
  import.policy = {.max_lifetime_days = policy.max_lifetime_days.value_or(0),
                   .lifetime_rule = policy.lifetime_rule.value_or(ledger::LifetimeRule::kWarn),
                   .keys_per_user = policy.keys_per_user.value_or(0),
                   .refresh_ttl = policy.refresh_ttl.value_or(0),
                   .refresh_interval = policy.refresh_interval.value_or(0),
                   .refresh_max = policy.refresh_max.value_or(0)};
  return import;
}

}  // namespace

commands::ChangePolicy policy_change_of(FieldReader& fields) {
  commands::ChangePolicy change{.max_lifetime_days = fields.count_if_there("max_lifetime_days"),
                                .keys_per_user = fields.count_if_there("keys_per_user"),
                                .refresh_ttl = fields.duration_if_there("refresh_ttl"),
                                .refresh_interval = fields.duration_if_there("refresh_interval"),
                                .refresh_max = fields.duration_if_there("refresh_max")};
  if (const auto rule = fields.text_if_there("lifetime")) {
    if (*rule == "warn") change.lifetime_rule = ledger::LifetimeRule::kWarn;
    if (*rule == "enforce") change.lifetime_rule = ledger::LifetimeRule::kEnforce;
    if (!change.lifetime_rule) {
      fields.complain("\"lifetime\" takes \"warn\" or \"enforce\", not " + ledger::quoted(*rule));
    }
  }
  return change;
}

ledger::Result<net::RunCommand, std::string> record_of(const boost::json::object& object, Timestamp now) {
  FieldReader fields(object, now);
  const std::string kind = fields.text("record");
  if (auto wrong = fields.complaints_so_far(); !wrong.empty()) return wrong;
  net::RunCommand run;
  if (kind == "policy") {
    run.command = policy_record_of(fields);
  } else if (kind == "account") {
    run.command = account_of(fields);
  } else if (kind == "user") {
    run.command = user_of(fields);
  } else if (kind == "client") {
    run.command = client_of(fields);
  } else if (kind == "key") {
    run.command = key_of(fields, now);
  } else {
    return ledger::quoted(kind) +
           " is not a kind of record; the kinds are policy, account, user, client and key";
  }
  if (auto complaints = fields.complaints("the record " + kind); !complaints.empty()) return complaints;
  return run;
}

}  // namespace keyledger::net
