// Recognises what the models of a dump are, by their names or by their fields.
//
// Projects replace Django's user model and Knox's token model by models of their own (AUTH_USER_MODEL,
// KNOX_TOKEN_MODEL). These models have other names, and the fields of the originals. An operator can name the
// role of a model, and the word of the operator always counts. docs/migration.md has the rules. Pure; any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/import/dump_objects.h"
#include "tools/import/time_zone.h"

namespace keyledger::tools::import {

constexpr std::string_view kUserModel = "auth.user";
constexpr std::string_view kTokenModel = "knox.authtoken";
constexpr std::string_view kPlainTokenModel = "authtoken.token";  // of Django REST framework

// Tells an operator the place to look when a token cannot be imported from a dump.
constexpr std::string_view kFromAnythingElse =
    "see docs/migration.md, \"From anything else\", for a way to import such tokens";

// The word of an operator about a dump. Everything may be empty.
struct DumpChoices {
  std::string user_model;                   // "accounts.user"
  std::string username_field;               // the field by which people log in
  std::vector<std::string> token_models;    // all models whose tokens the project accepts
  std::vector<std::string> ignored_models;  // left out, whatever they look like
  std::optional<TimeZone> zone;             // of times without an offset
};

enum class Role : std::uint8_t {
  kUsers,         // has the fields of Django's users
  kPerhapsUsers,  // has too few of these fields to be taken beside a model of kUsers
  kKnoxTokens,
  kPlainTokens,  // the primary key is the token itself
  kUnknownKeys,  // looks like keys, but is not understood
  kOther,
};

struct Recognised {
  Role role{};
  std::string mark;  // kUnknownKeys: what looks like a key, without its value
};

// Returns the role of the object's model. All objects of a model have the same fields. Because the values
// differ, an object of kOther does not tell that its model has no keys.
Recognised recognise(const DumpObject& object, const DumpChoices& choices);

// The field that holds a user's name.
struct UsernameField {
  std::string_view name;
  const DumpValue& value;
};
// Returns the field that the operator named, else `username`, else `email`. The object and the choices must
// outlive the result.
UsernameField username_field_of(const DumpObject& object, const DumpChoices& choices);

// Returns true if the value is a text of `digits` hexadecimal digits.
bool is_hex(const DumpValue& value, std::size_t digits);

}  // namespace keyledger::tools::import
