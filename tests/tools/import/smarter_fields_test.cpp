// Smarter's texts, tags and annotations are adapted to the ledger, and no change is silent.
#include "tools/import/smarter_fields.h"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/tools/import/smarter_examples.h"

namespace keyledger::tools::import {
namespace {

using namespace smarter_examples;
using Texts = std::vector<std::string>;
using ledger::Annotation;

// Collects the reports of one call.
class Told {
 public:
  ReportField field() {
    return [this](DumpField field, std::string reason) {
      all_.push_back(std::string(name_of(field)) + ": " + reason);
    };
  }
  Texts take() { return std::exchange(all_, {}); }

 private:
  Texts all_;
};

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST_CASE("an account's name is the company's, else its own, else its number") {
  Told told;
  const auto name = [&](const std::string& company, const std::string& own) {
    return fitting_account_name({.number = kFirst, .company_name = company, .name = own}, told.field());
  };
  CHECK(name("Company", "own") == "Company");
  CHECK(name("", "own") == "own");
  CHECK(told.take().empty());
  CHECK(name("A/B Ltd", "own") == "own");
  CHECK(told.take() == Texts{R"(company_name: "A/B Ltd" has a slash: the account is named "own")"});
  CHECK(name("", "") == kFirst);
  CHECK(told.take() == Texts{R"(name: is empty: the account is named "1111-1111-1111")"});
  CHECK(name(repeated("x", 256), "a\nb") == kFirst);
  CHECK(told.take() ==
        Texts{R"(company_name: is longer than 255 bytes: the account is named "1111-1111-1111")"});
}

TEST_CASE("a key that cannot be named as it was is named after the day of its creation") {
  Told told;
  const auto created = *ledger::parse_rfc3339("2026-11-21T23:59:59Z");
  const auto name = [&](const std::string& own) {
    return fitting_key_name({.name = own}, created, told.field());
  };
  CHECK(name("Production Key") == "Production Key");
  CHECK(name(std::string(247, 'x')) == std::string(247, 'x'));
  CHECK(told.take().empty());
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "is empty"},
      {std::string(248, 'x'), "is longer than 247 bytes"},
      {"a\tb", R"("a\tb" has a control character)"},
      {"a/b", R"("a/b" has a slash)"},
      {" a", R"(" a" begins or ends with a blank)"},
      {"a ", R"("a " begins or ends with a blank)"},
      {id_text('a'), "\"" + id_text('a') + "\" has the form of an id"},
  };
  for (const auto& [own, why] : cases) {
    CAPTURE(own);
    CHECK(name(own) == "smarter_20261121");
    CHECK(told.take() == Texts{"name: " + why + ": the key is named \"smarter_20261121\""});
  }
}

TEST_CASE("a client that cannot be named as it was is named after its primary key") {
  Told told;
  CHECK(fitting_client_name({.name = std::string(255, 'x')}, "7", told.field()) == std::string(255, 'x'));
  CHECK(told.take().empty());
  CHECK(fitting_client_name({.name = "a/b"}, "7", told.field()) == "client_7");
  CHECK(told.take() == Texts{R"(name: "a/b" has a slash: the client is named "client_7")"});
}

TEST_CASE("a description is cut to 255 characters, and its control characters become blanks") {
  Told told;
  const std::string longest = repeated("ü", 255);
  CHECK(fitting_description(longest, told.field()) == longest);
  CHECK(fitting_description("", told.field()).empty());
  CHECK(told.take().empty());
  CHECK(fitting_description(longest + "x", told.field()) == longest);
  CHECK(told.take() == Texts{"description: is longer than 255 characters: cut"});
  CHECK(fitting_description("two\r\nlines, ä", told.field()) == "two  lines, ä");
  CHECK(told.take() == Texts{"description: has control characters: they were replaced by blanks"});
  // What lies behind the end is not asked about.
  CHECK(fitting_description(longest + "\n", told.field()) == longest);
  CHECK(told.take() == Texts{"description: is longer than 255 characters: cut"});
}

TEST_CASE("a description of any length is read as far as it is kept") {
  for (const std::size_t length : {std::size_t{256}, std::size_t{1024}, std::size_t{5000}}) {
    for (const std::string letter : {"x", "ü", "€", "😀"}) {
      const auto dump = read_whole(
          dump_with({knox_token('a', "1"),
                     smarter_token('a', "1", R"("description": ")" + repeated(letter, length) + "\"")}));
      CHECK(key_ending(dump, 'a').description == repeated(letter, 255));
      CHECK(reports(dump) == Reports{"object 8 description: is longer than 255 characters: cut"});
    }
  }
}

TEST_CASE("tags that the ledger does not take are left out, each with its reason") {
  Told told;
  const auto tags = [&](const std::string& json) {
    return fitting_tags(boost::json::parse(json), told.field());
  };
  CHECK(tags("null").empty());
  CHECK(tags("[]").empty());
  CHECK(tags(R"(["prod", "b c", "prod"])") == Texts{"prod", "b c"});
  CHECK(tags("[\"" + std::string(64, 'x') + "\"]") == Texts{std::string(64, 'x')});
  CHECK(told.take().empty());
  CHECK(tags(R"({"prod": true})").empty());
  CHECK(told.take() == Texts{"tags: is not a list: left out"});
  CHECK(tags(R"(["a", 5, "", "x\ny", null, {"k": 1}, "z"])") == Texts{"a", "z"});
  CHECK(told.take() == Texts{R"(tags: "5" is not a text, left out)", R"(tags: """" is empty, left out)",
                             R"(tags: ""x\ny"" has a control character, left out)",
                             R"(tags: "null" is not a text, left out)",
                             R"(tags: "{"k":1}" is not a text, left out)"});
  CHECK(tags("[\"" + std::string(65, 'x') + "\"]").empty());
  REQUIRE(told.take().front().ends_with(" is longer than 64 bytes, left out"));
  std::string many = "[";
  for (int i = 0; i < 34; ++i) many += fmt::format("{}\"t{}\"", i == 0 ? "" : ",", i);
  CHECK(tags(many + "]").size() == 32);
  CHECK(told.take() == Texts{R"(tags: ""t32"" is beyond the first 32, left out)",
                             R"(tags: ""t33"" is beyond the first 32, left out)"});
}

TEST_CASE("annotations are the members of the list's objects, in order") {
  Told told;
  const auto annotations = [&](const std::string& json, const std::string& version = "1.0.0") {
    SmarterTokenRow row;
    row.annotations = boost::json::parse(json);
    row.version = version;
    return fitting_annotations(row, told.field());
  };
  CHECK(annotations("null").empty());
  CHECK(annotations("[]", "").empty());
  CHECK(annotations(R"([{"smarter.sh/env": "prod"}, {"b": "", "c": "x"}])") ==
        std::vector<Annotation>{{"smarter.sh/env", "prod"}, {"b", ""}, {"c", "x"}});
  CHECK(annotations(R"({"a": "b"})") == std::vector<Annotation>{{"a", "b"}});
  CHECK(annotations(R"([{"n": 5}, {"f": 0.5}, {"t": true}, {"z": null}, {"j": {"k": [1, "\n"]}}])") ==
        std::vector<Annotation>{
            {"n", "5"}, {"f", "0.5"}, {"t", "true"}, {"z", "null"}, {"j", R"({"k":[1,"\n"]})"}});
  CHECK(annotations(R"([{"a": "b"}, {"a": "b"}])") == std::vector<Annotation>{{"a", "b"}});
  CHECK(annotations("[]", "2.1.0") == std::vector<Annotation>{{"smarter.sh/version", "2.1.0"}});
  CHECK(annotations("[{\"a\": \"" + repeated("ü", 2048) + "\"}]").front().value == repeated("ü", 2048));
  CHECK(told.take().empty());
}

TEST_CASE("annotations that the ledger does not take are left out, each with its reason") {
  Told told;
  const auto annotations = [&](const std::string& json, const std::string& version = "1.0.0") {
    SmarterTokenRow row;
    row.annotations = boost::json::parse(json);
    row.version = version;
    return fitting_annotations(row, told.field());
  };
  CHECK(annotations(R"([{"a": "b"}, {"a": "c"}, "text", {"": "x"}, {"x\n": "y"}, {"v": "1\n2"}])") ==
        std::vector<Annotation>{{"a", "b"}});
  CHECK(told.take() == Texts{R"(annotations: "a": the name occurs twice, left out)",
                             R"(annotations: ""text"" is not an object, left out)",
                             R"(annotations: "": a name is empty, left out)",
                             R"(annotations: "x\n": a name has a control character, left out)",
                             R"(annotations: "v": the value has a control character, left out)"});
  CHECK(annotations("5").empty());
  CHECK(told.take() == Texts{R"(annotations: "5" is not an object, left out)"});
  CHECK(annotations("[{\"" + std::string(256, 'n') + "\": 1}, {\"v\": \"" + repeated("ü", 2049) + "\"}]")
            .empty());
  const Texts said = told.take();
  REQUIRE(said.size() == 2);
  CHECK(said[0].ends_with(": a name is longer than 255 bytes, left out"));
  CHECK(said[1] == R"(annotations: "v": the value is longer than 2048 characters, left out)");
  std::string many = "[{";
  for (int i = 0; i < 33; ++i) many += fmt::format("{}\"a{}\": {}", i == 0 ? "" : ",", i, i);
  CHECK(annotations(many + "}]", "2.0.0").size() == 32);
  CHECK(told.take() == Texts{R"(annotations: "a32": is beyond the first 32, left out)",
                             R"(version: "smarter.sh/version": is beyond the first 32, left out)"});
}

}  // namespace
}  // namespace keyledger::tools::import
