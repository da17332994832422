#include "net/service/authorization_header.h"

#include <algorithm>

#include "ledger/values/ascii_text.h"

namespace keyledger::net {
namespace {

constexpr std::string_view kBlanks = " \t\n\r\f\v";

// Takes the next part off the front; empty at the end.
std::string_view take_part(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
  const std::string_view part = rest.substr(0, rest.find_first_of(kBlanks));
  rest.remove_prefix(part.size());
  return part;
}

bool is_same_scheme(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return ledger::lower_case(c); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

Credentials parse_authorization(std::string_view header, std::string_view scheme) {
  using Kind = Credentials::Kind;
  const std::string_view named = take_part(header);
  const std::string_view token = take_part(header);
  if (named.empty() || !is_same_scheme(named, scheme)) {
    return {.kind = Kind::kNone, .token = {}, .message = "Authentication credentials were not provided."};
  }
  if (token.empty()) {
    return {.kind = Kind::kInvalid, .token = {}, .message = "Invalid token header. No credentials provided."};
  }
  if (!take_part(header).empty()) {
    return {.kind = Kind::kInvalid,
            .token = {},
            .message = "Invalid token header. Token string should not contain spaces."};
  }
  return {.kind = Kind::kToken, .token = token, .message = {}};
}

}  // namespace keyledger::net
