#include "tools/output/csv_text.h"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "tools/output/output.h"

namespace keyledger::tools::output {
namespace {

std::string field(const boost::json::value& value) {
  std::string text;
  append_csv_value(text, value);
  return text;
}

std::string field(const char* text) { return field(boost::json::value(text)); }

std::string written(const std::vector<std::string>& rows, const std::vector<Column>& columns) {
  std::ostringstream out;
  RowWriter writer(out, OutputFormat::kCsv, columns);
  for (const std::string& row : rows) writer.write(boost::json::parse(row).as_object());
  writer.finish();
  return out.str();
}

std::string written_object(const std::string& object) {
  std::ostringstream out;
  write_object(out, OutputFormat::kCsv, boost::json::parse(object).as_object());
  return out.str();
}

TEST_CASE("a field of CSV is in quotes where a reader would cut it, and nowhere else") {
  CHECK(field("plain text, no") == "\"plain text, no\"");
  CHECK(field("say \"so\"") == "\"say \"\"so\"\"\"");
  CHECK(field("two\nlines\there") == "\"two\nlines\there\"");
  CHECK(field(" blanks ") == "\" blanks \"");
  CHECK(field("a b;c'd") == "a b;c'd");
  CHECK(field("é東🔑") == "é東🔑");
}

TEST_CASE("nothing and an empty text are two fields of CSV") {
  CHECK(field(boost::json::value(nullptr)).empty());
  CHECK(field("") == "\"\"");
}

TEST_CASE("values that are no texts are written as in JSON") {
  CHECK(field(true) == "true");
  CHECK(field(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(field(-1.5) == "-1.5");
  CHECK(field(std::numeric_limits<double>::quiet_NaN()).empty());
  CHECK(field(boost::json::parse(R"(["a;b","c,d"])")) == R"x("[""a;b"",""c,d""]")x");
  CHECK(field(boost::json::array{}) == "[]");
  CHECK(field(boost::json::object{}) == "{}");
}

TEST_CASE("a text that a spreadsheet takes for a formula is written as it is") {
  for (const char* text : {"=1+1", "+1", "-1", "@SUM(A1)"}) CHECK(field(text) == text);
}

TEST_CASE("what steers a terminal is escaped in CSV, a carriage return too") {
  CHECK(field("a\rb\x1b[2J") == "a\\rb\\x1b[2J");
  CHECK(field("\rb") == "\\rb");
}

TEST_CASE("the header of CSV has every field of the first row, in its order") {
  CHECK(written({R"({"name":"a","uses":1,"tags":["x","y"],"more":null})", R"({"uses":2,"name":"b,c"})"},
                {{"uses"}, {"name", "CALLED"}}) ==
        "name,uses,tags,more\n"
        "a,1,\"[\"\"x\"\",\"\"y\"\"]\",\n"
        "\"b,c\",2,,\n");
}

TEST_CASE("columns that the first row lacks come behind its fields, so that later rows have a place") {
  CHECK(written({R"({"type":"a","x":1})", R"({"type":"b","y":2})"}, {{"type"}, {"x"}, {"y"}}) ==
        "type,x,y\na,1,\nb,,2\n");
}

TEST_CASE("CSV without rows is the header of the columns, by the names of their fields") {
  CHECK(written({}, {{"name"}, {"last_used", "USED"}}) == "name,last_used\n");
}

TEST_CASE("rows as CSV leave as they come") {
  std::ostringstream out;
  RowWriter writer(out, OutputFormat::kCsv, {{"name"}});
  writer.write({{"name", "a"}});
  CHECK(out.str() == "name\na\n");
}

TEST_CASE("a single thing as CSV is a header and one record") {
  CHECK(written_object(R"({"name":"a","tags":[],"expiry":null,"staff":false})") ==
        "name,tags,expiry,staff\na,[],,false\n");
}

TEST_CASE("no record of CSV is an empty line") {
  CHECK(written({R"({"name":null})"}, {{"name"}}) == "name\n\"\"\n");
}

TEST_CASE("the name of a field is quoted like a value") {
  CHECK(written_object(R"({"a,b":1,"":2})") == "\"a,b\",\"\"\n1,2\n");
}

}  // namespace
}  // namespace keyledger::tools::output
