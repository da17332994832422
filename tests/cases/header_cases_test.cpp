// Part C: the Authorization header.
#include "net/service/authorization_header.h"
#include "tests/cases/case_ledger.h"

namespace keyledger::tests {
namespace {

using net::Credentials;
using net::parse_authorization;
using Kind = net::Credentials::Kind;

}  // namespace

TEST_CASE("C1, C2: no header presents nothing") {
  for (const char* header : {"", "   ", "\t"}) {
    const Credentials parsed = parse_authorization(header);
    CHECK(parsed.kind == Kind::kNone);
    CHECK(parsed.message == "Authentication credentials were not provided.");
  }
}

TEST_CASE("C3: a scheme alone is refused") {
  const Credentials parsed = parse_authorization("Token");
  CHECK(parsed.kind == Kind::kInvalid);
  CHECK(parsed.message == "Invalid token header. No credentials provided.");
}

TEST_CASE("C4, L7: a token has no blanks") {
  for (const char* header : {"Token wordone wordtwo", "Token a b c"}) {
    const Credentials parsed = parse_authorization(header);
    CHECK(parsed.kind == Kind::kInvalid);
    CHECK(parsed.message == "Invalid token header. Token string should not contain spaces.");
  }
}

TEST_CASE("C5: the scheme is compared without regard to case") {
  for (const char* header : {"token V6", "TOKEN V6", "ToKeN V6"}) {
    CHECK(parse_authorization(header).token == "V6");
  }
}

TEST_CASE("C6: any number of blanks separates the parts") {
  for (const char* header : {"Token   V6", "Token\tV6", "  Token V6  ", "\tToken \t V6\r\n"}) {
    const Credentials parsed = parse_authorization(header);
    CHECK(parsed.kind == Kind::kToken);
    CHECK(parsed.token == "V6");
  }
}

TEST_CASE("C7: another scheme presents nothing") {
  for (const char* header : {"TokenV6", "Bearer V6", "Basic YTpi"}) {
    CHECK(parse_authorization(header).kind == Kind::kNone);
  }
}

TEST_CASE("C10: a no-break space separates nothing") {
  CHECK(parse_authorization("Token\xc2\xa0V6").kind == Kind::kNone);
}

TEST_CASE("C11: another scheme may be chosen") {
  CHECK(parse_authorization("Token V6", "Baerer").kind == Kind::kNone);
  CHECK(parse_authorization("Baerer V6", "Baerer").token == "V6");
}

TEST_CASE("C13: bytes that are no text are an invalid token") {
  CaseLedger given;
  const Credentials parsed = parse_authorization("Token \xff\xfe");
  REQUIRE(parsed.kind == Kind::kToken);
  CHECK(given.told(parsed.token) == "Invalid token.");
}

}  // namespace keyledger::tests
