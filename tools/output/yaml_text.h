// JSON values as YAML, in block style, so that readers of YAML 1.1 and of 1.2 find the same values.
//
// A text stands without quotes only if it begins with a letter and no reader takes it for something
// else; times, numbers in texts, `no` and the like are in double quotes. What steers a terminal is
// escaped there, which any reader undoes; noncharacters and bytes that are not UTF-8 become U+FFFD. A
// number that JSON has no form for becomes null. Pure functions; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace keyledger::tools::output {

// Appends one mapping, a field a line, with a line feed at the end.
void append_yaml(std::string& out, const boost::json::object& object);

// The same as an element of a sequence: what is appended for several objects is one sequence of
// mappings.
void append_yaml_element(std::string& out, const boost::json::object& object);

}  // namespace keyledger::tools::output
