#include "ledger/values/printable_text.h"

#include <catch2/catch.hpp>
#include <string>

namespace keyledger::ledger {
namespace {

TEST_CASE("text without anything dangerous is shown as it is") {
  CHECK(printable("") == "");
  CHECK(printable("knox5_20251011") == "knox5_20251011");
  CHECK(printable("Zoë 東京 🔑 \\ \"") == "Zoë 東京 🔑 \\ \"");
}

TEST_CASE("control characters are shown as escapes") {
  CHECK(printable("a\x1b[2Jb") == "a\\x1b[2Jb");
  CHECK(printable("one\ntwo\rthree\tfour") == "one\\ntwo\\rthree\\tfour");
  CHECK(printable(std::string_view("\0\x7f", 2)) == "\\x00\\x7f");
  CHECK(printable("\u009b31m") == "\\u009b31m");
}

TEST_CASE("marks that turn the direction of writing are shown as escapes") {
  CHECK(printable("nimda\u202e") == "nimda\\u202e");
  CHECK(printable("\u2066a\u2069\u200f\u2028\ufeff") == "\\u2066a\\u2069\\u200f\\u2028\\ufeff");
}

TEST_CASE("bytes that are not UTF-8 are shown as escapes, one by one") {
  CHECK(printable("\xff") == "\\xff");
  CHECK(printable("a\xc3") == "a\\xc3");
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");                    // overlong
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // a surrogate
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
  CHECK(printable("\xe2\x82z") == "\\xe2\\x82z");
}

TEST_CASE("a text that is too long ends in an ellipsis") {
  CHECK(cut_to("", 1) == "");
  CHECK(cut_to("abc", 3) == "abc");
  CHECK(cut_to("abcd", 3) == "ab…");
  CHECK(cut_to("ab", 1) == "…");
  CHECK(cut_to("ëëëë", 3) == "ëë…");
}

TEST_CASE("a quoted name is escaped and of bounded length") {
  CHECK(quoted("a\x1b") == "\"a\\x1b\"");
  CHECK(count_code_points(quoted(std::string(1000, 'x'))) == 62);
}

}  // namespace
}  // namespace keyledger::ledger
