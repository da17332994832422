// The commands history, state and log stats.
#include <algorithm>
#include <memory>
#include <utility>

#include "net/json/rows.h"
#include "tools/cli/cli.h"
#include "tools/output/columns.h"
#include "tools/program/exit_status.h"
#include "tools/program/option_checks.h"

namespace keyledger::tools::cli {

using ledger::EntityRef;
using projections::Row;
using projections::RowKind;

namespace {

struct HistoryFlags {
  std::string key;
  std::string client;
  std::string user;
  std::string account;
  std::string since;
  std::string until;
  bool uses = false;
};

int print_history(Cli& cli, const HistoryFlags& flags) {
  int status = program::kExitDone;
  net::AskHistory ask{.uses =
                          flags.uses ? ledger::UsesInHistory::kInclude : ledger::UsesInHistory::kLeaveOut};
  const std::pair<EntityRef::Kind, const std::string&> entities[] = {
      {EntityRef::Kind::kKey, flags.key},
      {EntityRef::Kind::kClient, flags.client},
      {EntityRef::Kind::kUser, flags.user},
      {EntityRef::Kind::kAccount, flags.account}};
  for (const auto& [kind, text] : entities) {
    if (text.empty()) continue;
    ask.kind = kind;
    ask.entity = text;
  }
  if (!flags.since.empty() && !(ask.since = cli.moment("--since", flags.since, status))) return status;
  if (!flags.until.empty() && !(ask.until = cli.moment("--until", flags.until, status))) return status;
  const auto source = cli.source(status);
  if (!source) return status;
  std::optional<output::RowWriter> writer;
  const auto answer = source->history(ask, [&](std::vector<projections::HistoryRow> rows) {
    if (!writer) writer.emplace(cli.out(), cli.format(), output::history_columns());
    for (const auto& row : rows) writer->write(net::json_of(row));
  });
  if (!answer) return cli.fail(answer.error());
  if (!writer) writer.emplace(cli.out(), cli.format(), output::history_columns());
  writer->finish();
  return program::kExitDone;
}

struct StateFlags {
  std::string at;
  std::uint64_t position = 0;
  CLI::Option* position_option = nullptr;
};

template <std::size_t... kKinds>
std::vector<Row> row_of_each_kind(std::index_sequence<kKinds...> /*kinds*/) {
  return {Row(std::in_place_index<kKinds>)...};
}

// Returns the columns of a state for formats with a header: the fields of rows of every kind.
std::vector<output::Column> columns_of_state() {
  std::vector<output::Column> columns = {{"type"}};
  for (const Row& row : row_of_each_kind(std::make_index_sequence<std::variant_size_v<Row>>())) {
    for (const auto& field : net::json_of(row)) {
      const std::string name = field.key();
      const bool known =
          std::ranges::any_of(columns, [&](const output::Column& each) { return each.field == name; });
      if (!known) columns.push_back({name});
    }
  }
  return columns;
}

// Prints row after row for programs, and for people a table of each kind under a title.
class StatePrinter {
 public:
  explicit StatePrinter(Cli& cli) : cli_(cli) {}

  void print(const Row& row) {
    boost::json::object json{{"type", net::type_of(row)}};
    for (auto& field : net::json_of(row)) json[field.key()] = field.value();
    if (cli_.format() != output::OutputFormat::kTable) return all().write(json);
    if (!writer_ || kind_ != row.index()) begin(static_cast<RowKind>(row.index()));
    kind_ = row.index();
    writer_->write(json);
  }

  void finish(ledger::Position position) {
    if (cli_.format() != output::OutputFormat::kTable) return all().finish();
    if (writer_) writer_->finish();
    cli_.out() << (writer_ ? "\n" : "") << "as of position " << position.value() << "\n";
  }

 private:
  output::RowWriter& all() {
    if (!writer_) writer_.emplace(cli_.out(), cli_.format(), columns_of_state());
    return *writer_;
  }

  void begin(RowKind kind) {
    static constexpr const char* kTitles[] = {"ACCOUNTS", "USERS", "CLIENTS", "KEYS", "POLICY"};
    if (writer_) {
      writer_->finish();
      cli_.out() << "\n";
    }
    cli_.out() << "== " << kTitles[static_cast<std::size_t>(kind)] << "\n";
    writer_.emplace(cli_.out(), cli_.format(), output::columns_of(kind));
  }

  Cli& cli_;
  std::optional<output::RowWriter> writer_;
  std::size_t kind_ = 0;
};

int print_state(Cli& cli, const StateFlags& flags) {
  int status = program::kExitDone;
  net::AskState ask;
  if (flags.position_option->count() > 0) ask.position = ledger::Position{flags.position};
  if (!flags.at.empty() && !(ask.at = cli.moment("--at", flags.at, status))) return status;
  const auto source = cli.source(status);
  if (!source) return status;
  StatePrinter printer(cli);
  const auto answer = source->state(ask, [&](std::vector<Row> rows) {
    for (const Row& row : rows) printer.print(row);
  });
  if (!answer) return cli.fail(answer.error());
  printer.finish(*answer);
  return program::kExitDone;
}

int print_stats(Cli& cli) {
  int status = program::kExitDone;
  const auto source = cli.source(status);
  if (!source) return status;
  const auto stats = source->stats();
  if (!stats) return cli.fail(stats.error());
  write_object(cli.out(), cli.format(), json_of(*stats));
  return program::kExitDone;
}

}  // namespace

void add_history_verbs(Cli& cli) {
  auto history = std::make_shared<HistoryFlags>();
  CLI::App& verb = *cli.app().add_subcommand("history", "List past events from the log");
  auto* entity =
      verb.add_option_group("of", "Only events of one entity, and of the entities that belong to it");
  entity->add_option("--key", history->key, "key_id, NAME or OWNER/NAME")->check(program::not_empty());
  entity->add_option("--client", history->client, "client_id, NAME or ACCOUNT/NAME")
      ->check(program::not_empty());
  entity->add_option("--user", history->user, "Username")->check(program::not_empty());
  entity->add_option("--account", history->account, "dddd-dddd-dddd")->check(program::not_empty());
  entity->require_option(0, 1);
  verb.add_option("--since", history->since,
                  "Show events from this moment on: a time, a date, or a distance like -15m")
      ->check(program::not_empty());
  verb.add_option("--until", history->until, "Show events up to this moment")->check(program::not_empty());
  verb.add_flag("--uses", history->uses, "Also list each use");
  cli.on(verb, [&cli, history] { return print_history(cli, *history); });

  auto state = std::make_shared<StateFlags>();
  CLI::App& past = *cli.app().add_subcommand(
      "state", "Show all accounts, users, clients and keys, now or at a past moment");
  auto* at = past.add_option("--at", state->at, "A time, a date, or a distance like -15m")
                 ->check(program::not_empty());
  state->position_option = past.add_option("--position", state->position, "After the event at this position")
                               ->check(program::digits_only());
  state->position_option->excludes(at);
  cli.on(past, [&cli, state] { return print_state(cli, *state); });

  CLI::App& log = cli.noun("log", "The log of all events");
  CLI::App& stats =
      *log.add_subcommand("stats", "Show the length of the log, the Merkle root, and the number of entities");
  cli.on(stats, [&cli] { return print_stats(cli); });
  add_archive_verb(cli, log);
  add_index_verbs(cli, log);
}

}  // namespace keyledger::tools::cli
