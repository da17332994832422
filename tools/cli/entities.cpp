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

// Adds a verb with a single argument: the name of the entity to change.
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
  CLI::App& noun = cli.noun("account", "Manage accounts, which own clients and keys");
  auto open = std::make_shared<commands::OpenAccount>();
  CLI::App& verb = *noun.add_subcommand("open", "Open an account");
  verb.add_option("--number", open->number,
                  "The account's number, twelve digits: dddd-dddd-dddd (default: chosen at random)");
  verb.add_option("--name", open->name, "The account's name")->required();
  cli.on(verb, [&cli, open] { return cli.command(*open); });
  add_list_verbs(cli, noun, RowKind::kAccounts, "account", "NUMBER");

  auto rename = std::make_shared<commands::RenameAccount>();
  CLI::App& renaming = *noun.add_subcommand("rename", "Change the name of an account; its number stays");
  renaming.add_option("NUMBER", rename->account, "The account's number, dddd-dddd-dddd")
      ->required()
      ->check(program::not_empty());
  renaming.add_option("--name", rename->name, "The new name")->required();
  cli.on(renaming, [&cli, rename] { return cli.command(*rename); });
  add_verb(cli, noun, "close", "Close an account forever: its keys and clients are refused from then on",
           &commands::CloseAccount::account, "NUMBER", "The account's number, dddd-dddd-dddd");
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
    return cli.usage("nothing to change: give --staff, --no-staff, --active, --no-active, --join or --leave");
  }
  return cli.command(command);
}

void add_user_verbs(Cli& cli) {
  CLI::App& noun = cli.noun("user", "Manage users, who own keys");
  auto user = std::make_shared<commands::RegisterUser>();
  auto is_staff = std::make_shared<bool>(false);
  CLI::App& verb = *noun.add_subcommand("add", "Register a user");
  verb.add_option("--account", user->account, "The account that the user belongs to")->required();
  verb.add_option("--username", user->username, "The username, unique in the ledger")->required();
  verb.add_flag("--staff", *is_staff, "Register a staff user: only staff users can be given keys");
  cli.on(verb, [&cli, user, is_staff] {
    user->staff = *is_staff ? StaffFlag::kStaff : StaffFlag::kNotStaff;
    return cli.command(*user);
  });
  add_list_verbs(cli, noun, RowKind::kUsers, "user", "USERNAME");

  auto flags = std::make_shared<UserFlags>();
  CLI::App& set = *noun.add_subcommand("set", "Change a user's flags and accounts, all in one step");
  set.add_option("USERNAME", flags->command.username, "The username")
      ->required()
      ->check(program::not_empty());
  auto* staff =
      set.add_flag("--staff", flags->staff, "Make the user staff: only staff users can be given keys");
  set.add_flag("--no-staff", flags->no_staff,
               "Make the user no longer staff: no new keys, and existing keys stay")
      ->excludes(staff);
  auto* active =
      set.add_flag("--active", flags->active, "Activate the user: the user's keys are accepted again");
  set.add_flag("--no-active", flags->no_active,
               "Deactivate the user: the user's keys are refused until the user is activated again")
      ->excludes(active);
  set.add_option("--join", flags->command.join, "Make the user a member of this account; may be repeated")
      ->check(program::not_empty());
  set.add_option("--leave", flags->command.leave,
                 "End the user's membership of this account; the user's keys of this account stop working; "
                 "may be repeated")
      ->check(program::not_empty());
  cli.on(set, [&cli, flags] { return set_user(cli, *flags); });
  add_verb(cli, noun, "remove",
           "Disable and hide a user and all keys of the user forever; their history stays",
           &commands::RemoveUser::username, "USERNAME", "The username");
}

int show_active_key(Cli& cli, const std::string& client) {
  int status = program::kExitDone;
  const auto source = cli.source(status);
  if (!source) return status;
  const auto answer = source->active_key(client);
  if (!answer) return cli.fail(answer.error());
  write_object(cli.out(), cli.format(), json_of(*answer));
  return answer->counts.has_active_key() ? program::kExitDone : program::kExitRefused;
}

void add_client_questions(Cli& cli, CLI::App& noun) {
  auto named = std::make_shared<std::string>();
  CLI::App& keys = *noun.add_subcommand("keys", "List the keys that are assigned to a client");
  keys.add_option("CLIENT", *named, kClientHelp)->required();
  cli.on(keys, [&cli, named] {
    return print_rows(cli, RowKind::kKeys, [&](Source& source, const Source::EachRows& each) {
      return source.keys_of_client({*named}, each);
    });
  });

  CLI::App& has = *noun.add_subcommand("has-active-key",
                                       "Check whether any assigned key works now; exit status 0: yes, 1: no");
  has.add_option("CLIENT", *named, kClientHelp)->required();
  cli.on(has, [&cli, named] { return show_active_key(cli, *named); });
}

void add_client_verbs(Cli& cli) {
  CLI::App& noun = cli.noun("client", "Manage clients, which keys give access to");
  auto client = std::make_shared<commands::RegisterClient>();
  CLI::App& add =
      *noun.add_subcommand("add", "Register a client; it is public until a key is assigned to it");
  add.add_option("--account", client->account, "The account that the client belongs to")->required();
  add.add_option("--name", client->name, "The client's name, unique in its account")->required();
  cli.on(add, [&cli, client] { return cli.command(*client); });
  add_list_verbs(cli, noun, RowKind::kClients, "client", "CLIENT");
  add_client_questions(cli, noun);

  auto rename = std::make_shared<commands::RenameClient>();
  CLI::App& renaming = *noun.add_subcommand("rename", "Change the name of a client; its id stays");
  renaming.add_option("CLIENT", rename->client, kClientHelp)->required()->check(program::not_empty());
  renaming.add_option("--name", rename->name, "The new name")->required();
  cli.on(renaming, [&cli, rename] { return cli.command(*rename); });
  add_verb(cli, noun, "open-to-public",
           "Let anybody use a client without a token, even if keys are assigned to it",
           &commands::OpenClientToPublic::client, "CLIENT", kClientHelp);
  add_verb(cli, noun, "close-to-public", "Require a key for a client again",
           &commands::CloseClientToPublic::client, "CLIENT", kClientHelp);
  add_verb(cli, noun, "remove", "Disable and hide a client forever; its history stays",
           &commands::RemoveClient::client, "CLIENT", kClientHelp);
}

}  // namespace

void add_entity_verbs(Cli& cli) {
  add_account_verbs(cli);
  add_user_verbs(cli);
  add_client_verbs(cli);
}

}  // namespace keyledger::tools::cli
