#include "net/wire/command_codec.h"
#include "net/wire/fields.h"
#include "net/wire/report_codec.h"
#include "net/wire/row_codec.h"

namespace keyledger::net {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every message
using commands::ImportedKey;
using commands::RemovedFlag;

namespace {

void encode_key(const ImportedKey& key, wire::ImportKeys::Key::Builder to) {
  to.setUsername(text(key.username));
  to.setBaseName(text(key.base_name));
  to.setScheme(static_cast<std::uint8_t>(key.digest.scheme));
  to.setActive(key.active == ActiveFlag::kActive);
  to.setExpires(key.expiry.has_value());
  if (key.expiry) to.setExpiry(key.expiry->microseconds);
  to.setCreated(key.created.microseconds);
  to.setDigest(data(key.digest.view()));
  if (key.digest.scheme == DigestScheme::kKnoxSalted) {
    to.setSalt(data(std::span<const std::uint8_t>(key.digest.salt)));
    to.setHasBucket(key.digest.bucket.has_value());
    to.setBucket(key.digest.bucket.value_or(0));
  }
  // The fields missing in a dump of plain Knox take no bytes.
  if (!key.account.empty()) to.setAccount(text(key.account));
  if (!key.own_id.uuid.is_nil()) to.setKeyId(data_or_none(key.own_id.uuid));
  if (!key.description.empty()) to.setDescription(text(key.description));
  if (!key.tags.empty()) set_texts(key.tags, to.initTags(size_of(key.tags)));
  if (!key.annotations.empty())
    set_annotations(key.annotations, to.initAnnotations(size_of(key.annotations)));
  to.setUsed(key.last_used.has_value());
  to.setLastUsed(key.last_used.value_or(Timestamp{}).microseconds);
  to.setDeleted(key.deleted == RemovedFlag::kRemoved);
  if (key.limit) set_limit(key.limit, to.initLimit());
  if (!key.allow.empty()) set_ranges(key.allow, to.initAllow(size_of(key.allow)));
  if (!key.clients.empty()) set_texts(key.clients, to.initClients(size_of(key.clients)));
  if (key.rotations.empty()) return;
  auto rotations = to.initRotations(size_of(key.rotations));
  for (unsigned i = 0; i < rotations.size(); ++i) {
    set_digest(key.rotations[i].digest, key.rotations[i].grace_until, rotations[i]);
  }
}

ImportedKey decode_key(wire::ImportKeys::Key::Reader in) {
  const auto bucket = in.getHasBucket() ? std::optional(in.getBucket()) : std::nullopt;
  ImportedKey key{.username = string(in.getUsername()),
                  .base_name = string(in.getBaseName()),
                  .digest = digest_from(in.getScheme(), in.getDigest(), in.getSalt(), bucket),
                  .created = Timestamp{in.getCreated()},
                  .expiry = moment(in.getExpires(), in.getExpiry()),
                  .active = in.getActive() ? ActiveFlag::kActive : ActiveFlag::kInactive,
                  .account = string(in.getAccount()),
                  .own_id = {uuid_or_nil(in.getKeyId())},
                  .description = string(in.getDescription()),
                  .tags = strings(in.getTags()),
                  .annotations = annotations(in.getAnnotations()),
                  .last_used = moment(in.getUsed(), in.getLastUsed()),
                  .deleted = in.getDeleted() ? RemovedFlag::kRemoved : RemovedFlag::kPresent,
                  .limit = limit(in.getLimit()),
                  .allow = ranges(in.getAllow()),
                  .clients = strings(in.getClients())};
  for (const auto rotation : in.getRotations()) {
    key.rotations.push_back({.digest = digest(rotation), .grace_until = grace_until(rotation)});
  }
  return key;
}

void encode_user(const commands::ImportedUser& user, wire::ImportKeys::User::Builder to) {
  to.setUsername(text(user.username));
  to.setStaff(user.staff == StaffFlag::kStaff);
  to.setActive(user.active == ActiveFlag::kActive);
  if (!user.accounts.empty()) set_texts(user.accounts, to.initAccounts(size_of(user.accounts)));
  to.setRemoved(user.removed == RemovedFlag::kRemoved);
}

commands::ImportedUser decode_user(wire::ImportKeys::User::Reader in) {
  return {.username = string(in.getUsername()),
          .staff = in.getStaff() ? StaffFlag::kStaff : StaffFlag::kNotStaff,
          .active = in.getActive() ? ActiveFlag::kActive : ActiveFlag::kInactive,
          .accounts = strings(in.getAccounts()),
          .removed = in.getRemoved() ? RemovedFlag::kRemoved : RemovedFlag::kPresent};
}

void encode_account(const commands::ImportedAccount& account, wire::ImportKeys::Account::Builder to) {
  to.setNumber(text(account.number));
  to.setName(text(account.name));
  to.setClosed(account.closed == commands::ClosedFlag::kClosed);
}

commands::ImportedAccount decode_account(wire::ImportKeys::Account::Reader in) {
  using commands::ClosedFlag;
  return {.number = string(in.getNumber()),
          .name = string(in.getName()),
          .closed = in.getClosed() ? ClosedFlag::kClosed : ClosedFlag::kOpen};
}

void encode_client(const commands::ImportedClient& client, wire::ImportKeys::Client::Builder to) {
  to.setAccount(text(client.account));
  to.setName(text(client.name));
  to.setRequiresKey(client.rule == commands::AccessRule::kRequiresKey);
  to.setOpened(client.rule == commands::AccessRule::kOpened);
  to.setClientId(data_or_none(client.own_id.uuid));
}

commands::ImportedClient decode_client(wire::ImportKeys::Client::Reader in) {
  using commands::AccessRule;
  if (in.getRequiresKey() && in.getOpened()) reject("a client that is opened does not require a key");
  const AccessRule rule_without_key = in.getOpened() ? AccessRule::kOpened : AccessRule::kPublic;
  return {.account = string(in.getAccount()),
          .name = string(in.getName()),
          .rule = in.getRequiresKey() ? AccessRule::kRequiresKey : rule_without_key,
          .own_id = {uuid_or_nil(in.getClientId())},
          .new_client_id = {}};
}

template <typename Objects, typename List, typename Encode>
void encode_all(const Objects& objects, List list, Encode encode) {
  for (unsigned i = 0; i < list.size(); ++i) encode(objects[i], list[i]);
}

template <typename List, typename Object, typename Decode>
void decode_all(List list, std::vector<Object>& objects, Decode decode) {
  ENSURE(list.size() <= kImportPartObjectsMax, "the bound of the schema is the limit of a part");
  objects.reserve(list.size());
  for (const auto one : list) objects.push_back(decode(one));
}

}  // namespace

void encode_import(const commands::ImportKeys& import, wire::ImportKeys::Builder out) {
  out.setAccount(text(import.account));
  encode_all(import.users, out.initUsers(size_of(import.users)), encode_user);
  encode_all(import.keys, out.initKeys(size_of(import.keys)), encode_key);
  if (!import.accounts.empty()) {
    encode_all(import.accounts, out.initAccounts(size_of(import.accounts)), encode_account);
  }
  if (!import.clients.empty()) {
    encode_all(import.clients, out.initClients(size_of(import.clients)), encode_client);
  }
  out.setOrigin(static_cast<wire::ImportKeys::Origin>(import.origin));
  out.setCompare(import.mode == commands::ImportMode::kCompare);
  set_classes(import.take, out);
  if (import.policy) encode_policy(*import.policy, out.initPolicy());
}

commands::ImportKeys decode_import(wire::ImportKeys::Reader in) {
  commands::ImportKeys import{.account = string(in.getAccount())};
  decode_all(in.getUsers(), import.users, decode_user);
  decode_all(in.getKeys(), import.keys, decode_key);
  decode_all(in.getAccounts(), import.accounts, decode_account);
  decode_all(in.getClients(), import.clients, decode_client);
  if (in.getOrigin() > wire::ImportKeys::Origin::RECORDS) reject("an unknown origin of an import");
  import.origin = static_cast<commands::ImportOrigin>(in.getOrigin());
  if (in.getCompare()) import.mode = commands::ImportMode::kCompare;
  import.take = classes(in.getTake());
  if (in.hasPolicy()) import.policy = decode_policy(in.getPolicy());
  return import;
}

}  // namespace keyledger::net
