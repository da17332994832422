// JSON as text: compact, or pretty with two blanks of indentation and one field a line.
//
// Fields keep the order of the object. Characters that would steer a terminal are escaped, and any JSON
// reader undoes the escapes. Pure functions; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace keyledger::net {

enum class JsonLayout : std::uint8_t { kCompact, kPretty };

// Appends the value without a line feed at the end. A pretty text indents the lines after the first by
// `depth` levels more. Numbers without a form in JSON (NaN, infinity) become null; bytes that are not UTF-8
// become U+FFFD.
void append_json(std::string& out, const boost::json::value& value, JsonLayout layout, std::size_t depth = 0);
void append_json(std::string& out, const boost::json::object& object, JsonLayout layout,
                 std::size_t depth = 0);

// Returns the text as a value; null for an empty text.
boost::json::value text_or_null(std::string_view text);

}  // namespace keyledger::net
