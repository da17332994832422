#include "tools/apply/yaml_documents.h"

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

namespace keyledger::tools::apply {
namespace {

// Returns the only document of a text as JSON, or its fault.
std::string read(const std::string& text) {
  const auto documents = read_yaml_documents(text);
  CAPTURE(text);
  if (!documents) return documents.error().what;
  REQUIRE(documents->size() == 1);
  const auto& content = documents->front().content;
  return content ? boost::json::serialize(*content) : content.error();
}

}  // namespace

TEST_CASE("scalars of YAML are what people mean by them") {
  CHECK(read("a: text") == R"({"a":"text"})");
  CHECK(read("[true, True, yes, on, false, NO, off]") == "[true,true,true,true,false,false,false]");
  CHECK(read("[null, ~, ]") == "[null,null]");
  CHECK(read("a:") == R"({"a":null})");
  CHECK(read("[0, 7, -12, +3]") == "[0,7,-12,3]");
  CHECK(read("[1.5, -2.25]") == "[1.5E0,-2.25E0]");
  CHECK(read("['true', \"7\", !!str 7]") == R"(["true","7","7"])");
  CHECK(read("[1.0.0, 2026-11-21, 1:30, 010, 100/60s, 1h, 1234-5678-9012, +90d, -15m, '']") ==
        R"(["1.0.0","2026-11-21","1:30","010","100/60s","1h","1234-5678-9012","+90d","-15m",""])");
  CHECK(read("a: |\n  two\n  lines\n") == "{\"a\":\"two\\nlines\\n\"}");
  CHECK(read("99999999999999999999999") == "1E23");
}

TEST_CASE("every document has its line, and empty ones are left out") {
  const auto documents = read_yaml_documents("# first\na: 1\n---\n---\n# third\nb: 2\n...\n");
  REQUIRE(documents.ok());
  REQUIRE(documents->size() == 2);
  CHECK(documents->front().line == 2);
  CHECK(documents->back().line == 6);
  CHECK(read_yaml_documents("")->empty());
  CHECK(read_yaml_documents("# nothing\n")->empty());
}

TEST_CASE("what JSON has no value for is refused") {
  CHECK(read("a: 1\na: 2") == "\"a\" occurs twice");
  CHECK(read("b: {a: 1, a: 2}") == "\"a\" occurs twice");
  CHECK(read("? [a]\n: 1") == "a key is not a text");
  CHECK(read("a: !python/object x") == "the tag \"!python/object\" is not understood");
  CHECK(read("a: !!binary aGk=") == "the tag \"tag:yaml.org,2002:binary\" is not understood");
}

TEST_CASE("what is no YAML is refused with its line") {
  const auto documents = read_yaml_documents("a: 1\nb: [1, 2\n");
  REQUIRE(!documents.ok());
  CHECK(documents.error().line >= 2);
  CHECK(documents.error().what.starts_with("this is not YAML: "));
  CHECK(!read_yaml_documents("a: *nobody\n").ok());
}

TEST_CASE("a small text that is a large document is refused") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j == 0 ? "" : ", ") + before;
    bomb += "]\n";
  }
  CHECK(read(bomb) == "the document is too large");
  CHECK(read(std::string(100, '[') + std::string(100, ']')) == "the document is nested too deeply");
  CHECK(read("&a [*a]") == "the document is nested too deeply");
  CHECK(!read_yaml_documents(std::string(100'000, '[')).ok());
}

}  // namespace keyledger::tools::apply
