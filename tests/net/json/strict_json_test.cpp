#include "net/json/strict_json.h"

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

namespace keyledger::net {

TEST_CASE("JSON is read as it is") {
  for (const std::string text :
       {R"({"a":1,"b":[{"a":null},{"a":true}],"c":{"a":"x"}})", "[]", "7", R"("é")"}) {
    const auto value = parse_strict_json(text);
    CAPTURE(text);
    REQUIRE(value.ok());
    CHECK(boost::json::serialize(*value) == text);
  }
}

TEST_CASE("a name that stands twice in one object is a mistake, at any depth") {
  CHECK(parse_strict_json(R"({"a":1,"b":2,"a":3})").error() == "\"a\" occurs twice");
  CHECK(parse_strict_json(R"([{"x":{"key":1,"key":1}}])").error() == "\"key\" occurs twice");
  CHECK(parse_strict_json(R"({"a":1,"\u0061":2})").error() == "\"a\" occurs twice");
  CHECK(parse_strict_json(R"({"":1,"":2})").error() == "\"\" occurs twice");
}

TEST_CASE("what is no JSON is refused") {
  for (const std::string text :
       {"", "{", "{}x", "{} {}", "{'a':1}", "{\"a\":01}", "nul", "\"\xff\"", "{\"a\":1,}"}) {
    CAPTURE(text);
    const auto value = parse_strict_json(text);
    REQUIRE(!value.ok());
    CHECK(value.error().starts_with("this is not JSON: "));
  }
  CHECK(!parse_strict_json(std::string(100, '[') + std::string(100, ']')).ok());
}

}  // namespace keyledger::net
