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
#include <vector>

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
  kEmail,
  kDigest,
};
constexpr std::size_t kDumpFields = 24;

// Returns the name of the field in a dump: "user_profile".
std::string_view name_of(DumpField field);

// A field that an import does not look at. Its value is not kept.
struct OtherField {
  std::string name;
  DumpValue::Kind kind = DumpValue::Kind::kAbsent;
  bool says_something = false;  // not null, false, or an empty text or structure
  bool is_opaque = false;       // a text of at least kOpaqueMin characters without a blank, as tokens are

  static constexpr std::size_t kOpaqueMin = 20;
};

// One object of the dump. Fields missing from the object are kAbsent; fields of ignored models may have any
// kind.
struct DumpObject {
  std::size_t number = 0;  // in the file, from 1
  std::size_t line = 0;    // the line on which the object begins, from 1
  std::string model;
  DumpValue pk;  // absent in a dump with --natural-primary
  std::array<DumpValue, kDumpFields> fields;
  DumpValue::Kind token_key_kind = DumpValue::Kind::kAbsent;
  ledger::Secret token_key;  // the first characters of the token itself
  DumpValue chosen;          // the field that read_dump_objects() was asked for by name
  std::vector<OtherField> others;

  const DumpValue& operator[](DumpField field) const { return fields.at(static_cast<std::size_t>(field)); }
  DumpValue& operator[](DumpField field) { return fields.at(static_cast<std::size_t>(field)); }
  bool has(DumpField field) const { return (*this)[field].kind != DumpValue::Kind::kAbsent; }
  // Returns the field of this name among `others`; null if the object lacks the field.
  const OtherField* other(std::string_view name) const;
};

// Returns "object 3 (knox.authtoken, line 41)".
std::string describe(const DumpObject& object);

// Called with each object, which the function may change. An error ends the reading, and read_dump_objects()
// returns the error.
using TakeDumpObject = std::function<ledger::Result<void>(DumpObject&)>;

// Reads the whole file, and keeps one more field of each object in DumpObject::chosen: the field named
// `chosen_field`, unless the name is empty. Returns kInputInvalid, with the file's name and the place, if the
// file is anything but such an array in UTF-8 (a byte order mark is allowed), if an object lacks its model or
// its fields, or if a field of it occurs twice.
ledger::Result<void> read_dump_objects(const DumpFile& file, std::string_view chosen_field,
                                       const TakeDumpObject& take);

}  // namespace keyledger::tools::import
