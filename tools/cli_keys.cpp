// key, assign and unassign.
#include <iostream>
#include <memory>

#include "tools/cli.h"
#include "tools/cli_lists.h"
#include "tools/exit_status.h"
#include "tools/option_checks.h"
#include "tools/row_json.h"

namespace keyledger::tools {

using projections::RowKind;

namespace {

struct CreateFlags {
  commands::CreateKey command;
  std::string expires;
  std::string prefix;
  bool only_secret = false;
};

// The secret goes to standard output, once; it is never copied into a JSON value.
void print_created(Cli& cli, const net::DoneAnswer& answer, const CreateFlags& flags) {
  const std::string_view secret = answer.secret.expose();
  if (flags.only_secret) {
    cli.out() << secret << "\n";
    return;
  }
  boost::json::object json{{"secret", nullptr}};
  json["position"] = answer.done.position.value();
  if (answer.done.repeated) json["repeated"] = true;
  if (answer.done.entity) {
    for (auto& field : json_of(*answer.done.entity)) json[field.key()] = field.value();
  }
  if (!secret.empty()) json["secret"] = boost::json::string_view(secret.data(), secret.size());
  write_object(cli.out(), cli.format(), json);
}

int create(Cli& cli, const CreateFlags& flags) {
  int status = kExitDone;
  commands::CreateKey command = flags.command;
  if (!flags.expires.empty()) {
    command.expiry = cli.moment("--expires", flags.expires, status);
    if (!command.expiry) return status;
  }
  const auto answer = cli.send({.command = std::move(command), .token_prefix = flags.prefix}, status);
  if (!answer) return status;
  if (answer->secret.empty()) {
    cli.err()
        << "keyledger: this key was created before, with this idempotency key; its secret was shown then.\n";
    if (flags.only_secret) return kExitRefused;
  }
  print_created(cli, *answer, flags);
  if (!answer->secret.empty() && !flags.only_secret) {
    cli.err() << "This API key is only displayed once and cannot be recovered if lost. Store it in a secure "
                 "location.\n";
  }
  return kExitDone;
}

void add_create(Cli& cli, CLI::App& noun) {
  auto flags = std::make_shared<CreateFlags>();
  CLI::App& verb = *noun.add_subcommand("create", "Create a key and show its secret, once");
  verb.add_option("--account", flags->command.account, "The account it belongs to")->required();
  verb.add_option("--username", flags->command.username, "Its owner, a staff user of the account")
      ->required();
  verb.add_option("--name", flags->command.name, "Its name, unique among the owner's keys")->required();
  verb.add_option("--description", flags->command.description, "At most 255 characters");
  verb.add_option("--tag", flags->command.tags, "May be repeated");
  verb.add_option("--expires", flags->expires, "A time, a date, or a distance like +90d (default: never)")
      ->check(not_empty());
  verb.add_option("--prefix", flags->prefix,
                  "What the secret begins with, at most 10 characters (default: kl_)")
      ->check(not_empty());
  verb.add_flag("-q,--quiet", flags->only_secret, "Print nothing but the secret");
  cli.on(verb, [&cli, flags] { return create(cli, *flags); });
}

template <typename Command>
void add_key_verb(Cli& cli, CLI::App& noun, const std::string& name, const std::string& description) {
  auto command = std::make_shared<Command>();
  CLI::App& verb = *noun.add_subcommand(name, description);
  verb.add_option("KEY", command->key, "key_id, NAME or OWNER/NAME")->required();
  cli.on(verb, [&cli, command] { return cli.command(*command); });
}

template <typename Command>
void add_assignment_verb(Cli& cli, const std::string& name, const std::string& description) {
  auto command = std::make_shared<Command>();
  CLI::App& verb = *cli.app().add_subcommand(name, description);
  verb.add_option("--key", command->key, "key_id, NAME or OWNER/NAME")->required();
  verb.add_option("--client", command->client, "client_id, NAME or ACCOUNT/NAME")->required();
  cli.on(verb, [&cli, command] { return cli.command(*command); });
}

}  // namespace

void add_key_verbs(Cli& cli) {
  CLI::App& noun = cli.noun("key", "Keys: secrets that let their bearer in");
  add_create(cli, noun);
  add_list_verbs(cli, noun, RowKind::kKeys, "key", "KEY");
  add_key_verb<commands::ActivateKey>(cli, noun, "activate", "Let a key in again");
  add_key_verb<commands::DeactivateKey>(cli, noun, "deactivate",
                                        "Let a key in no more, until it is activated");
  add_key_verb<commands::ToggleKey>(cli, noun, "toggle",
                                    "Activate an inactive key, deactivate an active one");
  add_key_verb<commands::DeleteKey>(cli, noun, "delete",
                                    "Disable and hide a key for ever; its history stays");
  add_assignment_verb<commands::AssignKey>(cli, "assign", "Let a key use a client");
  add_assignment_verb<commands::UnassignKey>(cli, "unassign", "Let a key use a client no more");
}

}  // namespace keyledger::tools
