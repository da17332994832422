// Writes JSON values as comma-separated values (RFC 4180), except that lines end with a line feed alone.
//
// Null is written as an empty field and an empty text as "", because some readers (PostgreSQL's COPY)
// distinguish the two. Booleans are true and false. Lists and objects are written as compact JSON, because a
// list joined with a separator would be ambiguous if a tag contained the separator.
//
// Texts are never altered for spreadsheets, although spreadsheets treat a text that begins with = + - @ as a
// formula: an added quote would be part of the value for every other program. Characters that control a
// terminal are escaped as in a table, except line feeds and tabs, because a quoted field may contain both.
// Pure functions; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger::tools::output {

// Append one field: a text, or any JSON value.
void append_csv_text(std::string& out, std::string_view text);
void append_csv_value(std::string& out, const boost::json::value& value);

// Append one record with its line end. The record has the values of `fields`, in that order; a field missing
// from the object is written as null.
void append_csv_header(std::string& out, const std::vector<std::string>& fields);
void append_csv_record(std::string& out, const std::vector<std::string>& fields,
                       const boost::json::object& object);

}  // namespace keyledger::tools::output
