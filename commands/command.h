// The commands: what may be asked of the ledger, in the imperative.
//
// Entities are named by resolved numbers where a decision needs one, and by text where the decision itself
// looks the name up. Ids, digests and times that come from outside are in the command, so that deciding is
// pure. No command holds a secret.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ledger/events.h"

namespace keyledger::commands {

struct OpenAccount {
  std::string number;
  std::string name;

  friend bool operator==(const OpenAccount&, const OpenAccount&) = default;
};

struct RegisterUser {
  std::string account;  // number
  std::string username;
  ledger::StaffFlag staff{};

  friend bool operator==(const RegisterUser&, const RegisterUser&) = default;
};

struct RegisterClient {
  std::string account;
  std::string name;
  ledger::ClientId new_client_id;

  friend bool operator==(const RegisterClient&, const RegisterClient&) = default;
};

struct CreateKey {
  std::string account;
  std::string username;
  std::string name;
  std::string description;
  std::vector<std::string> tags;
  std::optional<ledger::Timestamp> expiry;
  ledger::KeyId new_key_id;
  ledger::KeyDigest digest;

  friend bool operator==(const CreateKey&, const CreateKey&) = default;
};

// A key by key_id, NAME or OWNER/NAME; a client by client_id, NAME or ACCOUNT/NAME.
struct ActivateKey {
  std::string key;

  friend bool operator==(const ActivateKey&, const ActivateKey&) = default;
};
struct DeactivateKey {
  std::string key;

  friend bool operator==(const DeactivateKey&, const DeactivateKey&) = default;
};
struct ToggleKey {
  std::string key;

  friend bool operator==(const ToggleKey&, const ToggleKey&) = default;
};
struct DeleteKey {
  std::string key;

  friend bool operator==(const DeleteKey&, const DeleteKey&) = default;
};
struct AssignKey {
  std::string key;
  std::string client;

  friend bool operator==(const AssignKey&, const AssignKey&) = default;
};
struct UnassignKey {
  std::string key;
  std::string client;

  friend bool operator==(const UnassignKey&, const UnassignKey&) = default;
};

struct ImportedUser {
  std::string username;
  ledger::StaffFlag staff{};
  ledger::ActiveFlag active{};

  friend bool operator==(const ImportedUser&, const ImportedUser&) = default;
};

struct ImportedKey {
  std::string username;   // of the owner, one of the users
  std::string base_name;  // "knox5_20251011"; the decision makes it unique among the owner's keys
  ledger::KeyDigest digest;
  ledger::Timestamp created;
  std::optional<ledger::Timestamp> expiry;
  ledger::ActiveFlag active{};
  ledger::KeyId new_key_id;  // used if the digest is not known yet

  friend bool operator==(const ImportedKey&, const ImportedKey&) = default;
};

// All or nothing. What the ledger holds already (a username of this account, a digest) is left as it is.
struct ImportKeys {
  std::string account;  // number; opened if missing
  std::vector<ImportedUser> users;
  std::vector<ImportedKey> keys;

  friend bool operator==(const ImportKeys&, const ImportKeys&) = default;
};

using Command = std::variant<OpenAccount, RegisterUser, RegisterClient, CreateKey, ActivateKey, DeactivateKey,
                             ToggleKey, DeleteKey, AssignKey, UnassignKey, ImportKeys>;

}  // namespace keyledger::commands
