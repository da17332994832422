#include "tools/cli_lists.h"

#include <memory>

#include "tools/exit_status.h"
#include "tools/option_checks.h"
#include "tools/row_json.h"

namespace keyledger::tools {

using projections::Row;
using projections::RowKind;

namespace {

int show(Cli& cli, RowKind kind, const std::string& name) {
  int status = kExitDone;
  const auto source = cli.source(status);
  if (!source) return status;
  std::optional<Row> row;
  const auto answer = source->list({.kind = kind, .name = name}, [&](std::vector<Row> rows) {
    if (!rows.empty()) row = std::move(rows.front());
  });
  if (!answer) return cli.fail(answer.error());
  if (row) write_object(cli.out(), cli.format(), json_of(*row));
  return kExitDone;
}

}  // namespace

int print_rows(Cli& cli, RowKind kind, const AskRows& ask) {
  int status = kExitDone;
  const auto source = cli.source(status);
  if (!source) return status;
  // Nothing is printed of an answer that is refused at once.
  std::optional<RowWriter> writer;
  const auto answer = ask(*source, [&](std::vector<Row> rows) {
    if (!writer) writer.emplace(cli.out(), cli.format(), columns_of(kind));
    for (const Row& row : rows) writer->write(json_of(row));
  });
  if (!answer) return cli.fail(answer.error());
  if (!writer) writer.emplace(cli.out(), cli.format(), columns_of(kind));
  writer->finish();
  return kExitDone;
}

void add_list_verbs(Cli& cli, CLI::App& noun, RowKind kind, const std::string& name,
                    const std::string& placeholder) {
  CLI::App& list = *noun.add_subcommand("list", "List every " + name);
  cli.on(list, [&cli, kind] {
    return print_rows(cli, kind, [kind](Source& source, const Source::EachRows& each) {
      return source.list({.kind = kind}, each);
    });
  });
  auto named = std::make_shared<std::string>();
  CLI::App& one = *noun.add_subcommand("show", "Show one " + name);
  one.add_option(placeholder, *named, "Its id or name")->required()->check(not_empty());
  cli.on(one, [&cli, kind, named] { return show(cli, kind, *named); });
}

}  // namespace keyledger::tools
