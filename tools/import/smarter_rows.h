// Reads the rows of Smarter's own models for an import, each row separately; SmarterFile joins them.
//
//   account.account             an account
//   account.userprofile         a user is a member of an account
//   drf.smarterauthtoken        Smarter's part of the knox.authtoken with an equal primary key (digest)
//   llm_client.llmclient        a client; in older versions chatbot.chatbot
//   llm_client.llmclientapikey  a key is assigned to a client; in older versions chatbot.chatbotapikey
//
// Wrong types and missing fields are kInputInvalid, with the place. Pure; any thread.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "commands/command.h"
#include "ledger/values/error.h"
#include "tools/import/dump_fields.h"

namespace keyledger::tools::import {

constexpr std::string_view kSmarterTokenModel = "drf.smarterauthtoken";

enum class SmarterModel : std::uint8_t { kAccount, kProfile, kToken, kClient, kAssignment };

// The model of an object and the model's name, which lives as long as the program.
struct KnownModel {
  std::string_view name;
  SmarterModel model{};
};
// Returns nothing if the object is not Smarter's. Other projects also have apps called `account` and
// `chatbot`, so that their objects are recognized by one more field.
std::optional<KnownModel> smarter_model_of(const DumpObject& object);

// Returns the names of the fields that an import looks at. An account's name is not among them if the account
// is named after its company.
std::span<const std::string_view> taken_fields(SmarterModel model, const DumpObject& object);

// References have the form of identity_of().
struct AccountRow {
  std::string number;
  std::string company_name;
  std::string name;
  commands::ClosedFlag closed{};

  friend bool operator==(const AccountRow&, const AccountRow&) = default;
};

struct ProfileRow {
  std::string user;
  std::string account;

  friend bool operator==(const ProfileRow&, const ProfileRow&) = default;
};

// Texts, tags and annotations are unchanged from the dump.
struct SmarterTokenRow {
  ledger::KeyId key_id;
  std::string name;
  std::string description;
  std::string version;
  boost::json::value tags;
  boost::json::value annotations;
  std::optional<ledger::Timestamp> last_used;
  ledger::ActiveFlag active{};
  std::string profile;  // empty in older versions: the key belongs to the account of its user

  friend bool operator==(const SmarterTokenRow&, const SmarterTokenRow&) = default;
};

struct ClientRow {
  std::string name;
  std::string profile;  // set in newer versions
  std::string account;  // set in older versions, instead of the profile

  friend bool operator==(const ClientRow&, const ClientRow&) = default;
};

struct AssignmentRow {
  std::string client;
  std::string digest;        // 64 bytes
  DumpField client_field{};  // the field that named the client

  friend bool operator==(const AssignmentRow&, const AssignmentRow&) = default;
};

// Read one row each; return kInputInvalid if a field is missing or has a wrong type.
ledger::Result<AccountRow> read_account(const DumpPlace& place, const DumpObject& object);
ledger::Result<ProfileRow> read_profile(const DumpPlace& place, const DumpObject& object);
ledger::Result<SmarterTokenRow> read_smarter_token(const DumpPlace& place, const DumpObject& object);
ledger::Result<ClientRow> read_client(const DumpPlace& place, const DumpObject& object);
ledger::Result<AssignmentRow> read_assignment(const DumpPlace& place, const DumpObject& object);

}  // namespace keyledger::tools::import
