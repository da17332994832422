#include "commands/import_merge.h"

#include <algorithm>
#include <array>

#include "commands/names.h"
#include "ledger/values/rate_limit.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision
using projections::Account;
using projections::Catalog;
using projections::User;

namespace {

constexpr auto kNever = Differences::Takeable::kNo;
// The name of an import's own account. The dump does not name the account.
constexpr std::string_view kImportedName = "imported";

std::string object_of(AccountNumber account) { return "account " + to_string(account); }
std::string object_of(const ImportedUser& user) { return "user " + user.username; }

std::string_view name_of(LifetimeRule rule) { return rule == LifetimeRule::kEnforce ? "enforce" : "warn"; }

}  // namespace

Danger danger_of(bool here, bool there) {
  if (here == there) return Danger::kNone;
  return here ? Danger::kWorksHere : Danger::kWorksThere;
}

std::string_view true_or_false(bool value) { return value ? "true" : "false"; }

bool ImportContext::works_here(KeyNumber number) const {
  const projections::CatalogEntry& key = catalog.entry(number);
  const AccountNumber account = catalog.account_of(number);
  return !key.deleted && key.active && !catalog.is_expired(number, now) &&
         catalog.user(key.owner).active == ActiveFlag::kActive && catalog.is_member(key.owner, account) &&
         !is_closed(catalog, account);
}

ImportMerge::ImportMerge(const Catalog& catalog, const ImportKeys& command,
                         std::optional<AccountNumber> own_account, Timestamp now)
    : context_{.catalog = catalog,
               .command = command,
               .own_account = own_account,
               .now = now,
               .additions = ImportAdditions(catalog, own_account),
               .differences = Differences(command.take)} {}

Decided ImportMerge::decide() {
  const ImportKeys& command = context_.command;
  if (command.policy) {
    if (!is_well_formed(*command.policy)) return refuse(RefusalCode::kPolicyInvalid, "");
    compare_policy(*command.policy);
  }
  note_scope();
  note_users();
  for (const ImportedAccount& account : command.accounts) {
    if (auto refusal = add(account)) return *refusal;
  }
  for (const ImportedUser& user : command.users) {
    if (auto refusal = add(user)) return *refusal;
  }
  if (auto refusal = merge_clients(context_)) return *refusal;
  if (auto refusal = merge_keys(context_)) return *refusal;
  Decision decision{.events = context_.additions.take_events(), .entity = std::nullopt};
  decision.report = std::move(context_.differences).finish();
  if (command.mode == ImportMode::kCompare) {
    decision.report.missing.count(decision.events);
    decision.events.clear();
  }
  return decision;
}

// ---- The policy ----

// An export restores the policy only in an empty ledger.
void ImportMerge::compare_policy(const Policy& policy) {
  const Policy& here = context_.catalog.policy();
  if (policy == here) return;
  if (context_.catalog.accounts().empty() && here == Policy{}) {
    return context_.additions.add(PolicyChanged{policy});
  }
  struct Field {
    std::string_view name;
    std::string here;
    std::string there;
  };
  const std::array<Field, 6> fields = {
      {{"lifetime", std::string(name_of(here.lifetime_rule)), std::string(name_of(policy.lifetime_rule))},
       {"max_lifetime_days", std::to_string(here.max_lifetime_days),
        std::to_string(policy.max_lifetime_days)},
       {"keys_per_user", std::to_string(here.keys_per_user), std::to_string(policy.keys_per_user)},
       {"refresh_ttl", duration_text(here.refresh_ttl), duration_text(policy.refresh_ttl)},
       {"refresh_interval", duration_text(here.refresh_interval), duration_text(policy.refresh_interval)},
       {"refresh_max", duration_text(here.refresh_max), duration_text(policy.refresh_max)}}};
  bool taken = false;
  for (const Field& field : fields) {
    if (field.here == field.there) continue;
    const Danger danger = field.name == "lifetime" ? danger_of(here.lifetime_rule == LifetimeRule::kWarn,
                                                               policy.lifetime_rule == LifetimeRule::kWarn)
                                                   : Danger::kNone;
    taken |= context_.takes({.kind = DifferenceClass::kPolicy,
                             .danger = danger,
                             .object = "policy",
                             .field = std::string(field.name),
                             .ledger = field.here,
                             .dump = field.there});
  }
  if (taken) context_.additions.add(PolicyChanged{policy});
}

// ---- Accounts ----

void ImportMerge::note_scope() {
  const ImportKeys& command = context_.command;
  const auto note = [&](const std::string& text) {
    const auto number = text.empty() ? context_.own_account : parse_account_number(text);
    if (number) context_.scope.insert(number->value());
  };
  for (const ImportedAccount& account : command.accounts) {
    note(account.number);
    const auto number = parse_account_number(account.number);
    if (number && account.closed == ClosedFlag::kClosed) context_.closed_there.insert(number->value());
  }
  for (const ImportedUser& user : command.users) {
    if (user.accounts.empty()) note("");
    for (const std::string& account : user.accounts) note(account);
  }
  for (const ImportedKey& key : command.keys) note(key.account);
}

Refused ImportMerge::add(const ImportedAccount& account) {
  const auto number = parse_account_number(account.number);
  if (!number) return refuse(RefusalCode::kAccountNumberInvalid, account.number);
  if (!seen_accounts_.insert(number->value()).second) return std::nullopt;
  if (const Account* known = context_.catalog.find_account(*number)) {
    compare(*known, account);
    return std::nullopt;
  }
  if (context_.additions.knows(*number)) return std::nullopt;
  if (!is_name(account.name, kNameBytesMax)) return refuse(RefusalCode::kNameInvalid, account.name);
  context_.additions.open(*number, account.name);
  if (account.closed == ClosedFlag::kClosed) context_.additions.close_last(*number);
  return std::nullopt;
}

void ImportMerge::compare(const Account& known, const ImportedAccount& account) {
  const bool is_named = known.number != context_.own_account || account.name != kImportedName;
  const bool closed_there = account.closed == ClosedFlag::kClosed;
  const bool can_rename = !known.closed && is_name(account.name, kNameBytesMax);
  if (is_named && account.name != known.name &&
      context_.takes({.kind = DifferenceClass::kNames,
                      .object = object_of(known.number),
                      .field = "name",
                      .ledger = known.name,
                      .dump = account.name},
                     can_rename ? Differences::Takeable::kYes : kNever)) {
    context_.additions.add(AccountRenamed{known.number, account.name});
  }
  if (known.closed == closed_there) return;
  const bool taken =
      context_.takes({.kind = closed_there ? DifferenceClass::kRemovals : DifferenceClass::kReturns,
                      .danger = danger_of(!known.closed, !closed_there),
                      .object = object_of(known.number),
                      .field = "closed",
                      .ledger = std::string(true_or_false(known.closed)),
                      .dump = std::string(true_or_false(closed_there))},
                     closed_there ? Differences::Takeable::kYes : kNever);
  if (taken) context_.additions.close_last(known.number);
}

// ---- Users ----

void ImportMerge::note_users() {
  for (const ImportedUser& user : context_.command.users) {
    if (user.active == ActiveFlag::kInactive || user.removed == RemovedFlag::kRemoved) {
      context_.inactive_there.insert(user.username);
    }
  }
}

Refused ImportMerge::add(const ImportedUser& user) {
  if (auto refusal = ImportAdditions::refuse_username(user.username)) return refusal;
  const auto accounts = context_.additions.accounts_of(user);
  if (!accounts) return accounts.error();
  if (!seen_users_.insert(user.username).second) return refuse(RefusalCode::kUserExists, user.username);
  if (const auto known = context_.catalog.find_user(user.username)) {
    compare(*known, user, *accounts);
    return std::nullopt;
  }
  std::vector<AccountNumber> open;
  std::ranges::copy_if(*accounts, std::back_inserter(open),
                       [&](AccountNumber account) { return !context_.is_shut(account); });
  return context_.additions.add_user(user, open);
}

void ImportMerge::compare(UserNumber number, const ImportedUser& user,
                          const std::vector<AccountNumber>& accounts) {
  const User& known = context_.catalog.user(number);
  const bool removed_there = user.removed == RemovedFlag::kRemoved;
  if (known.removed && (removed_there || user.active == ActiveFlag::kInactive)) return;
  if (known.removed != removed_there) {
    const bool taken = context_.takes(
        {.kind = known.removed ? DifferenceClass::kReturns : DifferenceClass::kRemovals,
         .danger = danger_of(!known.removed && known.active == ActiveFlag::kActive, !removed_there),
         .object = object_of(user),
         .field = "removed",
         .ledger = std::string(true_or_false(known.removed)),
         .dump = std::string(true_or_false(removed_there))},
        known.removed ? kNever : Differences::Takeable::kYes);
    if (taken) context_.additions.add(UserRemoved{number});
    return;
  }
  compare_flags(number, user);
  join(number, user, accounts);
  leave(number, user, accounts);
}

void ImportMerge::compare_flags(UserNumber number, const ImportedUser& user) {
  const User& known = context_.catalog.user(number);
  const auto differs = [&](std::string_view field, bool here, bool there, Danger danger) {
    return here != there && context_.takes({.kind = DifferenceClass::kFlags,
                                            .danger = danger,
                                            .object = object_of(user),
                                            .field = std::string(field),
                                            .ledger = std::string(true_or_false(here)),
                                            .dump = std::string(true_or_false(there))});
  };
  const bool active_here = known.active == ActiveFlag::kActive;
  const bool active_there = user.active == ActiveFlag::kActive;
  if (differs("active", active_here, active_there, danger_of(active_here, active_there))) {
    context_.additions.add(UserActiveChanged{number, user.active});
  }
  if (differs("staff", known.staff == StaffFlag::kStaff, user.staff == StaffFlag::kStaff, Danger::kNone)) {
    context_.additions.add(UserStaffChanged{number, user.staff});
  }
}

// Users who share no account may be two persons of one username.
bool ImportMerge::is_same_person(UserNumber number, const std::vector<AccountNumber>& accounts) const {
  const Catalog& catalog = context_.catalog;
  const auto was_member = [&](AccountNumber account) {
    return catalog.is_member(number, account) || catalog.withdrawals().has_left(number, account);
  };
  return catalog.user(number).accounts.empty() || std::ranges::any_of(accounts, was_member) ||
         (context_.own_account && was_member(*context_.own_account));
}

void ImportMerge::join(UserNumber number, const ImportedUser& user,
                       const std::vector<AccountNumber>& accounts) {
  const bool brings = context_.is_dump() && is_same_person(number, accounts);
  for (const AccountNumber account : accounts) {
    if (context_.catalog.is_member(number, account) || context_.is_shut(account)) continue;
    const bool is_new = brings && !context_.catalog.withdrawals().has_left(number, account);
    const Danger danger = danger_of(false, user.active == ActiveFlag::kActive);
    if (!is_new && !context_.takes({.kind = DifferenceClass::kMemberships,
                                    .danger = danger,
                                    .object = object_of(user),
                                    .field = "account",
                                    .ledger = std::nullopt,
                                    .dump = to_string(account)})) {
      continue;
    }
    context_.additions.need(account);
    context_.additions.add(UserJoinedAccount{number, account});
  }
}

void ImportMerge::leave(UserNumber number, const ImportedUser& user,
                        const std::vector<AccountNumber>& accounts) {
  const User& known = context_.catalog.user(number);
  for (const AccountNumber account : known.accounts) {
    if (std::ranges::find(accounts, account) != accounts.end() || !context_.is_in_scope(account)) continue;
    const bool works = known.active == ActiveFlag::kActive && !is_closed(context_.catalog, account);
    if (context_.takes({.kind = DifferenceClass::kMemberships,
                        .danger = danger_of(works, false),
                        .object = object_of(user),
                        .field = "account",
                        .ledger = to_string(account),
                        .dump = std::nullopt})) {
      context_.additions.add(UserLeftAccount{number, account});
    }
  }
}

}  // namespace keyledger::commands
