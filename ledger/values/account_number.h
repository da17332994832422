// AccountNumber: twelve decimal digits, written "dddd-dddd-dddd".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/values/strong_id.h"

namespace keyledger::ledger {

// The twelve digits read as a number, 0 to 999'999'999'999.
using AccountNumber = StrongId<struct AccountNumberTag, std::uint64_t>;

constexpr std::uint64_t kAccountNumberEnd = 1'000'000'000'000;

// The account of imported keys whose dump names no account.
constexpr AccountNumber kDefaultImportAccount{0};

// Reads exactly "dddd-dddd-dddd" in ASCII digits. Returns nothing for any other text, also for blanks, a line
// feed or digits of other scripts.
std::optional<AccountNumber> parse_account_number(std::string_view text);

std::string to_string(AccountNumber account);

}  // namespace keyledger::ledger
