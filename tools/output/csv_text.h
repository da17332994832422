// JSON values as fields of comma-separated values (RFC 4180), with line feeds for line ends.
//
// null is an empty field and an empty text is "", so that a reader that tells them apart (PostgreSQL's
// COPY) can. Booleans are true and false. Lists and objects are compact JSON: joined with some
// separator, a tag that holds the separator would read as two.
//
// A text is never altered for the sake of spreadsheets, which take one that begins with = + - @ for a
// formula: a quote in front would be part of the value for every other program. What steers a terminal
// is escaped as in a table, all but line feeds and tabs, which a quoted field may hold. Pure functions;
// any thread.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger::tools::output {

void append_csv_text(std::string& out, std::string_view text);
void append_csv_value(std::string& out, const boost::json::value& value);

// One record with its line end: what `fields` name, in that order; what the object does not have is
// null.
void append_csv_header(std::string& out, const std::vector<std::string>& fields);
void append_csv_record(std::string& out, const std::vector<std::string>& fields,
                       const boost::json::object& object);

}  // namespace keyledger::tools::output
