#include "tools/import/smarter_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ledger/values/account_number.h"
#include "tools/import/knox_rows.h"

namespace keyledger::tools::import {

using ledger::ActiveFlag;
using ledger::Result;
using Kind = DumpValue::Kind;

namespace {

constexpr std::string_view kPrimaryKeyForm = "an integer nor a text";
constexpr std::string_view kUserForm = "a primary key nor [username]";
constexpr std::string_view kAccountForm = "a primary key nor [account number]";

struct ModelEntry {
  KnownModel known;
  // A field of Smarter's own. An object without the field belongs to another project.
  std::optional<DumpField> mark;
};

constexpr std::array<ModelEntry, 7> kModels = {{
    {{"account.account", SmarterModel::kAccount}, DumpField::kAccountNumber},
    {{"account.userprofile", SmarterModel::kProfile}, DumpField::kAccount},
    {{kSmarterTokenModel, SmarterModel::kToken}, std::nullopt},
    {{"llm_client.llmclient", SmarterModel::kClient}, std::nullopt},
    {{"llm_client.llmclientapikey", SmarterModel::kAssignment}, std::nullopt},
    {{"chatbot.chatbot", SmarterModel::kClient}, std::nullopt},
    {{"chatbot.chatbotapikey", SmarterModel::kAssignment}, DumpField::kApiKey},
}};

// Reads a reference to a model without natural keys.
Result<std::string> read_reference(const DumpPlace& place, const DumpObject& object, DumpField field) {
  auto identity = DumpFieldReader(place, object).reference(field, kPrimaryKeyForm);
  if (identity && is_natural(*identity)) {
    return wrong_field(place, field, fmt::format("is neither {}", kPrimaryKeyForm));
  }
  return identity;
}

Result<ledger::KeyId> read_key_id(const DumpPlace& place, const DumpValue& value) {
  constexpr auto kField = DumpField::kKeyId;
  if (value.kind == Kind::kAbsent) return wrong_field(place, kField, "is missing");
  const auto uuid = value.kind == Kind::kText ? ledger::parse_uuid(value.text) : std::nullopt;
  if (!uuid || uuid->is_nil()) return wrong_field(place, kField, "is not a UUID");
  return ledger::KeyId{*uuid};
}

}  // namespace

std::optional<KnownModel> smarter_model_of(const DumpObject& object) {
  const auto* found = std::ranges::find_if(
      kModels, [&object](const ModelEntry& entry) { return entry.known.name == object.model; });
  if (found == kModels.end()) return std::nullopt;
  if (found->mark && !object.has(*found->mark)) return std::nullopt;
  const bool is_chatbot = found->known.name == "chatbot.chatbot";
  if (is_chatbot && !object.has(DumpField::kUserProfile) && !object.has(DumpField::kAccount)) {
    return std::nullopt;
  }
  return found->known;
}

std::span<const std::string_view> taken_fields(SmarterModel model, const DumpObject& object) {
  static constexpr std::array<std::string_view, 4> kAccount = {"account_number", "company_name", "is_active",
                                                               "name"};
  static constexpr std::array<std::string_view, 2> kProfile = {"user", "account"};
  static constexpr std::array<std::string_view, 9> kToken = {"key_id", "is_active",   "last_used_at",
                                                             "name",   "description", "version",
                                                             "tags",   "annotations", "user_profile"};
  static constexpr std::array<std::string_view, 3> kClient = {"name", "user_profile", "account"};
  static constexpr std::array<std::string_view, 3> kAssignment = {"llm_client", "chatbot", "api_key"};
  switch (model) {
    case SmarterModel::kAccount: {
      const bool has_company = !object[DumpField::kCompanyName].text.empty();
      return std::span(kAccount).first(kAccount.size() - (has_company ? 1 : 0));
    }
    case SmarterModel::kProfile:
      return kProfile;
    case SmarterModel::kToken:
      return kToken;
    case SmarterModel::kClient:
      return kClient;
    case SmarterModel::kAssignment:
      return kAssignment;
  }
  return {};
}

Result<AccountRow> read_account(const DumpPlace& place, const DumpObject& object) {
  const DumpFieldReader fields(place, object);
  const DumpValue& number = object[DumpField::kAccountNumber];
  if (number.kind != Kind::kText || !ledger::parse_account_number(number.text)) {
    return wrong_field(place, DumpField::kAccountNumber, "is not an account number, dddd-dddd-dddd");
  }
  const auto company = fields.optional_text(DumpField::kCompanyName);
  if (!company) return company.error();
  const auto name = fields.optional_text(DumpField::kName);
  if (!name) return name.error();
  const auto active = fields.flag_or(DumpField::kIsActive, true);
  if (!active) return active.error();
  return AccountRow{.number = number.text,
                    .company_name = *company,
                    .name = *name,
                    .closed = *active ? commands::ClosedFlag::kOpen : commands::ClosedFlag::kClosed};
}

Result<ProfileRow> read_profile(const DumpPlace& place, const DumpObject& object) {
  const DumpFieldReader fields(place, object);
  const auto user = fields.reference(DumpField::kUser, kUserForm);
  if (!user) return user.error();
  const auto account = fields.reference(DumpField::kAccount, kAccountForm);
  if (!account) return account.error();
  return ProfileRow{.user = *user, .account = *account};
}

Result<SmarterTokenRow> read_smarter_token(const DumpPlace& place, const DumpObject& object) {
  const DumpFieldReader fields(place, object);
  SmarterTokenRow row;
  const auto key_id = read_key_id(place, object[DumpField::kKeyId]);
  if (!key_id) return key_id.error();
  row.key_id = *key_id;
  const auto active = fields.flag(DumpField::kIsActive);
  if (!active) return active.error();
  row.active = *active ? ActiveFlag::kActive : ActiveFlag::kInactive;
  const auto last_used = fields.optional_moment(DumpField::kLastUsedAt);
  if (!last_used) return last_used.error();
  row.last_used = *last_used;
  for (const auto& [field, text] :
       {std::pair{DumpField::kName, &row.name}, std::pair{DumpField::kDescription, &row.description},
        std::pair{DumpField::kVersion, &row.version}}) {
    auto read = fields.optional_text(field);
    if (!read) return read.error();
    *text = std::move(*read);
  }
  for (const auto& [field, structure] :
       {std::pair{DumpField::kTags, &row.tags}, std::pair{DumpField::kAnnotations, &row.annotations}}) {
    auto read = fields.optional_structure(field);
    if (!read) return read.error();
    *structure = std::move(*read);
  }
  if (!object.has(DumpField::kUserProfile)) return row;
  auto profile = read_reference(place, object, DumpField::kUserProfile);
  if (!profile) return profile.error();
  row.profile = std::move(*profile);
  return row;
}

Result<ClientRow> read_client(const DumpPlace& place, const DumpObject& object) {
  const DumpFieldReader fields(place, object);
  ClientRow row;
  auto name = fields.optional_text(DumpField::kName);
  if (!name) return name.error();
  row.name = std::move(*name);
  const bool is_older = object.has(DumpField::kAccount) && !object.has(DumpField::kUserProfile);
  auto owner = is_older ? fields.reference(DumpField::kAccount, kAccountForm)
                        : read_reference(place, object, DumpField::kUserProfile);
  if (!owner) return owner.error();
  (is_older ? row.account : row.profile) = std::move(*owner);
  return row;
}

Result<AssignmentRow> read_assignment(const DumpPlace& place, const DumpObject& object) {
  const bool is_older = object.has(DumpField::kChatbot) && !object.has(DumpField::kLlmClient);
  const auto field = is_older ? DumpField::kChatbot : DumpField::kLlmClient;
  auto client = read_reference(place, object, field);
  if (!client) return client.error();
  if (!object.has(DumpField::kApiKey)) return wrong_field(place, DumpField::kApiKey, "is missing");
  auto digest = read_digest(place, object[DumpField::kApiKey], "field \"api_key\":");
  if (!digest) return digest.error();
  return AssignmentRow{.client = std::move(*client), .digest = std::move(*digest), .client_field = field};
}

}  // namespace keyledger::tools::import
