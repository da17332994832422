// The verbs of account, user and client.
#include <memory>

#include "net/json/rows.h"
#include "tools/cli/cli.h"
#include "tools/cli/lists.h"
#include "tools/program/exit_status.h"
#include "tools/program/option_checks.h"

namespace keyledger::tools::cli {

using ledger::ActiveFlag;
using ledger::StaffFlag;
using projections::RowKind;

namespace {

constexpr const char* kClientHelp = "client_id, NAME or ACCOUNT/NAME";

// Adds a verb whose command needs only the name of an entity.
template <typename Command>
CLI::App& add_verb(Cli& cli, CLI::App& noun, const std::string& name, const std::string& description,
                   std::string Command::*named, const std::string& placeholder, const std::string& help) {
  auto command = std::make_shared<Command>();
  CLI::App& verb = *noun.add_subcommand(name, description);
  verb.add_option(placeholder, (*command).*named, help)->required()->check(program::not_empty());
  cli.on(verb, [&cli, command] { return cli.command(*command); });
  return verb;
}

void add_account_verbs(Cli& cli) {
  CLI::App& noun = cli.noun("account", "Accounts: who owns clients and keys");
  auto open = std::make_shared<commands::OpenAccount>();
  CLI::App& verb = *noun.add_subcommand("open", "Open an account");
  verb.add_option("--number", open->number, "Twelve digits: dddd-dddd-dddd (default: drawn at random)");
  verb.add_option("--name", open->name, "What people call it")->required();
  cli.on(verb, [&cli, open] { return cli.command(*open); });
  add_list_verbs(cli, noun, RowKind::kAccounts, "account", "NUMBER");

  auto rename = std::make_shared<commands::RenameAccount>();
  CLI::App& renaming = *noun.add_subcommand("rename", "Call an account something else; its number stays");
  renaming.add_option("NUMBER", rename->account, "dddd-dddd-dddd")->required()->check(program::not_empty());
  renaming.add_option("--name", rename->name, "Its new name")->required();
  cli.on(renaming, [&cli, rename] { return cli.command(*rename); });
  add_verb(cli, noun, "close", "Let nothing of an account in any more, for ever",
           &commands::CloseAccount::account, "NUMBER", "dddd-dddd-dddd");
}

struct UserFlags {
  commands::SetUser command;
  bool staff = false;
  bool no_staff = false;
  bool active = false;
  bool no_active = false;
};

int set_user(Cli& cli, const UserFlags& flags) {
  commands::SetUser command = flags.command;
  if (flags.staff) command.staff = StaffFlag::kStaff;
  if (flags.no_staff) command.staff = StaffFlag::kNotStaff;
  if (flags.active) command.active = ActiveFlag::kActive;
  if (flags.no_active) command.active = ActiveFlag::kInactive;
  if (!command.staff && !command.active && command.join.empty() && command.leave.empty()) {
    return cli.usage("say what to set: --staff, --no-staff, --active, --no-active, --join or --leave");
  }
  return cli.command(command);
}

void add_user_verbs(Cli& cli) {
  CLI::App& noun = cli.noun("user", "Users: who owns keys");
  auto user = std::make_shared<commands::RegisterUser>();
  auto is_staff = std::make_shared<bool>(false);
  CLI::App& verb = *noun.add_subcommand("add", "Register a user");
  verb.add_option("--account", user->account, "The account he belongs to")->required();
  verb.add_option("--username", user->username, "His name, unique in the ledger")->required();
  verb.add_flag("--staff", *is_staff, "He may be given keys");
  cli.on(verb, [&cli, user, is_staff] {
    user->staff = *is_staff ? StaffFlag::kStaff : StaffFlag::kNotStaff;
    return cli.command(*user);
  });
  add_list_verbs(cli, noun, RowKind::kUsers, "user", "USERNAME");

  auto flags = std::make_shared<UserFlags>();
  CLI::App& set = *noun.add_subcommand("set", "Change what a user is; all of it in one step");
  set.add_option("USERNAME", flags->command.username, "His name")->required()->check(program::not_empty());
  auto* staff = set.add_flag("--staff", flags->staff, "He may be given keys");
  set.add_flag("--no-staff", flags->no_staff, "He may be given no more keys; those he has stay")
      ->excludes(staff);
  auto* active = set.add_flag("--active", flags->active, "His keys let their bearers in");
  set.add_flag("--no-active", flags->no_active, "His keys let nobody in")->excludes(active);
  set.add_option("--join", flags->command.join, "Make him a member of this account; may be repeated")
      ->check(program::not_empty());
  set.add_option("--leave", flags->command.leave,
                 "Make him no member of this account any more; his keys of it stop working; may be repeated")
      ->check(program::not_empty());
  cli.on(set, [&cli, flags] { return set_user(cli, *flags); });
  add_verb(cli, noun, "remove", "Disable and hide a user and his keys for ever; their history stays",
           &commands::RemoveUser::username, "USERNAME", "His name");
}

int show_active_key(Cli& cli, const std::string& client) {
  int status = program::kExitDone;
  const auto source = cli.source(status);
  if (!source) return status;
  const auto answer = source->active_key(client);
  if (!answer) return cli.fail(answer.error());
  if (!answer->found) return cli.fail(ledger::Refusal{ledger::RefusalCode::kClientUnknown, client});
  write_object(cli.out(), cli.format(), json_of(*answer));
  return answer->counts.has_active_key() ? program::kExitDone : program::kExitRefused;
}

void add_client_questions(Cli& cli, CLI::App& noun) {
  auto named = std::make_shared<std::string>();
  CLI::App& keys = *noun.add_subcommand("keys", "The keys that are assigned to a client");
  keys.add_option("CLIENT", *named, kClientHelp)->required();
  cli.on(keys, [&cli, named] {
    return print_rows(cli, RowKind::kKeys, [&](Source& source, const Source::EachRows& each) {
      return source.keys_of_client({*named}, each);
    });
  });

  CLI::App& has =
      *noun.add_subcommand("has-active-key", "Whether some assigned key works now; exit status 0 or 1");
  has.add_option("CLIENT", *named, kClientHelp)->required();
  cli.on(has, [&cli, named] { return show_active_key(cli, *named); });
}

void add_client_verbs(Cli& cli) {
  CLI::App& noun = cli.noun("client", "Clients: what keys are used for");
  auto client = std::make_shared<commands::RegisterClient>();
  CLI::App& add = *noun.add_subcommand("add", "Register a client, public until a key is assigned to it");
  add.add_option("--account", client->account, "The account it belongs to")->required();
  add.add_option("--name", client->name, "Its name, unique in the account")->required();
  cli.on(add, [&cli, client] { return cli.command(*client); });
  add_list_verbs(cli, noun, RowKind::kClients, "client", "CLIENT");
  add_client_questions(cli, noun);

  auto rename = std::make_shared<commands::RenameClient>();
  CLI::App& renaming = *noun.add_subcommand("rename", "Call a client something else; its id stays");
  renaming.add_option("CLIENT", rename->client, kClientHelp)->required()->check(program::not_empty());
  renaming.add_option("--name", rename->name, "Its new name")->required();
  cli.on(renaming, [&cli, rename] { return cli.command(*rename); });
  add_verb(cli, noun, "open-to-public", "Let anybody in without a token, whatever is assigned to the client",
           &commands::OpenClientToPublic::client, "CLIENT", kClientHelp);
  add_verb(cli, noun, "close-to-public", "Require a key again", &commands::CloseClientToPublic::client,
           "CLIENT", kClientHelp);
  add_verb(cli, noun, "remove", "Disable and hide a client for ever; its history stays",
           &commands::RemoveClient::client, "CLIENT", kClientHelp);
}

}  // namespace

void add_entity_verbs(Cli& cli) {
  add_account_verbs(cli);
  add_user_verbs(cli);
  add_client_verbs(cli);
}

}  // namespace keyledger::tools::cli
