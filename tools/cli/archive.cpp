// log archive: moves the oldest records of a ledger into the archive, while no daemon runs.
#include <iostream>
#include <memory>

#include "ledger/disk/directory.h"
#include "ledger/values/printable_text.h"
#include "tools/cli/cli.h"
#include "tools/output/progress_bar.h"
#include "tools/program/exit_status.h"
#include "tools/program/option_checks.h"
#include "tools/program/system.h"

namespace keyledger::tools::cli {

using ledger::ArchivedAmount;
using ledger::Error;
using ledger::ErrorCode;
using ledger::LedgerDirectory;
using ledger::Result;
using ledger::Timestamp;

namespace {

struct ArchiveFlags {
  std::string older_than;
  bool dry_run = false;
};

// The number and the total amount of the archive files of a run.
struct Outcome {
  ArchivedAmount all;
  std::uint64_t files = 0;
};

void add(Outcome& outcome, const ArchivedAmount& file) {
  ArchivedAmount& all = outcome.all;
  if (outcome.files++ == 0) all.first = file.first;
  all.last = file.last;
  all.records += file.records;
  all.events += file.events;
  all.bytes_before += file.bytes_before;
  all.bytes_after += file.bytes_after;
}

boost::json::value json_of(ledger::Position position) {
  if (position == ledger::kBeforeFirst) return nullptr;
  return position.value();
}

void print(Cli& cli, const Outcome& outcome, Timestamp before, bool dry_run) {
  const ArchivedAmount& all = outcome.all;
  boost::json::object json{{"dry_run", dry_run},
                           {"before", ledger::to_rfc3339(before)},
                           {"records", all.records},
                           {"events", all.events},
                           {"first_position", json_of(all.first)},
                           {"last_position", json_of(all.last)},
                           {"bytes_before", all.bytes_before}};
  if (!dry_run) {
    json["files"] = outcome.files;
    json["bytes_after"] = all.bytes_after;
  }
  write_object(cli.out(), cli.format(), json);
  if (all.records > 0) return;
  cli.err() << "There is nothing to archive: an archive file holds at least "
            << output::grouped(ledger::ArchiveShape{}.positions_min)
            << " events, and fewer events are old enough and not archived yet.\n";
}

// Opens an existing ledger for writing. A directory without a ledger is an error, because open_ledger alone
// would create a ledger.
Result<std::unique_ptr<LedgerDirectory>> open_existing(const std::string& data) {
  if (const auto there = ledger::open_ledger_to_read(data); !there) return there.error();
  program::keep_new_files_from_others();
  auto opened = ledger::open_ledger(data, {});
  if (!opened && opened.error().code == ErrorCode::kInUse) {
    return Error{ErrorCode::kInUse,
                 opened.error().detail +
                     "; start the daemon with --archive-after AGE and it archives its ledger itself"};
  }
  return opened;
}

Result<Outcome> archive_all(LedgerDirectory& directory, Timestamp before, output::ProgressBar& progress) {
  // Notes the present head first: a later start then detects missing records.
  ledger::Log& log = directory.log();
  if (auto synced = log.sync(); !synced) return synced.error().why;
  if (auto noted = directory.note_durable_head(directory.index().head()); !noted) return noted.error();
  for (Outcome outcome;;) {
    const auto moved = directory.archive_oldest(before, {});
    if (!moved) return moved.error();
    if (!moved->has_value()) return outcome;
    add(outcome, **moved);
    progress.update(outcome.all.events);
  }
}

int archive(Cli& cli, const ArchiveFlags& flags) {
  if (cli.data().empty())
    return cli.usage("log archive changes a ledger's directory: name the directory with --data DIR");
  const auto age = ledger::parse_duration(flags.older_than);
  if (!age) {
    return cli.usage("--older-than takes a length of time (12h, 90d, 52w), not " +
                     ledger::quoted(flags.older_than));
  }
  const Timestamp before = later_by(cli.now(), -*age);
  auto opened = flags.dry_run ? ledger::open_ledger_to_read(cli.data()) : open_existing(cli.data());
  if (!opened) return cli.fail(opened.error());
  const auto movable = (*opened)->archivable(before);
  if (!movable) return cli.fail(movable.error());
  if (flags.dry_run || !*movable) {
    print(cli, {.all = movable->value_or(ArchivedAmount{})}, before, flags.dry_run);
    return program::kExitDone;
  }
  output::ProgressBar progress(std::cerr, program::standard_error_is_terminal(), cli.clock(),
                               {.label = "archiving", .unit = "events", .total = (*movable)->events});
  const auto outcome = archive_all(**opened, before, progress);
  progress.clear();
  if (!outcome) return cli.fail(outcome.error());
  print(cli, *outcome, before, false);
  return program::kExitDone;
}

}  // namespace

void add_archive_verb(Cli& cli, CLI::App& log) {
  auto flags = std::make_shared<ArchiveFlags>();
  CLI::App& verb =
      *log.add_subcommand("archive", "Move the oldest records of the ledger in --data DIR into its archive");
  verb.add_option("--older-than", flags->older_than, "Move only records that are older than this: 90d, 52w")
      ->required()
      ->check(program::not_empty());
  verb.add_flag("--dry-run", flags->dry_run, "Show what would be moved, and change nothing");
  cli.on(verb, [&cli, flags] { return archive(cli, *flags); });
}

}  // namespace keyledger::tools::cli
