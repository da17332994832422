#include "commands/names.h"

#include <catch2/catch.hpp>
#include <string>

namespace keyledger::commands {
namespace {

TEST_CASE("characters are code points") {
  CHECK(characters_in("") == 0);
  CHECK(characters_in("abc") == 3);
  CHECK(characters_in("\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x91") == 3);
}

TEST_CASE("plain text is UTF-8 without controls") {
  CHECK(is_plain_text("Gr\xc3\xbc\xc3\x9f Gott"));
  CHECK(is_plain_text(""));
  for (const std::string text : {"a\n", "a\x7f", "\xc3", "\xed\xa0\x80", "\xc2\x85"}) {
    CAPTURE(text);
    CHECK_FALSE(is_plain_text(text));
  }
}

TEST_CASE("a name's limit is in bytes, and a blank may stand within") {
  CHECK(is_name("my key", 6));
  CHECK_FALSE(is_name("my key", 5));
  CHECK(is_name("knox@example.org+1", 255));
  CHECK_FALSE(is_name("0F8FAD5B-D9CB-469F-A165-708677289500", 255));
}

}  // namespace
}  // namespace keyledger::commands
