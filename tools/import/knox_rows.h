// The rows of Django's users and of django-rest-knox's tokens, read for an import.
//
// Each token tells its scheme: one with a salt is knox-salted, else a token_key of 8 characters means knox4
// and one of 15 knox5 (django-rest-knox, knox/models.py and its migrations 0008 and 0009). Nothing of a token
// and nothing of a password is in what is read. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "commands/command.h"
#include "ledger/values/error.h"
#include "tools/import/dump_fields.h"

namespace keyledger::tools::import {

constexpr std::string_view kUserModel = "auth.user";
constexpr std::string_view kTokenModel = "knox.authtoken";

// Without accounts.
ledger::Result<commands::ImportedUser> read_user(const DumpPlace& place, const DumpObject& object);

// Without owner, account and id, and active: Knox knows no inactive tokens.
ledger::Result<commands::ImportedKey> read_token(const DumpPlace& place, const DumpObject& object);

// A digest as a primary key or a reference has it: 64 bytes.
ledger::Result<std::string> read_digest(const DumpPlace& place, const DumpValue& value,
                                        std::string_view what);

// "20251011": the day, in UTC, for the name of a key that has none.
std::string day_of(ledger::Timestamp time);

}  // namespace keyledger::tools::import
