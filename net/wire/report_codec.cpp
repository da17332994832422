#include "net/wire/report_codec.h"

#include "net/wire/fields.h"

namespace keyledger::net {

using commands::Danger;
using commands::Difference;
using commands::DifferenceClass;
using commands::DifferenceCount;
using commands::ImportCounts;

namespace {

bool is_known(wire::Difference::Class kind, wire::Difference::Danger danger) {
  return static_cast<std::size_t>(kind) < commands::kDifferenceClasses &&
         static_cast<std::size_t>(danger) < commands::kDangers;
}

void encode(const Difference& row, wire::Difference::Builder to) {
  to.setClass(static_cast<wire::Difference::Class>(row.kind));
  to.setDanger(static_cast<wire::Difference::Danger>(row.danger));
  to.setObject(text(row.object));
  if (!row.id.empty()) to.setId(text(row.id));
  to.setField(text(row.field));
  to.setHasLedger(row.ledger.has_value());
  if (row.ledger) to.setLedger(text(*row.ledger));
  to.setHasDump(row.dump.has_value());
  if (row.dump) to.setDump(text(*row.dump));
}

Difference decode(wire::Difference::Reader in) {
  Difference row{.kind = static_cast<DifferenceClass>(in.getClass()),
                 .danger = static_cast<Danger>(in.getDanger()),
                 .object = string(in.getObject()),
                 .id = string(in.getId()),
                 .field = string(in.getField())};
  if (in.getHasLedger()) row.ledger = string(in.getLedger());
  if (in.getHasDump()) row.dump = string(in.getDump());
  return row;
}

void encode(const ImportCounts& counts, wire::ImportCounts::Builder to) {
  to.setAccounts(counts.accounts);
  to.setUsers(counts.users);
  to.setClients(counts.clients);
  to.setKeys(counts.keys);
  to.setAssignments(counts.assignments);
}

}  // namespace

void set_classes(commands::DifferenceSet from, wire::ImportKeys::Builder to) {
  if (from.empty()) return;
  const std::vector<std::string> names = names_of(from);
  set_texts(names, to.initTake(size_of(names)));
}

commands::DifferenceSet classes(TextList::Reader from) {
  commands::DifferenceSet set;
  for (const auto name : from) {
    const auto known = commands::parse_difference_class(view(name));
    if (!known) reject("an unknown class of differences");
    set.insert(*known);
  }
  return set;
}

void encode_report(const commands::ImportReport& report, wire::Done::Builder out) {
  out.setTaken(report.taken);
  if (!report.rows.empty()) {
    auto rows = out.initDifferences(size_of(report.rows));
    for (unsigned i = 0; i < rows.size(); ++i) encode(report.rows[i], rows[i]);
  }
  if (!report.left.empty()) {
    auto left = out.initLeft(size_of(report.left));
    for (unsigned i = 0; i < left.size(); ++i) {
      left[i].setClass(static_cast<wire::Difference::Class>(report.left[i].kind));
      left[i].setDanger(static_cast<wire::Difference::Danger>(report.left[i].danger));
      left[i].setCount(report.left[i].count);
    }
  }
  if (report.missing != ImportCounts{}) encode(report.missing, out.initMissing());
}

commands::ImportReport decode_report(wire::Done::Reader in) {
  commands::ImportReport report{.taken = in.getTaken()};
  for (const auto row : in.getDifferences()) {
    if (is_known(row.getClass(), row.getDanger())) report.rows.push_back(decode(row));
  }
  for (const auto count : in.getLeft()) {
    if (!is_known(count.getClass(), count.getDanger())) continue;
    report.left.push_back({.kind = static_cast<DifferenceClass>(count.getClass()),
                           .danger = static_cast<Danger>(count.getDanger()),
                           .count = count.getCount()});
  }
  const auto missing = in.getMissing();
  report.missing = {.accounts = missing.getAccounts(),
                    .users = missing.getUsers(),
                    .clients = missing.getClients(),
                    .keys = missing.getKeys(),
                    .assignments = missing.getAssignments()};
  return report;
}

}  // namespace keyledger::net
