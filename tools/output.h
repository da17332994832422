// Rows on standard output: a table for people, JSON for programs.
//
//   table  aligned columns, collected and printed at the end; a single thing as "field  value" lines
//   json   one pretty array, element by element as the rows come; a single thing as one object
//   jsonl  one object a line
//
// A row is an object whose fields have stable, documented names and a fixed order. A table shows the columns
// it was given, JSON shows every field. No colours. One thread; flushing and the stream's failures are the
// caller's.
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

#include "tools/terminal_text.h"

namespace keyledger::tools {

enum class OutputFormat : std::uint8_t { kTable, kJson, kJsonl };

// "table", "json", "jsonl"; nothing for any other text.
std::optional<OutputFormat> parse_output_format(std::string_view name);

// A table on a terminal, JSON anywhere else.
OutputFormat default_output_format(IsTerminal standard_output);

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
  // `columns` is not empty. The stream outlives the writer.
  RowWriter(std::ostream& out, OutputFormat format, std::vector<Column> columns);
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;

  // In JSON the row is on its way at once; in a table it is kept until finish().
  void write(const boost::json::object& row);

  // Ends the array, or prints the table ("(none)" for no rows). Once, and nothing is written after it;
  // without it the output is visibly unfinished, which is right when something failed midway.
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
  bool is_numeric(std::size_t column) const;

  std::ostream& out_;
  OutputFormat format_;
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;  // tables only
  bool any_ = false;
  bool finished_ = false;
};

// A single thing, whole.
void write_object(std::ostream& out, OutputFormat format, const boost::json::object& object);

}  // namespace keyledger::tools
