#include "tools/cli/lists.h"

#include <algorithm>
#include <memory>

#include "net/json/rows.h"
#include "projections/permissions.h"
#include "tools/output/columns.h"
#include "tools/program/exit_status.h"
#include "tools/program/option_checks.h"

namespace keyledger::tools::cli {

using projections::ClientRow;
using projections::KeyRow;
using projections::Permission;
using projections::Row;
using projections::RowKind;
using projections::UserRow;

namespace {

// What of a list is asked for; empty: everything.
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

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::ranges::find(all, one) != all.end();
}

// True for rows that were asked for. What is deleted or removed stays in the history, and out of lists.
struct Filter {
  const ListFlags& flags;
  std::optional<UserRow> user;  // of readable_by or manageable_by

  bool operator()(const projections::AccountRow&) const { return true; }
  bool operator()(const projections::PolicyRow&) const { return true; }
  bool operator()(const UserRow& row) const {
    return (flags.all || !row.removed) && (flags.account.empty() || has(row.accounts, flags.account));
  }
  bool operator()(const ClientRow& row) const {
    return (flags.all || !row.removed) && (flags.account.empty() || row.account == flags.account);
  }
  bool operator()(const KeyRow& row) const {
    if (row.deleted && !flags.all && flags.status != "deleted") return false;
    if (!flags.account.empty() && row.account != flags.account) return false;
    if (!flags.owner.empty() && row.owner != flags.owner) return false;
    if (!flags.tag.empty() && !has(row.tags, flags.tag)) return false;
    if (!flags.status.empty() && name_of(row.status) != flags.status) return false;
    if (!user) return true;
    const auto permission = flags.readable_by.empty() ? Permission::kManage : Permission::kRead;
    return may(*user, row, permission, flags.platform_account);
  }
};

int show(Cli& cli, RowKind kind, const std::string& name) {
  int status = program::kExitDone;
  const auto source = cli.source(status);
  if (!source) return status;
  const auto row = cli.find_row(*source, kind, name, status);
  if (row) write_object(cli.out(), cli.format(), net::json_of(*row));
  return status;
}

int print_filtered(Cli& cli, RowKind kind, const AskRows& ask, const ListFlags& flags) {
  int status = program::kExitDone;
  const auto source = cli.source(status);
  if (!source) return status;
  Filter filter{.flags = flags, .user = std::nullopt};
  const std::string& user = flags.readable_by.empty() ? flags.manageable_by : flags.readable_by;
  if (!user.empty()) {
    const auto row = cli.find_row(*source, RowKind::kUsers, user, status);
    if (!row) return status;
    filter.user = std::get<UserRow>(*row);
  }
  // Nothing is printed of an answer that is refused at once.
  std::optional<output::RowWriter> writer;
  const auto answer = ask(*source, [&](std::vector<Row> rows) {
    if (!writer) writer.emplace(cli.out(), cli.format(), output::columns_of(kind));
    for (const Row& row : rows) {
      if (std::visit(filter, row)) writer->write(net::json_of(row));
    }
  });
  if (!answer) return cli.fail(answer.error());
  if (!writer) writer.emplace(cli.out(), cli.format(), output::columns_of(kind));
  writer->finish();
  return program::kExitDone;
}

void add_filters(CLI::App& list, RowKind kind, ListFlags& flags) {
  if (kind == RowKind::kAccounts) return;
  const bool are_keys = kind == RowKind::kKeys;
  list.add_flag("--all", flags.all, are_keys ? "Deleted ones too" : "Removed ones too");
  list.add_option("--account", flags.account, "Only those of this account")->check(program::not_empty());
  if (!are_keys) return;
  list.add_option("--username", flags.owner, "Only those of this owner")->check(program::not_empty());
  list.add_option("--tag", flags.tag, "Only those with this tag")->check(program::not_empty());
  list.add_option("--status", flags.status, "Only those of this status")
      ->check(CLI::IsMember(
          {"active", "inactive", "expired", "deleted", "owner_inactive", "account_closed", "owner_left"}));
  auto* read = list.add_option("--readable-by", flags.readable_by, "Only those that this user may see");
  auto* manage =
      list.add_option("--manageable-by", flags.manageable_by, "Only those that this user may change");
  read->check(program::not_empty())->excludes(manage);
  manage->check(program::not_empty());
  list.add_option("--platform-account", flags.platform_account,
                  "The account whose keys every user may see (with --readable-by)")
      ->check(program::not_empty())
      ->needs(read);
}

}  // namespace

int print_rows(Cli& cli, RowKind kind, const AskRows& ask) {
  return print_filtered(cli, kind, ask, {.all = true});
}

void add_list_verbs(Cli& cli, CLI::App& noun, RowKind kind, const std::string& name,
                    const std::string& placeholder) {
  CLI::App& list = *noun.add_subcommand("list", "List every " + name);
  auto flags = std::make_shared<ListFlags>();
  add_filters(list, kind, *flags);
  cli.on(list, [&cli, kind, flags] {
    const auto ask = [kind](Source& source, const Source::EachRows& each) {
      return source.list({.kind = kind}, each);
    };
    return print_filtered(cli, kind, ask, *flags);
  });
  auto named = std::make_shared<std::string>();
  CLI::App& one = *noun.add_subcommand("show", "Show one " + name);
  one.add_option(placeholder, *named, "Its id or name")->required()->check(program::not_empty());
  cli.on(one, [&cli, kind, named] { return show(cli, kind, *named); });
}

}  // namespace keyledger::tools::cli
