// What every verb of keyledger shares: the global flags, the way to a daemon or a ledger, how answers and
// failures are shown. One object a run, made by `main`.
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

// How a secret is shown, once.
enum class SecretOutput : std::uint8_t { kWithKey, kAlone };

class Cli {
 public:
  // Streams and terminals as `main` has them.
  Cli(std::istream& in, std::ostream& out, std::ostream& err);

  // The verbs register themselves here, each with what it does: an exit status.
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

  // Shows why not, and answers with the exit status that says so.
  int fail(const net::Failure& failure);
  int fail(const ledger::Error& error) { return fail(net::failure_of(error)); }
  int fail(const ledger::Refusal& refusal) { return fail(net::failure_of(refusal)); }
  int usage(const std::string& message);

  // Where commands go: a daemon only. Nothing, with the reason shown and `status` set, if it cannot be
  // reached.
  std::unique_ptr<net::Client> client(int& status);
  // Where questions go: the daemon, or with --data the ledger itself.
  std::unique_ptr<Source> source(int& status);

  // Sends a command with --reason and --idempotency-key, and shows what it was about.
  int command(commands::Command command);
  std::optional<net::DoneAnswer> send(net::RunCommand run, int& status);
  // Sends a command that makes a secret, and shows that.
  int print_secret(net::RunCommand run, SecretOutput output);

  // One row by its id or name; nothing, with the reason shown, if there is none.
  std::optional<projections::Row> find_row(Source& source, projections::RowKind kind, const std::string& name,
                                           int& status);

  // A moment as people write it; nothing, with the usage shown, if it is not one.
  std::optional<ledger::Timestamp> moment(const std::string& flag, const std::string& text, int& status);

  // A length of time as people write it, "none" and "off" for 0; nothing, with the usage shown, if it is not
  // one.
  std::optional<std::int64_t> duration(const std::string& flag, const std::string& text, int& status);

  // One line from standard input without its end; kLengthMax of a Secret at most.
  std::optional<ledger::Secret> read_secret(const std::string& argument, int& status);

 private:
  // Says how the command line was not understood: kExitUsage.
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

// Each registers its verbs. `cli` outlives the run.
void add_entity_verbs(Cli& cli);
void add_key_verbs(Cli& cli);
void add_auth_verbs(Cli& cli);
void add_policy_verbs(Cli& cli);
void add_key_change_verbs(Cli& cli, CLI::App& noun);
void add_history_verbs(Cli& cli);
void add_archive_verb(Cli& cli, CLI::App& log);
void add_import_verbs(Cli& cli);
void add_replay_verbs(Cli& cli);
void add_refusal_verbs(Cli& cli);
void add_completion_verbs(Cli& cli);
void add_man_verbs(Cli& cli);
void add_apply_verbs(Cli& cli);
void add_manifest_verb(Cli& cli);

}  // namespace keyledger::tools::cli
