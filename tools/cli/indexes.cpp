// log verify compares the indexes of a ledger with its records; log repair-indexes makes them anew.
#include <iostream>
#include <memory>
#include <optional>

#include "ledger/disk/directory.h"
#include "ledger/values/key_digest.h"
#include "tools/cli/cli.h"
#include "tools/offline/verify_log.h"
#include "tools/output/progress_bar.h"
#include "tools/program/exit_status.h"
#include "tools/program/system.h"

namespace keyledger::tools::cli {

using ledger::Error;
using ledger::ErrorCode;

namespace {

int verify(Cli& cli) {
  if (cli.data().empty())
    return cli.usage("log verify reads a ledger's directory: name the directory with --data DIR");
  const auto opened = ledger::open_ledger_to_read(cli.data());
  if (!opened) return cli.fail(opened.error());
  const ledger::Log& log = (*opened)->log();
  output::ProgressBar progress(std::cerr, program::standard_error_is_terminal(), cli.clock(),
                               {.label = "verifying", .unit = "events", .total = log.end().position.value()});
  const auto check = (*opened)->begin_index_check();
  const auto verified = offline::verify_log(log, *check, progress);
  progress.clear();
  if (!verified) return cli.fail(verified.error());
  const ledger::IndexChecked& index = verified->index;
  const ledger::Hash stored_root = (*opened)->index().head().root;
  write_object(cli.out(), cli.format(),
               {{"position", verified->end.position.value()},
                {"records", verified->end.records},
                {"root_hash", ledger::to_hex(index.root)},
                {"root_agrees", index.root == stored_root},
                {"indexes_agree", !index.difference},
                {"entity_rows", index.entity_rows},
                {"use_rows", index.use_rows},
                {"idempotency_rows", index.idempotency_rows},
                {"tree_nodes", index.nodes},
                {"names_ledger", (*opened)->names_itself()}});
  if (!(*opened)->names_itself()) {
    cli.err() << "An older version wrote this ledger, and its head record or its database does not name the "
                 "ledger yet. The next start of a daemon adds the ledger's id.\n";
  }
  if (index.difference) return cli.fail(Error{ErrorCode::kIndexDiffers, *index.difference});
  if (index.root != stored_root) return cli.fail(Error{ErrorCode::kRootDiffers, ledger::to_hex(stored_root)});
  return program::kExitDone;
}

int repair(Cli& cli) {
  if (cli.data().empty())
    return cli.usage("log repair-indexes changes a ledger's directory: name the directory with --data DIR");
  program::keep_new_files_from_others();
  std::optional<output::ProgressBar> progress;
  const auto show = [&](std::uint64_t read, std::uint64_t all) {
    if (!progress) {
      progress.emplace(std::cerr, program::standard_error_is_terminal(), cli.clock(),
                       output::Work{.label = "repairing", .unit = "events", .total = all});
    }
    progress->update(read);
  };
  const auto repaired = ledger::repair_indexes(cli.data(), show);
  if (progress) progress->clear();
  if (!repaired) return cli.fail(repaired.error());
  write_object(cli.out(), cli.format(),
               {{"records", repaired->records},
                {"entity_rows", repaired->entity_rows},
                {"idempotency_rows", repaired->idempotency_rows},
                {"tree_nodes", repaired->nodes},
                {"segments", repaired->segments}});
  return program::kExitDone;
}

}  // namespace

void add_index_verbs(Cli& cli, CLI::App& log) {
  CLI::App& verification = *log.add_subcommand(
      "verify", "Compare the indexes and the Merkle tree of the ledger in --data DIR with its records");
  cli.on(verification, [&cli] { return verify(cli); });
  CLI::App& reparation = *log.add_subcommand(
      "repair-indexes",
      "Make the indexes and the Merkle tree of the ledger in --data DIR anew from its records");
  cli.on(reparation, [&cli] { return repair(cli); });
}

}  // namespace keyledger::tools::cli
