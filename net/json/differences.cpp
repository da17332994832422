#include "net/json/differences.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "ledger/values/ensure.h"
#include "net/json/text.h"

namespace keyledger::net {

using boost::json::value;
using commands::Danger;
using commands::Difference;
using commands::DifferenceClass;
using commands::DifferenceSet;

namespace {

constexpr std::string_view kAll = "all";

boost::json::string_view view(std::string_view text) { return {text.data(), text.size()}; }

value value_or_null(const std::optional<std::string>& text) { return text ? value(*text) : value(nullptr); }

}  // namespace

boost::json::object json_of(const Difference& difference) {
  return {{"danger", text_or_null(name_of(difference.danger))},
          {"object", difference.object},
          {"id", text_or_null(difference.id)},
          {"field", difference.field},
          {"ledger", value_or_null(difference.ledger)},
          {"dump", value_or_null(difference.dump)},
          {"class", view(name_of(difference.kind))}};
}

std::string text_of(const Difference& difference) {
  const std::string text = fmt::format("{}: {}: {} here, {} there ({})", difference.object, difference.field,
                                       difference.ledger.value_or("none"), difference.dump.value_or("none"),
                                       name_of(difference.kind));
  switch (difference.danger) {
    case Danger::kNone:
      return text;
    case Danger::kWorksHere:
      return "works here only: " + text;
    case Danger::kWorksThere:
      return "works there only: " + text;
  }
  ENSURE(false, "a danger");
}

std::vector<std::string> difference_class_names() {
  std::vector<std::string> names = names_of(DifferenceSet::all());
  names.emplace_back(kAll);
  return names;
}

DifferenceSet difference_set_of(std::span<const std::string> names) {
  DifferenceSet set;
  for (const std::string& name : names) {
    if (name == kAll) return DifferenceSet::all();
    const auto known = commands::parse_difference_class(name);
    ENSURE(known, "the name of a class of differences");
    set.insert(*known);
  }
  return set;
}

DifferencesLeft left_of(const commands::ImportReport& report, DifferenceSet ignored) {
  DifferencesLeft left;
  for (const commands::DifferenceCount& each : report.left) {
    if (ignored.contains(each.kind)) continue;
    left.all += each.count;
    if (each.danger == Danger::kNone) continue;
    left.dangerous += each.count;
    left.dangerous_classes.insert(each.kind);
  }
  return left;
}

std::vector<Difference> rows_of(const commands::ImportReport& report, DifferenceSet ignored) {
  std::vector<Difference> rows;
  std::ranges::copy_if(report.rows, std::back_inserter(rows),
                       [&](const Difference& row) { return !ignored.contains(row.kind); });
  return rows;
}

}  // namespace keyledger::net
