// Reads the rows of Django's users and of django-rest-knox's tokens for an import.
//
// The scheme of a token follows from its fields: with a salt it is knox-salted, otherwise a token_key of 8
// characters means knox4 and one of 15 characters means knox5 (django-rest-knox, knox/models.py and its
// migrations 0008 and 0009). The results contain no part of a token or password. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "commands/command.h"
#include "ledger/values/error.h"
#include "tools/import/dump_fields.h"

namespace keyledger::tools::import {

constexpr std::string_view kUserModel = "auth.user";
constexpr std::string_view kTokenModel = "knox.authtoken";

// Returns the user, without accounts.
ledger::Result<commands::ImportedUser> read_user(const DumpPlace& place, const DumpObject& object);

// Returns the key, without owner, account and id. The key is active, because Knox has no inactive tokens.
ledger::Result<commands::ImportedKey> read_token(const DumpPlace& place, const DumpObject& object);

// Reads a digest from a primary key or a reference. Returns its 64 bytes.
ledger::Result<std::string> read_digest(const DumpPlace& place, const DumpValue& value,
                                        std::string_view what);

// Returns the day in UTC, "20251011", for the generated name of a key.
std::string day_of(ledger::Timestamp time);

}  // namespace keyledger::tools::import
