#include "tools/django_dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tools/terminal_text.h"

namespace keyledger::tools {
namespace {

using commands::ImportedKey;
using commands::ImportedUser;
using ledger::ActiveFlag;
using ledger::DigestScheme;
using ledger::Error;
using ledger::ErrorCode;
using ledger::KeyDigest;
using ledger::Result;
using ledger::StaffFlag;
using ledger::Timestamp;
using Kind = DumpValue::Kind;

constexpr std::string_view kUserModel = "auth.user";
constexpr std::string_view kTokenModel = "knox.authtoken";
constexpr std::size_t kUsernameMax = 150;  // characters; django.contrib.auth.models.AbstractUser
constexpr std::size_t kKnox5TokenKey = 15;
constexpr std::size_t kKnox4TokenKey = 8;

// An object of one of the files, for messages.
struct Place {
  std::string_view file;
  std::string object;

  std::string text() const { return fmt::format("{}: {}", printable(file), object); }
};

Error wrong(const Place& place, std::string_view what) {
  return Error{ErrorCode::kInputInvalid, fmt::format("{}: {}", place.text(), what)};
}

Error wrong_field(const Place& place, std::string_view field, std::string_view what) {
  return wrong(place, fmt::format("field \"{}\": {}", field, what));
}

// Reads the fields of one object; an error names the object and the field.
class FieldReader {
 public:
  FieldReader(const Place& place, const DumpObject& object) : place_(place), object_(object) {}

  Result<ImportedUser> user() const {
    const auto name = username();
    if (!name) return name.error();
    const auto staff = flag("is_staff", object_.is_staff);
    if (!staff) return staff.error();
    const auto active = flag("is_active", object_.is_active);
    if (!active) return active.error();
    return ImportedUser{.username = *name,
                        .staff = *staff ? StaffFlag::kStaff : StaffFlag::kNotStaff,
                        .active = *active ? ActiveFlag::kActive : ActiveFlag::kInactive};
  }

  // All but the owner and the id. Knox knows no inactive tokens.
  Result<ImportedKey> key() const {
    const auto digest = this->digest();
    if (!digest) return digest.error();
    const auto created = moment("created", object_.created);
    if (!created) return created.error();
    if (!*created) return wrong_field(place_, "created", "is null");
    const auto expiry = this->expiry();
    if (!expiry) return expiry.error();
    return ImportedKey{.username = {},
                       .base_name = base_name(digest->scheme, **created),
                       .digest = *digest,
                       .created = **created,
                       .expiry = *expiry,
                       .active = ActiveFlag::kActive,
                       .new_key_id = {}};
  }

 private:
  static std::string base_name(DigestScheme scheme, Timestamp created) {
    std::string name(name_of(scheme));
    std::ranges::replace(name, '-', '_');
    const std::string date = to_rfc3339(created);
    return fmt::format("{}_{}{}{}", name, date.substr(0, 4), date.substr(5, 2), date.substr(8, 2));
  }

  Result<std::string> username() const {
    const DumpValue& value = object_.username;
    if (value.kind == Kind::kAbsent) return wrong_field(place_, "username", "is missing");
    const bool too_long = value.kind == Kind::kTooLong ||
                          (value.kind == Kind::kText && count_code_points(value.text) > kUsernameMax);
    if (too_long) {
      return wrong_field(place_, "username", fmt::format("is longer than {} characters", kUsernameMax));
    }
    if (value.kind != Kind::kText) return wrong_field(place_, "username", "is not a text");
    if (value.text.empty()) return wrong_field(place_, "username", "is empty");
    if (has_controls(value.text)) return wrong_field(place_, "username", "has a control character in it");
    return value.text;
  }

  static bool has_controls(std::string_view text) {
    while (!text.empty()) {
      if (steers_terminal(take_code_point(text).value)) return true;
    }
    return false;
  }

  Result<bool> flag(std::string_view field, const DumpValue& value) const {
    if (value.kind == Kind::kTrue) return true;
    if (value.kind == Kind::kFalse) return false;
    return wrong_field(place_, field, value.kind == Kind::kAbsent ? "is missing" : "is not true or false");
  }

  // Nothing for null.
  Result<std::optional<Timestamp>> moment(std::string_view field, const DumpValue& value) const {
    if (value.kind == Kind::kNull) return std::optional<Timestamp>();
    if (value.kind == Kind::kAbsent) return wrong_field(place_, field, "is missing");
    if (value.kind != Kind::kText) return wrong_field(place_, field, "is not a time");
    auto time = ledger::parse_rfc3339(value.text);
    // A project with USE_TZ = False dumps its times without an offset.
    if (!time) time = ledger::parse_rfc3339(value.text + "Z");
    if (!time) return wrong_field(place_, field, fmt::format("{} is not a time", quoted(value.text)));
    return time;
  }

  // The field was called `expires` before Knox 4. Neither is not the same as never.
  Result<std::optional<Timestamp>> expiry() const {
    if (object_.expires.kind == Kind::kAbsent) return moment("expiry", object_.expiry);
    if (object_.expiry.kind == Kind::kAbsent) return moment("expires", object_.expires);
    return wrong_field(place_, "expires", "is there beside \"expiry\"");
  }

  Result<KeyDigest> digest() const {
    KeyDigest digest;
    if (object_.pk.kind != Kind::kText || !ledger::from_hex(object_.pk.text, digest.bytes)) {
      return wrong(place_, "\"pk\" is not a digest of 128 hexadecimal digits");
    }
    const bool salted = object_.salt.kind != Kind::kAbsent && object_.salt.kind != Kind::kNull;
    const Result<void> told = salted ? read_salted(digest) : read_unsalted(digest);
    if (!told) return told.error();
    return digest;
  }

  Result<void> read_salted(KeyDigest& digest) const {
    digest.scheme = DigestScheme::kKnoxSalted;
    if (object_.salt.kind != Kind::kText || !ledger::from_hex(object_.salt.text, digest.salt)) {
      return wrong_field(place_, "salt", "is not a salt of 16 hexadecimal digits");
    }
    // The very first versions had no token_key, and their rows keep none.
    if (object_.token_key_kind == Kind::kAbsent || object_.token_key_kind == Kind::kNull) return {};
    if (object_.token_key_kind != Kind::kText || !is_hex_token_key(object_.token_key)) {
      return wrong_field(place_, "token_key", "is not 8 hexadecimal digits, as beside a salt");
    }
    digest.bucket = ledger::salted_bucket(object_.token_key.expose());
    return {};
  }

  static bool is_hex_token_key(const ledger::Secret& token_key) {
    const auto is_hex = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    return token_key.expose().size() == kKnox4TokenKey && std::ranges::all_of(token_key.expose(), is_hex);
  }

  Result<void> read_unsalted(KeyDigest& digest) const {
    if (object_.token_key_kind == Kind::kAbsent) return wrong_field(place_, "token_key", "is missing");
    if (object_.token_key_kind != Kind::kText && object_.token_key_kind != Kind::kTooLong) {
      return wrong_field(place_, "token_key", "is not a text");
    }
    const std::size_t length = count_code_points(object_.token_key.expose());
    if (length != kKnox4TokenKey && length != kKnox5TokenKey) {
      return wrong_field(place_, "token_key", "has neither 8 characters (Knox 4) nor 15 (Knox 5)");
    }
    digest.scheme = length == kKnox4TokenKey ? DigestScheme::kKnox4 : DigestScheme::kKnox5;
    return {};
  }

  const Place& place_;
  const DumpObject& object_;
};

// A primary key as a map's key: 7 and "7" are two.
std::optional<std::string> identity_of(const DumpValue& pk) {
  if (pk.kind == Kind::kInteger) return "#" + pk.text;
  if (pk.kind == Kind::kText) return "'" + pk.text;
  return std::nullopt;
}

class Import {
 public:
  Import(std::string account, const DumpLimits& limits) : limits_(limits) {
    result_.command.account = std::move(account);
  }

  Result<void> add(const DumpFile& file) {
    file_ = file.name;
    user_by_pk_.clear();
    user_by_name_.clear();
    tokens_.clear();
    is_dump_ = false;
    if (file.text.size() > limits_.file_bytes_max) {
      return wrong_file(fmt::format("is larger than {} bytes: dump it in parts", limits_.file_bytes_max));
    }
    const auto read = read_dump_objects(file, [this](const DumpObject& object) { return take(object); });
    if (!read) return read.error();
    if (!is_dump_) return wrong_file("is not a dump of auth.user and knox.authtoken");
    return settle_tokens();
  }

  DjangoDump finish(const std::function<ledger::KeyId()>& new_key_id) && {
    for (ImportedKey& key : result_.command.keys) key.new_key_id = new_key_id();
    return std::move(result_);
  }

 private:
  // A token until the whole file is read: its user may come after it.
  struct Token {
    std::size_t number;
    std::size_t line;
    DumpValue user;
    ImportedKey key;
  };

  // Where a user or a key was found first.
  struct Found {
    std::size_t index;  // in the command
    std::string_view file;
    std::size_t number;
    std::size_t line;
  };

  static Place place_of(const Found& found, std::string_view model) {
    return place_of(found.file, found.number, found.line, model);
  }

  static Place place_of(std::string_view file, std::size_t number, std::size_t line, std::string_view model) {
    DumpObject object;
    object.number = number;
    object.line = line;
    object.model = model;
    return Place{file, describe(object)};
  }

  Error wrong_file(std::string_view what) const {
    return Error{ErrorCode::kInputInvalid, fmt::format("{}: {}", printable(file_), what)};
  }

  Result<void> take(const DumpObject& object) {
    if (++objects_ > limits_.objects_max) {
      return wrong_file(
          fmt::format("more than {} objects in all: import them in parts", limits_.objects_max));
    }
    if (object.model == kUserModel) return take_user(object);
    if (object.model == kTokenModel) return take_token(object);
    ++result_.ignored[object.model];
    return {};
  }

  Result<void> take_user(const DumpObject& object) {
    is_dump_ = true;
    const Place place{file_, describe(object)};
    const auto pk = identity_of(object.pk);
    if (!pk) return wrong(place, "\"pk\" is neither an integer nor a text");
    auto user = FieldReader(place, object).user();
    if (!user) return user.error();
    const auto index = settle_user(place, object, *user);
    if (!index) return index.error();
    if (!user_by_pk_.emplace(*pk, *index).second) {
      return wrong(place, fmt::format("the primary key {} is there twice", quoted(object.pk.text)));
    }
    if (!user_by_name_.emplace(user->username, *index).second) {
      return wrong_field(place, "username", fmt::format("{} is there twice", quoted(user->username)));
    }
    return {};
  }

  // Its index in the command, where it is put unless another file had it.
  Result<std::size_t> settle_user(const Place& place, const DumpObject& object, const ImportedUser& user) {
    auto& users = result_.command.users;
    const auto [known, is_new] =
        known_users_.try_emplace(user.username, Found{users.size(), file_, object.number, object.line});
    if (is_new) users.push_back(user);
    const Found& first = known->second;
    if (users[first.index] == user) return first.index;
    return wrong_field(
        place, "username",
        fmt::format("{} is in {} with other flags: the same user in two dumps must be staff in both "
                    "or neither, and active in both or neither",
                    quoted(user.username), place_of(first, kUserModel).text()));
  }

  Result<void> take_token(const DumpObject& object) {
    is_dump_ = true;
    auto key = FieldReader(Place{file_, describe(object)}, object).key();
    if (!key) return key.error();
    tokens_.push_back(Token{object.number, object.line, object.user, std::move(*key)});
    return {};
  }

  Result<void> settle_tokens() {
    for (Token& token : tokens_) {
      const Place place = place_of(file_, token.number, token.line, kTokenModel);
      const auto owner = find_user(place, token.user);
      if (!owner) return owner.error();
      token.key.username = result_.command.users[*owner].username;
      const Result<void> settled = settle_key(place, token);
      if (!settled) return settled.error();
    }
    return {};
  }

  Result<std::size_t> find_user(const Place& place, const DumpValue& user) const {
    if (user.kind == Kind::kAbsent) return wrong_field(place, "user", "is missing");
    if (user.kind == Kind::kNaturalKey) {
      const auto found = user_by_name_.find(user.text);
      if (found != user_by_name_.end()) return found->second;
      return wrong_field(place, "user",
                         fmt::format("no auth.user of this file is named {}", quoted(user.text)));
    }
    const auto pk = identity_of(user);
    if (!pk) return wrong_field(place, "user", "is neither a primary key nor [username]");
    const auto found = user_by_pk_.find(*pk);
    if (found != user_by_pk_.end()) return found->second;
    return wrong_field(place, "user",
                       fmt::format("no auth.user of this file has the primary key {}: dump auth.user "
                                   "and knox.authtoken into one file",
                                   quoted(user.text)));
  }

  Result<void> settle_key(const Place& place, Token& token) {
    auto& keys = result_.command.keys;
    const auto digest = token.key.digest.view();
    const auto [known, is_new] = known_digests_.try_emplace(
        std::string(digest.begin(), digest.end()), Found{keys.size(), file_, token.number, token.line});
    if (is_new) {
      keys.push_back(std::move(token.key));
      return {};
    }
    if (keys[known->second.index] == token.key) return {};
    return wrong(place, fmt::format("the same digest is in {} with other fields",
                                    place_of(known->second, kTokenModel).text()));
  }

  DumpLimits limits_;
  DjangoDump result_;
  std::size_t objects_ = 0;
  std::unordered_map<std::string, Found> known_users_;    // by username
  std::unordered_map<std::string, Found> known_digests_;  // by the digest's bytes

  // Of the file that is being read; primary keys mean nothing outside of it.
  std::string_view file_;
  bool is_dump_ = false;
  std::unordered_map<std::string, std::size_t> user_by_pk_;
  std::unordered_map<std::string, std::size_t> user_by_name_;
  std::vector<Token> tokens_;
};

}  // namespace

Result<DjangoDump> read_django_dumps(std::span<const DumpFile> files, std::string account,
                                     const std::function<ledger::KeyId()>& new_key_id,
                                     const DumpLimits& limits) {
  if (files.empty()) return Error{ErrorCode::kInputInvalid, "no file to import"};
  Import import(std::move(account), limits);
  for (const DumpFile& file : files) {
    const Result<void> added = import.add(file);
    if (!added) return added.error();
  }
  return std::move(import).finish(new_key_id);
}

}  // namespace keyledger::tools
