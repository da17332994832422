// policy shows and changes the rules for all keys.
#include <memory>

#include "ledger/values/printable_text.h"
#include "net/json/rows.h"
#include "tools/cli/cli.h"
#include "tools/program/exit_status.h"
#include "tools/program/option_checks.h"

namespace keyledger::tools::cli {

using projections::RowKind;

namespace {

struct PolicyFlags {
  std::uint32_t max_lifetime_days = 0;
  CLI::Option* max_lifetime_option = nullptr;
  std::string lifetime;
  std::string keys_per_user;
  std::string refresh_ttl;
  std::string refresh_interval;
  std::string refresh_max;
};

// Sets one time of the policy if `text` is not empty. If `text` is not a length of time, sets `status` and
// returns false.
bool take_time(Cli& cli, const std::string& flag, const std::string& text, std::optional<std::int64_t>& to,
               int& status) {
  if (text.empty()) return true;
  to = cli.duration(flag, text, status);
  return to.has_value();
}

int set_policy(Cli& cli, const PolicyFlags& flags) {
  int status = program::kExitDone;
  commands::ChangePolicy command;
  if (flags.max_lifetime_option->count() > 0) command.max_lifetime_days = flags.max_lifetime_days;
  if (!flags.lifetime.empty()) {
    const bool enforce = flags.lifetime == "enforce";
    command.lifetime_rule = enforce ? ledger::LifetimeRule::kEnforce : ledger::LifetimeRule::kWarn;
  }
  if (!flags.keys_per_user.empty()) {
    std::uint32_t limit = 0;
    const bool is_none = flags.keys_per_user == "none";
    if (!is_none && !CLI::detail::lexical_cast(flags.keys_per_user, limit)) {
      return cli.usage("--keys-per-user takes a number or none, not " + ledger::quoted(flags.keys_per_user));
    }
    command.keys_per_user = limit;
  }
  if (!take_time(cli, "--refresh", flags.refresh_ttl, command.refresh_ttl, status) ||
      !take_time(cli, "--refresh-interval", flags.refresh_interval, command.refresh_interval, status) ||
      !take_time(cli, "--refresh-max", flags.refresh_max, command.refresh_max, status)) {
    return status;
  }
  if (command == commands::ChangePolicy{})
    return cli.usage("nothing to change; see keyledger policy set --help");
  return cli.command(command);
}

int show_policy(Cli& cli) {
  int status = program::kExitDone;
  const auto source = cli.source(status);
  if (!source) return status;
  const auto row = cli.find_row(*source, RowKind::kPolicy, "", status);
  if (row) write_object(cli.out(), cli.format(), net::json_of(*row));
  return status;
}

}  // namespace

void add_policy_verbs(Cli& cli) {
  CLI::App& noun = cli.noun("policy", "Show or change the rules for all keys of the ledger");
  CLI::App& show = *noun.add_subcommand("show", "Show the policy");
  cli.on(show, [&cli] { return show_policy(cli); });

  auto flags = std::make_shared<PolicyFlags>();
  CLI::App& set = *noun.add_subcommand("set", "Change the policy; values that are not given stay");
  flags->max_lifetime_option =
      set.add_option("--max-lifetime-days", flags->max_lifetime_days,
                     "The age in days after which --lifetime applies to a key; 0: no maximum");
  set.add_option(
         "--lifetime", flags->lifetime,
         "What to do about an older key: warn in the verdict, or enforce the maximum by refusing the key")
      ->check(CLI::IsMember({"warn", "enforce"}));
  set.add_option("--keys-per-user", flags->keys_per_user,
                 "The number of valid keys at which a user can be given no further key, or none")
      ->check(program::not_empty());
  set.add_option("--refresh", flags->refresh_ttl,
                 "Move a key's expiry, at each use, to this long after the use, like 10h, or off")
      ->check(program::not_empty());
  set.add_option("--refresh-interval", flags->refresh_interval,
                 "Move the expiry only if it moves by more than this, like 60s")
      ->check(program::not_empty());
  set.add_option("--refresh-max", flags->refresh_max,
                 "Never move the expiry beyond this long after the key's creation, like 30d, or none")
      ->check(program::not_empty());
  cli.on(set, [&cli, flags] { return set_policy(cli, *flags); });
}

}  // namespace keyledger::tools::cli
