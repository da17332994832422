#include "tools/cli/differences.h"

#include <fmt/format.h>

#include "tools/program/exit_status.h"

namespace keyledger::tools::cli {

void add_difference_options(CLI::App& verb, DifferenceFlags& flags, const std::string& there) {
  const auto names = net::difference_class_names();
  const std::string list = fmt::format("{}", fmt::join(names, ", "));
  verb.add_option("--take", flags.take,
                  "Classes of differences in which " + there + " is right and the ledger is changed: " + list)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember(names).description("CLASS,..."));
  verb.add_option("--ignore", flags.ignore, "Classes of differences that are not shown and do not count")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember(names).description("CLASS,..."));
}

void print_difference_rows(Cli& cli, const commands::ImportReport& report, commands::DifferenceSet ignored) {
  output::RowWriter writer(cli.out(), cli.format(),
                           {{"danger"}, {"object"}, {"field"}, {"ledger"}, {"dump"}, {"class"}, {"id"}});
  const auto rows = net::rows_of(report, ignored);
  for (const commands::Difference& row : rows) writer.write(net::json_of(row));
  writer.finish();
  const std::uint64_t all = net::left_of(report, ignored).all;
  if (all > rows.size()) {
    cli.err() << fmt::format("keyledger: {} more differences are not shown\n", all - rows.size());
  }
}

int warn_of_dangers(Cli& cli, const net::DifferencesLeft& left) {
  if (left.dangerous == 0) return program::kExitDone;
  const std::string list = fmt::format("{}", fmt::join(names_of(left.dangerous_classes), ","));
  cli.err() << fmt::format(
      "keyledger: {} dangerous {}: somebody is accepted on one side and refused on the other. Change one "
      "side, take over the other side with --take {}, or accept this with --ignore {}\n",
      left.dangerous, left.dangerous == 1 ? "difference" : "differences", list, list);
  return program::kExitRefused;
}

}  // namespace keyledger::tools::cli
