// The verbs of key, except for edits of a key, and the verbs assign and unassign.
#include <memory>

#include "net/json/rows.h"
#include "tools/cli/cli.h"
#include "tools/cli/key_values.h"
#include "tools/cli/lists.h"
#include "tools/program/exit_status.h"
#include "tools/program/option_checks.h"

namespace keyledger::tools::cli {

using projections::RowKind;

namespace {

struct CreateFlags {
  commands::CreateKey command;
  std::vector<std::string> annotations;
  std::string expires;
  std::string limit;
  std::vector<std::string> allow;
  std::string prefix;
  bool inactive = false;
  bool only_secret = false;
};

struct RotateFlags {
  std::string key;
  std::string grace = "0";
  std::string prefix;
  bool only_secret = false;
};

int create(Cli& cli, const CreateFlags& flags) {
  int status = program::kExitDone;
  commands::CreateKey command = flags.command;
  if (!flags.expires.empty()) {
    command.expiry = cli.moment("--expires", flags.expires, status);
    if (!command.expiry) return status;
  }
  const auto annotations = parse_annotations(cli, flags.annotations, status);
  if (!annotations) return status;
  command.annotations = *annotations;
  if (!flags.limit.empty()) {
    const auto limit = parse_limit(cli, flags.limit, status);
    if (!limit) return status;
    command.limit = *limit;
  }
  const auto allow = parse_ranges(cli, flags.allow, status);
  if (!allow) return status;
  command.allow = *allow;
  if (flags.inactive) command.active = ledger::ActiveFlag::kInactive;
  return cli.print_secret({.command = std::move(command), .token_prefix = flags.prefix},
                          flags.only_secret ? SecretOutput::kAlone : SecretOutput::kWithKey);
}

int rotate(Cli& cli, const RotateFlags& flags) {
  int status = program::kExitDone;
  const auto grace = cli.duration("--grace", flags.grace, status);
  if (!grace) return status;
  commands::RotateKey command{.key = flags.key, .grace = *grace, .digest = {}};
  return cli.print_secret({.command = std::move(command), .token_prefix = flags.prefix},
                          flags.only_secret ? SecretOutput::kAlone : SecretOutput::kWithKey);
}

void add_rotate(Cli& cli, CLI::App& noun) {
  auto flags = std::make_shared<RotateFlags>();
  CLI::App& verb = *noun.add_subcommand("rotate", "Give a key a new secret, and show the secret once");
  verb.add_option("KEY", flags->key, "key_id, NAME or OWNER/NAME")->required()->check(program::not_empty());
  verb.add_option("--grace", flags->grace,
                  "How long the previous secret still works, like 1h (default: it stops working at once)")
      ->check(program::not_empty());
  verb.add_option("--prefix", flags->prefix,
                  "The beginning of the secret, at most 10 characters (default: kl_)")
      ->check(program::not_empty());
  verb.add_flag("-q,--quiet", flags->only_secret, "Print only the secret");
  cli.on(verb, [&cli, flags] { return rotate(cli, *flags); });
}

void add_create(Cli& cli, CLI::App& noun) {
  auto flags = std::make_shared<CreateFlags>();
  CLI::App& verb = *noun.add_subcommand("create", "Create a key, and show its secret once");
  verb.add_option("--account", flags->command.account, "The account that the key belongs to")->required();
  verb.add_option("--username", flags->command.username, "The key's owner, a staff user of the account")
      ->required();
  verb.add_option("--name", flags->command.name, "The key's name, unique among the owner's keys")->required();
  verb.add_option("--description", flags->command.description, "The description, at most 255 characters");
  verb.add_option("--tag", flags->command.tags, "A tag; may be repeated");
  verb.add_option("--annotation", flags->annotations, "An annotation, NAME=VALUE; may be repeated");
  verb.add_option("--expires", flags->expires,
                  "When the key expires: a time, a date, or a distance like +90d (default: never)")
      ->check(program::not_empty());
  verb.add_option("--limit", flags->limit,
                  "How often the key may be used, like 100/1m (default: without limit)")
      ->check(program::not_empty());
  verb.add_option("--allow", flags->allow,
                  "An address or network that the key may be used from, like 192.0.2.0/24; may be repeated "
                  "(default: anywhere)")
      ->check(program::not_empty());
  verb.add_flag("--inactive", flags->inactive, "Create an inactive key: it is refused until it is activated");
  verb.add_option("--prefix", flags->prefix,
                  "The beginning of the secret, at most 10 characters (default: kl_)")
      ->check(program::not_empty());
  verb.add_flag("-q,--quiet", flags->only_secret, "Print only the secret");
  cli.on(verb, [&cli, flags] { return create(cli, *flags); });
}

template <typename Command>
void add_key_verb(Cli& cli, CLI::App& noun, const std::string& name, const std::string& description) {
  auto command = std::make_shared<Command>();
  CLI::App& verb = *noun.add_subcommand(name, description);
  verb.add_option("KEY", command->key, "key_id, NAME or OWNER/NAME")->required();
  cli.on(verb, [&cli, command] { return cli.command(*command); });
}

void add_assign(Cli& cli) {
  auto command = std::make_shared<commands::AssignKey>();
  auto only = std::make_shared<bool>(false);
  CLI::App& verb = *cli.app().add_subcommand("assign", "Allow a key to use a client");
  verb.add_option("--key", command->key, "key_id, NAME or OWNER/NAME")->required();
  verb.add_option("--client", command->client, "client_id, NAME or ACCOUNT/NAME")->required();
  verb.add_flag("--only", *only, "Unassign every other key of the client in the same step");
  cli.on(verb, [&cli, command, only] {
    command->others = *only ? commands::OtherKeys::kUnassign : commands::OtherKeys::kKeep;
    return cli.command(*command);
  });
}

void add_unassign(Cli& cli) {
  auto command = std::make_shared<commands::UnassignKey>();
  CLI::App& verb = *cli.app().add_subcommand(
      "unassign", "Stop a key from using a client; the client still requires a key");
  verb.add_option("--key", command->key, "key_id, NAME or OWNER/NAME")->required();
  verb.add_option("--client", command->client, "client_id, NAME or ACCOUNT/NAME")->required();
  cli.on(verb, [&cli, command] { return cli.command(*command); });
}

}  // namespace

void add_key_verbs(Cli& cli) {
  CLI::App& noun = cli.noun("key", "Manage API keys");
  add_create(cli, noun);
  add_list_verbs(cli, noun, RowKind::kKeys, "key", "KEY");
  add_key_verb<commands::ActivateKey>(cli, noun, "activate", "Activate a key: it is accepted again");
  add_key_verb<commands::DeactivateKey>(cli, noun, "deactivate",
                                        "Deactivate a key: it is refused until it is activated again");
  add_key_verb<commands::ToggleKey>(cli, noun, "toggle",
                                    "Activate an inactive key, or deactivate an active key");
  add_key_verb<commands::DeleteKey>(cli, noun, "delete", "Disable and hide a key forever; its history stays");
  add_rotate(cli, noun);
  add_key_change_verbs(cli, noun);
  add_assign(cli);
  add_unassign(cli);
}

}  // namespace keyledger::tools::cli
