// auth: may this token use this client now?
#include <memory>

#include "tools/cli.h"
#include "tools/exit_status.h"
#include "tools/option_checks.h"
#include "tools/row_json.h"

namespace keyledger::tools {
namespace {

struct AuthFlags {
  std::string token;
  CLI::Option* token_option = nullptr;
  std::string client;
  std::string address;
};

int authenticate(Cli& cli, const AuthFlags& flags) {
  int status = kExitDone;
  projections::Question question{.token = std::nullopt, .client = flags.client};
  if (!flags.address.empty()) {
    question.address = ledger::parse_address(flags.address);
    if (!question.address)
      return cli.usage("--address takes an IPv4 or IPv6 address, not " + tools::quoted(flags.address));
  }
  std::optional<ledger::Secret> secret;
  // A token that is presented is judged, an empty one too.
  if (flags.token_option->count() > 0) {
    secret = cli.read_secret(flags.token, status);
    if (!secret) return status;
    question.token = secret->expose();
  }
  const auto client = cli.client(status);
  if (!client) return status;
  const auto verdict = client->authenticate(question);
  if (!verdict) return cli.fail(verdict.error());
  write_object(cli.out(), cli.format(), json_of(*verdict));
  return verdict->allowed() ? kExitDone : kExitRefused;
}

}  // namespace

void add_auth_verbs(Cli& cli) {
  auto flags = std::make_shared<AuthFlags>();
  CLI::App& verb = *cli.app().add_subcommand(
      "auth", "Judge a token now, on the record; exit status 0 allowed, 1 denied. Without TOKEN: as nobody");
  flags->token_option =
      verb.add_option("TOKEN", flags->token, "The token, or - to read it from standard input");
  verb.add_option("--client", flags->client, "The client it is to use: client_id, NAME or ACCOUNT/NAME")
      ->check(not_empty());
  verb.add_option("--address", flags->address, "The address it is used from, for the record")
      ->check(not_empty());
  cli.on(verb, [&cli, flags] { return authenticate(cli, *flags); });
}

}  // namespace keyledger::tools
