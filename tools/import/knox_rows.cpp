#include "tools/import/knox_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/values/ascii_text.h"
#include "ledger/values/printable_text.h"

namespace keyledger::tools::import {

using commands::ImportedKey;
using commands::ImportedUser;
using ledger::ActiveFlag;
using ledger::DigestScheme;
using ledger::KeyDigest;
using ledger::Result;
using ledger::StaffFlag;
using ledger::Timestamp;
using Kind = DumpValue::Kind;

namespace {

constexpr std::size_t kUsernameMax = 150;  // characters; django.contrib.auth.models.AbstractUser
constexpr std::size_t kKnox5TokenKey = 15;
constexpr std::size_t kKnox4TokenKey = 8;

Result<std::string> read_username(const DumpPlace& place, const DumpValue& value) {
  constexpr auto kField = DumpField::kUsername;
  if (value.kind == Kind::kAbsent) return wrong_field(place, kField, "is missing");
  const bool is_text = value.kind == Kind::kText || value.kind == Kind::kTooLong;
  if (!is_text) return wrong_field(place, kField, "is not a text");
  if (value.kind == Kind::kTooLong || ledger::count_code_points(value.text) > kUsernameMax) {
    return wrong_field(place, kField, fmt::format("is longer than {} characters", kUsernameMax));
  }
  if (value.text.empty()) return wrong_field(place, kField, "is empty");
  if (has_controls(value.text)) return wrong_field(place, kField, "has a control character");
  return value.text;
}

// Reads the digest of a token and the digest's scheme.
class DigestReader {
 public:
  DigestReader(const DumpPlace& place, const DumpObject& object) : place_(place), object_(object) {}

  Result<KeyDigest> read() const {
    KeyDigest digest;
    const auto bytes = read_digest(place_, object_.pk, "\"pk\"");
    if (!bytes) return bytes.error();
    std::ranges::copy(*bytes, digest.bytes.begin());
    const Kind salt = object_[DumpField::kSalt].kind;
    const bool salted = salt != Kind::kAbsent && salt != Kind::kNull;
    const Result<void> told = salted ? read_salted(digest) : read_unsalted(digest);
    if (!told) return told.error();
    return digest;
  }

 private:
  Result<void> read_salted(KeyDigest& digest) const {
    digest.scheme = DigestScheme::kKnoxSalted;
    const DumpValue& salt = object_[DumpField::kSalt];
    if (salt.kind != Kind::kText || !ledger::from_hex(salt.text, digest.salt)) {
      return wrong_field(place_, DumpField::kSalt, "is not a salt of 16 hexadecimal digits");
    }
    // The first versions of Knox had no token_key, and upgrades leave the field empty in old rows.
    if (object_.token_key_kind == Kind::kAbsent || object_.token_key_kind == Kind::kNull) return {};
    if (object_.token_key_kind != Kind::kText || !is_hex_token_key(object_.token_key)) {
      return wrong_token_key("must be 8 hexadecimal digits, because there is a salt");
    }
    digest.bucket = ledger::salted_bucket(object_.token_key.expose());
    return {};
  }

  Result<void> read_unsalted(KeyDigest& digest) const {
    if (object_.token_key_kind == Kind::kAbsent) return wrong_token_key("is missing");
    if (object_.token_key_kind != Kind::kText && object_.token_key_kind != Kind::kTooLong) {
      return wrong_token_key("is not a text");
    }
    const std::size_t length = ledger::count_code_points(object_.token_key.expose());
    if (length != kKnox4TokenKey && length != kKnox5TokenKey) {
      return wrong_token_key("has neither 8 characters (Knox 4) nor 15 (Knox 5)");
    }
    digest.scheme = length == kKnox4TokenKey ? DigestScheme::kKnox4 : DigestScheme::kKnox5;
    return {};
  }

  static bool is_hex_token_key(const ledger::Secret& token_key) {
    return token_key.expose().size() == kKnox4TokenKey &&
           std::ranges::all_of(token_key.expose(), ledger::is_hex_digit);
  }

  ledger::Error wrong_token_key(std::string_view what) const {
    return wrong(place_, fmt::format("field \"token_key\": {}", what));
  }

  const DumpPlace& place_;
  const DumpObject& object_;
};

// The field was called `expires` before Knox 4. If both fields are missing, the expiry is unknown and must
// not be read as "never".
Result<std::optional<Timestamp>> read_expiry(const DumpPlace& place, const DumpObject& object) {
  const DumpFieldReader fields(place, object);
  if (!object.has(DumpField::kExpires)) return fields.moment(DumpField::kExpiry);
  if (!object.has(DumpField::kExpiry)) return fields.moment(DumpField::kExpires);
  return wrong_field(place, DumpField::kExpires, "must not be given together with \"expiry\"");
}

std::string base_name(DigestScheme scheme, Timestamp created) {
  std::string name(ledger::name_of(scheme));
  std::ranges::replace(name, '-', '_');
  return fmt::format("{}_{}", name, day_of(created));
}

}  // namespace

Result<ImportedUser> read_user(const DumpPlace& place, const DumpObject& object) {
  const auto name = read_username(place, object[DumpField::kUsername]);
  if (!name) return name.error();
  const DumpFieldReader fields(place, object);
  const auto staff = fields.flag(DumpField::kIsStaff);
  if (!staff) return staff.error();
  const auto active = fields.flag(DumpField::kIsActive);
  if (!active) return active.error();
  ImportedUser user;
  user.username = *name;
  user.staff = *staff ? StaffFlag::kStaff : StaffFlag::kNotStaff;
  user.active = *active ? ActiveFlag::kActive : ActiveFlag::kInactive;
  return user;
}

Result<ImportedKey> read_token(const DumpPlace& place, const DumpObject& object) {
  const auto digest = DigestReader(place, object).read();
  if (!digest) return digest.error();
  const auto created = DumpFieldReader(place, object).moment(DumpField::kCreated);
  if (!created) return created.error();
  if (!*created) return wrong_field(place, DumpField::kCreated, "is null");
  const auto expiry = read_expiry(place, object);
  if (!expiry) return expiry.error();
  ImportedKey key;
  key.base_name = base_name(digest->scheme, **created);
  key.digest = *digest;
  key.created = **created;
  key.expiry = *expiry;
  key.active = ActiveFlag::kActive;
  return key;
}

Result<std::string> read_digest(const DumpPlace& place, const DumpValue& value, std::string_view what) {
  decltype(KeyDigest::bytes) bytes{};
  if (value.kind != Kind::kText || !ledger::from_hex(value.text, bytes)) {
    return wrong(place, fmt::format("{} is not a digest of 128 hexadecimal digits", what));
  }
  return std::string(bytes.begin(), bytes.end());
}

std::string day_of(Timestamp time) {
  const std::string date = to_rfc3339(time);
  return date.substr(0, 4) + date.substr(5, 2) + date.substr(8, 2);
}

}  // namespace keyledger::tools::import
