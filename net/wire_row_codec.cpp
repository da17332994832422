#include "net/wire_row_codec.h"

#include <algorithm>

#include "net/wire_support.h"

namespace keyledger::net {

using ledger::Position;
using ledger::Timestamp;
using namespace projections;  // NOLINT(google-build-using-namespace): rows are theirs

namespace {

using TextList = capnp::List<capnp::Text>;

void set_texts(const std::vector<std::string>& from, TextList::Builder to) {
  for (unsigned i = 0; i < to.size(); ++i) to.set(i, text(from[i]));
}

std::vector<std::string> strings(TextList::Reader from) {
  std::vector<std::string> all;
  for (const auto one : from) all.push_back(string(one));
  return all;
}

unsigned size_of(const std::vector<std::string>& all) { return static_cast<unsigned>(all.size()); }

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
  }

  void operator()(const UserRow& row) {
    auto to = out.initUser();
    to.setUsername(text(row.username));
    to.setStaff(row.staff);
    to.setActive(row.active);
    to.setRegistered(row.registered.microseconds);
    set_texts(row.accounts, to.initAccounts(size_of(row.accounts)));
    to.setKeys(row.keys);
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
  }
};

AccountRow decode_account(wire::AccountRow::Reader in) {
  return {.account = string(in.getAccount()),
          .name = string(in.getName()),
          .opened = Timestamp{in.getOpened()},
          .users = in.getUsers(),
          .clients = in.getClients(),
          .keys = in.getKeys()};
}

UserRow decode_user(wire::UserRow::Reader in) {
  return {.username = string(in.getUsername()),
          .staff = in.getStaff(),
          .active = in.getActive(),
          .registered = Timestamp{in.getRegistered()},
          .accounts = strings(in.getAccounts()),
          .keys = in.getKeys()};
}

ClientRow decode_client(wire::ClientRow::Reader in) {
  return {.client_id = string(in.getClientId()),
          .account = string(in.getAccount()),
          .name = string(in.getName()),
          .registered = Timestamp{in.getRegistered()},
          .requires_key = in.getRequiresKey(),
          .assigned_keys = in.getAssignedKeys(),
          .active_keys = in.getActiveKeys(),
          .usage = decode_usage(in.getUsage())};
}

KeyRow decode_key(wire::KeyRow::Reader in) {
  // What a newer server knows of a key and this program does not is no reason to call the key active.
  const bool is_known = in.getStatus() <= static_cast<std::uint8_t>(KeyStatus::kActive);
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
             .usage = decode_usage(in.getUsage())};
  if (in.getExpires()) row.expiry = Timestamp{in.getExpiry()};
  return row;
}

}  // namespace

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
  }
  kj::throwFatalException(KJ_EXCEPTION(FAILED, "an unknown kind of row"));
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
