// Reads the fields of one object of a Django dump as values of the expected types.
//
// Every error is kInputInvalid and names the file, the object, its line and the field, so that an operator
// can find the place. Pure; one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/values/error.h"
#include "ledger/values/timestamp.h"
#include "tools/import/dump_objects.h"

namespace keyledger::tools::import {

// The place of an object in a dump. The views must not outlive the files and the models' names.
struct DumpPlace {
  std::string_view file;
  std::size_t number = 0;  // the number of the object in the file, from 1
  std::size_t line = 0;
  std::string_view model;

  // Returns "dump.json: object 3 (knox.authtoken, line 41)".
  std::string text() const;
};

// Return kInputInvalid with the place, the field and the fault ("is missing").
ledger::Error wrong(const DumpPlace& place, std::string_view what);
ledger::Error wrong_field(const DumpPlace& place, DumpField field, std::string_view what);

// Returns a primary key or natural key as the key of a map: 7, "7" and ["7"] yield three different keys.
// Returns nothing for a value of any other form.
std::optional<std::string> identity_of(const DumpValue& value);

// Returns the identity of the natural key [name].
std::string natural_identity(std::string_view name);

// Returns the identity as messages show it: without the mark for the key's form.
std::string_view shown(std::string_view identity);
// Returns true if the identity is a natural key.
bool is_natural(std::string_view identity);

class DumpFieldReader {
 public:
  // Both arguments must outlive the reader.
  DumpFieldReader(const DumpPlace& place, const DumpObject& object) : place_(place), object_(object) {}

  // Returns the object's own primary key in the form of identity_of().
  ledger::Result<std::string> primary_key() const;

  // Returns a boolean; returns kInputInvalid if the field is missing or has another type.
  ledger::Result<bool> flag(DumpField field) const;
  // Returns a boolean, or `absent` if the field is missing.
  ledger::Result<bool> flag_or(DumpField field, bool absent) const;

  // Returns nothing for null; returns kInputInvalid if the field is missing, or does not say which time zone
  // is meant.
  ledger::Result<std::optional<ledger::Timestamp>> moment(DumpField field) const;
  // Returns nothing for null and for a missing field.
  ledger::Result<std::optional<ledger::Timestamp>> optional_moment(DumpField field) const;

  // Returns an empty text for null and for a missing field. A text that is too long is cut to at most
  // DumpValue::kTextMax bytes, between two characters.
  ledger::Result<std::string> optional_text(DumpField field) const;

  // Returns null for null and for a missing field.
  ledger::Result<boost::json::value> optional_structure(DumpField field) const;

  // Returns a reference to another object in the form of identity_of(). `form` describes the allowed forms in
  // errors.
  ledger::Result<std::string> reference(DumpField field, std::string_view form) const;

 private:
  const DumpPlace& place_;
  const DumpObject& object_;
};

}  // namespace keyledger::tools::import
