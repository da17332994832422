// manifest prints a key in the form of the Smarter platform.
#include <memory>
#include <optional>

#include "tools/apply/smarter_manifest.h"
#include "tools/cli/cli.h"
#include "tools/program/exit_status.h"

namespace keyledger::tools::cli {

using projections::KeyRow;
using projections::Row;

namespace {

int show(Cli& cli, const std::string& name) {
  int status = program::kExitDone;
  const auto source = cli.source(status);
  if (!source) return status;
  std::optional<KeyRow> key;
  const auto answer =
      source->list({.kind = projections::RowKind::kKeys, .name = name}, [&](std::vector<Row> rows) {
        for (Row& row : rows) key = std::get<KeyRow>(std::move(row));
      });
  if (!answer) return cli.fail(answer.error());
  if (!key) return cli.fail(ledger::Refusal{ledger::RefusalCode::kKeyUnknown, name});
  cli.out() << apply::manifest_text(*key);
  return program::kExitDone;
}

}  // namespace

void add_manifest_verb(Cli& cli) {
  auto name = std::make_shared<std::optional<std::string>>();
  CLI::App& verb = *cli.app().add_subcommand(
      "manifest", "Print a key as a YAML manifest; without KEY, print an example manifest");
  verb.add_option("KEY", *name, "key_id, NAME or OWNER/NAME");
  cli.on(verb, [&cli, name] {
    if (name->has_value() && (*name)->empty()) return cli.usage("KEY: must not be empty");
    if (name->has_value()) return show(cli, **name);
    cli.out() << apply::example_manifest();
    return program::kExitDone;
  });
}

}  // namespace keyledger::tools::cli
