#include "tools/output/yaml_text.h"

#include <yaml-cpp/yaml.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "tools/output/output.h"

namespace keyledger::tools::output {
namespace {

std::string as_yaml(const boost::json::object& object) {
  std::string text;
  append_yaml(text, object);
  return text;
}

std::string as_yaml(std::string_view json) { return as_yaml(boost::json::parse(json).as_object()); }

// Returns the written form of the only field of a mapping.
std::string written(const boost::json::value& value) {
  const std::string text = as_yaml(boost::json::object{{"x", value}});
  REQUIRE(text.starts_with("x: "));
  REQUIRE(text.ends_with("\n"));
  return text.substr(3, text.size() - 4);
}

std::string written(const char* text) { return written(boost::json::value(text)); }

// Returns true if readers take the node for a text. A scalar without quotes, which the parser gives the tag
// "?", must not be readable as a boolean or a number.
bool is_text(const YAML::Node& node) {
  if (!node.IsScalar()) return false;
  bool truth = false;
  double number = 0;
  return node.Tag() == "!" || (!YAML::convert<bool>::decode(node, truth) &&
                               !YAML::convert<double>::decode(node, number) && !node.IsNull());
}

// Returns the contents found by a YAML reader as JSON. Fails the test if a reader would take a text for
// another type.
boost::json::value read(const YAML::Node& node, const boost::json::value& like) {
  if (like.is_object()) {
    REQUIRE(node.IsMap());
    boost::json::object object;
    for (const auto& field : node) {
      REQUIRE(is_text(field.first));
      const auto name = field.first.as<std::string>();
      object[name] = read(field.second, like.get_object().at(name));
    }
    return object;
  }
  if (like.is_array()) {
    REQUIRE(node.IsSequence());
    REQUIRE(node.size() == like.get_array().size());
    boost::json::array array;
    for (std::size_t i = 0; i < node.size(); ++i) array.push_back(read(node[i], like.get_array()[i]));
    return array;
  }
  if (like.is_null()) return node.IsNull() ? boost::json::value(nullptr) : boost::json::value("not null");
  if (like.is_bool()) return node.as<bool>();
  if (like.is_int64()) return node.as<std::int64_t>();
  if (like.is_uint64()) return node.as<std::uint64_t>();
  if (like.is_double()) return node.as<double>();
  CAPTURE(node.Scalar());
  REQUIRE(is_text(node));
  return boost::json::value(node.as<std::string>());
}

// Texts that some reader of YAML 1.1 or 1.2 would take for another type, or for nothing, without quotes.
const std::vector<std::string> kTreacherous = {"",
                                               "~",
                                               "null",
                                               "Null",
                                               "true",
                                               "TRUE",
                                               "false",
                                               "yes",
                                               "No",
                                               "on",
                                               "OFF",
                                               "y",
                                               "N",
                                               "1",
                                               "1.0",
                                               "-1",
                                               "+1",
                                               "1e3",
                                               "0x1f",
                                               "0o17",
                                               "017",
                                               "1_000",
                                               "190:20:30",
                                               ".inf",
                                               "-.INF",
                                               ".nan",
                                               "=",
                                               "<<",
                                               "12",
                                               ".5",
                                               "1.",
                                               "2026-11-21",
                                               "2026-11-21T06:14:56.000000Z",
                                               "2026-11-21 06:14:56Z",
                                               "0000-0000-0001",
                                               " a",
                                               "a ",
                                               "  ",
                                               "a: b",
                                               "a:",
                                               "a #b",
                                               "#a",
                                               "- a",
                                               "-",
                                               "---",
                                               "...",
                                               "? a",
                                               ": a",
                                               "[a]",
                                               "{a}",
                                               "a, b",
                                               "*a",
                                               "&a",
                                               "!a",
                                               "!!str a",
                                               "|",
                                               ">",
                                               "%a",
                                               "@a",
                                               "`a`",
                                               "'a'",
                                               "\"a\"",
                                               "a\"b\\c",
                                               "\\",
                                               "a\nb",
                                               "\n",
                                               "a\n",
                                               "\ta",
                                               "a\tb",
                                               "\r",
                                               "\x01",
                                               "\x1b[2J",
                                               "\x7f",
                                               "\u0085",
                                               "\u009b",
                                               "\u00a0",
                                               "\u2028",
                                               "\u202e",
                                               "\ufeff",
                                               "é東🔑",
                                               "Zoë",
                                               "🔑\u202e",
                                               "a  b",
                                               "a - b",
                                               "key: [x"};

TEST_CASE("texts that look like something else are read as the same texts") {
  for (const std::string& text : kTreacherous) {
    CAPTURE(text);
    const boost::json::object object{{"x", text}, {"in", boost::json::array{text, text}}, {text, 1}};
    CHECK(read(YAML::Load(as_yaml(object)), object) == boost::json::value(object));
  }
}

TEST_CASE("texts that a reader takes for something else are in double quotes") {
  for (const std::string& text : kTreacherous) {
    CAPTURE(text);
    if (text != "a  b" && text != "a - b") CHECK(written(boost::json::value(text)).starts_with('"'));
  }
}

TEST_CASE("words, names and digests that begin with a letter have no quotes") {
  for (const char* text :
       {"alice", "not_staff", "chat_bot", "keyledger/production", "a@example.org",
        "The account it belongs to.", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "yesterday"}) {
    CHECK(written(text) == text);
  }
}

TEST_CASE("values that are no texts have no quotes") {
  CHECK(written(boost::json::value(nullptr)) == "null");
  CHECK(written(true) == "true");
  CHECK(written(false) == "false");
  CHECK(written(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(written(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(written(1.5) == "1.5");
  CHECK(written(0.1) == "0.1");
  CHECK(written(5.0) == "5.0");
  CHECK(written(1e300) == "1.0e+300");
  CHECK(written(-2.5e-300) == "-2.5e-300");
  CHECK(written(std::numeric_limits<double>::infinity()) == "null");
  CHECK(written(boost::json::array{}) == "[]");
  CHECK(written(boost::json::object{}) == "{}");
}

TEST_CASE("what steers a terminal is escaped in YAML, in names of fields too") {
  CHECK(written("a\u202e\x1b\u00e9") == R"("a\u202e\x1b\xe9")");
  CHECK(as_yaml(boost::json::object{{"\x1b", 1}}) == "\"\\x1b\": 1\n");
}

TEST_CASE("bytes that are not UTF-8 become the replacement character in YAML") {
  CHECK(written("a\xff") == "\"a\ufffd\"");
}

TEST_CASE("a single thing as YAML is one mapping, and what it holds is indented") {
  CHECK(as_yaml(R"({"name":"a","tags":["x","7"],"none":[],"details":{"scheme":"sha256","tag":["p","q"]},)"
                R"("comparisons":[{"with":"live","agrees":true},{"with":"closing"}],"last":null})") ==
        R"(name: a
tags:
  - x
  - "7"
none: []
details:
  scheme: sha256
  tag:
    - p
    - q
comparisons:
  - with: live
    agrees: true
  - with: closing
last: null
)");
}

TEST_CASE("rows as YAML are one sequence, and leave as they come") {
  std::ostringstream out;
  RowWriter writer(out, OutputFormat::kYaml, {{"name"}});
  writer.write({{"name", "a"}, {"tags", {"x"}}});
  CHECK(out.str() == "- name: a\n  tags:\n    - x\n");
  writer.write({{"name", "b"}, {"tags", boost::json::array{}}});
  writer.write({});
  writer.finish();
  CHECK(out.str() == "- name: a\n  tags:\n    - x\n- name: b\n  tags: []\n- {}\n");
  const YAML::Node all = YAML::Load(out.str());
  REQUIRE(all.IsSequence());
  CHECK(all.size() == 3);
  CHECK(all[1]["name"].as<std::string>() == "b");
}

TEST_CASE("YAML without rows is an empty sequence") {
  std::ostringstream out;
  RowWriter(out, OutputFormat::kYaml, {{"name"}}).finish();
  CHECK(out.str() == "[]\n");
}

TEST_CASE("what is printed as YAML reads back as the same value") {
  const boost::json::value value = boost::json::parse(
      R"({"":"","text":"\"\\\/\b\f\n\r\t\u0001\u001f\u007f\u009b\u202e é東🔑","n":[0,-1,18446744073709551615,1.5,-2.5e-3],)"
      R"("b":[true,false,null],"o":{},"a":[[],[{}],[[1,[2]]]],"m":{"x":{"y":{"z":[{"k":"v"}]}}}})");
  CHECK(read(YAML::Load(as_yaml(value.get_object())), value) == value);
}

}  // namespace
}  // namespace keyledger::tools::output
