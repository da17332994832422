// Writes JSON values as YAML in block style. Readers of YAML 1.1 and of YAML 1.2 read equal values.
//
// A text is written without quotes only if the text begins with a letter and no reader takes the text for
// another type. Times, texts of digits, `no` and similar words are in double quotes. In quotes, characters
// that control a terminal are escaped, and every reader restores the original; noncharacters and invalid
// UTF-8 become U+FFFD. A number without a JSON form becomes null. Pure functions; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace keyledger::tools::output {

// Appends a mapping, a field a line, ending with a line feed.
void append_yaml(std::string& out, const boost::json::object& object);

// Appends a mapping as an element of a sequence. Repeated calls extend the sequence.
void append_yaml_element(std::string& out, const boost::json::object& object);

}  // namespace keyledger::tools::output
