// Decides the keys of an import: first the missing keys, then the known keys, then the new keys. Later keys
// can therefore use names freed before.
#include <algorithm>

#include "commands/import_key_compare.h"
#include "commands/import_merge.h"
#include "commands/names.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision

namespace {

constexpr auto kNever = Differences::Takeable::kNo;

class KeyMerge {
 public:
  explicit KeyMerge(ImportContext& context)
      : context_(context), matched_(context.command.keys.size()), is_repeated_(matched_.size()) {}

  Refused run() {
    const std::vector<ImportedKey>& keys = context_.command.keys;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (auto refusal = check(keys[i])) return refusal;
      matched_[i] = match(keys[i]);
      is_repeated_[i] = matched_[i] && !seen_.insert(matched_[i]->value()).second;
    }
    if (context_.is_dump()) find_gone();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (matched_[i] && !is_repeated_[i]) compare(*matched_[i], keys[i]);
    }
    rename();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (matched_[i]) continue;
      if (auto refusal = add(keys[i])) return refusal;
    }
    return std::nullopt;
  }

 private:
  Refused check(const ImportedKey& key) const {
    if (auto refusal = ImportAdditions::refuse_key(key)) return refusal;
    if (!context_.additions.user_named(key.username)) return refuse(RefusalCode::kUserUnknown, key.username);
    const auto account = context_.additions.account_or_own(key.account);
    return account ? std::nullopt : std::optional(account.error());
  }

  std::optional<KeyNumber> match(const ImportedKey& key) const {
    if (const auto known = context_.catalog.find_digest(key.digest)) return known;
    for (const ImportedKey::Rotation& rotation : key.rotations) {
      if (const auto known = context_.catalog.find_digest(rotation.digest)) return known;
    }
    return key.own_id == KeyId{} ? std::nullopt : context_.catalog.find_key_id(key.own_id);
  }

  void compare(KeyNumber number, const ImportedKey& key) {
    const AccountNumber account = *context_.additions.account_or_own(key.account);
    KeyComparison(context_, number, key, account).run(renames_);
  }

  // A key with a native digest was created here, or was rotated here and is the ledger's own since then.
  void find_gone() {
    for (const std::uint64_t number : context_.scope) {
      const projections::Account* account = context_.catalog.find_account(AccountNumber{number});
      if (account == nullptr || account->closed) continue;
      for (const KeyNumber each : context_.catalog.keys_of(*account)) {
        const projections::CatalogEntry& key = context_.catalog.entry(each);
        const bool is_of_platform = key.imported && key.scheme != DigestScheme::kSha256;
        if (!is_of_platform || key.deleted || context_.catalog.is_expired(each, context_.now)) continue;
        if (!seen_.contains(each.value())) remove(each);
      }
    }
  }

  void remove(KeyNumber number) {
    const projections::Key known = context_.catalog.key(number);
    if (context_.takes({.kind = DifferenceClass::kRemovals,
                        .danger = danger_of(context_.works_here(number), false),
                        .object = object_of_key(context_, number),
                        .id = to_string(known.key_id.uuid),
                        .field = "deleted",
                        .ledger = "false",
                        .dump = "gone"})) {
      context_.additions.add(KeyDeleted{number});
      context_.additions.free_key_name(known.owner, std::string(known.name));
    }
  }

  void rename() {
    ImportAdditions& additions = context_.additions;
    const RenameRules rules{
        .is_free = [&](std::uint64_t scope,
                       const std::string& name) { return additions.is_free_key_name(owner_of(scope), name); },
        .free_like =
            [&](std::uint64_t scope, const std::string& name) {
              return additions.free_name_like(owner_of(scope), name).value_or(name);
            },
        .rename =
            [&](const Rename& rename, const std::string& name) {
              additions.add(KeyRenamed{KeyNumber{rename.number}, name});
              additions.free_key_name(owner_of(rename.scope), rename.from);
              additions.take_key_name(owner_of(rename.scope), name);
            }};
    // A key keeps a name that another key has, with a number after it.
    for (Rename& left : carry_out(std::move(renames_), rules)) {
      const auto free = additions.free_name_like(owner_of(left.scope), left.to);
      if (free) {
        rules.rename(left, *free);
      } else {
        context_.differences.give_back(std::move(left.difference));
      }
    }
  }

  static UserNumber owner_of(std::uint64_t scope) { return UserNumber{static_cast<std::uint32_t>(scope)}; }

  Refused add(const ImportedKey& key) {
    const UserNumber owner = *context_.additions.user_named(key.username);
    const AccountNumber account = *context_.additions.account_or_own(key.account);
    if (!context_.additions.note_digest(key.digest)) return std::nullopt;
    if (context_.is_shut(account)) {
      context_.takes({.kind = DifferenceClass::kReturns,
                      .danger = danger_of(false, works_there(context_, key, account)),
                      .object = "key " + key.username + "/" + key.base_name,
                      .id = key.own_id == KeyId{} ? "" : to_string(key.own_id.uuid),
                      .field = "account",
                      .ledger = "closed",
                      .dump = to_string(account)},
                     kNever);
      return std::nullopt;
    }
    std::vector<ClientNumber> clients;
    for (const std::string& name : key.clients) {
      const auto client = client_of_import(context_, account, name);
      if (!client) {
        // A dump has its own clients; the client of a record may have another name here.
        if (context_.is_dump()) return refuse(RefusalCode::kClientUnknown, name);
        leave_client(key, account, name);
      } else if (*client != kNoClient && std::ranges::find(clients, *client) == clients.end()) {
        clients.push_back(*client);
      }
    }
    return context_.additions.add_key(key, owner, account, clients);
  }

  void leave_client(const ImportedKey& key, AccountNumber account, const std::string& name) {
    context_.takes({.kind = DifferenceClass::kAssignments,
                    .danger = danger_of(false, works_there(context_, key, account)),
                    .object = "key " + key.username + "/" + key.base_name,
                    .id = to_string(key.own_id.uuid),
                    .field = "client",
                    .ledger = std::nullopt,
                    .dump = name},
                   kNever);
  }

  ImportContext& context_;
  std::vector<std::optional<KeyNumber>> matched_;
  std::vector<bool> is_repeated_;  // an earlier object of the import is the same key
  boost::unordered_flat_set<std::uint32_t> seen_;
  std::vector<Rename> renames_;
};

}  // namespace

Refused merge_keys(ImportContext& context) { return KeyMerge(context).run(); }

}  // namespace keyledger::commands
