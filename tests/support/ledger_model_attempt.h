// An attempt to run a command on a copy of the model. Internal to tests/support/.
#pragma once

#include "tests/support/ledger_model.h"

namespace keyledger::tests {

struct LedgerModel::Attempt {
  LedgerModel& model;         // the copy
  const LedgerModel& before;  // the original of the copy
  const std::vector<std::string>& tokens;
  ledger::Timestamp now;
  Refused refused{};
  std::string about_key{};  // the key's id, if the command concerns an existing key

  // Records a refusal unless the command is already refused. Always returns false, for callers to return.
  bool refuse(ledger::RefusalCode code) {
    if (!refused) refused = code;
    return false;
  }

  // Return the matching entity. If no entity matches, refuse the command and return null.
  Account* known_account(const std::string& number);
  Account* open_account(const std::string& number);
  User* present_user(const std::string& username);
  Client* known_client(const std::string& text);
  Client* present_client(const std::string& text);
  Key* known_key(const std::string& text);
  Key* undeleted_key(const std::string& text);

  bool has_name(const std::string& owner, const std::string& name) const;
  bool has_client(const std::string& account, const std::string& name) const;

  // Return true if the value is allowed. Otherwise refuse the command and return false.
  bool check_texts(const std::string& description, const std::vector<std::string>& tags,
                   const std::vector<ledger::Annotation>& annotations);
  bool check_limit(const std::optional<ledger::RateLimit>& limit);
  bool check_allow_list(const std::vector<ledger::AddressRange>& ranges);
  bool check_time(const std::optional<ledger::Timestamp>& time);
  bool check_owner(const commands::CreateKey& c);
  bool check_key(const commands::CreateKey& c);
  void check_version(const SpokenCommand& spoken);

  static void set_active(Key& key, bool active);
  static void rotate(Key& key, ledger::Timestamp until, Secret secret);
  void assign(Key& key, Client& client);
  void unassign(Key& key, const Client& client);

  void operator()(const commands::OpenAccount& c);
  void operator()(const commands::RenameAccount& c);
  void operator()(const commands::CloseAccount& c);
  void operator()(const commands::RegisterUser& c);
  void operator()(const commands::SetUser& c);
  void operator()(const commands::RemoveUser& c);
  void operator()(const commands::RegisterClient& c);
  void operator()(const commands::RenameClient& c);
  void operator()(const commands::OpenClientToPublic& c);
  void operator()(const commands::CloseClientToPublic& c);
  void operator()(const commands::RemoveClient& c);
  void operator()(const commands::CreateKey& c);
  void operator()(const commands::EditKey& c);
  void operator()(const commands::RotateKey& c);
  void operator()(const commands::ActivateKey& c);
  void operator()(const commands::DeactivateKey& c);
  void operator()(const commands::ToggleKey& c);
  void operator()(const commands::DeleteKey& c);
  void operator()(const commands::AssignKey& c);
  void operator()(const commands::UnassignKey& c);
  void operator()(const commands::RefreshKeys& c);
  void operator()(const commands::ChangePolicy& c);
  void operator()(const commands::ImportKeys& c);
};

}  // namespace keyledger::tests
