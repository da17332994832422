// account, user and client: what they are called, and the lists of everything.
#include <memory>

#include "tools/cli.h"
#include "tools/cli_lists.h"
#include "tools/exit_status.h"
#include "tools/row_json.h"

namespace keyledger::tools {

using projections::Row;
using projections::RowKind;

namespace {

void add_account_verbs(Cli& cli) {
  CLI::App& noun = cli.noun("account", "Accounts: who owns clients and keys");
  auto open = std::make_shared<commands::OpenAccount>();
  CLI::App& verb = *noun.add_subcommand("open", "Open an account");
  verb.add_option("--number", open->number, "Twelve digits: dddd-dddd-dddd")->required();
  verb.add_option("--name", open->name, "What people call it")->required();
  cli.on(verb, [&cli, open] { return cli.command(*open); });
  add_list_verbs(cli, noun, RowKind::kAccounts, "account", "NUMBER");
}

void add_user_verbs(Cli& cli) {
  CLI::App& noun = cli.noun("user", "Users: who owns keys");
  auto user = std::make_shared<commands::RegisterUser>();
  auto staff = std::make_shared<bool>(false);
  CLI::App& verb = *noun.add_subcommand("add", "Register a user");
  verb.add_option("--account", user->account, "The account he belongs to")->required();
  verb.add_option("--username", user->username, "His name, unique in the ledger")->required();
  verb.add_flag("--staff", *staff, "He may be given keys");
  cli.on(verb, [&cli, user, staff] {
    user->staff = *staff ? ledger::StaffFlag::kStaff : ledger::StaffFlag::kNotStaff;
    return cli.command(*user);
  });
  add_list_verbs(cli, noun, RowKind::kUsers, "user", "USERNAME");
}

int show_active_key(Cli& cli, const std::string& client) {
  int status = kExitDone;
  const auto source = cli.source(status);
  if (!source) return status;
  const auto answer = source->active_key(client);
  if (!answer) return cli.fail(answer.error());
  if (!answer->found) return cli.fail(ledger::Refusal{ledger::RefusalCode::kClientUnknown, client});
  write_object(cli.out(), cli.format(), json_of(*answer));
  return answer->counts.has_active_key() ? kExitDone : kExitRefused;
}

void add_client_verbs(Cli& cli) {
  CLI::App& noun = cli.noun("client", "Clients: what keys are used for");
  auto client = std::make_shared<commands::RegisterClient>();
  CLI::App& add = *noun.add_subcommand("add", "Register a client");
  add.add_option("--account", client->account, "The account it belongs to")->required();
  add.add_option("--name", client->name, "Its name, unique in the account")->required();
  cli.on(add, [&cli, client] { return cli.command(*client); });
  add_list_verbs(cli, noun, RowKind::kClients, "client", "CLIENT");

  auto named = std::make_shared<std::string>();
  CLI::App& keys = *noun.add_subcommand("keys", "The keys that are assigned to a client");
  keys.add_option("CLIENT", *named, "client_id, NAME or ACCOUNT/NAME")->required();
  cli.on(keys, [&cli, named] {
    return print_rows(cli, RowKind::kKeys, [&](Source& source, const Source::EachRows& each) {
      return source.keys_of_client({*named}, each);
    });
  });

  CLI::App& has =
      *noun.add_subcommand("has-active-key", "Whether some assigned key works now; exit status 0 or 1");
  has.add_option("CLIENT", *named, "client_id, NAME or ACCOUNT/NAME")->required();
  cli.on(has, [&cli, named] { return show_active_key(cli, *named); });
}

}  // namespace

void add_entity_verbs(Cli& cli) {
  add_account_verbs(cli);
  add_user_verbs(cli);
  add_client_verbs(cli);
}

}  // namespace keyledger::tools
