#include "tools/program/option_checks.h"

#include "ledger/values/timestamp.h"

namespace keyledger::tools::program {

CLI::Validator not_empty() {
  return CLI::Validator(
      [](std::string& text) { return text.empty() ? std::string("must not be empty") : std::string(); }, "");
}

CLI::Validator length_of_time_or_none() {
  return CLI::Validator(
      [](std::string& text) {
        const bool is_length = text == "none" || ledger::parse_duration(text).has_value();
        return is_length ? std::string() : "must be a length of time (12h, 90d) or none, not '" + text + "'";
      },
      "");
}

CLI::Validator digits_only() {
  return CLI::Validator(
      [](std::string& text) {
        const bool is_number = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
        return is_number ? std::string() : "must be a number, not '" + text + "'";
      },
      "");
}

}  // namespace keyledger::tools::program
