#include "ledger/values/account_number.h"

#include <catch2/catch.hpp>

namespace keyledger::ledger {

TEST_CASE("an account number is twelve digits in three groups") {
  CHECK(parse_account_number("1234-5678-9012") == AccountNumber{123456789012});
  CHECK(parse_account_number("0000-0000-0000") == kDefaultImportAccount);
  CHECK(parse_account_number("9999-9999-9999") == AccountNumber{kAccountNumberEnd - 1});
}

TEST_CASE("an account number is written as it is read") {
  CHECK(to_string(AccountNumber{123456789012}) == "1234-5678-9012");
  CHECK(to_string(AccountNumber{7}) == "0000-0000-0007");
}

TEST_CASE("anything that is not exactly an account number is refused") {
  const std::string text =
      GENERATE("", "123456789012", "1234-5678-901", "1234-5678-90123", "1234-5678-9012\n", " 1234-5678-9012",
               "1234 5678 9012", "1234-5678-901a", "-123-5678-9012", "+123-5678-9012", "12345-678-9012",
               "\xd9\xa1\xd9\xa2-5678-9012",
               "1234\xe2\x80\x90"
               "5678-90");
  CAPTURE(text);
  CHECK(!parse_account_number(text));
}

}  // namespace keyledger::ledger
