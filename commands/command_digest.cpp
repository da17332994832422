#include "commands/command_digest.h"

#include "ledger/values/field_hasher.h"

namespace keyledger::commands {

using ledger::FieldHasher;

namespace {

// Adds the presence of the value, and the value.
template <typename T>
void add_optional(FieldHasher& hasher, const std::optional<T>& value) {
  hasher.add(std::uint64_t{value.has_value()});
  if (value) hasher.add(static_cast<std::uint64_t>(*value));
}

void add_all(FieldHasher& hasher, const std::vector<std::string>& texts) {
  hasher.add(std::uint64_t{texts.size()});
  for (const std::string& text : texts) hasher.add(text);
}

void add_all(FieldHasher& hasher, const std::vector<ledger::Annotation>& annotations) {
  hasher.add(std::uint64_t{annotations.size()});
  for (const ledger::Annotation& note : annotations) hasher.add(note.name).add(note.value);
}

void add_all(FieldHasher& hasher, const std::vector<ledger::AddressRange>& ranges) {
  hasher.add(std::uint64_t{ranges.size()});
  for (const ledger::AddressRange& range : ranges) {
    hasher.add(std::span<const std::uint8_t>(range.base.bytes)).add(std::uint64_t{range.length});
  }
}

void add_limit(FieldHasher& hasher, const std::optional<ledger::RateLimit>& limit) {
  hasher.add(std::uint64_t{limit.has_value()});
  if (limit) hasher.add(std::uint64_t{limit->requests}).add(static_cast<std::uint64_t>(limit->window));
}

// Ids drawn by the ledger are left out, because every attempt draws new ids.
struct FieldFeeder {
  FieldHasher& hasher;

  void operator()(const OpenAccount& c) const { hasher.add("account.open").add(c.number).add(c.name); }
  void operator()(const RenameAccount& c) const { hasher.add("account.rename").add(c.account).add(c.name); }
  void operator()(const CloseAccount& c) const { hasher.add("account.close").add(c.account); }
  void operator()(const RegisterUser& c) const {
    hasher.add("user.register").add(c.account).add(c.username).add(c.staff);
  }
  void operator()(const SetUser& c) const {
    hasher.add("user.set").add(c.username);
    add_optional(hasher, c.staff);
    add_optional(hasher, c.active);
    add_all(hasher, c.join);
    add_all(hasher, c.leave);
  }
  void operator()(const RemoveUser& c) const { hasher.add("user.remove").add(c.username); }
  void operator()(const RegisterClient& c) const { hasher.add("client.register").add(c.account).add(c.name); }
  void operator()(const RenameClient& c) const { hasher.add("client.rename").add(c.client).add(c.name); }
  void operator()(const OpenClientToPublic& c) const { hasher.add("client.open").add(c.client); }
  void operator()(const CloseClientToPublic& c) const { hasher.add("client.close").add(c.client); }
  void operator()(const RemoveClient& c) const { hasher.add("client.remove").add(c.client); }
  void operator()(const CreateKey& c) const {
    hasher.add("key.create").add(c.account).add(c.username).add(c.name).add(c.description).add(c.expiry);
    add_all(hasher, c.tags);
    // Fields of later versions are added only where set, because an older idempotency id must still find the
    // command.
    if (!c.annotations.empty()) hasher.add("annotations"), add_all(hasher, c.annotations);
    if (c.active == ledger::ActiveFlag::kInactive) hasher.add("inactive");
    if (c.limit) hasher.add("limit"), add_limit(hasher, c.limit);
    if (!c.allow.empty()) hasher.add("allow"), add_all(hasher, c.allow);
  }
  void operator()(const EditKey& c) const {
    hasher.add("key.edit").add(c.key);
    if (c.name) hasher.add("name").add(*c.name);
    if (c.description) hasher.add("description").add(*c.description);
    if (c.tags) hasher.add("tags"), add_all(hasher, *c.tags);
    if (c.annotations) hasher.add("annotations"), add_all(hasher, *c.annotations);
    if (c.expiry) hasher.add("expiry").add(*c.expiry);
    if (c.active) hasher.add("active").add(*c.active);
    if (c.limit) hasher.add("limit"), add_limit(hasher, *c.limit);
    if (c.allow) hasher.add("allow"), add_all(hasher, *c.allow);
  }
  void operator()(const RotateKey& c) const {
    hasher.add("key.rotate").add(c.key).add(static_cast<std::uint64_t>(c.grace));
  }
  void operator()(const ActivateKey& c) const { hasher.add("key.activate").add(c.key); }
  void operator()(const DeactivateKey& c) const { hasher.add("key.deactivate").add(c.key); }
  void operator()(const ToggleKey& c) const { hasher.add("key.toggle").add(c.key); }
  void operator()(const DeleteKey& c) const { hasher.add("key.delete").add(c.key); }
  void operator()(const AssignKey& c) const {
    hasher.add("key.assign").add(c.key).add(c.client);
    if (c.others == OtherKeys::kUnassign) hasher.add("only");
  }
  void operator()(const UnassignKey& c) const { hasher.add("key.unassign").add(c.key).add(c.client); }
  void operator()(const RefreshKeys& c) const {
    hasher.add("key.refresh");
    for (const auto& used : c.used) hasher.add(used.key).add(used.judged_expiry).add(used.time);
  }
  void operator()(const ChangePolicy& c) const {
    hasher.add("policy.change");
    add_optional(hasher, c.max_lifetime_days);
    add_optional(hasher, c.lifetime_rule);
    add_optional(hasher, c.keys_per_user);
    add_optional(hasher, c.refresh_ttl);
    add_optional(hasher, c.refresh_interval);
    add_optional(hasher, c.refresh_max);
  }
  void operator()(const ImportKeys& c) const {
    hasher.add("import").add(c.account).add(std::uint64_t{c.users.size()});
    for (const ImportedUser& user : c.users) {
      hasher.add(user.username).add(user.staff).add(user.active);
      if (!user.accounts.empty()) hasher.add("accounts"), add_all(hasher, user.accounts);
      if (user.removed == RemovedFlag::kRemoved) hasher.add("removed");
    }
    for (const ImportedKey& key : c.keys) add(key);
    for (const ImportedAccount& account : c.accounts) {
      hasher.add("account").add(account.number).add(account.name).add(account.closed);
    }
    for (const ImportedClient& client : c.clients) {
      hasher.add("client").add(client.account).add(client.name).add(client.rule);
      hasher.add(std::span<const std::uint8_t>(client.own_id.uuid.data, client.own_id.uuid.size()));
    }
    if (c.origin != ImportOrigin::kUnsaid) hasher.add("origin").add(c.origin);
    if (!c.take.empty()) hasher.add("take").add(std::uint64_t{c.take.bits()});
    if (c.policy) hasher.add("policy"), add_policy(*c.policy);
  }

 private:
  void add_policy(const ledger::Policy& policy) const {
    hasher.add(std::uint64_t{policy.max_lifetime_days}).add(policy.lifetime_rule);
    hasher.add(std::uint64_t{policy.keys_per_user}).add(static_cast<std::uint64_t>(policy.refresh_ttl));
    hasher.add(static_cast<std::uint64_t>(policy.refresh_interval));
    hasher.add(static_cast<std::uint64_t>(policy.refresh_max));
  }

  void add(const ImportedKey& key) const {
    hasher.add(key.username).add(key.base_name).add(key.digest.scheme).add(key.digest.view());
    hasher.add(key.created).add(key.expiry).add(key.active);
    // A key with only the fields of the first version keeps the digest of that version, because an older
    // idempotency id must still find the import.
    const ImportedKey plain{.username = key.username,
                            .base_name = key.base_name,
                            .digest = key.digest,
                            .created = key.created,
                            .expiry = key.expiry,
                            .active = key.active,
                            .new_key_id = key.new_key_id};
    if (key != plain) add_whole(key);
  }

  void add_whole(const ImportedKey& key) const {
    hasher.add("account").add(key.account).add(key.description);
    hasher.add(std::span<const std::uint8_t>(key.own_id.uuid.data, key.own_id.uuid.size()));
    add_all(hasher, key.tags);
    add_all(hasher, key.annotations);
    add_all(hasher, key.clients);
    add_limit(hasher, key.limit);
    add_all(hasher, key.allow);
    hasher.add(key.last_used).add(key.deleted).add(std::uint64_t{key.rotations.size()});
    for (const auto& rotation : key.rotations) hasher.add(rotation.digest.view()).add(rotation.grace_until);
  }
};

}  // namespace

ledger::Hash command_digest(const Command& command) {
  FieldHasher hasher;
  std::visit(FieldFeeder{hasher}, command);
  return hasher.finish();
}

}  // namespace keyledger::commands
