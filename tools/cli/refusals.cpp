// refusals lists the codes of all failures. No daemon and no ledger is needed.
#include <memory>

#include "ledger/values/ascii_text.h"
#include "ledger/values/error.h"
#include "ledger/values/printable_text.h"
#include "tools/cli/cli.h"
#include "tools/help/refusals_page.h"
#include "tools/program/exit_status.h"
#include "tools/program/option_checks.h"

namespace keyledger::tools::cli {

using ledger::CodeEntry;

namespace {

struct RefusalsFlags {
  std::string code;
  bool is_page = false;
};

boost::json::object json_of(const CodeEntry& entry) {
  return {{"code", entry.code},
          {"name", entry.name},
          {"exit_status", program::exit_status_of(entry.code)},
          {"may_be_retried", to_string(entry.retry)},
          {"message", entry.message},
          {"advice", entry.advice}};
}

// Returns the entry with this number or name, or null if no entry matches.
const CodeEntry* find_entry(const std::string& text) {
  if (const auto number = ledger::number_from<std::uint16_t>(text)) return ledger::find_code(*number);
  for (const CodeEntry& entry : ledger::code_table()) {
    if (entry.name == text) return &entry;
  }
  return nullptr;
}

int print_codes(Cli& cli, const RefusalsFlags& flags) {
  if (flags.is_page) {
    cli.out() << help::refusals_page();
    return program::kExitDone;
  }
  if (!flags.code.empty()) {
    const CodeEntry* entry = find_entry(flags.code);
    if (entry == nullptr) return cli.usage("there is no code " + ledger::quoted(flags.code));
    write_object(cli.out(), cli.format(), json_of(*entry));
    return program::kExitDone;
  }
  output::RowWriter writer(cli.out(), cli.format(),
                           {{"code"}, {"name"}, {"may_be_retried", "RETRY"}, {"message"}, {"advice"}});
  for (const CodeEntry& entry : ledger::code_table()) writer.write(json_of(entry));
  writer.finish();
  return program::kExitDone;
}

}  // namespace

void add_refusal_verbs(Cli& cli) {
  auto flags = std::make_shared<RefusalsFlags>();
  CLI::App& verb =
      *cli.app().add_subcommand("refusals", "List the codes of all refusals and errors, or show one of them");
  auto* code = verb.add_option("CODE", flags->code, "Show only this code, by its number or name");
  code->check(program::not_empty());
  verb.add_flag("--page", flags->is_page, "Print the text of docs/refusals.md, in Markdown")->excludes(code);
  cli.on(verb, [&cli, flags] { return print_codes(cli, *flags); });
}

}  // namespace keyledger::tools::cli
