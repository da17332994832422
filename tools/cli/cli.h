// Cli holds everything that the verbs of keyledger share: the global options, the connection to a daemon or a
// ledger, and the output of answers and failures. `main` creates one object for each run.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>

#include "net/client.h"
#include "tools/cli/source.h"
#include "tools/output/output.h"

namespace keyledger::tools::cli {

// Whether a new secret is printed together with its key or alone.
enum class SecretOutput : std::uint8_t { kWithKey, kAlone };

class Cli {
 public:
  // Uses the given streams for input, output and errors; all three must outlive this object.
  Cli(std::istream& in, std::ostream& out, std::ostream& err);

  // The verbs register themselves here. The action of a verb returns the exit status of the program.
  CLI::App& app() { return app_; }
  CLI::App& noun(const std::string& name, const std::string& description);
  void on(CLI::App& verb, std::function<int()> action);

  int run(int argc, char** argv);

  // ---- For the verbs ----

  std::istream& in() { return in_; }
  std::ostream& out() { return out_; }
  std::ostream& err() { return err_; }
  output::OutputFormat format() const;
  ledger::Timestamp now() const { return clock_(); }
  const ledger::Clock& clock() const { return clock_; }
  const std::string& data() const { return data_; }
  const std::string& connect_text() const { return connect_; }
  const std::string& reason() const { return reason_; }
  const std::string& idempotency_key() const { return idempotency_key_; }
  bool has_expected_version() const { return expected_version_option_->count() > 0; }

  // Prints the failure and returns the exit status for it.
  int fail(const net::Failure& failure);
  int fail(const ledger::Error& error) { return fail(net::failure_of(error)); }
  int fail(const ledger::Refusal& refusal) { return fail(net::failure_of(refusal)); }
  int usage(const std::string& message);

  // Connects to the daemon, which commands need. If this fails, prints the reason, sets `status` and returns
  // null.
  std::unique_ptr<net::Client> client(int& status);
  // Opens the source of answers: the daemon, or with --data the ledger's directory. Fails like client().
  std::unique_ptr<Source> source(int& status);

  // Sends a command with --reason and --idempotency-key, and prints the entity that the command is about.
  int command(commands::Command command);
  std::optional<net::DoneAnswer> send(net::RunCommand run, int& status);
  // Sends a command that creates a secret, and prints the secret.
  int print_secret(net::RunCommand run, SecretOutput output);

  // Finds one row by its id or name. If no row matches, prints the reason, sets `status` and returns nothing.
  std::optional<projections::Row> find_row(Source& source, projections::RowKind kind, const std::string& name,
                                           int& status);

  // Converts a text into a moment. If this fails, prints the usage, sets `status` and returns nothing.
  std::optional<ledger::Timestamp> moment(const std::string& flag, const std::string& text, int& status);

  // Converts a text into a length of time in microseconds; "none" and "off" mean 0. Fails like moment().
  std::optional<std::int64_t> duration(const std::string& flag, const std::string& text, int& status);

  // Returns the argument as a secret, or one line of standard input if the argument is "-". If the secret is
  // longer than Secret::kLengthMax, prints the usage, sets `status` and returns nothing.
  std::optional<ledger::Secret> read_secret(const std::string& argument, int& status);

 private:
  // Prints why the command line was not understood, and returns kExitUsage.
  int explain(const CLI::ParseError& error);

  CLI::App app_;
  std::istream& in_;
  std::ostream& out_;
  std::ostream& err_;
  ledger::Clock clock_;
  std::string format_;
  std::string connect_;
  std::string data_;
  std::string reason_;
  std::string idempotency_key_;
  std::uint32_t expected_version_ = 0;
  CLI::Option* expected_version_option_ = nullptr;
  std::function<int()> action_;
};

// Each of these registers its verbs. `cli` must outlive the run.
void add_entity_verbs(Cli& cli);
void add_key_verbs(Cli& cli);
void add_auth_verbs(Cli& cli);
void add_policy_verbs(Cli& cli);
void add_key_change_verbs(Cli& cli, CLI::App& noun);
void add_history_verbs(Cli& cli);
void add_archive_verb(Cli& cli, CLI::App& log);
void add_index_verbs(Cli& cli, CLI::App& log);
void add_import_verbs(Cli& cli);
void add_replay_verbs(Cli& cli);
void add_refusal_verbs(Cli& cli);
void add_completion_verbs(Cli& cli);
void add_man_verbs(Cli& cli);
void add_apply_verbs(Cli& cli);
void add_manifest_verb(Cli& cli);

}  // namespace keyledger::tools::cli
