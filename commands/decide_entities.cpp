// Decisions about accounts, users and clients.
#include <algorithm>

#include "commands/decide_parts.h"
#include "commands/names.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision
using projections::Catalog;

namespace {

// The number that Smarter gives an account before the real number is known.
constexpr std::string_view kAnyAccountNumber = "9999-9999-9999";

}  // namespace

// ---- Accounts ----

Decided decide_on(const Catalog& catalog, const OpenAccount& command, Timestamp) {
  const bool is_any = command.number.empty() || command.number == kAnyAccountNumber;
  const auto number = is_any ? std::optional(command.new_number) : parse_account_number(command.number);
  if (!number) return refuse(RefusalCode::kAccountNumberInvalid, command.number);
  if (!is_name(command.name, kNameBytesMax)) return refuse(RefusalCode::kNameInvalid, command.name);
  if (catalog.find_account(*number) != nullptr)
    return refuse(RefusalCode::kAccountExists, to_string(*number));
  return Decision{.events = {AccountOpened{.account = *number, .name = command.name}},
                  .entity = ref(*number)};
}

Decided decide_on(const Catalog& catalog, const RenameAccount& command, Timestamp) {
  const auto account = open_account(catalog, command.account);
  if (!account) return account.error();
  if (!is_name(command.name, kNameBytesMax)) return refuse(RefusalCode::kNameInvalid, command.name);
  Decision decision{.entity = ref(*account)};
  if (catalog.find_account(*account)->name != command.name) {
    decision.events = {AccountRenamed{.account = *account, .name = command.name}};
  }
  return decision;
}

Decided decide_on(const Catalog& catalog, const CloseAccount& command, Timestamp) {
  const auto account = existing_account(catalog, command.account);
  if (!account) return account.error();
  Decision decision{.entity = ref(*account)};
  if (!is_closed(catalog, *account)) decision.events = {AccountClosed{*account}};
  return decision;
}

// ---- Users ----

Decided decide_on(const Catalog& catalog, const RegisterUser& command, Timestamp) {
  const auto account = open_account(catalog, command.account);
  if (!account) return account.error();
  if (!is_name(command.username, kUsernameBytesMax) || !is_username(command.username)) {
    return refuse(RefusalCode::kNameInvalid, command.username);
  }
  if (const auto known = catalog.find_user(command.username)) {
    const bool is_removed = catalog.user(*known).removed;
    return refuse(is_removed ? RefusalCode::kUserRemoved : RefusalCode::kUserExists, command.username);
  }
  if (is_full<UserNumber>(catalog.users())) return refuse(RefusalCode::kTooManyEntities, "users");
  const UserNumber user{static_cast<std::uint32_t>(catalog.users() + 1)};
  return Decision{.events = {UserRegistered{.user = user,
                                            .username = command.username,
                                            .staff = command.staff,
                                            .active = ActiveFlag::kActive},
                             UserJoinedAccount{.user = user, .account = *account}},
                  .entity = ref(user)};
}

Decided decide_on(const Catalog& catalog, const SetUser& command, Timestamp) {
  const auto user = present_user(catalog, command.username);
  if (!user) return user.error();
  const projections::User& known = catalog.user(*user);
  Decision decision{.entity = ref(*user)};
  if (command.staff && *command.staff != known.staff) {
    decision.events.emplace_back(UserStaffChanged{*user, *command.staff});
  }
  if (command.active && *command.active != known.active) {
    decision.events.emplace_back(UserActiveChanged{*user, *command.active});
  }
  std::vector<AccountNumber> accounts = known.accounts;
  for (const std::string& text : command.join) {
    const auto account = open_account(catalog, text);
    if (!account) return account.error();
    if (std::find(accounts.begin(), accounts.end(), *account) != accounts.end()) continue;
    accounts.push_back(*account);
    decision.events.emplace_back(UserJoinedAccount{*user, *account});
  }
  for (const std::string& text : command.leave) {
    const auto account = existing_account(catalog, text);
    if (!account) return account.error();
    if (std::erase(accounts, *account) == 0) continue;
    decision.events.emplace_back(UserLeftAccount{*user, *account});
  }
  return decision;
}

Decided decide_on(const Catalog& catalog, const RemoveUser& command, Timestamp) {
  const auto user = catalog.find_user(command.username);
  if (!user) return refuse(RefusalCode::kUserUnknown, command.username);
  Decision decision{.entity = ref(*user)};
  if (!catalog.user(*user).removed) decision.events = {UserRemoved{*user}};
  return decision;
}

// ---- Clients ----

Decided decide_on(const Catalog& catalog, const RegisterClient& command, Timestamp) {
  const auto account = open_account(catalog, command.account);
  if (!account) return account.error();
  if (!is_name(command.name, kNameBytesMax)) return refuse(RefusalCode::kNameInvalid, command.name);
  if (catalog.find_client(*account, command.name)) return refuse(RefusalCode::kClientExists, command.name);
  if (is_full<ClientNumber>(catalog.clients())) return refuse(RefusalCode::kTooManyEntities, "clients");
  const ClientNumber client{static_cast<std::uint32_t>(catalog.clients() + 1)};
  return Decision{
      .events = {ClientRegistered{
          .client = client, .client_id = command.new_client_id, .account = *account, .name = command.name}},
      .entity = ref(client)};
}

Decided decide_on(const Catalog& catalog, const RenameClient& command, Timestamp) {
  const auto client = present_client(catalog, command.client);
  if (!client) return client.error();
  const projections::Client& known = catalog.client(*client);
  if (!is_name(command.name, kNameBytesMax)) return refuse(RefusalCode::kNameInvalid, command.name);
  Decision decision{.entity = ref(*client)};
  if (known.name == command.name) return decision;
  if (catalog.find_client(known.account, command.name)) {
    return refuse(RefusalCode::kClientExists, command.name);
  }
  decision.events = {ClientRenamed{*client, command.name}};
  return decision;
}

Decided decide_on(const Catalog& catalog, const OpenClientToPublic& command, Timestamp) {
  const auto client = present_client(catalog, command.client);
  if (!client) return client.error();
  if (is_closed(catalog, catalog.client(*client).account)) {
    return refuse(RefusalCode::kAccountClosed, to_string(catalog.client(*client).account));
  }
  Decision decision{.entity = ref(*client)};
  if (catalog.client(*client).requires_key) decision.events = {ClientOpenedToPublic{*client}};
  return decision;
}

Decided decide_on(const Catalog& catalog, const CloseClientToPublic& command, Timestamp) {
  const auto client = present_client(catalog, command.client);
  if (!client) return client.error();
  Decision decision{.entity = ref(*client)};
  if (!catalog.client(*client).requires_key) decision.events = {ClientClosedToPublic{*client}};
  return decision;
}

Decided decide_on(const Catalog& catalog, const RemoveClient& command, Timestamp) {
  const auto client = existing_client(catalog, command.client);
  if (!client) return client.error();
  Decision decision{.entity = ref(*client)};
  if (!catalog.client(*client).removed) decision.events = {ClientRemoved{*client}};
  return decision;
}

}  // namespace keyledger::commands
