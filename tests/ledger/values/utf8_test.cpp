#include "ledger/values/utf8.h"

#include <catch2/catch.hpp>
#include <string>

namespace keyledger::ledger {

TEST_CASE("well-formed UTF-8 without control characters is text") {
  const std::string text = GENERATE("", "plain ~", "é", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80",
                                    "\xf4\x8f\xbf\xbf", "\xc2\xa0");
  CAPTURE(text);
  CHECK(is_text_without_controls(text));
}

TEST_CASE("malformed UTF-8 and control characters are not text") {
  using namespace std::string_literals;
  const std::string text =
      GENERATE("\x80"s, "\xc0\x80"s, "\xc1\xbf"s, "\xc2"s, "\xe0\x9f\xbf"s, "\xed\xa0\x80"s,
               "\xf0\x8f\xbf\xbf"s, "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\xe2\x82"s, "\xff"s, "a\nb"s,
               "a\0b"s, "\x1f"s, "\x7f"s, "\xc2\x80"s, "\xc2\x9f"s);
  CHECK(!is_text_without_controls(text));
}

TEST_CASE("a code point is taken with its value and its bytes") {
  std::string_view text = "é€🔑";
  CHECK(take_code_point(text).value == 0xe9);
  CHECK(take_code_point(text).bytes == "€");
  CHECK(take_code_point(text).value == 0x1f511);
  CHECK(text.empty());
}

TEST_CASE("length is counted in code points") {
  CHECK(count_code_points("") == 0);
  CHECK(count_code_points("Zoë") == 3);
  CHECK(count_code_points("\xff\xfe") == 2);
}

TEST_CASE("a text is cut between two characters") {
  CHECK(first_bytes("Zoë", 4) == "Zoë");
  CHECK(first_bytes("Zoë", 3) == "Zo");
  CHECK(first_bytes("€", 2).empty());
  CHECK(first_bytes("", 0).empty());
}

}  // namespace keyledger::ledger
