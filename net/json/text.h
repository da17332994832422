// JSON as text: compact, or pretty with two blanks of indentation and one field a line.
//
// Fields keep the order in which the object holds them. The text is ASCII-safe where a terminal is concerned:
// what would steer one is escaped, which any JSON reader undoes. Pure functions; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace keyledger::net {

enum class JsonLayout : std::uint8_t { kCompact, kPretty };

// Appends without a line feed at the end. Lines after the first are indented `depth` levels deeper (pretty).
// A number that JSON has no form for (NaN, infinity) becomes null; bytes that are not UTF-8 become U+FFFD.
void append_json(std::string& out, const boost::json::value& value, JsonLayout layout, std::size_t depth = 0);
void append_json(std::string& out, const boost::json::object& object, JsonLayout layout,
                 std::size_t depth = 0);

}  // namespace keyledger::net
