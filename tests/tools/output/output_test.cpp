#include "tools/output/output.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "ledger/values/printable_text.h"
#include "net/json/text.h"

namespace keyledger::tools::output {
namespace {

boost::json::object row(std::string_view json) { return boost::json::parse(json).as_object(); }

const std::vector<Column> kColumns = {{"name"}, {"uses"}, {"active"}, {"expiry", "expires"}};

std::string written(OutputFormat format, const std::vector<boost::json::object>& rows,
                    const std::vector<Column>& columns = kColumns) {
  std::ostringstream out;
  RowWriter writer(out, format, columns);
  for (const auto& each : rows) writer.write(each);
  writer.finish();
  return out.str();
}

std::string written_object(OutputFormat format, const boost::json::object& object) {
  std::ostringstream out;
  write_object(out, format, object);
  return out.str();
}

TEST_CASE("the formats have names") {
  CHECK(parse_output_format("table") == OutputFormat::kTable);
  CHECK(parse_output_format("json") == OutputFormat::kJson);
  CHECK(parse_output_format("jsonl") == OutputFormat::kJsonl);
  CHECK(parse_output_format("csv") == OutputFormat::kCsv);
  CHECK(parse_output_format("yaml") == OutputFormat::kYaml);
  for (const std::string& name : output_format_names()) CHECK(parse_output_format(name));
  CHECK_FALSE(parse_output_format("JSON"));
  CHECK_FALSE(parse_output_format(""));
}

TEST_CASE("a terminal gets a table and a pipe gets JSON") {
  CHECK(default_output_format(program::IsTerminal::kYes) == OutputFormat::kTable);
  CHECK(default_output_format(program::IsTerminal::kNo) == OutputFormat::kJson);
}

TEST_CASE(
    "a table has capital headers, aligned columns, numbers to the right and no blanks at a line's end") {
  const std::vector<boost::json::object> rows = {
      row(R"({"name":"knox5_20251011","uses":7,"active":true,"expiry":"2026-11-21T06:14:56.123456Z","more":1})"),
      row(R"({"name":"b","uses":12345,"active":false,"expiry":null})"),
      row(R"({"name":"","uses":null,"active":true})"),
  };
  CHECK(written(OutputFormat::kTable, rows) ==
        "NAME             USES  ACTIVE  EXPIRES\n"
        "knox5_20251011      7  yes     2026-11-21 06:14:56Z\n"
        "b               12345  no      -\n"
        "                    -  yes     -\n");
}

TEST_CASE("a table without rows says so") { CHECK(written(OutputFormat::kTable, {}) == "(none)\n"); }

TEST_CASE("a header without a text is the field's name in words") {
  const std::vector<boost::json::object> rows = {row(R"({"last_used":"x"})")};
  CHECK(written(OutputFormat::kTable, rows, {{"last_used"}}) == "LAST USED\nx\n");
}

TEST_CASE("a column with a text in it is aligned to the left") {
  const std::vector<boost::json::object> rows = {row(R"({"uses":7})"), row(R"({"uses":"many"})")};
  CHECK(written(OutputFormat::kTable, rows, {{"uses"}, {"none"}}) == "USES  NONE\n7     -\nmany  -\n");
}

TEST_CASE("columns are aligned by characters, not by bytes") {
  const std::vector<boost::json::object> rows = {row(R"({"name":"Zoë","active":true})"),
                                                 row(R"({"name":"Anna","active":true})")};
  CHECK(written(OutputFormat::kTable, rows, {{"name"}, {"active"}}) ==
        "NAME  ACTIVE\nZoë   yes\nAnna  yes\n");
}

TEST_CASE("a long cell is cut with an ellipsis") {
  boost::json::object long_row;
  long_row["name"] = std::string(100, 'x');
  CHECK(written(OutputFormat::kTable, {long_row}, {{"name"}}) == "NAME\n" + std::string(59, 'x') + "…\n");
  long_row["name"] = std::string(60, 'x');
  CHECK(written(OutputFormat::kTable, {long_row}, {{"name"}}) == "NAME\n" + std::string(60, 'x') + "\n");
}

TEST_CASE("no format lets a hostile name through to the terminal") {
  boost::json::object hostile;
  hostile["na\x1bme"] = "a\x1b]0;owned\a\nb\u009b2J\u202e\x7f\xff";
  for (const auto format : {OutputFormat::kTable, OutputFormat::kJson, OutputFormat::kJsonl,
                            OutputFormat::kCsv, OutputFormat::kYaml}) {
    for (const std::string& shown :
         {written(format, {hostile}, {{"na\x1bme", "NAME"}}), written_object(format, hostile)}) {
      std::string_view rest = shown;
      while (!rest.empty()) {
        const char32_t value = ledger::take_code_point(rest).value;
        CHECK(value != ledger::CodePoint::kNotUtf8);
        CHECK((value == U'\n' || !ledger::steers_terminal(value)));
      }
    }
  }
  CHECK(cell_text(hostile.begin()->value()) == "a\\x1b]0;owned\\x07\\nb\\u009b2J\\u202e\\x7f\\xff");
}

TEST_CASE("times are shown in UTC to the second, and only times") {
  CHECK(cell_text("2026-11-21T06:14:56.999999Z") == "2026-11-21 06:14:56Z");
  CHECK(cell_text("2026-11-21T06:14:56+02:00") == "2026-11-21 04:14:56Z");
  CHECK(cell_text("2026-11-21") == "2026-11-21");
  CHECK(cell_text("2026-13-41T06:14:56Z") == "2026-13-41T06:14:56Z");
}

TEST_CASE("lists are shown with commas, and objects as compact JSON") {
  CHECK(cell_text(boost::json::parse(R"(["a","b",3,true])")) == "a, b, 3, yes");
  CHECK(cell_text(boost::json::array{}) == "-");
  CHECK(cell_text(boost::json::parse(R"({"a":[1,2]})")) == R"({"a":[1,2]})");
  CHECK(cell_text(1.5) == "1.5");
}

TEST_CASE("rows as JSON are one pretty array with every field") {
  const std::vector<boost::json::object> rows = {row(R"({"name":"a","tags":[],"more":{"x":[1,null]}})"),
                                                 row(R"({"name":"b"})")};
  CHECK(written(OutputFormat::kJson, rows) == R"([
  {
    "name": "a",
    "tags": [],
    "more": {
      "x": [
        1,
        null
      ]
    }
  },
  {
    "name": "b"
  }
]
)");
  CHECK(written(OutputFormat::kJson, {}) == "[]\n");
}

TEST_CASE("rows as JSON leave as they come") {
  std::ostringstream out;
  RowWriter writer(out, OutputFormat::kJson, kColumns);
  writer.write(row(R"({"name":"a"})"));
  CHECK(out.str() == "[\n  {\n    \"name\": \"a\"\n  }");
}

TEST_CASE("rows as JSON lines are one line each") {
  CHECK(written(OutputFormat::kJsonl,
                {row(R"({"name":"a","uses":1})"), row(R"({"name":"b\nc","tags":["x"]})")}) ==
        "{\"name\":\"a\",\"uses\":1}\n{\"name\":\"b\\nc\",\"tags\":[\"x\"]}\n");
  CHECK(written(OutputFormat::kJsonl, {}).empty());
}

TEST_CASE("a single thing is a list of fields, one object, or one line") {
  const auto key =
      row(R"({"name":"a","created":"2026-11-21T06:14:56.000000Z","expiry":null,"tags":["x","y"]})");
  CHECK(written_object(OutputFormat::kTable, key) ==
        "name     a\ncreated  2026-11-21 06:14:56Z\nexpiry   -\ntags     x, y\n");
  CHECK(written_object(OutputFormat::kJson, row(R"({"name":"a","uses":2})")) ==
        "{\n  \"name\": \"a\",\n  \"uses\": 2\n}\n");
  CHECK(written_object(OutputFormat::kJsonl, row(R"({"name":"a","uses":2})")) ==
        "{\"name\":\"a\",\"uses\":2}\n");
}

TEST_CASE("a single thing is shown whole in a table") {
  boost::json::object object;
  object["description"] = std::string(255, 'x');
  CHECK(written_object(OutputFormat::kTable, object) == "description  " + std::string(255, 'x') + "\n");
}

TEST_CASE("what is printed as JSON reads back as the same value") {
  const boost::json::value value = boost::json::parse(
      R"({"":"","text":"\"\\\/\b\f\n\r\t\u0000\u001f\u007f\u009b\u202e é東🔑","n":[0,-1,18446744073709551615,1.5,-2.5e-3],)"
      R"("b":[true,false,null],"o":{},"a":[[],[{}]]})");
  for (const auto layout : {net::JsonLayout::kCompact, net::JsonLayout::kPretty}) {
    std::string text;
    append_json(text, value, layout);
    CHECK(boost::json::parse(text) == value);
  }
}

TEST_CASE("a number that JSON has no form for is null") {
  std::string text;
  append_json(text, boost::json::value(std::numeric_limits<double>::infinity()), net::JsonLayout::kCompact);
  append_json(text, boost::json::value(std::numeric_limits<double>::quiet_NaN()), net::JsonLayout::kCompact);
  CHECK(text == "nullnull");
}

}  // namespace
}  // namespace keyledger::tools::output
