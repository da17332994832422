#include "tools/import/recognition.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ledger/values/ascii_text.h"
#include "ledger/values/printable_text.h"

namespace keyledger::tools::import {

using Kind = DumpValue::Kind;

namespace {

constexpr std::size_t kSha512Digits = 128;

bool contains(const std::vector<std::string>& models, std::string_view model) {
  return std::ranges::find(models, model) != models.end();
}

// ---- Users ----

bool has_flag(const DumpObject& object, std::string_view name) {
  const OtherField* field = object.other(name);
  return field != nullptr && (field->kind == Kind::kTrue || field->kind == Kind::kFalse);
}

// Every user model of Django has a password and a last login (AbstractBaseUser); most have flags, too.
Role role_of_users(const DumpObject& object, const DumpChoices& choices) {
  const bool is_base_user = object.other("password") != nullptr && object.other("last_login") != nullptr;
  const bool is_named = username_field_of(object, choices).value.kind != Kind::kAbsent;
  if (is_base_user) return Role::kUsers;
  if (!is_named) return Role::kOther;
  if (object.has(DumpField::kIsStaff) || has_flag(object, "is_superuser")) return Role::kUsers;
  return object.has(DumpField::kIsActive) ? Role::kPerhapsUsers : Role::kOther;
}

// ---- Tokens ----

bool is_knox_token(const DumpObject& object) {
  const bool has_digest =
      is_hex(object.pk, kSha512Digits) || is_hex(object[DumpField::kDigest], kSha512Digits);
  const bool has_expiry = object.has(DumpField::kExpiry) || object.has(DumpField::kExpires);
  return has_digest && object.token_key_kind == Kind::kText && object.has(DumpField::kUser) &&
         object.has(DumpField::kCreated) && has_expiry;
}

constexpr std::array<std::string_view, 13> kKeyNames = {
    "key",      "api_key",    "apikey",     "access_key", "secret_key",  "auth_key",    "hashed_key",
    "key_hash", "key_digest", "token_hash", "secret",     "secret_hash", "token_digest"};
constexpr std::array<std::string_view, 4> kTokensOfOthers = {"csrf", "device", "push", "fcm"};
constexpr std::array<std::string_view, 8> kOwnerNames = {"owner",   "created_by", "customer", "member",
                                                         "profile", "tenant",     "service",  "organization"};
constexpr std::array<std::string_view, 10> kLifeNames = {
    "expires_at", "expiry_date", "expires_on", "expiration", "valid_until",
    "revoked",    "is_revoked",  "revoked_at", "last_used",  "expiration_date"};

bool is_key_name(std::string_view name) {
  if (std::ranges::find(kKeyNames, name) != kKeyNames.end()) return true;
  const bool is_others = std::ranges::any_of(
      kTokensOfOthers, [name](std::string_view other) { return name.find(other) != name.npos; });
  return name.ends_with("token") && !is_others;
}

template <std::size_t size>
bool has_any(const DumpObject& object, const std::array<std::string_view, size>& names) {
  return std::ranges::any_of(names, [&](std::string_view name) { return object.other(name) != nullptr; });
}

// Returns whether the object belongs to somebody, or has an end: a key has at least one of the two.
bool has_owner_or_life(const DumpObject& object) {
  for (const DumpField field : {DumpField::kUser, DumpField::kUserProfile, DumpField::kAccount,
                                DumpField::kExpiry, DumpField::kExpires, DumpField::kLastUsedAt}) {
    if (object.has(field)) return true;
  }
  return object.other("user_id") != nullptr || has_any(object, kOwnerNames) || has_any(object, kLifeNames);
}

// Returns what of the object looks like a key; empty if nothing does.
std::string key_mark_of(const DumpObject& object) {
  if (object.token_key_kind == Kind::kText) return "has a field \"token_key\"";
  if (is_hex(object.pk, kSha512Digits)) return "has a digest as its primary key";
  if (!has_owner_or_life(object)) return {};
  for (const std::size_t digits : {std::size_t{40}, std::size_t{64}, std::size_t{96}}) {
    if (is_hex(object.pk, digits)) return fmt::format("has a primary key of {} hexadecimal digits", digits);
  }
  for (const DumpField field : {DumpField::kDigest, DumpField::kApiKey}) {
    const DumpValue& value = object[field];
    if (value.kind == Kind::kText && value.text.size() >= OtherField::kOpaqueMin) {
      return fmt::format("has a field \"{}\"", name_of(field));
    }
  }
  const auto found = std::ranges::find_if(
      object.others, [](const OtherField& field) { return field.is_opaque && is_key_name(field.name); });
  return found == object.others.end() ? std::string()
                                      : fmt::format("has a field {}", ledger::quoted(found->name));
}

}  // namespace

bool is_hex(const DumpValue& value, std::size_t digits) {
  return value.kind == Kind::kText && value.text.size() == digits &&
         std::ranges::all_of(value.text, ledger::is_hex_digit);
}

UsernameField username_field_of(const DumpObject& object, const DumpChoices& choices) {
  if (choices.username_field.empty()) {
    const bool is_email = !object.has(DumpField::kUsername) && object.has(DumpField::kEmail);
    const DumpField field = is_email ? DumpField::kEmail : DumpField::kUsername;
    return {.name = name_of(field), .value = object[field]};
  }
  for (std::size_t i = 0; i < kDumpFields; ++i) {
    const auto field = static_cast<DumpField>(i);
    if (name_of(field) == choices.username_field) return {.name = name_of(field), .value = object[field]};
  }
  return {.name = choices.username_field, .value = object.chosen};
}

Recognised recognise(const DumpObject& object, const DumpChoices& choices) {
  const std::string& model = object.model;
  if (contains(choices.ignored_models, model)) return {.role = Role::kOther};
  if (contains(choices.token_models, model)) {
    const bool is_knox = model == kTokenModel || object.token_key_kind != Kind::kAbsent ||
                         object.has(DumpField::kSalt) || is_hex(object.pk, kSha512Digits);
    return {.role = is_knox ? Role::kKnoxTokens : Role::kPlainTokens};
  }
  const bool tokens_are_named = !choices.token_models.empty();
  if (!tokens_are_named && model == kTokenModel) return {.role = Role::kKnoxTokens};
  if (!tokens_are_named && model == kPlainTokenModel) return {.role = Role::kPlainTokens};
  if (!choices.user_model.empty()) {
    if (model == choices.user_model) return {.role = Role::kUsers};
  } else {
    const Role role = model == kUserModel ? Role::kUsers : role_of_users(object, choices);
    if (role != Role::kOther) return {.role = role};
  }
  if (tokens_are_named) return {.role = Role::kOther};
  if (is_knox_token(object)) return {.role = Role::kKnoxTokens};
  std::string mark = key_mark_of(object);
  const Role role = mark.empty() ? Role::kOther : Role::kUnknownKeys;
  return {.role = role, .mark = std::move(mark)};
}

}  // namespace keyledger::tools::import
