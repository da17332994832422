// apply runs many commands at once; export writes a ledger as commands.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "ledger/host/pending_file.h"
#include "ledger/host/whole_file.h"
#include "ledger/values/printable_text.h"
#include "net/json/export.h"
#include "net/json/text.h"
#include "tools/apply/run.h"
#include "tools/cli/cli.h"
#include "tools/cli/differences.h"
#include "tools/program/exit_status.h"
#include "tools/program/option_checks.h"

namespace keyledger::tools::cli {

using ledger::Error;
using ledger::ErrorCode;

namespace {

struct ApplyFlags {
  std::vector<std::string> files;
  std::string account;
  bool dry_run = false;
  DifferenceFlags differences;
};

ledger::Result<std::vector<apply::InputFile>> read_files(Cli& cli, const std::vector<std::string>& names) {
  std::vector<apply::InputFile> files;
  for (const std::string& name : names) {
    if (name == "-") {
      files.push_back({.name = "standard input",
                       .text = {std::istreambuf_iterator<char>(cli.in()), std::istreambuf_iterator<char>()}});
      continue;
    }
    auto text = ledger::read_whole_file(name);
    if (!text) return text.error();
    files.push_back({.name = name, .text = std::move(*text)});
  }
  return files;
}

// Cleanses the texts of the input at the end, because an input can have tokens in clear.
class CleansingInput {
 public:
  explicit CleansingInput(std::vector<apply::InputFile> files) : files_(std::move(files)) {}
  CleansingInput(const CleansingInput&) = delete;
  CleansingInput& operator=(const CleansingInput&) = delete;
  ~CleansingInput() {
    for (apply::InputFile& file : files_) ledger::cleanse(file.text.data(), file.text.size());
  }

  std::span<const apply::InputFile> files() const { return files_; }

 private:
  std::vector<apply::InputFile> files_;
};

int refuse(Cli& cli, const apply::ApplyPlan& plan) {
  for (const apply::ApplyFault& fault : plan.faults) {
    cli.err() << fmt::format("keyledger: {}:{}: {}\n", ledger::printable(fault.place.file), fault.place.line,
                             ledger::printable(fault.what));
  }
  cli.err() << "keyledger: nothing was done: " << plan.faults.size()
            << (plan.faults.size() == 1 ? " mistake\n" : " mistakes\n");
  return program::kExitUsage;
}

// Prints the commands of a dry run, with the fields that the command line adds.
int show_plan(Cli& cli, const apply::ApplyPlan& plan, const apply::ApplyOptions& options) {
  output::RowWriter writer(cli.out(), cli.format(), {{"file"}, {"line"}, {"command"}, {"request"}});
  std::size_t number = 0;
  for (const apply::ApplyEntry& entry : plan.entries) {
    auto step = step_of(entry, options.now);
    ENSURE(step.ok(), "an entry that was understood is understood again");
    ++number;
    if (auto* command = std::get_if<net::RunCommand>(&step->action)) {
      const net::RunCommand run = with_defaults(std::move(*command), options, number);
      if (!run.reason.empty()) step->json["reason"] = run.reason;
      if (!run.idempotency_id.empty()) step->json["idempotency_key"] = run.idempotency_id;
    }
    writer.write({{"file", std::string(entry.place.file)},
                  {"line", entry.place.line},
                  {"command", step->name},
                  {"request", std::move(step->json)}});
  }
  writer.finish();
  cli.err() << plan.entries.size() << (plan.entries.size() == 1 ? " valid command" : " valid commands")
            << "; nothing was sent\n";
  return program::kExitDone;
}

int apply(Cli& cli, const ApplyFlags& flags) {
  int status = program::kExitDone;
  if (cli.has_expected_version()) {
    return cli.usage(
        "--expect-version applies to one key only: write \"expect_version\" in the command that changes the "
        "key");
  }
  auto files = read_files(cli, flags.files);
  if (!files) return cli.fail(files.error());
  const CleansingInput input(std::move(*files));
  apply::ApplyOptions options{.account = flags.account,
                              .reason = cli.reason(),
                              .idempotency_key = cli.idempotency_key(),
                              .now = cli.now(),
                              .take = flags.differences.taken()};
  const apply::ApplyPlan plan = plan_of(input.files(), options.now);
  if (!plan.faults.empty()) return refuse(cli, plan);
  if (flags.dry_run) return show_plan(cli, plan, options);
  const auto client = cli.client(status);
  if (!client) return status;
  apply::ApplyReport report(cli.out(), cli.format(), flags.differences.ignored());
  apply::ApplyRun run(*client, report, std::move(options));
  run.run(plan);
  report.finish();
  if (run.lost()) cli.fail(*run.lost());
  if (report.any_secret()) {
    cli.err() << "An API key is only displayed once and cannot be recovered if lost. Store it in a secure "
                 "location.\n";
  }
  cli.err() << report.summary() << "\n";
  warn_of_dangers(cli, report.left());
  return report.status();
}

void add_apply(Cli& cli) {
  auto flags = std::make_shared<ApplyFlags>();
  CLI::App& verb = *cli.app().add_subcommand("apply", "Run many commands from JSON lines, YAML or an export");
  verb.add_option("-f,--file", flags->files, "The file to read, or - for standard input; may be repeated")
      ->required()
      ->check(program::not_empty());
  verb.add_option("--account", flags->account, "The account of the keys and clients in manifests")
      ->check(program::not_empty());
  verb.add_flag("--dry-run", flags->dry_run,
                "Check every command and show what would be sent, without sending anything");
  add_difference_options(verb, flags->differences, "the export");
  cli.on(verb, [&cli, flags] { return apply(cli, *flags); });
}

// ---- export ----

// Writes a second file and renames the file at the end, because a file with the final name must be whole.
// Only the owner may read the file, because digests are in the file.
class ExportFile {
 public:
  static ledger::Result<std::unique_ptr<ExportFile>> create(std::string name) {
    constexpr mode_t kMode = 0600;
    auto file = ledger::PendingFile::create(name + ".part", kMode);
    if (!file) return file.error();
    return std::unique_ptr<ExportFile>(new ExportFile(std::move(name), std::move(*file)));
  }

  std::ostream& stream() { return stream_; }

  ledger::Result<void> publish() {
    stream_.close();
    if (!stream_) return Error{ErrorCode::kCannotCreate, name_ + ": writing it failed"};
    if (auto synced = file_.sync(); !synced) return synced;
    return file_.publish(name_);
  }

 private:
  ExportFile(std::string name, ledger::PendingFile file)
      : name_(std::move(name)), file_(std::move(file)), stream_(file_.path(), std::ios::binary) {}

  std::string name_;
  ledger::PendingFile file_;
  std::ofstream stream_;
};

net::Answer<std::size_t> write_records(Source& source, std::ostream& out) {
  std::size_t count = 0;
  const auto write = [&](const projections::Row& row) {
    const auto record = net::export_record_of(row);
    if (!record) return;
    std::string line;
    append_json(line, *record, net::JsonLayout::kCompact);
    out << line << '\n';
    ++count;
  };
  const auto answer =
      source.state({.contents = net::StateContents::kExport},
                   [&](const std::vector<projections::Row>& rows) { std::ranges::for_each(rows, write); });
  if (!answer) return answer.error();
  return count;
}

int export_to(Cli& cli, const std::string& name) {
  int status = program::kExitDone;
  const auto source = cli.source(status);
  if (!source) return status;
  if (name.empty() || name == "-") {
    const auto count = write_records(*source, cli.out());
    return count ? program::kExitDone : cli.fail(count.error());
  }
  auto file = ExportFile::create(name);
  if (!file) return cli.fail(file.error());
  const auto count = write_records(*source, (*file)->stream());
  if (!count) return cli.fail(count.error());
  if (const auto published = (*file)->publish(); !published) return cli.fail(published.error());
  cli.err() << *count << " records in " << ledger::printable(name) << "\n";
  return program::kExitDone;
}

void add_export(Cli& cli) {
  auto name = std::make_shared<std::string>();
  CLI::App& verb = *cli.app().add_subcommand(
      "export", "Write the whole ledger, without secrets, as JSON lines that apply can read");
  verb.add_option("-f,--file", *name, "The file to write (default: standard output)")
      ->check(program::not_empty());
  cli.on(verb, [&cli, name] { return export_to(cli, *name); });
}

}  // namespace

void add_apply_verbs(Cli& cli) {
  add_apply(cli);
  add_export(cli);
}

}  // namespace keyledger::tools::cli
