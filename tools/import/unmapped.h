// Unmapped: a field that an import left out, cut or changed, and the reason.
//
// A field that the ledger has no place for is one row for all objects of its model, with the first object.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "tools/import/dump_fields.h"

namespace keyledger::tools::import {

struct Unmapped {
  std::string file;
  std::size_t object = 0;  // in the file, from 1
  std::size_t line = 0;
  std::string model;
  std::string field;
  std::string reason;
  std::size_t objects = 1;  // the number of objects that the row is about

  friend bool operator==(const Unmapped&, const Unmapped&) = default;
};

using UnmappedList = std::vector<Unmapped>;

// Returns an entry for a field of the object at `place`.
Unmapped unmapped_at(const DumpPlace& place, DumpField field, std::string reason);

// Returns the text in the form of an error: `dump.json: object 3 (drf.smarterauthtoken, line 41): field
// "name": is empty: ...`.
std::string text_of(const Unmapped& unmapped);

// Returns the fields under the names of docs/cli.md.
boost::json::object json_of(const Unmapped& unmapped);

}  // namespace keyledger::tools::import
