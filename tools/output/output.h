// Writes rows to standard output: as a table for people, or as JSON, CSV or YAML for programs.
//
//   table  aligned columns, collected and printed at the end; a single object as "field  value" lines
//   json   one pretty array, written element by element; a single object as one JSON object
//   jsonl  one object a line
//   csv    a header, then one record a row (tools/output/csv_text.h); a single object as one record
//   yaml   one sequence, written element by element; a single object as one mapping
//
// A row is an object whose fields have stable, documented names and a fixed order. A table shows the given
// columns, the other formats show every field. No colours. One thread. The caller flushes the stream and
// checks it for failures.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tools/program/terminal.h"

namespace keyledger::tools::output {

enum class OutputFormat : std::uint8_t { kTable, kJson, kJsonl, kCsv, kYaml };

// Returns the names that option -o accepts, in the order of OutputFormat.
const std::vector<std::string>& output_format_names();

// Returns the format with this name, or nothing if no format has the name.
std::optional<OutputFormat> parse_output_format(std::string_view name);

// Returns kTable if standard output is a terminal, otherwise kJson.
OutputFormat default_output_format(program::IsTerminal standard_output);

// One column of a table. The header is shown in capitals; an empty header stands for the field's name with
// each "_" as a blank.
struct Column {
  std::string field;
  std::string header = {};
};

// Returns the text of a value in a table: "-" for null, a missing field and an empty array; yes and no for
// booleans; "2026-11-21 06:14:56Z" for a time; arrays joined with commas; objects as compact JSON. Characters
// that control a terminal are escaped.
std::string cell_text(const boost::json::value& value);

// In code points; a longer cell of a table is cut. A single object is shown whole.
constexpr std::size_t kCellWidthMax = 60;

class RowWriter {
 public:
  // `columns` must not be empty, and the stream must outlive the writer. The header of CSV is written before
  // the second row is known: it has the fields of the first row, then the columns that the first row lacks.
  // If rows differ in their fields, the columns must therefore name all of them.
  RowWriter(std::ostream& out, OutputFormat format, std::vector<Column> columns);
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;

  // Writes the row at once; the table format keeps the row until finish().
  void write(const boost::json::object& row);

  // Ends the array, or prints the table. Without rows, prints "(none)", an empty array or sequence, or only
  // the CSV header. Call at most once, after the last write(). If the work fails midway, leave finish() out:
  // the array or table then is visibly incomplete.
  void finish();

 private:
  struct Cell {
    std::string text;
    std::size_t width = 0;
    bool is_number = false;
    bool is_null = false;
  };

  void keep(const boost::json::object& row);
  void print_table();
  void start_csv(const boost::json::object& first_row);
  void write_csv(const boost::json::object& row);
  bool is_numeric(std::size_t column) const;

  std::ostream& out_;
  OutputFormat format_;
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;  // only for the table format
  std::vector<std::string> csv_fields_;
  bool any_ = false;
  bool finished_ = false;
};

// Writes a single object with all its fields.
void write_object(std::ostream& out, OutputFormat format, const boost::json::object& object);

}  // namespace keyledger::tools::output
