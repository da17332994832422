#include "net/wire/row_codec.h"

#include <algorithm>

#include "net/wire/fields.h"

namespace keyledger::net {

using ledger::Position;
using ledger::Timestamp;
using namespace projections;  // NOLINT(google-build-using-namespace): rows are theirs

namespace {

void encode_usage(const Usage& usage, wire::Usage::Builder out) {
  out.setUsed(usage.last_used.has_value());
  out.setLastUsed(usage.last_used.value_or(Timestamp{}).microseconds);
  out.setAllowed(usage.allowed);
  out.setDenied(usage.denied);
}

Usage decode_usage(wire::Usage::Reader in) {
  Usage usage{.last_used = std::nullopt, .allowed = in.getAllowed(), .denied = in.getDenied()};
  if (in.getUsed()) usage.last_used = Timestamp{in.getLastUsed()};
  return usage;
}

struct RowEncoder {
  wire::Row::Builder out;

  void operator()(const AccountRow& row) {
    auto to = out.initAccount();
    to.setAccount(text(row.account));
    to.setName(text(row.name));
    to.setOpened(row.opened.microseconds);
    to.setUsers(row.users);
    to.setClients(row.clients);
    to.setKeys(row.keys);
    to.setClosed(row.closed);
  }

  void operator()(const UserRow& row) {
    auto to = out.initUser();
    to.setUsername(text(row.username));
    to.setStaff(row.staff);
    to.setActive(row.active);
    to.setRegistered(row.registered.microseconds);
    set_texts(row.accounts, to.initAccounts(size_of(row.accounts)));
    to.setKeys(row.keys);
    to.setRemoved(row.removed);
  }

  void operator()(const ClientRow& row) {
    auto to = out.initClient();
    to.setClientId(text(row.client_id));
    to.setAccount(text(row.account));
    to.setName(text(row.name));
    to.setRegistered(row.registered.microseconds);
    to.setRequiresKey(row.requires_key);
    to.setAssignedKeys(row.assigned_keys);
    to.setActiveKeys(row.active_keys);
    encode_usage(row.usage, to.initUsage());
    to.setRemoved(row.removed);
  }

  void operator()(const KeyRow& row) {
    auto to = out.initKey();
    to.setKeyId(text(row.key_id));
    to.setName(text(row.name));
    to.setDescription(text(row.description));
    set_texts(row.tags, to.initTags(size_of(row.tags)));
    to.setOwner(text(row.owner));
    to.setAccount(text(row.account));
    to.setScheme(text(row.scheme));
    to.setIdentifier(text(row.identifier));
    to.setCreated(row.created.microseconds);
    to.setExpires(row.expiry.has_value());
    to.setExpiry(row.expiry.value_or(Timestamp{}).microseconds);
    to.setStatus(static_cast<std::uint8_t>(row.status));
    to.setImported(row.imported);
    to.setVersion(row.version);
    set_texts(row.clients, to.initClients(size_of(row.clients)));
    encode_usage(row.usage, to.initUsage());
    set_annotations(row.annotations, to.initAnnotations(size_of(row.annotations)));
    if (row.limit) set_limit(row.limit, to.initLimit());
    set_ranges(row.allow, to.initAllow(size_of(row.allow)));
    to.setActive(row.active);
    to.setDeleted(row.deleted);
    to.setHasGrace(row.grace_until.has_value());
    to.setGraceUntil(row.grace_until.value_or(Timestamp{}).microseconds);
    if (row.digests.empty()) return;
    auto digests = to.initDigests(size_of(row.digests));
    for (unsigned i = 0; i < digests.size(); ++i) {
      set_digest(row.digests[i].digest, row.digests[i].grace_until, digests[i]);
    }
  }

  void operator()(const PolicyRow& row) { encode_policy(row.policy, out.initPolicy()); }
};

AccountRow decode_account(wire::AccountRow::Reader in) {
  return {.account = string(in.getAccount()),
          .name = string(in.getName()),
          .opened = Timestamp{in.getOpened()},
          .users = in.getUsers(),
          .clients = in.getClients(),
          .keys = in.getKeys(),
          .closed = in.getClosed()};
}

UserRow decode_user(wire::UserRow::Reader in) {
  return {.username = string(in.getUsername()),
          .staff = in.getStaff(),
          .active = in.getActive(),
          .registered = Timestamp{in.getRegistered()},
          .accounts = strings(in.getAccounts()),
          .keys = in.getKeys(),
          .removed = in.getRemoved()};
}

ClientRow decode_client(wire::ClientRow::Reader in) {
  return {.client_id = string(in.getClientId()),
          .account = string(in.getAccount()),
          .name = string(in.getName()),
          .registered = Timestamp{in.getRegistered()},
          .requires_key = in.getRequiresKey(),
          .assigned_keys = in.getAssignedKeys(),
          .active_keys = in.getActiveKeys(),
          .usage = decode_usage(in.getUsage()),
          .removed = in.getRemoved()};
}

KeyRow decode_key(wire::KeyRow::Reader in) {
  // A newer server may send an unknown status. The key must not look active then.
  const bool is_known = in.getStatus() < kKeyStatuses;
  const auto status = is_known ? static_cast<KeyStatus>(in.getStatus()) : KeyStatus::kInactive;
  KeyRow row{.key_id = string(in.getKeyId()),
             .name = string(in.getName()),
             .description = string(in.getDescription()),
             .tags = strings(in.getTags()),
             .owner = string(in.getOwner()),
             .account = string(in.getAccount()),
             .scheme = string(in.getScheme()),
             .identifier = string(in.getIdentifier()),
             .created = Timestamp{in.getCreated()},
             .status = status,
             .imported = in.getImported(),
             .version = in.getVersion(),
             .clients = strings(in.getClients()),
             .usage = decode_usage(in.getUsage()),
             .annotations = annotations(in.getAnnotations()),
             .limit = limit(in.getLimit()),
             .allow = ranges(in.getAllow()),
             .active = in.getActive(),
             .deleted = in.getDeleted(),
             .grace_until = moment(in.getHasGrace(), in.getGraceUntil())};
  if (in.getExpires()) row.expiry = Timestamp{in.getExpiry()};
  for (const auto each : in.getDigests()) {
    row.digests.push_back({.digest = digest(each), .grace_until = grace_until(each)});
  }
  return row;
}

}  // namespace

void encode_policy(const ledger::Policy& policy, wire::PolicyRow::Builder out) {
  out.setMaxLifetimeDays(policy.max_lifetime_days);
  out.setEnforceLifetime(policy.lifetime_rule == ledger::LifetimeRule::kEnforce);
  out.setKeysPerUser(policy.keys_per_user);
  out.setRefreshTtl(policy.refresh_ttl);
  out.setRefreshInterval(policy.refresh_interval);
  out.setRefreshMax(policy.refresh_max);
}

ledger::Policy decode_policy(wire::PolicyRow::Reader in) {
  using ledger::LifetimeRule;
  return {.max_lifetime_days = in.getMaxLifetimeDays(),
          .lifetime_rule = in.getEnforceLifetime() ? LifetimeRule::kEnforce : LifetimeRule::kWarn,
          .keys_per_user = in.getKeysPerUser(),
          .refresh_ttl = in.getRefreshTtl(),
          .refresh_interval = in.getRefreshInterval(),
          .refresh_max = in.getRefreshMax()};
}

void encode_row(const Row& row, wire::Row::Builder out) { std::visit(RowEncoder{out}, row); }

Row decode_row(wire::Row::Reader in) {
  switch (in.which()) {
    case wire::Row::ACCOUNT:
      return decode_account(in.getAccount());
    case wire::Row::USER:
      return decode_user(in.getUser());
    case wire::Row::CLIENT:
      return decode_client(in.getClient());
    case wire::Row::KEY:
      return decode_key(in.getKey());
    case wire::Row::POLICY:
      return PolicyRow{decode_policy(in.getPolicy())};
  }
  reject("an unknown kind of row");
}

void encode_history_row(const HistoryRow& row, wire::HistoryRow::Builder out) {
  out.setPosition(row.position.value());
  out.setTime(row.time.microseconds);
  out.setEvent(text(row.event));
  out.setActor(text(row.actor));
  out.setOrigin(text(row.origin));
  out.setReason(text(row.reason));
  out.setAccount(text(row.account));
  out.setUsername(text(row.username));
  out.setKeyId(text(row.key_id));
  out.setKeyName(text(row.key_name));
  out.setClientId(text(row.client_id));
  out.setClientName(text(row.client_name));
  out.setAddress(text(row.address));
  auto details = out.initDetails(static_cast<unsigned>(row.details.size()));
  for (unsigned i = 0; i < details.size(); ++i) {
    details[i].setName(text(row.details[i].first));
    details[i].setValue(text(row.details[i].second));
  }
}

HistoryRow decode_history_row(wire::HistoryRow::Reader in) {
  HistoryRow row{.position = Position{in.getPosition()},
                 .time = Timestamp{in.getTime()},
                 .event = string(in.getEvent()),
                 .actor = string(in.getActor()),
                 .origin = string(in.getOrigin()),
                 .reason = string(in.getReason()),
                 .account = string(in.getAccount()),
                 .username = string(in.getUsername()),
                 .key_id = string(in.getKeyId()),
                 .key_name = string(in.getKeyName()),
                 .client_id = string(in.getClientId()),
                 .client_name = string(in.getClientName()),
                 .address = string(in.getAddress())};
  for (const auto detail : in.getDetails())
    row.details.emplace_back(string(detail.getName()), string(detail.getValue()));
  return row;
}

}  // namespace keyledger::net
