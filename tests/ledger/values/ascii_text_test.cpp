// ASCII letters, digits, lines and numbers in texts.
#include "ledger/values/ascii_text.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

namespace keyledger::ledger {
namespace {

TEST_CASE("letters and digits are those of ASCII") {
  CHECK((is_letter('a') && is_letter('Z') && !is_letter('0') && !is_letter('\xc3')));
  CHECK((is_digit('0') && is_digit('9') && !is_digit('a') && !is_digit(':')));
  CHECK((is_hex_digit('f') && is_hex_digit('A') && !is_hex_digit('g')));
  CHECK(lower_case("aB-Z\xc3\x84") == "ab-z\xc3\x84");
}

TEST_CASE("lines are taken from the front, with or without a last line break") {
  for (std::string_view text : {"one\n\nthree", "one\n\nthree\n"}) {
    std::vector<std::string_view> lines;
    while (!text.empty()) lines.push_back(take_line(text));
    CHECK(lines == std::vector<std::string_view>{"one", "", "three"});
  }
}

TEST_CASE("a number is read from a whole text") {
  CHECK(number_from<std::uint16_t>("65535") == 65'535);
  for (const char* text : {"", "65536", "1 ", " 1", "+1", "-1", "0x1", "1e2"}) {
    CAPTURE(text);
    CHECK_FALSE(number_from<std::uint16_t>(text));
  }
}

}  // namespace
}  // namespace keyledger::ledger
