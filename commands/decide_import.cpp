#include <algorithm>

#include "commands/import_additions.h"
#include "commands/import_merge.h"
#include "commands/names.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision
using projections::Catalog;

namespace {

// An import for a caller that does not know the report of differences: a difference that a report would have
// to name is a refusal.
class StrictImport {
 public:
  StrictImport(const Catalog& catalog, std::optional<AccountNumber> own_account)
      : catalog_(catalog), additions_(catalog, own_account) {}

  Refused add(const ImportedAccount& account) {
    const auto number = parse_account_number(account.number);
    if (!number) return refuse(RefusalCode::kAccountNumberInvalid, account.number);
    if (additions_.knows(*number)) return std::nullopt;
    if (!is_name(account.name, kNameBytesMax)) return refuse(RefusalCode::kNameInvalid, account.name);
    additions_.open(*number, account.name);
    if (account.closed == ClosedFlag::kClosed) additions_.close_last(*number);
    return std::nullopt;
  }

  Refused add(const ImportedUser& user) {
    if (auto refusal = ImportAdditions::refuse_username(user.username)) return refusal;
    const auto accounts = additions_.accounts_of(user);
    if (!accounts) return accounts.error();
    for (const AccountNumber account : *accounts) additions_.need(account);
    if (const auto known = catalog_.find_user(user.username)) return take_known(*known, user, *accounts);
    for (const AccountNumber account : *accounts) {
      if (auto refusal = additions_.refuse_closed(account)) return refusal;
    }
    return additions_.add_user(user, *accounts);
  }

  Refused add(const ImportedClient& client) {
    const auto account = additions_.account_named(client.account);
    if (!account) return account.error();
    if (!is_name(client.name, kNameBytesMax)) return refuse(RefusalCode::kNameInvalid, client.name);
    if (additions_.client_named(*account, client.name)) return std::nullopt;
    if (catalog_.withdrawals().removed_client(*account, client.name)) return std::nullopt;
    if (auto refusal = additions_.refuse_closed(*account)) return refusal;
    const bool has_id = client.own_id != ClientId{};
    const auto added =
        additions_.add_client(client, *account, client.name, has_id ? client.own_id : client.new_client_id);
    return added ? std::nullopt : std::optional(added.error());
  }

  Refused add(const ImportedKey& key) {
    if (auto refusal = ImportAdditions::refuse_key(key)) return refusal;
    const auto owner = additions_.user_named(key.username);
    if (!owner) return refuse(RefusalCode::kUserUnknown, key.username);
    const auto account = additions_.account_or_own(key.account);
    if (!account) return account.error();
    if (!additions_.note_digest(key.digest)) return std::nullopt;
    if (auto refusal = additions_.refuse_closed(*account)) return refusal;
    std::vector<ClientNumber> clients;
    Refused unknown;
    for (const std::string& name : key.clients) {
      const auto client = additions_.client_named(*account, name);
      if (!client && catalog_.withdrawals().removed_client(*account, name)) continue;
      if (!client) {
        unknown = refuse(RefusalCode::kClientUnknown, name);
      } else if (std::ranges::find(clients, *client) == clients.end()) {
        clients.push_back(*client);
      }
    }
    auto refusal = additions_.add_key(key, *owner, *account, clients);
    return refusal ? refusal : unknown;
  }

  std::vector<Event> take_events() { return additions_.take_events(); }

 private:
  // Accepts a username known to the ledger if accounts and flags are equal; otherwise the username means
  // another person, and the import is refused.
  Refused take_known(UserNumber number, const ImportedUser& user,
                     const std::vector<AccountNumber>& accounts) const {
    const projections::User& known = catalog_.user(number);
    const bool is_member = std::ranges::all_of(
        accounts, [&](AccountNumber account) { return catalog_.is_member(number, account); });
    const bool is_removed = user.removed == RemovedFlag::kRemoved;
    const bool is_same = known.removed ? is_removed : !is_removed && known.active == user.active;
    if (is_member && is_same && known.staff == user.staff) return std::nullopt;
    return refuse(RefusalCode::kImportUserElsewhere, user.username);
  }

  const Catalog& catalog_;
  ImportAdditions additions_;
};

template <typename Objects>
Refused add_all(const Objects& objects, StrictImport& import) {
  for (const auto& object : objects) {
    if (auto refusal = import.add(object)) return refusal;
  }
  return std::nullopt;
}

Decided decide_strictly(const Catalog& catalog, const ImportKeys& command,
                        std::optional<AccountNumber> own_account) {
  StrictImport import(catalog, own_account);
  if (auto refusal = add_all(command.accounts, import)) return *refusal;
  if (auto refusal = add_all(command.users, import)) return *refusal;
  if (auto refusal = add_all(command.clients, import)) return *refusal;
  if (auto refusal = add_all(command.keys, import)) return *refusal;
  return Decision{.events = import.take_events(), .entity = std::nullopt};
}

bool is_too_large(const ImportKeys& command) {
  return std::max({command.accounts.size(), command.users.size(), command.clients.size(),
                   command.keys.size()}) > kImportObjectsMax;
}

}  // namespace

Decided decide_on(const Catalog& catalog, const ImportKeys& command, Timestamp now) {
  const auto account = parse_account_number(command.account);
  if (!account && !command.account.empty()) {
    return refuse(RefusalCode::kAccountNumberInvalid, command.account);
  }
  if (is_too_large(command)) return refuse(RefusalCode::kImportTooLarge, "");
  const bool is_plain = command.mode == ImportMode::kApply && command.take.empty() && !command.policy;
  if (command.origin == ImportOrigin::kUnsaid && is_plain) return decide_strictly(catalog, command, account);
  return ImportMerge(catalog, command, account, now).decide();
}

}  // namespace keyledger::commands
