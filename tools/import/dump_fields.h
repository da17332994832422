// The fields of one object of a Django dump, read as what they should be.
//
// Every error is kInputInvalid and names the file, the object, its line and the field, so that an operator
// finds it. Pure; one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/values/error.h"
#include "ledger/values/timestamp.h"
#include "tools/import/dump_objects.h"

namespace keyledger::tools::import {

// Where an object stands. Views of texts that live as long as the files and the names of models do.
struct DumpPlace {
  std::string_view file;
  std::size_t number = 0;  // in the file, from 1
  std::size_t line = 0;
  std::string_view model;

  // "dump.json: object 3 (knox.authtoken, line 41)".
  std::string text() const;
};

ledger::Error wrong(const DumpPlace& place, std::string_view what);
ledger::Error wrong_field(const DumpPlace& place, DumpField field, std::string_view what);

// A primary key or a natural key as the key of a map: 7, "7" and ["7"] are three.
std::optional<std::string> identity_of(const DumpValue& value);

// That of [name].
std::string natural_identity(std::string_view name);

// What a message calls it: the key without the mark that tells what it is.
std::string_view shown(std::string_view identity);
bool is_natural(std::string_view identity);

// True where one of its characters must not reach a terminal.
bool has_controls(std::string_view text);

class DumpFieldReader {
 public:
  // Both outlive the reader.
  DumpFieldReader(const DumpPlace& place, const DumpObject& object) : place_(place), object_(object) {}

  // The object's own primary key, as identity_of().
  ledger::Result<std::string> primary_key() const;

  ledger::Result<bool> flag(DumpField field) const;
  ledger::Result<bool> flag_or(DumpField field, bool absent) const;

  // Nothing for null; refused if it is not there.
  ledger::Result<std::optional<ledger::Timestamp>> moment(DumpField field) const;
  // Nothing for null, and where there is none.
  ledger::Result<std::optional<ledger::Timestamp>> optional_moment(DumpField field) const;

  // Empty for null, and where there is none; of a text that is too long its first DumpValue::kTextMax bytes,
  // or a little less: whole characters.
  ledger::Result<std::string> optional_text(DumpField field) const;

  // Null for null, and where there is none.
  ledger::Result<boost::json::value> optional_structure(DumpField field) const;

  // A reference to another object, as identity_of(); `form` is what it may be.
  ledger::Result<std::string> reference(DumpField field, std::string_view form) const;

 private:
  const DumpPlace& place_;
  const DumpObject& object_;
};

}  // namespace keyledger::tools::import
