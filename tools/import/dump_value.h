// DumpValue: a value of a dump, with the parts that an import needs.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

namespace keyledger::tools::import {

struct DumpValue {
  enum class Kind : std::uint8_t {
    kAbsent,
    kNull,
    kFalse,
    kTrue,
    kInteger,  // in `text` as decimal digits
    kText,     // in `text`
    kTooLong,  // a text of more than kTextMax bytes, of which `text` has the first; or a structure too large
    kJson,     // an array or an object, in `json`
    kOther,    // a number with a fraction; a structure where none can be meant
  };
  static constexpr std::size_t kTextMax = 1024;
  static constexpr std::size_t kJsonBytesMax = std::size_t{1} << 20;  // of texts and numbers

  Kind kind = Kind::kAbsent;
  std::string text;
  boost::json::value json;
};

}  // namespace keyledger::tools::import
