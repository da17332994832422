#include "tools/cli/lists.h"

#include <memory>

#include "net/json/rows.h"
#include "projections/permissions.h"
#include "tools/output/columns.h"
#include "tools/program/exit_status.h"
#include "tools/program/option_checks.h"

namespace keyledger::tools::cli {

using projections::Permission;
using projections::Row;
using projections::RowKind;

namespace {

// The options of `list`. An option is empty if it was not given.
struct ListFlags {
  bool all = false;
  std::string account;
  std::string owner;
  std::string tag;
  std::string status;
  std::string readable_by;
  std::string manageable_by;
  std::string platform_account;
};

net::AskList ask_of(RowKind kind, const ListFlags& flags) {
  net::AskList ask{.kind = kind};
  // Every account is listed, because accounts are closed and never removed.
  if (!flags.all && kind != RowKind::kAccounts) ask.filter.gone = net::GoneRows::kLeaveOut;
  ask.filter.account = flags.account;
  ask.filter.owner = flags.owner;
  ask.filter.tag = flags.tag;
  ask.filter.status = net::parse_key_status(flags.status);
  if (!flags.readable_by.empty()) {
    ask.filter.permission = {.user = flags.readable_by,
                             .permission = Permission::kRead,
                             .platform_account = flags.platform_account};
  } else if (!flags.manageable_by.empty()) {
    ask.filter.permission = {.user = flags.manageable_by, .permission = Permission::kManage};
  }
  return ask;
}

int show(Cli& cli, RowKind kind, const std::string& name) {
  int status = program::kExitDone;
  const auto source = cli.source(status);
  if (!source) return status;
  const auto row = cli.find_row(*source, kind, name, status);
  if (row) write_object(cli.out(), cli.format(), net::json_of(*row));
  return status;
}

void add_filters(CLI::App& list, RowKind kind, ListFlags& flags) {
  if (kind == RowKind::kAccounts) return;
  const bool are_keys = kind == RowKind::kKeys;
  list.add_flag("--all", flags.all, are_keys ? "Also list deleted keys" : "Also list removed entries");
  list.add_option("--account", flags.account, "Only entries of this account")->check(program::not_empty());
  if (!are_keys) return;
  list.add_option("--username", flags.owner, "Only keys of this owner")->check(program::not_empty());
  list.add_option("--tag", flags.tag, "Only keys with this tag")->check(program::not_empty());
  list.add_option("--status", flags.status, "Only keys with this status")
      ->check(CLI::IsMember(
          {"active", "inactive", "expired", "deleted", "owner_inactive", "account_closed", "owner_left"}));
  auto* read = list.add_option("--readable-by", flags.readable_by, "Only keys that this user may see");
  auto* manage =
      list.add_option("--manageable-by", flags.manageable_by, "Only keys that this user may change");
  read->check(program::not_empty())->excludes(manage);
  manage->check(program::not_empty());
  list.add_option("--platform-account", flags.platform_account,
                  "The account whose keys every user may see (with --readable-by)")
      ->check(program::not_empty())
      ->needs(read);
}

}  // namespace

int print_rows(Cli& cli, RowKind kind, const AskRows& ask) {
  int status = program::kExitDone;
  const auto source = cli.source(status);
  if (!source) return status;
  // The header is printed with the first rows, because a refused question prints nothing.
  std::optional<output::RowWriter> writer;
  const auto answer = ask(*source, [&](const std::vector<Row>& rows) {
    if (!writer) writer.emplace(cli.out(), cli.format(), output::columns_of(kind));
    for (const Row& row : rows) writer->write(net::json_of(row));
  });
  if (!answer) return cli.fail(answer.error());
  if (!writer) writer.emplace(cli.out(), cli.format(), output::columns_of(kind));
  writer->finish();
  return program::kExitDone;
}

void add_list_verbs(Cli& cli, CLI::App& noun, RowKind kind, const std::string& name,
                    const std::string& placeholder) {
  CLI::App& list = *noun.add_subcommand("list", "List every " + name);
  auto flags = std::make_shared<ListFlags>();
  add_filters(list, kind, *flags);
  cli.on(list, [&cli, kind, flags] {
    return print_rows(cli, kind, [&](Source& source, const Source::EachRows& each) {
      return source.list(ask_of(kind, *flags), each);
    });
  });
  auto named = std::make_shared<std::string>();
  CLI::App& one = *noun.add_subcommand("show", "Show one " + name);
  one.add_option(placeholder, *named, "The id or name")->required()->check(program::not_empty());
  cli.on(one, [&cli, kind, named] { return show(cli, kind, *named); });
}

}  // namespace keyledger::tools::cli
