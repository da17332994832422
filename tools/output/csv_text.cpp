#include "tools/output/csv_text.h"

#include "ledger/values/printable_text.h"
#include "net/json/text.h"

namespace keyledger::tools::output {
namespace {

// Returns the text with everything between line feeds and tabs made printable.
std::string printable_lines(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t end = text.find_first_of("\n\t");
    out += ledger::printable(text.substr(0, end));
    if (end == text.npos) return out;
    out += text[end];
    text.remove_prefix(end + 1);
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char letter : text) {
    if (letter == '"') out += '"';
    out += letter;
  }
  out += '"';
}

// RFC 4180 asks for quotes around commas, quotes and line ends. Some readers strip unquoted blanks at the
// ends.
bool needs_quotes(std::string_view text) {
  return text.empty() || text.find_first_of("\",\n\t") != text.npos || text.front() == ' ' ||
         text.back() == ' ';
}

// Ends the record. A record with one empty field is written as "", because readers skip empty lines.
void end_record(std::string& out, std::size_t begin) {
  if (out.size() == begin) out += "\"\"";
  out += '\n';
}

}  // namespace

void append_csv_text(std::string& out, std::string_view text) {
  const std::string shown = printable_lines(text);
  if (needs_quotes(shown)) {
    append_quoted(out, shown);
  } else {
    out += shown;
  }
}

void append_csv_value(std::string& out, const boost::json::value& value) {
  if (value.is_null()) return;
  if (value.is_string()) {
    append_csv_text(out, value.get_string());
    return;
  }
  std::string text;
  append_json(text, value, net::JsonLayout::kCompact);
  // JSON cannot express some numbers (infinity); append_json() writes null for them, and CSV an empty field.
  if (value.is_structured()) {
    append_csv_text(out, text);
  } else if (text != "null") {
    out += text;
  }
}

void append_csv_header(std::string& out, const std::vector<std::string>& fields) {
  const std::size_t begin = out.size();
  for (const std::string& field : fields) {
    if (&field != &fields.front()) out += ',';
    append_csv_text(out, field);
  }
  end_record(out, begin);
}

void append_csv_record(std::string& out, const std::vector<std::string>& fields,
                       const boost::json::object& object) {
  const std::size_t begin = out.size();
  for (const std::string& field : fields) {
    if (&field != &fields.front()) out += ',';
    if (const boost::json::value* value = object.if_contains(field)) append_csv_value(out, *value);
  }
  end_record(out, begin);
}

}  // namespace keyledger::tools::output
