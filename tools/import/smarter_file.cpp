#include "tools/import/smarter_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "commands/platform_id.h"
#include "ledger/values/printable_text.h"
#include "tools/import/client_names.h"
#include "tools/import/knox_rows.h"
#include "tools/import/recognition.h"

namespace keyledger::tools::import {

using commands::AccessRule;
using commands::ImportedKey;
using ledger::Error;
using ledger::Result;

namespace {

constexpr std::string_view kAccountModel = "account.account";
constexpr std::string_view kProfileModel = "account.userprofile";

Error missing(const DumpPlace& place, DumpField field, std::string_view model, std::string_view identity) {
  if (is_natural(identity)) {
    return wrong_field(
        place, field,
        fmt::format("this file has no {} with the name {}", model, ledger::quoted(shown(identity))));
  }
  return wrong_field(place, field,
                     fmt::format("this file has no {} with the primary key {}: dump auth.user account "
                                 "knox.authtoken drf llm_client into one file",
                                 model, ledger::quoted(shown(identity))));
}

std::string bytes_of(const ledger::KeyDigest& digest) { return {digest.view().begin(), digest.view().end()}; }

}  // namespace

Result<bool> SmarterFile::take(std::string_view file, const DumpObject& object) {
  const auto known = smarter_model_of(object);
  if (!known) return false;
  ++objects_;
  const DumpPlace place{.file = file, .number = object.number, .line = object.line, .model = known->name};
  tallies_[known->name].add(place, object, taken_fields(known->model, object));
  const auto add_to = [&](auto& table, auto contents) -> Result<bool> {
    if (!contents) return contents.error();
    const auto identity = DumpFieldReader(place, object).primary_key();
    if (!identity) return identity.error();
    const auto added = table.add(place, *identity, std::move(*contents));
    return added ? Result<bool>(true) : added;
  };
  switch (known->model) {
    case SmarterModel::kAccount:
      return take_account(place, object);
    case SmarterModel::kProfile:
      return add_to(profiles_, read_profile(place, object));
    case SmarterModel::kToken:
      return take_token(place, object);
    case SmarterModel::kClient:
      return add_to(client_rows_, read_client(place, object));
    case SmarterModel::kAssignment:
      return add_to(assignments_, read_assignment(place, object));
  }
  return false;
}

Result<bool> SmarterFile::take_account(const DumpPlace& place, const DumpObject& object) {
  auto account = read_account(place, object);
  if (!account) return account.error();
  const auto identity = DumpFieldReader(place, object).primary_key();
  if (!identity) return identity.error();
  const auto natural = natural_identity(account->number);
  const auto added = accounts_.add(place, *identity, std::move(*account));
  if (!added) return added.error();
  if (*added && !accounts_.add_natural(natural)) {
    return wrong_field(place, DumpField::kAccountNumber,
                       fmt::format("{} occurs twice", ledger::quoted(shown(natural))));
  }
  return true;
}

Result<bool> SmarterFile::take_token(const DumpPlace& place, const DumpObject& object) {
  auto digest = read_digest(place, object.pk, "\"pk\"");
  if (!digest) return digest.error();
  auto token = read_smarter_token(place, object);
  if (!token) return token.error();
  const auto added = tokens_.add(place, *digest, std::move(*token));
  return added ? Result<bool>(true) : added;
}

Result<void> SmarterFile::link(const FindUsername& find_username) {
  completed_.assign(tokens_.rows().size(), false);
  if (auto linked = link_profiles(find_username); !linked) return linked;
  if (auto checked = check_tokens(); !checked) return checked;
  if (auto linked = link_clients(); !linked) return linked;
  return link_assignments();
}

Result<void> SmarterFile::link_profiles(const FindUsername& find_username) {
  std::unordered_set<std::string> joined;  // account number and username; all account numbers have one length
  for (const auto& [place, identity, profile] : profiles_.rows()) {
    const auto username = find_username(profile.user);
    if (!username) return missing(place, DumpField::kUser, kUserModel, profile.user);
    const auto account = accounts_.find(profile.account);
    if (!account) return missing(place, DumpField::kAccount, kAccountModel, profile.account);
    const std::string& number = accounts_.row(*account).contents.number;
    memberships_.push_back({.username = *username, .account = number});
    if (joined.insert(number + *username).second) accounts_of_[*username].push_back(number);
  }
  return {};
}

Result<void> SmarterFile::check_tokens() const {
  for (const auto& [place, identity, token] : tokens_.rows()) {
    if (token.profile.empty() || profiles_.find(token.profile)) continue;
    return missing(place, DumpField::kUserProfile, kProfileModel, token.profile);
  }
  return {};
}

Result<void> SmarterFile::link_clients() {
  for (const auto& [place, identity, client] : client_rows_.rows()) {
    commands::ImportedClient linked;
    if (!client.profile.empty()) {
      const auto profile = profiles_.find(client.profile);
      if (!profile) return missing(place, DumpField::kUserProfile, kProfileModel, client.profile);
      linked.account = memberships_[*profile].account;
    } else {
      const auto account = accounts_.find(client.account);
      if (!account) return missing(place, DumpField::kAccount, kAccountModel, client.account);
      linked.account = accounts_.row(*account).contents.number;
    }
    clients_.push_back(std::move(linked));
  }
  name_clients(client_rows_, clients_, unmapped_);
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    clients_[i].own_id =
        commands::platform_client_id(clients_[i].account, shown(client_rows_.row(i).identity));
  }
  return {};
}

Result<void> SmarterFile::link_assignments() {
  const auto& rows = assignments_.rows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& [place, identity, assignment] = rows[i];
    const auto client = client_rows_.find(assignment.client);
    if (!client) {
      const bool is_older = assignment.client_field == DumpField::kChatbot;
      return missing(place, assignment.client_field, is_older ? "chatbot.chatbot" : "llm_client.llmclient",
                     assignment.client);
    }
    if (!tokens_.find(assignment.digest)) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(assignment.digest.data());
      return missing(place, DumpField::kApiKey, kSmarterTokenModel,
                     "'" + ledger::to_hex({bytes, assignment.digest.size()}));
    }
    clients_[*client].rule = AccessRule::kRequiresKey;
    assigned_[assignment.digest].push_back(i);
  }
  return {};
}

Result<DumpPlace> SmarterFile::complete(const DumpPlace& knox, ImportedKey& key) {
  if (is_empty()) return knox;
  const std::string digest = bytes_of(key.digest);
  const auto token = tokens_.find(digest);
  if (!token) return complete_without(knox, key);
  const std::size_t reported = unmapped_.size();
  const DumpPlace place = complete_from(tokens_.row(*token), digest, key);
  // If two files contain the Knox row, the second copy has nothing new to report.
  if (completed_[*token]) unmapped_.resize(reported);
  completed_[*token] = true;
  return place;
}

DumpPlace SmarterFile::complete_from(const TokenRow& row, const std::string& digest, ImportedKey& key) {
  const ReportField report = reporter(row.place);
  key.own_id = row.contents.key_id;
  key.base_name = fitting_key_name(row.contents, key.created, report);
  key.description = fitting_description(row.contents.description, report);
  key.tags = fitting_tags(row.contents.tags, report);
  key.annotations = fitting_annotations(row.contents, report);
  key.last_used = row.contents.last_used;
  key.active = row.contents.active;
  settle_account(row, key);
  assign_clients(digest, key);
  return row.place;
}

// Smarter accepts no token without a row in drf.smarterauthtoken, so the key is imported as inactive.
Result<DumpPlace> SmarterFile::complete_without(const DumpPlace& knox, ImportedKey& key) {
  if (tokens_.rows().empty()) {
    return wrong(knox,
                 "comes from a dump of Smarter without drf.smarterauthtoken, which says whether a key is "
                 "active: dump drf, too");
  }
  key.active = ledger::ActiveFlag::kInactive;
  reporter(knox)(DumpField::kIsActive,
                 "there is no drf.smarterauthtoken with this primary key: the key is inactive");
  take_account_of_owner(knox, key);
  return knox;
}

void SmarterFile::settle_account(const TokenRow& row, ImportedKey& key) {
  if (row.contents.profile.empty()) return take_account_of_owner(row.place, key);
  const Membership& profile = memberships_[*profiles_.find(row.contents.profile)];
  key.account = profile.account;
  const ReportField report = reporter(row.place);
  if (profile.username != key.username) {
    report(DumpField::kUserProfile,
           fmt::format("is that of {}, but the key authenticates {}, who owns it now",
                       ledger::quoted(profile.username), ledger::quoted(key.username)));
  }
  const auto accounts = accounts_of(key.username);
  if (std::ranges::find(accounts, key.account) == accounts.end()) {
    report(DumpField::kUserProfile,
           fmt::format("{} is not a member of {}: the key is refused until the user becomes one",
                       ledger::quoted(key.username), key.account));
  }
}

void SmarterFile::take_account_of_owner(const DumpPlace& place, ImportedKey& key) {
  const auto accounts = accounts_of(key.username);
  if (accounts.empty()) return;
  key.account = accounts.front();
  if (accounts.size() == 1) return;
  reporter(place)(DumpField::kUserProfile,
                  fmt::format("is missing, and {} is in {} accounts: the key belongs to {}",
                              ledger::quoted(key.username), accounts.size(), key.account));
}

void SmarterFile::assign_clients(const std::string& digest, ImportedKey& key) {
  const auto assigned = assigned_.find(digest);
  if (assigned == assigned_.end()) return;
  const std::string& account = key.account.empty() ? own_account_ : key.account;
  std::unordered_set<std::size_t> seen;
  for (const std::size_t index : assigned->second) {
    const auto& [place, identity, assignment] = assignments_.row(index);
    const std::size_t number = *client_rows_.find(assignment.client);
    if (!seen.insert(number).second) continue;
    const auto& client = clients_[number];
    if (client.account == account) {
      key.clients.push_back(client.name);
      continue;
    }
    reporter(place)(
        assignment.client_field,
        fmt::format(
            "the client {} belongs to {}, but the key {} to {}: not assigned; the client requires a key",
            ledger::quoted(client.name), client.account, ledger::quoted(key.base_name), account));
  }
}

Result<void> SmarterFile::check_all_complete() const {
  const auto open = std::ranges::find(completed_, false);
  if (open == completed_.end()) return {};
  return wrong(tokens_.row(static_cast<std::size_t>(open - completed_.begin())).place,
               "this file has no knox.authtoken with its primary key: dump knox.authtoken, too");
}

void SmarterFile::report_left_out() const {
  for (const auto& [model, tally] : tallies_) tally.report(unmapped_);
}

std::vector<std::string> SmarterFile::accounts_of(const std::string& username) const {
  const auto found = accounts_of_.find(username);
  return found == accounts_of_.end() ? std::vector<std::string>() : found->second;
}

std::vector<SmarterFile::PlacedAccount> SmarterFile::accounts() {
  std::vector<PlacedAccount> all;
  for (const auto& [place, identity, row] : accounts_.rows()) {
    all.push_back({.place = place,
                   .account = {.number = row.number,
                               .name = fitting_account_name(row, reporter(place)),
                               .closed = row.closed}});
  }
  return all;
}

ReportField SmarterFile::reporter(const DumpPlace& place) {
  return [this, place](DumpField field, std::string reason) {
    unmapped_.push_back(unmapped_at(place, field, std::move(reason)));
  };
}

}  // namespace keyledger::tools::import
