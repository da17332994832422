#include "tools/cli/key_values.h"

#include "ledger/values/printable_text.h"

namespace keyledger::tools::cli {

using ledger::Annotation;
using ledger::RateLimit;

std::optional<std::vector<Annotation>> parse_annotations(Cli& cli, const std::vector<std::string>& texts,
                                                         int& status) {
  std::vector<Annotation> annotations;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) {
      status = cli.usage("--annotation takes NAME=VALUE, not " + ledger::quoted(text));
      return std::nullopt;
    }
    annotations.push_back({.name = text.substr(0, equals), .value = text.substr(equals + 1)});
  }
  return annotations;
}

std::optional<std::optional<RateLimit>> parse_limit(Cli& cli, const std::string& text, int& status) {
  if (text == "none") return std::optional<RateLimit>{};
  const auto limit = ledger::parse_rate_limit(text);
  if (limit) return limit;
  status =
      cli.usage("a rate limit is REQUESTS/TIME, like 100/1m or 5/30s, or none; not " + ledger::quoted(text));
  return std::nullopt;
}

std::optional<std::vector<ledger::AddressRange>> parse_ranges(Cli& cli, const std::vector<std::string>& texts,
                                                              int& status) {
  std::vector<ledger::AddressRange> ranges;
  for (const std::string& text : texts) {
    const auto range = ledger::parse_address_range(text);
    if (!range) {
      status = cli.usage(
          "an address range is an address, or a network whose bits after the prefix are zero, like "
          "192.0.2.7, 192.0.2.0/24 or "
          "2001:db8::/32; not " +
          ledger::quoted(text));
      return std::nullopt;
    }
    ranges.push_back(*range);
  }
  return ranges;
}

}  // namespace keyledger::tools::cli
