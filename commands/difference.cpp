#include "commands/difference.h"

#include <algorithm>
#include <utility>

#include "ledger/values/utf8.h"

namespace keyledger::commands {

namespace {

constexpr std::array<std::string_view, kDifferenceClasses> kNames = {
    "flags",  "expiries", "names",    "assignments", "memberships", "access", "texts",
    "limits", "secrets",  "removals", "returns",     "owners",      "policy"};

// Cuts the text between two characters.
void cut(std::optional<std::string>& text) {
  if (!text || text->size() <= kDifferenceValueBytesMax) return;
  text->resize(ledger::first_bytes(*text, kDifferenceValueBytesMax).size());
  *text += "...";
}

std::size_t bytes_of(const Difference& row) {
  return row.object.size() + row.id.size() + row.field.size() + row.ledger.value_or("").size() +
         row.dump.value_or("").size();
}

}  // namespace

std::string_view name_of(DifferenceClass each) { return kNames[static_cast<std::size_t>(each)]; }

std::optional<DifferenceClass> parse_difference_class(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<DifferenceClass>(found - kNames.begin());
}

DifferenceSet DifferenceSet::all() {
  DifferenceSet all;
  for (std::size_t i = 0; i < kDifferenceClasses; ++i) all.insert(static_cast<DifferenceClass>(i));
  return all;
}

std::vector<std::string> names_of(DifferenceSet set) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kDifferenceClasses; ++i) {
    if (set.contains(static_cast<DifferenceClass>(i))) names.emplace_back(kNames[i]);
  }
  return names;
}

void ImportCounts::count(const std::vector<ledger::Event>& events) {
  for (const ledger::Event& event : events) {
    if (std::holds_alternative<ledger::AccountOpened>(event)) ++accounts;
    if (std::holds_alternative<ledger::UserRegistered>(event)) ++users;
    if (std::holds_alternative<ledger::ClientRegistered>(event)) ++clients;
    if (std::holds_alternative<ledger::KeyImported>(event)) ++keys;
    if (std::holds_alternative<ledger::KeyAssigned>(event)) ++assignments;
  }
}

std::string_view name_of(Danger danger) {
  static constexpr std::array<std::string_view, kDangers> kDangerNames = {"", "works_here", "works_there"};
  return kDangerNames[static_cast<std::size_t>(danger)];
}

bool Differences::takes(Difference difference, Takeable takeable) {
  if (takeable == Takeable::kYes && take_.contains(difference.kind)) {
    ++taken_;
    return true;
  }
  leave(std::move(difference));
  return false;
}

void Differences::give_back(Difference difference) {
  --taken_;
  leave(std::move(difference));
}

void Differences::leave(Difference difference) {
  const auto danger = static_cast<std::size_t>(difference.danger);
  ++left_[static_cast<std::size_t>(difference.kind)][danger];
  cut(difference.ledger);
  cut(difference.dump);
  bytes_[danger] += bytes_of(difference);
  if (rows_[danger].size() < kDifferenceRowsMax && bytes_[danger] <= kDifferenceBytesMax) {
    rows_[danger].push_back(std::move(difference));
  }
}

ImportReport Differences::finish() && {
  ImportReport report{.taken = taken_};
  std::size_t bytes = 0;
  for (const Danger danger : {Danger::kWorksHere, Danger::kWorksThere, Danger::kNone}) {
    for (Difference& row : rows_[static_cast<std::size_t>(danger)]) {
      bytes += bytes_of(row);
      if (report.rows.size() == kDifferenceRowsMax || bytes > kDifferenceBytesMax) break;
      report.rows.push_back(std::move(row));
    }
    for (std::size_t kind = 0; kind < kDifferenceClasses; ++kind) {
      const std::uint64_t count = left_[kind][static_cast<std::size_t>(danger)];
      if (count > 0) report.left.push_back({static_cast<DifferenceClass>(kind), danger, count});
    }
  }
  return report;
}

}  // namespace keyledger::commands
