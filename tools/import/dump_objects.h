// Reads the objects of a Django dump (`manage.py dumpdata`) one by one, with the fields that an import needs.
//
// A dump is one JSON array of {"model": ..., "pk": ..., "fields": {...}}. The dump is read as a stream, line
// by line: only the current object is kept in memory, and every object and error has a line number for the
// operator. Passwords are never read. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "ledger/values/error.h"
#include "ledger/values/secret.h"
#include "tools/import/dump_value.h"

namespace keyledger::tools::import {

struct DumpFile {
  std::string name;  // as shown in messages
  std::string text;
};

// The fields that an import looks at, of whatever model.
enum class DumpField : std::uint8_t {
  kUsername,
  kIsStaff,
  kIsActive,
  kUser,
  kCreated,
  kExpiry,
  kExpires,
  kSalt,
  kAccountNumber,
  kCompanyName,
  kName,
  kAccount,
  kUserProfile,
  kKeyId,
  kDescription,
  kVersion,
  kTags,
  kAnnotations,
  kLastUsedAt,
  kLlmClient,
  kChatbot,
  kApiKey,
};
constexpr std::size_t kDumpFields = 22;

// Returns the name of the field in a dump: "user_profile".
std::string_view name_of(DumpField field);

// One object of the dump. Fields missing from the object are kAbsent; fields of ignored models may have any
// kind.
struct DumpObject {
  std::size_t number = 0;  // in the file, from 1
  std::size_t line = 0;    // the line on which the object begins, from 1
  std::string model;
  DumpValue pk;
  std::array<DumpValue, kDumpFields> fields;
  DumpValue::Kind token_key_kind = DumpValue::Kind::kAbsent;
  ledger::Secret token_key;  // the first characters of the token itself

  const DumpValue& operator[](DumpField field) const { return fields.at(static_cast<std::size_t>(field)); }
  bool has(DumpField field) const { return (*this)[field].kind != DumpValue::Kind::kAbsent; }
};

// Returns "object 3 (knox.authtoken, line 41)".
std::string describe(const DumpObject& object);

// Called with each object. An error ends the reading, and read_dump_objects() returns the error.
using TakeDumpObject = std::function<ledger::Result<void>(const DumpObject&)>;

// Reads the whole file. kInputInvalid, with the file's name and the place, if the file is anything but such
// an array in UTF-8 (a byte order mark is allowed), if an object lacks one of its three parts, or if a field
// of it occurs twice.
ledger::Result<void> read_dump_objects(const DumpFile& file, const TakeDumpObject& take);

}  // namespace keyledger::tools::import
