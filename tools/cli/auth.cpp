// auth asks whether a token may use a client now; whoami shows the owner of a key.
#include <memory>

#include "ledger/values/printable_text.h"
#include "net/json/rows.h"
#include "net/service/authorization_header.h"
#include "tools/cli/cli.h"
#include "tools/program/exit_status.h"
#include "tools/program/option_checks.h"
#include "tools/program/system.h"

namespace keyledger::tools::cli {

using net::Credentials;
using projections::Row;
using projections::RowKind;

namespace {

struct AuthFlags {
  std::string token;
  CLI::Option* token_option = nullptr;
  std::string client;
  std::string address;
  bool is_header = false;
  std::string scheme{net::kAuthorizationScheme};
};

// Denies a header that contains no token. The daemon is not asked, because there is no token to judge.
int refuse_header(Cli& cli, std::string_view message) {
  write_object(cli.out(), cli.format(), {{"allowed", false}, {"reason", "header"}, {"message", message}});
  return program::kExitRefused;
}

// Puts the address, if one was given, into the question. If `text` is not an address, sets `status` and
// returns false.
bool take_address(Cli& cli, const std::string& text, projections::Question& question, int& status) {
  if (text.empty()) return true;
  question.address = ledger::parse_address(text);
  if (!question.address) {
    status = cli.usage("--address takes an IPv4 or IPv6 address, not " + ledger::quoted(text));
  }
  return question.address.has_value();
}

int authenticate(Cli& cli, const AuthFlags& flags) {
  int status = program::kExitDone;
  projections::Question question{.token = std::nullopt, .client = flags.client};
  if (!take_address(cli, flags.address, question, status)) return status;
  std::optional<ledger::Secret> secret;
  // An empty token is judged too, as a malformed token.
  if (flags.token_option->count() > 0) {
    secret = cli.read_secret(flags.token, status);
    if (!secret) return status;
    question.token = secret->expose();
  }
  if (flags.is_header) {
    const auto header = net::parse_authorization(question.token.value_or(""), flags.scheme);
    if (header.kind == Credentials::Kind::kInvalid) return refuse_header(cli, header.message);
    question.token = std::nullopt;
    if (header.kind == Credentials::Kind::kToken) question.token = header.token;
    if (!question.token && flags.client.empty()) return refuse_header(cli, header.message);
  }
  const auto client = cli.client(status);
  if (!client) return status;
  const auto verdict = client->authenticate(question);
  if (!verdict) return cli.fail(verdict.error());
  write_object(cli.out(), cli.format(), json_of(*verdict));
  return verdict->allowed() ? program::kExitDone : program::kExitRefused;
}

void add_auth(Cli& cli) {
  auto flags = std::make_shared<AuthFlags>();
  CLI::App& verb =
      *cli.app().add_subcommand("auth",
                                "Check whether a token is accepted now, and record the use; exit status 0: "
                                "allowed, 1: denied. Without TOKEN, check a caller who presents no token");
  flags->token_option =
      verb.add_option("TOKEN", flags->token, "The token, or - to read it from standard input");
  verb.add_option("--client", flags->client,
                  "The client that the caller wants to use: client_id, NAME or ACCOUNT/NAME")
      ->check(program::not_empty());
  verb.add_option("--address", flags->address,
                  "The caller's address, which is compared with the key's allow-list and recorded")
      ->check(program::not_empty());
  auto* header = verb.add_flag("--header", flags->is_header,
                               "Read TOKEN as the value of an Authorization header: \"Token abc\"");
  verb.add_option("--scheme", flags->scheme, "The word that the header begins with (default: Token)")
      ->check(program::not_empty())
      ->needs(header);
  cli.on(verb, [&cli, flags] { return authenticate(cli, *flags); });
}

// ---- whoami ----

boost::json::object identity_of(const net::VerdictAnswer& verdict, const projections::UserRow& user,
                                const projections::AccountRow& account, const projections::KeyRow& key) {
  const boost::json::object judged = json_of(verdict);
  return {{"username", user.username},
          {"staff", user.staff},
          {"account", account.account},
          {"account_name", account.name},
          {"key_id", key.key_id},
          {"key", key.name},
          {"identifier", key.identifier},
          {"expiry", judged.at("expiry")},
          {"warnings", judged.at("warnings")},
          {"position", verdict.position.value()}};
}

int print_identity(Cli& cli, const net::VerdictAnswer& verdict) {
  int status = program::kExitDone;
  const auto source = cli.source(status);
  if (!source) return status;
  const auto user = cli.find_row(*source, RowKind::kUsers, verdict.owner, status);
  if (!user) return status;
  const auto account = cli.find_row(*source, RowKind::kAccounts, verdict.account, status);
  if (!account) return status;
  const auto key = cli.find_row(*source, RowKind::kKeys, verdict.key_id, status);
  if (!key) return status;
  write_object(cli.out(), cli.format(),
               identity_of(verdict, std::get<projections::UserRow>(*user),
                           std::get<projections::AccountRow>(*account), std::get<projections::KeyRow>(*key)));
  return program::kExitDone;
}

int who_am_i(Cli& cli, const std::string& given, const std::string& from) {
  int status = program::kExitDone;
  const std::string text = given.empty() ? program::environment("KEYLEDGER_API_KEY") : given;
  if (text.empty()) return cli.usage("no API key: give one with --api-key -, or in KEYLEDGER_API_KEY");
  const auto secret = cli.read_secret(text, status);
  if (!secret) return status;
  projections::Question question{.token = secret->expose(), .client = {}, .address = std::nullopt};
  if (!take_address(cli, from, question, status)) return status;
  const auto client = cli.client(status);
  if (!client) return status;
  const auto verdict = client->authenticate(question);
  if (!verdict) return cli.fail(verdict.error());
  if (verdict->allowed()) return print_identity(cli, *verdict);
  write_object(cli.out(), cli.format(), json_of(*verdict));
  return program::kExitRefused;
}

void add_whoami(Cli& cli) {
  auto token = std::make_shared<std::string>();
  CLI::App& verb = *cli.app().add_subcommand("whoami",
                                             "Show who owns an API key, if the key is accepted, and record "
                                             "the use; exit status 0: accepted, 1: denied");
  verb.add_option("--api-key", *token,
                  "The key, or - to read it from standard input (default: KEYLEDGER_API_KEY)")
      ->check(program::not_empty());
  auto from = std::make_shared<std::string>();
  verb.add_option("--address", *from,
                  "The caller's address, which is compared with the key's allow-list and recorded")
      ->check(program::not_empty());
  cli.on(verb, [&cli, token, from] { return who_am_i(cli, *token, *from); });
}

}  // namespace

void add_auth_verbs(Cli& cli) {
  add_auth(cli);
  add_whoami(cli);
}

}  // namespace keyledger::tools::cli
