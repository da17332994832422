#include "tools/output/output.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>

#include "ledger/values/ensure.h"
#include "ledger/values/printable_text.h"
#include "ledger/values/timestamp.h"
#include "net/json/text.h"
#include "tools/output/csv_text.h"
#include "tools/output/yaml_text.h"

namespace keyledger::tools::output {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::string_view kNothing = "-";

enum class Align : std::uint8_t { kLeft, kRight };

// Builds a line of a table, without trailing blanks.
class Line {
 public:
  void add(std::string_view text, std::size_t text_width, std::size_t column_width, Align align) {
    if (!first_) line_ += kGap;
    first_ = false;
    const std::size_t blanks = column_width - std::min(column_width, text_width);
    if (align == Align::kRight) line_.append(blanks, ' ');
    line_ += text;
    if (align == Align::kLeft) line_.append(blanks, ' ');
  }

  void print(std::ostream& out) {
    line_.erase(line_.find_last_not_of(' ') + 1);
    line_ += '\n';
    out << line_;
  }

 private:
  std::string line_;
  bool first_ = true;
};

std::string header_of(const Column& column) {
  std::string header = column.header.empty() ? column.field : column.header;
  for (char& letter : header) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    if (letter == '_' && column.header.empty()) letter = ' ';
  }
  return header;
}

// Returns "2026-11-21 06:14:56Z" for an RFC 3339 time, and nothing for any other text, including a date
// alone.
std::optional<std::string> short_time(std::string_view text) {
  constexpr std::size_t kDateLength = 10;
  constexpr std::size_t kSecondsLength = 19;
  if (text.size() <= kSecondsLength || text[kDateLength] != 'T') return std::nullopt;
  const auto time = ledger::parse_rfc3339(text);
  if (!time) return std::nullopt;
  std::string shown = ledger::to_rfc3339(*time).substr(0, kSecondsLength) + "Z";
  shown[kDateLength] = ' ';
  return shown;
}

std::string array_text(const boost::json::array& array) {
  std::string text;
  for (const boost::json::value& element : array) {
    if (!text.empty()) text += ", ";
    text += cell_text(element);
  }
  return array.empty() ? std::string(kNothing) : text;
}

std::string compact_text(const boost::json::value& value) {
  std::string text;
  append_json(text, value, net::JsonLayout::kCompact);
  return text;
}

void write_fields(std::ostream& out, const boost::json::object& object) {
  std::size_t names_width = 0;
  for (const auto& field : object)
    names_width = std::max(names_width, ledger::count_code_points(ledger::printable(field.key())));
  for (const auto& field : object) {
    const std::string name = ledger::printable(field.key());
    Line line;
    line.add(name, ledger::count_code_points(name), names_width, Align::kLeft);
    line.add(cell_text(field.value()), 0, 0, Align::kLeft);
    line.print(out);
  }
}

}  // namespace

const std::vector<std::string>& output_format_names() {
  static const std::vector<std::string> names = {"table", "json", "jsonl", "csv", "yaml"};
  return names;
}

std::optional<OutputFormat> parse_output_format(std::string_view name) {
  const auto& names = output_format_names();
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<OutputFormat>(found - names.begin());
}

OutputFormat default_output_format(program::IsTerminal standard_output) {
  return standard_output == program::IsTerminal::kYes ? OutputFormat::kTable : OutputFormat::kJson;
}

std::string cell_text(const boost::json::value& value) {
  if (value.is_null()) return std::string(kNothing);
  if (value.is_bool()) return value.get_bool() ? "yes" : "no";
  if (value.is_array()) return array_text(value.get_array());
  if (!value.is_string()) return compact_text(value);
  const std::string_view text = value.get_string();
  return short_time(text).value_or(ledger::printable(text));
}

RowWriter::RowWriter(std::ostream& out, OutputFormat format, std::vector<Column> columns)
    : out_(out), format_(format), columns_(std::move(columns)) {
  ENSURE(!columns_.empty(), "a table needs a column");
}

void RowWriter::write(const boost::json::object& row) {
  ENSURE(!finished_, "a row is written after the last");
  std::string text;
  switch (format_) {
    case OutputFormat::kTable:
      keep(row);
      break;
    case OutputFormat::kJson:
      text = any_ ? ",\n  " : "[\n  ";
      append_json(text, row, net::JsonLayout::kPretty, 1);
      break;
    case OutputFormat::kJsonl:
      append_json(text, row, net::JsonLayout::kCompact);
      text += '\n';
      break;
    case OutputFormat::kCsv:
      if (!any_) start_csv(row);
      write_csv(row);
      break;
    case OutputFormat::kYaml:
      append_yaml_element(text, row);
      break;
  }
  any_ = true;
  out_ << text;
}

void RowWriter::finish() {
  ENSURE(!finished_, "output is finished twice");
  finished_ = true;
  if (format_ == OutputFormat::kTable) print_table();
  if (format_ == OutputFormat::kJson) out_ << (any_ ? "\n]\n" : "[]\n");
  if (format_ == OutputFormat::kYaml && !any_) out_ << "[]\n";
  if (format_ == OutputFormat::kCsv && !any_) start_csv({});
}

void RowWriter::start_csv(const boost::json::object& first_row) {
  for (const auto& field : first_row) csv_fields_.emplace_back(field.key());
  for (const Column& column : columns_) {
    if (!first_row.contains(column.field)) csv_fields_.push_back(column.field);
  }
  std::string header;
  append_csv_header(header, csv_fields_);
  out_ << header;
}

void RowWriter::write_csv(const boost::json::object& row) {
  const auto is_in_row = [&row](const std::string& field) { return row.contains(field); };
  const auto shown = std::ranges::count_if(csv_fields_, is_in_row);
  ENSURE(static_cast<std::size_t>(shown) == row.size(), "a row has a field that the header of CSV lacks");
  std::string record;
  append_csv_record(record, csv_fields_, row);
  out_ << record;
}

void RowWriter::keep(const boost::json::object& row) {
  std::vector<Cell> cells;
  cells.reserve(columns_.size());
  for (const Column& column : columns_) {
    const boost::json::value* value = row.if_contains(column.field);
    Cell cell;
    cell.is_null = value == nullptr || value->is_null();
    cell.is_number = !cell.is_null && value->is_number();
    cell.text = cell.is_null ? std::string(kNothing) : ledger::cut_to(cell_text(*value), kCellWidthMax);
    cell.width = ledger::count_code_points(cell.text);
    cells.push_back(std::move(cell));
  }
  rows_.push_back(std::move(cells));
}

bool RowWriter::is_numeric(std::size_t column) const {
  const auto is_number_or_null = [column](const std::vector<Cell>& row) {
    return row[column].is_number || row[column].is_null;
  };
  const auto is_number = [column](const std::vector<Cell>& row) { return row[column].is_number; };
  return std::ranges::all_of(rows_, is_number_or_null) && std::ranges::any_of(rows_, is_number);
}

void RowWriter::print_table() {
  if (rows_.empty()) {
    out_ << "(none)\n";
    return;
  }
  std::vector<std::size_t> widths;
  std::vector<Align> aligns;
  Line headers;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string header = header_of(columns_[i]);
    const std::size_t header_width = ledger::count_code_points(header);
    std::size_t width = header_width;
    for (const std::vector<Cell>& row : rows_) width = std::max(width, row[i].width);
    widths.push_back(width);
    aligns.push_back(is_numeric(i) ? Align::kRight : Align::kLeft);
    headers.add(header, header_width, width, aligns.back());
  }
  headers.print(out_);
  for (const std::vector<Cell>& row : rows_) {
    Line line;
    for (std::size_t i = 0; i < row.size(); ++i) line.add(row[i].text, row[i].width, widths[i], aligns[i]);
    line.print(out_);
  }
}

void write_object(std::ostream& out, OutputFormat format, const boost::json::object& object) {
  std::string text;
  switch (format) {
    case OutputFormat::kTable:
      write_fields(out, object);
      break;
    case OutputFormat::kJson:
      append_json(text, object, net::JsonLayout::kPretty);
      text += '\n';
      break;
    case OutputFormat::kJsonl:
      append_json(text, object, net::JsonLayout::kCompact);
      text += '\n';
      break;
    case OutputFormat::kCsv: {
      std::vector<std::string> fields;
      for (const auto& field : object) fields.emplace_back(field.key());
      append_csv_header(text, fields);
      append_csv_record(text, fields, object);
      break;
    }
    case OutputFormat::kYaml:
      append_yaml(text, object);
      break;
  }
  out << text;
}

}  // namespace keyledger::tools::output
