// FieldTally: counts the fields of a model that are not taken over.
//
// A value of null or false, an empty text and an empty structure say nothing and do not count. One thread;
// the texts of all places must outlive this object.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "tools/import/dump_fields.h"
#include "tools/import/unmapped.h"

namespace keyledger::tools::import {

class FieldTally {
 public:
  // Counts the fields of one object outside `taken`.
  void add(const DumpPlace& place, const DumpObject& object, std::span<const std::string_view> taken);

  // Counts a field of one object under the given reason.
  void count(const DumpPlace& place, std::string_view field, std::string_view reason);

  // Appends a row for each field, with the first object of the field and the number of objects.
  void report(UnmappedList& unmapped) const;

 private:
  struct Entry {
    DumpPlace first;
    std::string reason;
    std::size_t objects = 0;
  };

  std::map<std::string, Entry, std::less<>> fields_;
};

}  // namespace keyledger::tools::import
