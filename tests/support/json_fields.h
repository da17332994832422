// Short functions for reading fields of JSON. A test fails if a field is missing or has another type.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch.hpp>
#include <cstdint>
#include <string>

namespace keyledger::tests {

// Returns a field of any type. Each further function returns a field of one type.
inline const boost::json::value& field_of(const boost::json::value& object, const std::string& name) {
  const boost::json::object* fields = object.if_object();
  const boost::json::value* found = fields == nullptr ? nullptr : fields->if_contains(name);
  if (found == nullptr) FAIL("there is no field " << name << " in " << object);
  return *found;
}

inline std::string text_of(const boost::json::value& object, const std::string& name) {
  const boost::json::value& field = field_of(object, name);
  if (!field.is_string()) FAIL(name << " is no text in " << object);
  return field.get_string().c_str();
}

inline std::uint64_t number_of(const boost::json::value& object, const std::string& name) {
  boost::json::error_code error;
  const auto number = field_of(object, name).to_number<std::uint64_t>(error);
  if (error) FAIL(name << " is no number in " << object);
  return number;
}

inline bool flag_of(const boost::json::value& object, const std::string& name) {
  const boost::json::value& field = field_of(object, name);
  if (!field.is_bool()) FAIL(name << " is neither true nor false in " << object);
  return field.get_bool();
}

inline bool is_null(const boost::json::value& object, const std::string& name) {
  return field_of(object, name).is_null();
}

// Returns the first row with this text in a field.
inline const boost::json::value& row_with(const boost::json::array& rows, const std::string& name,
                                          const std::string& text) {
  for (const boost::json::value& row : rows) {
    const boost::json::object* fields = row.if_object();
    const boost::json::value* found = fields == nullptr ? nullptr : fields->if_contains(name);
    if (found != nullptr && *found == boost::json::value(text)) return row;
  }
  FAIL("there is no row with " << name << " " << text << " in " << rows);
  return rows.front();
}

}  // namespace keyledger::tests
