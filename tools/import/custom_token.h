// Takes over the fields that a project's own token model has beside those of Knox.
//
// The fields are a name, a description, a last use, and the marks by which projects withdraw a token. A mark
// makes the key inactive, because the project may refuse the token. Each change is reported. Pure but for the
// reports; any thread.
#pragma once

#include <span>
#include <string_view>

#include "commands/command.h"
#include "ledger/values/error.h"
#include "tools/import/dump_fields.h"
#include "tools/import/smarter_fields.h"
#include "tools/import/unmapped.h"

namespace keyledger::tools::import {

// Completes a key with these fields of its object. Returns kInputInvalid if one has a wrong type.
ledger::Result<void> take_custom_fields(const DumpPlace& place, const DumpObject& object,
                                        commands::ImportedKey& key, UnmappedList& unmapped);

// Returns the names of all fields of a token that an import looks at.
std::span<const std::string_view> taken_token_fields();

}  // namespace keyledger::tools::import
