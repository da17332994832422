// import django takes over keys from a dump of a Django project with django-rest-knox, or of a whole Smarter.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "ledger/host/whole_file.h"
#include "ledger/values/printable_text.h"
#include "tools/cli/cli.h"
#include "tools/cli/differences.h"
#include "tools/import/django_dump.h"
#include "tools/import/outline.h"
#include "tools/program/exit_status.h"
#include "tools/program/option_checks.h"
#include "tools/program/system.h"

namespace keyledger::tools::cli {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;

namespace {

constexpr const char* kStandardInput = "-";
constexpr const char* kStandardInputName = "standard input";

struct ImportFlags {
  std::vector<std::string> files;
  std::string account = to_string(ledger::kDefaultImportAccount);
  bool dry_run = false;
  import::DumpChoices choices;
  std::string time_zone;
  bool diff = false;
  DifferenceFlags differences;
};

// The texts of the dumps. The destructor cleanses the texts, because a dump has the first characters of every
// token.
class DumpFiles {
 public:
  DumpFiles() = default;
  DumpFiles(const DumpFiles&) = delete;
  DumpFiles& operator=(const DumpFiles&) = delete;
  ~DumpFiles() {
    for (import::DumpFile& file : files_) ledger::cleanse(file.text.data(), file.text.size());
  }

  Result<void> read(const std::string& name) {
    auto text = ledger::read_whole_file(name);
    if (!text) return text.error();
    files_.push_back({.name = name, .text = std::move(*text)});
    return {};
  }

  Result<void> read_standard_input(Cli& cli) {
    if (program::standard_input_is_terminal() == program::IsTerminal::kYes) {
      cli.err() << "keyledger: reading a dump from the terminal; Ctrl-D ends it\n";
    }
    auto text = ledger::read_whole_stream(cli.in(), kStandardInputName, import::DumpLimits{}.file_bytes_max);
    if (!text) return text.error();
    files_.push_back({.name = kStandardInputName, .text = std::move(*text)});
    return {};
  }

  std::span<const import::DumpFile> files() const { return files_; }

 private:
  std::vector<import::DumpFile> files_;
};

boost::json::object ignored_of(const import::DjangoDump& dump) {
  boost::json::object ignored;
  for (const auto& [model, count] : dump.ignored) ignored[model] = count;
  return ignored;
}

// Prints the answer and the list of changed or omitted values. A table shows this list as sentences below the
// answer, because the reasons are long.
void print(Cli& cli, boost::json::object answer, const import::UnmappedList& unmapped) {
  answer["unmapped_count"] = unmapped.size();
  if (cli.format() != output::OutputFormat::kTable) {
    boost::json::array rows;
    for (const import::Unmapped& each : unmapped) rows.emplace_back(json_of(each));
    answer["unmapped"] = std::move(rows);
    write_object(cli.out(), cli.format(), answer);
    return;
  }
  write_object(cli.out(), cli.format(), answer);
  if (!unmapped.empty()) cli.out() << "\nChanged by the import, or left out:\n";
  for (const import::Unmapped& each : unmapped) cli.out() << ledger::printable(text_of(each)) << "\n";
}

int print_outline(Cli& cli, const ImportFlags& flags, const import::DjangoDump& dump) {
  boost::json::object answer = {{"dry_run", true}, {"account", flags.account}, {"files", flags.files.size()}};
  for (auto& field : import::json_of(import::outline_of(dump.command, cli.now())))
    answer[field.key()] = field.value();
  answer["ignored"] = ignored_of(dump);
  print(cli, std::move(answer), dump.unmapped);
  return program::kExitDone;
}

// An account, user or key that is not new was known to the ledger, or was left out because its account is
// closed there.
void add_counts(boost::json::object& answer, std::string_view what, std::uint64_t in_dump,
                std::uint64_t added) {
  answer[std::string(what) + "_added"] = added;
  answer[std::string(what) + "_known"] = in_dump - std::min(in_dump, added);
}

boost::json::object counts_of(const import::ImportOutline& dump, const commands::Done& done) {
  boost::json::object counts;
  add_counts(counts, "accounts", dump.accounts, done.added.accounts);
  add_counts(counts, "users", dump.users, done.added.users);
  add_counts(counts, "clients", dump.clients, done.added.clients);
  add_counts(counts, "keys", dump.keys, done.added.keys);
  add_counts(counts, "assignments", dump.assignments, done.added.assignments);
  return counts;
}

void print_imported(Cli& cli, const ImportFlags& flags, const import::DjangoDump& dump,
                    const import::ImportOutline& outline, const commands::Done& done) {
  const auto ignored = flags.differences.ignored();
  const auto left = net::left_of(done.report, ignored);
  boost::json::object answer = {{"account", flags.account}, {"files", flags.files.size()}};
  for (auto& field : counts_of(outline, done)) answer[field.key()] = field.value();
  answer["ignored"] = ignored_of(dump);
  answer["repeated"] = done.repeated;
  answer["position"] = done.position.value();
  answer["taken"] = done.report.taken;
  answer["dangerous_count"] = left.dangerous;
  answer["difference_count"] = left.all;
  const auto rows = net::rows_of(done.report, ignored);
  if (cli.format() != output::OutputFormat::kTable) {
    boost::json::array differences;
    for (const commands::Difference& row : rows) differences.emplace_back(net::json_of(row));
    answer["differences"] = std::move(differences);
  }
  print(cli, std::move(answer), dump.unmapped);
  if (cli.format() != output::OutputFormat::kTable || rows.empty()) return;
  cli.out() << "\nLeft as the ledger has it:\n";
  for (const commands::Difference& row : rows) cli.out() << ledger::printable(net::text_of(row)) << "\n";
}

// Prints only the differences. Says on standard error what an import would add, because new things are no
// differences.
int print_comparison(Cli& cli, const ImportFlags& flags, const commands::Done& done) {
  const auto ignored = flags.differences.ignored();
  print_difference_rows(cli, done.report, ignored);
  const commands::ImportCounts& missing = done.report.missing;
  if (missing != commands::ImportCounts{}) {
    cli.err() << fmt::format(
        "keyledger: an import would also add {} accounts, {} users, {} clients, {} keys, {} assignments\n",
        missing.accounts, missing.users, missing.clients, missing.keys, missing.assignments);
  }
  const auto left = net::left_of(done.report, ignored);
  warn_of_dangers(cli, left);
  return left.all == 0 ? program::kExitDone : program::kExitRefused;
}

// Returns the names of the files, cut to the length that the history keeps.
std::string source_of(const std::vector<std::string>& files) {
  constexpr std::string_view kOthers = ", and others";
  std::string source;
  for (const std::string& file : files) {
    const std::string shown =
        file == kStandardInput ? kStandardInputName : std::filesystem::path(file).filename().string();
    const std::string name = (source.empty() ? "" : ", ") + shown;
    if (source.size() + name.size() + kOthers.size() > net::kImportSourceBytesMax) {
      return source + std::string(kOthers);
    }
    source += name;
  }
  return source;
}

int import_django(Cli& cli, ImportFlags& flags) {
  int status = program::kExitDone;
  if (std::ranges::count(flags.files, kStandardInput) > 1) {
    return cli.usage("standard input can be read once only: give - once");
  }
  if (!flags.time_zone.empty()) {
    auto zone = import::TimeZone::load(flags.time_zone);
    if (!zone) return cli.usage("--time-zone: " + zone.error().detail);
    flags.choices.zone = std::move(*zone);
  }
  DumpFiles files;
  for (const std::string& name : flags.files) {
    auto read = name == kStandardInput ? files.read_standard_input(cli) : files.read(name);
    if (!read) return cli.fail(read.error());
  }
  // The daemon chooses the ids of the keys.
  auto dump = read_django_dumps(
      files.files(), flags.account, [] { return ledger::KeyId{}; }, flags.choices);
  if (!dump) return cli.fail(dump.error());
  if (flags.dry_run) return print_outline(cli, flags, *dump);
  const auto outline = import::outline_of(dump->command, cli.now());
  dump->command.take = flags.differences.taken();
  if (flags.diff) dump->command.mode = commands::ImportMode::kCompare;
  net::RunCommand run{.command = std::move(dump->command)};
  run.import_source = source_of(flags.files);
  const auto answer = cli.send(std::move(run), status);
  if (!answer) return status;
  if (flags.diff) return print_comparison(cli, flags, answer->done);
  print_imported(cli, flags, *dump, outline, answer->done);
  return warn_of_dangers(cli, net::left_of(answer->done.report, flags.differences.ignored()));
}

// Adds the options that say what the models of a dump are.
void add_choices(CLI::App& verb, ImportFlags& flags) {
  import::DumpChoices& choices = flags.choices;
  const auto add = [&verb](const char* name, auto& value, const char* help) {
    return verb.add_option(name, value, help)->check(program::not_empty());
  };
  add("--user-model", choices.user_model,
      "The model of the project's users, such as accounts.user (default: recognised by its fields)");
  add("--username-field", choices.username_field,
      "The field that becomes the username (default: username, else email)");
  add("--token-model", choices.token_models,
      "A model whose tokens the project accepts, such as core.apptoken; may be repeated; no other model's "
      "tokens are imported (default: recognised by its fields)")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add("--ignore-model", choices.ignored_models,
      "A model to leave out although it looks like keys or users; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add("--time-zone", flags.time_zone,
      "The time zone of times without an offset, such as Asia/Tokyo: the TIME_ZONE of a project with "
      "USE_TZ = False");
}

}  // namespace

void add_import_verbs(Cli& cli) {
  CLI::App& noun = cli.noun("import", "Import keys from other systems, without issuing new keys");
  auto flags = std::make_shared<ImportFlags>();
  CLI::App& verb = *noun.add_subcommand(
      "django",
      "Import `manage.py dumpdata auth.user knox.authtoken` of django-rest-knox 2 to 5, or Smarter's "
      "`dumpdata auth.user account knox.authtoken drf llm_client`; everything or nothing is imported");
  verb.add_option("FILE", flags->files, "The dump files, in JSON, or - for standard input")
      ->required()
      ->check(program::not_empty());
  verb.add_option("--account", flags->account,
                  "The account for users and keys without an account in the dump; opened if needed (default: "
                  "0000-0000-0000)");
  CLI::Option* dry_run = verb.add_flag("--dry-run", flags->dry_run,
                                       "Show what is in the files, and change nothing; needs no daemon");
  verb.add_flag("--diff", flags->diff,
                "Show only what the ledger has otherwise than the dump, and change nothing")
      ->excludes(dry_run);
  add_choices(verb, *flags);
  add_difference_options(verb, flags->differences, "the dump");
  cli.on(verb, [&cli, flags] { return import_django(cli, *flags); });
}

}  // namespace keyledger::tools::cli
