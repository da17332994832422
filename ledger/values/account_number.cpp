#include "ledger/values/account_number.h"

#include <fmt/format.h>

namespace keyledger::ledger {

std::optional<AccountNumber> parse_account_number(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dddd-dddd";
  if (text.size() != kShape.size()) return std::nullopt;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] == '-') {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(text[i] - '0');
  }
  return AccountNumber{number};
}

std::string to_string(AccountNumber account) {
  const std::uint64_t number = account.value();
  return fmt::format("{:04}-{:04}-{:04}", number / 100'000'000, number / 10'000 % 10'000, number % 10'000);
}

}  // namespace keyledger::ledger
