#include "commands/command_digest.h"

#include "ledger/field_hasher.h"

namespace keyledger::commands {

using ledger::FieldHasher;

namespace {

struct FieldFeeder {
  FieldHasher& hasher;

  void operator()(const OpenAccount& c) const { hasher.add("account.open").add(c.number).add(c.name); }
  void operator()(const RegisterUser& c) const {
    hasher.add("user.register").add(c.account).add(c.username).add(c.staff);
  }
  void operator()(const RegisterClient& c) const { hasher.add("client.register").add(c.account).add(c.name); }
  void operator()(const CreateKey& c) const {
    hasher.add("key.create").add(c.account).add(c.username).add(c.name).add(c.description).add(c.expiry);
    hasher.add(std::uint64_t{c.tags.size()});
    for (const std::string& tag : c.tags) hasher.add(tag);
  }
  void operator()(const ActivateKey& c) const { hasher.add("key.activate").add(c.key); }
  void operator()(const DeactivateKey& c) const { hasher.add("key.deactivate").add(c.key); }
  void operator()(const ToggleKey& c) const { hasher.add("key.toggle").add(c.key); }
  void operator()(const DeleteKey& c) const { hasher.add("key.delete").add(c.key); }
  void operator()(const AssignKey& c) const { hasher.add("key.assign").add(c.key).add(c.client); }
  void operator()(const UnassignKey& c) const { hasher.add("key.unassign").add(c.key).add(c.client); }
  void operator()(const ImportKeys& c) const {
    hasher.add("import").add(c.account).add(std::uint64_t{c.users.size()});
    for (const ImportedUser& user : c.users) hasher.add(user.username).add(user.staff).add(user.active);
    for (const ImportedKey& key : c.keys) {
      hasher.add(key.username).add(key.base_name).add(key.digest.scheme).add(key.digest.view());
      hasher.add(key.created).add(key.expiry).add(key.active);
    }
  }
};

}  // namespace

ledger::Hash command_digest(const Command& command) {
  FieldHasher hasher;
  std::visit(FieldFeeder{hasher}, command);
  return hasher.finish();
}

}  // namespace keyledger::commands
