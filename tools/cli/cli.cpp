#include "tools/cli/cli.h"
#include "ledger/values/printable_text.h"

#include <iostream>

#include "ledger/disk/directory.h"
#include "net/json/rows.h"
#include "tools/program/exit_status.h"
#include "tools/program/option_checks.h"
#include "tools/program/system.h"

namespace keyledger::tools::cli {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Secret;

Cli::Cli(std::istream& in, std::ostream& out, std::ostream& err)
    : app_(
          "Keyledger: an event-sourced API-key ledger.\n"
          "Exit status: 0 done or allowed, 1 refused or denied, 2 wrong usage, 3 something cannot be reached "
          "or opened, 4 corruption found.",
          "keyledger"),
      in_(in),
      out_(out),
      err_(err),
      clock_(program::system_clock()) {
  app_.require_subcommand(1);
  app_.fallthrough();
  app_.set_version_flag("--version", "keyledger " + program::program_version());
  app_.add_option("-o,--output", format_,
                  "Print as table, json, jsonl, csv or yaml (default: a table on a terminal, JSON in a pipe)")
      ->check(CLI::IsMember(output::output_format_names()));
  auto* connect = app_.add_option("--connect", connect_,
                                  "The daemon's address: unix:PATH or tcp:HOST:PORT (default: "
                                  "KEYLEDGER_CONNECT, else the socket in the default ledger)")
                      ->check(program::not_empty());
  auto* data = app_.add_option("--data", data_, "Read the ledger in this directory, without a daemon");
  data->check(program::not_empty())->excludes(connect)->type_name("DIR");
  app_.add_option("--reason", reason_, "The reason for a command, which the history keeps");
  app_.add_option("--idempotency-key", idempotency_key_,
                  "Carry out a command only once, even if it is sent again with the same idempotency key")
      ->check(program::not_empty());
  expected_version_option_ =
      app_.add_option("--expect-version", expected_version_,
                      "Change a key only if it still has this version; otherwise the command is refused");
}

CLI::App& Cli::noun(const std::string& name, const std::string& description) {
  auto* noun = app_.add_subcommand(name, description);
  noun->require_subcommand(1);
  noun->fallthrough();
  return *noun;
}

void Cli::on(CLI::App& verb, std::function<int()> action) {
  verb.fallthrough();
  verb.callback([this, action = std::move(action)] { action_ = action; });
}

// For an unknown word CLI11 would only say "A subcommand is required", so the message is made here.
int Cli::explain(const CLI::ParseError& error) {
  const CLI::App* verb = &app_;
  std::string words = app_.get_name();
  while (!verb->get_subcommands().empty()) {
    verb = verb->get_subcommands().front();
    words += " " + verb->get_name();
  }
  std::string why = error.what();
  const auto known = verb->get_subcommands([](const CLI::App* each) { return !each->get_name().empty(); });
  if (const auto unknown = app_.remaining(true); !known.empty() && !unknown.empty()) {
    why = ledger::quoted(unknown.front()) + " is not understood";
  }
  if (!known.empty()) {
    why += "; use one of";
    for (const CLI::App* each : known) why += (each == known.front() ? ": " : ", ") + each->get_name();
  }
  err_ << words << ": " << why << "\nSee " << words << " --help.\n";
  return program::kExitUsage;
}

int Cli::run(int argc, char** argv) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0)
      return app_.exit(error, out_, err_) == 0 ? program::kExitDone : program::kExitUsage;
    return explain(error);
  }
  const int status = action_();
  out_.flush();
  if (!out_) {
    err_ << "keyledger: the output could not be written\n";
    return program::kExitUnreachable;
  }
  return status;
}

output::OutputFormat Cli::format() const {
  if (const auto chosen = output::parse_output_format(format_)) return *chosen;
  return output::default_output_format(program::standard_output_is_terminal());
}

int Cli::fail(const net::Failure& failure) {
  // CSV has no form for an error that a program could read, so people get a text.
  if (format() == output::OutputFormat::kTable || format() == output::OutputFormat::kCsv) {
    err_ << "keyledger: " << ledger::printable(failure.message) << "\n"
         << ledger::printable(failure.advice) << "\n";
  } else {
    // Programs read the other forms; the error still goes to standard error.
    write_object(err_, format(),
                 {{"error", failure.name},
                  {"code", failure.code},
                  {"message", failure.message},
                  {"advice", failure.advice}});
  }
  return program::exit_status_of(failure.code);
}

int Cli::usage(const std::string& message) {
  err_ << "keyledger: " << ledger::printable(message) << "\nSee --help.\n";
  return program::kExitUsage;
}

std::unique_ptr<net::Client> Cli::client(int& status) {
  if (!data_.empty()) {
    status = usage("this command needs a daemon: start keyledgerd --data " + data_ +
                   ", and use --connect instead of --data");
    return nullptr;
  }
  std::string text = connect_.empty() ? program::environment("KEYLEDGER_CONNECT") : connect_;
  if (text.empty()) text = "unix:" + ledger::default_socket_of(program::default_data_directory()).string();
  const auto endpoint = net::parse_endpoint(text);
  if (!endpoint) {
    fail(endpoint.error());
    status = program::kExitUsage;
    return nullptr;
  }
  auto connected = net::Client::connect(*endpoint);
  if (!connected) {
    status = fail(connected.error());
    return nullptr;
  }
  return std::move(*connected);
}

std::unique_ptr<Source> Cli::source(int& status) {
  if (data_.empty()) {
    auto connected = client(status);
    return connected ? online_source(std::move(connected)) : nullptr;
  }
  auto opened = offline_source(data_, clock_, program::standard_error_is_terminal());
  if (!opened) {
    status = fail(opened.error());
    return nullptr;
  }
  return std::move(*opened);
}

std::optional<net::DoneAnswer> Cli::send(net::RunCommand run, int& status) {
  const auto connected = client(status);
  if (!connected) return std::nullopt;
  run.reason = reason_;
  run.idempotency_id = idempotency_key_;
  if (expected_version_option_->count() > 0) run.expected_version = expected_version_;
  auto answer = connected->run(std::move(run));
  if (!answer) {
    status = fail(answer.error());
    return std::nullopt;
  }
  return std::move(*answer);
}

namespace {

// Adds the position of a command and the fields of its entity to `json`.
void add_done(const commands::Done& done, boost::json::object& json) {
  json["position"] = done.position.value();
  if (done.repeated) json["repeated"] = true;
  if (!done.entity) return;
  for (auto& field : net::json_of(*done.entity)) json[field.key()] = field.value();
}

}  // namespace

// Prints the secret to standard output, and then cleanses the copy in the JSON.
int Cli::print_secret(net::RunCommand run, SecretOutput output) {
  int status = program::kExitDone;
  const auto answer = send(std::move(run), status);
  if (!answer) return status;
  const std::string_view secret = answer->secret.expose();
  if (secret.empty()) {
    err_ << "keyledger: this command was carried out before with the same idempotency key; the secret was "
            "shown then.\n";
    if (output == SecretOutput::kAlone) return program::kExitRefused;
  }
  if (output == SecretOutput::kAlone) {
    out_ << secret << "\n";
    return program::kExitDone;
  }
  boost::json::object json{{"secret", nullptr}};
  add_done(answer->done, json);
  if (!secret.empty()) json["secret"] = boost::json::string_view(secret.data(), secret.size());
  write_object(out_, format(), json);
  if (!secret.empty()) {
    boost::json::string& copy = json["secret"].as_string();
    ledger::cleanse(copy.data(), copy.size());
    err_ << "This API key is only displayed once and cannot be recovered if lost. Store it in a secure "
            "location.\n";
  }
  return program::kExitDone;
}

int Cli::command(commands::Command command) {
  int status = program::kExitDone;
  const auto answer = send({.command = std::move(command)}, status);
  if (!answer) return status;
  boost::json::object json;
  json["changed"] = answer->done.events > 0 && !answer->done.repeated;
  add_done(answer->done, json);
  write_object(out_, format(), json);
  return program::kExitDone;
}

std::optional<ledger::Timestamp> Cli::moment(const std::string& flag, const std::string& text, int& status) {
  const auto time = ledger::parse_moment(text, now());
  if (!time) {
    status = usage(flag +
                   " takes an RFC 3339 time (2026-11-21T06:14:56Z), a date, or a distance from now (-15m, "
                   "-2d, +90d), not " +
                   ledger::quoted(text));
  }
  return time;
}

std::optional<projections::Row> Cli::find_row(Source& source, projections::RowKind kind,
                                              const std::string& name, int& status) {
  std::optional<projections::Row> row;
  const auto answer = source.list({.kind = kind, .name = name}, [&](std::vector<projections::Row> rows) {
    if (!rows.empty()) row = std::move(rows.front());
  });
  if (!answer) status = fail(answer.error());
  return row;
}

std::optional<std::int64_t> Cli::duration(const std::string& flag, const std::string& text, int& status) {
  if (text == "none" || text == "off" || text == "0") return 0;
  const auto length = ledger::parse_duration(text);
  if (!length) {
    status =
        usage(flag + " takes a length of time (90s, 15m, 10h, 30d) or none, not " + ledger::quoted(text));
  }
  return length;
}

std::optional<Secret> Cli::read_secret(const std::string& argument, int& status) {
  std::string line = argument;
  if (argument == "-") {
    line.clear();
    std::getline(in_, line);
    if (!line.empty() && line.back() == '\r') line.pop_back();
  }
  auto secret = Secret::from(line);
  ledger::cleanse(line.data(), line.size());
  if (!secret) status = usage("a token has at most 128 bytes");
  return secret;
}

}  // namespace keyledger::tools::cli
