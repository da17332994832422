// Rows on standard output: a table for people, JSON, CSV and YAML for programs.
//
//   table  aligned columns, collected and printed at the end; a single thing as "field  value" lines
//   json   one pretty array, element by element as the rows come; a single thing as one object
//   jsonl  one object a line
//   csv    a header and a record for each row as it comes (tools/output/csv_text.h); of a single thing one
//   record yaml   one sequence, element by element as the rows come; a single thing as one mapping
//
// A row is an object whose fields have stable, documented names and a fixed order. A table shows the
// columns it was given, the other forms show every field. No colours. One thread; flushing and the
// stream's failures are the caller's.
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

// What -o takes, in the order of OutputFormat.
const std::vector<std::string>& output_format_names();

// Nothing for a text that is none of them.
std::optional<OutputFormat> parse_output_format(std::string_view name);

// A table on a terminal, JSON anywhere else.
OutputFormat default_output_format(program::IsTerminal standard_output);

// One column of a table. The header is shown in capitals; without one it is the field's name, "_" as a blank.
struct Column {
  std::string field;
  std::string header = {};
};

// What a table shows of a value: null, a missing field and an empty array as "-", booleans as yes and no, a
// time as "2026-11-21 06:14:56Z", arrays with commas, objects as compact JSON; nothing that steers a
// terminal.
std::string cell_text(const boost::json::value& value);

// In code points; a longer cell of a table is cut. A single thing is shown whole.
constexpr std::size_t kCellWidthMax = 60;

class RowWriter {
 public:
  // `columns` is not empty. The stream outlives the writer. The header of CSV, which is written before
  // the second row is known, has the fields of the first row and then those of the columns that it
  // lacks: where rows differ in their fields, the columns name all of them.
  RowWriter(std::ostream& out, OutputFormat format, std::vector<Column> columns);
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;

  // The row is on its way at once; in a table it is kept until finish().
  void write(const boost::json::object& row);

  // Ends the array, or prints the table; for no rows "(none)", an empty array or sequence, the header
  // of CSV alone. Once, and nothing is written after it; without it a table or an array is visibly
  // unfinished, which is right when something failed midway.
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
  std::vector<std::vector<Cell>> rows_;  // tables only
  std::vector<std::string> csv_fields_;
  bool any_ = false;
  bool finished_ = false;
};

// A single thing, whole.
void write_object(std::ostream& out, OutputFormat format, const boost::json::object& object);

}  // namespace keyledger::tools::output
