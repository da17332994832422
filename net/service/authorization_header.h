// Reads the Authorization header of an HTTP request as django-rest-knox 5 does (RFC 9110, section 11.6.2,
// with a single token instead of parameters). Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace keyledger::net {

constexpr std::string_view kAuthorizationScheme = "Token";

struct Credentials {
  enum class Kind : std::uint8_t {
    kNone,     // no header, or a header of another scheme: nobody presented a token
    kToken,    // `token` is set, and is judged whatever its text is
    kInvalid,  // the scheme is right, but the rest is not a single token
  };

  Kind kind = Kind::kNone;
  std::string_view token;    // points into the header
  std::string_view message;  // what the caller is told, unless there is a token
};

// Parts are separated by any number of ASCII blanks; the scheme is compared without regard to case.
Credentials parse_authorization(std::string_view header, std::string_view scheme = kAuthorizationScheme);

}  // namespace keyledger::net
