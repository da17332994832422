#include "tools/import/knox_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "commands/decision.h"
#include "commands/names.h"
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

constexpr std::size_t kKnox5TokenKey = 15;
constexpr std::size_t kKnox5TokenKeyMax = 25;  // the column has room for a prefix of ten characters
constexpr std::size_t kKnox4TokenKey = 8;

constexpr std::string_view kNameTheField = ": name the field by which people log in, with --username-field";

ledger::Error wrong_username(const DumpPlace& place, std::string_view field, std::string_view what) {
  const bool is_custom = place.model != kUserModel;
  return wrong(place, fmt::format("field \"{}\": {}{}", field, what, is_custom ? kNameTheField : ""));
}

// Checks what the ledger checks, so that a dry run refuses what an import would refuse.
Result<std::string> read_username(const DumpPlace& place, const UsernameField& field) {
  constexpr std::size_t kMax = commands::kUsernameCharactersMax;
  const auto& [name, value] = field;
  if (value.kind == Kind::kAbsent) return wrong_username(place, name, "is missing");
  const bool is_text = value.kind == Kind::kText || value.kind == Kind::kTooLong;
  if (!is_text) return wrong_username(place, name, "is not a text");
  if (value.kind == Kind::kTooLong || ledger::count_code_points(value.text) > kMax) {
    return wrong_username(place, name, fmt::format("is longer than {} characters", kMax));
  }
  if (value.text.empty()) return wrong_username(place, name, "is empty");
  if (!commands::is_username(value.text)) return wrong_username(place, name, "has a control character");
  return value.text;
}

// A flag that auth.user must have, and that another user model may lack.
Result<bool> read_flag(const DumpPlace& place, const DumpObject& object, DumpField field) {
  const DumpFieldReader fields(place, object);
  const bool is_active = field == DumpField::kIsActive;
  return place.model == kUserModel ? fields.flag(field) : fields.flag_or(field, is_active);
}

// Reads the digest of a token and the digest's scheme.
class DigestReader {
 public:
  DigestReader(const DumpPlace& place, const DumpObject& object) : place_(place), object_(object) {}

  Result<KeyDigest> read() const {
    KeyDigest digest;
    // Models of the project can have another primary key, and the digest in a field of its own.
    const bool is_in_field = object_.has(DumpField::kDigest);
    const auto bytes = is_in_field ? read_digest(place_, object_[DumpField::kDigest], "field \"digest\":")
                                   : read_digest(place_, object_.pk, "\"pk\"");
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
    const bool is_knox5 = length >= kKnox5TokenKey && length <= kKnox5TokenKeyMax;
    if (length != kKnox4TokenKey && !is_knox5) {
      return wrong_token_key("has neither 8 characters (Knox 4) nor 15 to 25 (Knox 5)");
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

Result<Timestamp> read_created(const DumpPlace& place, const DumpObject& object) {
  const auto created = DumpFieldReader(place, object).moment(DumpField::kCreated);
  if (!created) return created.error();
  if (!*created) return wrong_field(place, DumpField::kCreated, "is null");
  return **created;
}

std::string base_name(DigestScheme scheme, Timestamp created) {
  std::string name(ledger::name_of(scheme));
  std::ranges::replace(name, '-', '_');
  return fmt::format("{}_{}", name, day_of(created));
}

}  // namespace

Result<ImportedUser> read_user(const DumpPlace& place, const DumpObject& object,
                               const UsernameField& username) {
  const auto name = read_username(place, username);
  if (!name) return name.error();
  const auto staff = read_flag(place, object, DumpField::kIsStaff);
  if (!staff) return staff.error();
  const auto active = read_flag(place, object, DumpField::kIsActive);
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
  const auto created = read_created(place, object);
  if (!created) return created.error();
  const auto expiry = read_expiry(place, object);
  if (!expiry) return expiry.error();
  ImportedKey key;
  key.base_name = base_name(digest->scheme, *created);
  key.digest = *digest;
  key.created = *created;
  key.expiry = *expiry;
  key.active = ActiveFlag::kActive;
  return key;
}

Result<ImportedKey> read_plain_token(const DumpPlace& place, DumpObject& object) {
  constexpr std::array<std::size_t, 2> kDigestDigits = {64, 96};
  std::string& token = object.pk.text;
  if (object.pk.kind == Kind::kAbsent) return wrong(place, "has no \"pk\": dump without --natural-primary");
  const bool is_token = object.pk.kind == Kind::kText && !token.empty() &&
                        token.size() <= ledger::Secret::kLengthMax && token.find(' ') == token.npos &&
                        commands::is_plain_text(token);
  if (!is_token) return wrong(place, "\"pk\" is not a token");
  for (const std::size_t digits : kDigestDigits) {
    if (!is_hex(object.pk, digits)) continue;
    return wrong(place,
                 fmt::format("\"pk\" has {} hexadecimal digits and may be a digest instead of a token: "
                             "{}",
                             digits, kFromAnythingElse));
  }
  const auto created = read_created(place, object);
  if (!created) return created.error();
  ImportedKey key;
  key.digest = ledger::sha256_digest(token);
  ledger::cleanse(token.data(), token.size());
  key.base_name = fmt::format("token_{}", day_of(*created));
  key.created = *created;
  key.active = ActiveFlag::kActive;
  return key;
}

Result<std::string> read_digest(const DumpPlace& place, const DumpValue& value, std::string_view what) {
  decltype(KeyDigest::bytes) bytes{};
  if (value.kind == Kind::kAbsent) return wrong(place, "has no \"pk\": dump without --natural-primary");
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
