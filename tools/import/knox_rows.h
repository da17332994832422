// Reads the rows of Django's users and of django-rest-knox's tokens for an import.
//
// The scheme of a token follows from its fields: with a salt it is knox-salted, otherwise a token_key of 8
// characters means knox4 and one of 15 to 25 characters means knox5 (django-rest-knox, knox/models.py and its
// migrations 0008 and 0009). The results contain no part of a token or password. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "commands/command.h"
#include "ledger/values/error.h"
#include "tools/import/dump_fields.h"
#include "tools/import/recognition.h"

namespace keyledger::tools::import {

// Returns the user, without accounts. A user model of the project may lack the flags: the user is then
// active, and is not staff. auth.user must have both flags.
ledger::Result<commands::ImportedUser> read_user(const DumpPlace& place, const DumpObject& object,
                                                 const UsernameField& username);

// Returns the key, without owner, account and id. The key is active, because Knox has no inactive tokens.
ledger::Result<commands::ImportedKey> read_token(const DumpPlace& place, const DumpObject& object);

// Returns the key of a token that is the object's primary key in clear, without owner, account and id.
// Overwrites the token: only its SHA-256 is left.
ledger::Result<commands::ImportedKey> read_plain_token(const DumpPlace& place, DumpObject& object);

// Reads a digest from a primary key or a reference. Returns its 64 bytes.
ledger::Result<std::string> read_digest(const DumpPlace& place, const DumpValue& value,
                                        std::string_view what);

// Returns the day in UTC, "20251011", for the generated name of a key.
std::string day_of(ledger::Timestamp time);

}  // namespace keyledger::tools::import
