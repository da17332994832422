// The verbs for edits of a key: rename, describe, expire, limit and allow.
#include <functional>
#include <memory>

#include "tools/cli/cli.h"
#include "tools/cli/key_values.h"
#include "tools/program/exit_status.h"
#include "tools/program/option_checks.h"

namespace keyledger::tools::cli {

using commands::EditKey;

namespace {

CLI::App& add_verb(CLI::App& noun, const std::string& name, const std::string& description,
                   std::string& key) {
  CLI::App& verb = *noun.add_subcommand(name, description);
  verb.add_option("KEY", key, "key_id, NAME or OWNER/NAME")->required()->check(program::not_empty());
  return verb;
}

void add_rename(Cli& cli, CLI::App& noun) {
  auto edit = std::make_shared<EditKey>();
  auto name = std::make_shared<std::string>();
  CLI::App& verb = add_verb(noun, "rename", "Change the name of a key; its id and secret stay", edit->key);
  verb.add_option("--name", *name, "The new name, unique among the owner's keys")->required();
  cli.on(verb, [&cli, edit, name] {
    edit->name = *name;
    return cli.command(*edit);
  });
}

struct DescribeFlags {
  EditKey edit;
  std::string description;
  CLI::Option* description_option = nullptr;
  std::vector<std::string> tags;
  std::vector<std::string> annotations;
  bool no_tags = false;
  bool no_annotations = false;
};

int describe(Cli& cli, DescribeFlags& flags) {
  int status = program::kExitDone;
  if (flags.description_option->count() > 0) flags.edit.description = flags.description;
  if (!flags.tags.empty() || flags.no_tags) flags.edit.tags = flags.tags;
  if (!flags.annotations.empty() || flags.no_annotations) {
    flags.edit.annotations = parse_annotations(cli, flags.annotations, status);
    if (!flags.edit.annotations) return status;
  }
  if (!flags.edit.description && !flags.edit.tags && !flags.edit.annotations) {
    return cli.usage(
        "nothing to change: give --description, --tag, --no-tags, --annotation or --no-annotations");
  }
  return cli.command(flags.edit);
}

void add_describe(Cli& cli, CLI::App& noun) {
  auto flags = std::make_shared<DescribeFlags>();
  CLI::App& verb =
      add_verb(noun, "describe",
               "Change the description, tags or annotations of a key; values that are not given stay",
               flags->edit.key);
  flags->description_option = verb.add_option("--description", flags->description,
                                              "The description, at most 255 characters; empty: none");
  auto* tags = verb.add_option("--tag", flags->tags,
                               "A new tag; the new tags replace all present tags; may be repeated");
  verb.add_flag("--no-tags", flags->no_tags, "Remove all tags")->excludes(tags);
  auto* annotations = verb.add_option(
      "--annotation", flags->annotations,
      "A new annotation, NAME=VALUE; the new annotations replace all present ones; may be repeated");
  verb.add_flag("--no-annotations", flags->no_annotations, "Remove all annotations")->excludes(annotations);
  cli.on(verb, [&cli, flags] { return describe(cli, *flags); });
}

void add_expire(Cli& cli, CLI::App& noun) {
  auto edit = std::make_shared<EditKey>();
  auto at = std::make_shared<std::string>();
  CLI::App& verb = add_verb(noun, "expire", "Change when a key expires", edit->key);
  verb.add_option("--at", *at, "When the key expires: a time, a date, a distance like +90d, now, or never")
      ->required()
      ->check(program::not_empty());
  cli.on(verb, [&cli, edit, at] {
    int status = program::kExitDone;
    std::optional<ledger::Timestamp> expiry;
    if (*at != "never" && !(expiry = cli.moment("--at", *at, status))) return status;
    edit->expiry = expiry;
    return cli.command(*edit);
  });
}

void add_limit(Cli& cli, CLI::App& noun) {
  auto edit = std::make_shared<EditKey>();
  auto text = std::make_shared<std::string>();
  CLI::App& verb = add_verb(noun, "limit", "Change how often a key may be used", edit->key);
  verb.add_option("LIMIT", *text, "The rate limit as REQUESTS/TIME, like 100/1m, or none")
      ->required()
      ->check(program::not_empty());
  cli.on(verb, [&cli, edit, text] {
    int status = program::kExitDone;
    edit->limit = parse_limit(cli, *text, status);
    return edit->limit ? cli.command(*edit) : status;
  });
}

void add_allow(Cli& cli, CLI::App& noun) {
  auto edit = std::make_shared<EditKey>();
  auto texts = std::make_shared<std::vector<std::string>>();
  auto anywhere = std::make_shared<bool>(false);
  CLI::App& verb = add_verb(noun, "allow", "Change from which addresses a key may be used", edit->key);
  auto* ranges = verb.add_option(
      "RANGE", *texts, "Addresses and networks, like 192.0.2.0/24, which replace the present allow-list");
  verb.add_flag("--anywhere", *anywhere, "Remove the allow-list: the key may be used from anywhere")
      ->excludes(ranges);
  cli.on(verb, [&cli, edit, texts, anywhere] {
    int status = program::kExitDone;
    if (texts->empty() && !*anywhere) return cli.usage("give address ranges, or --anywhere");
    edit->allow = parse_ranges(cli, *texts, status);
    return edit->allow ? cli.command(*edit) : status;
  });
}

}  // namespace

void add_key_change_verbs(Cli& cli, CLI::App& noun) {
  add_rename(cli, noun);
  add_describe(cli, noun);
  add_expire(cli, noun);
  add_limit(cli, noun);
  add_allow(cli, noun);
}

}  // namespace keyledger::tools::cli
