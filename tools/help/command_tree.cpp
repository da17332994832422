#include "tools/help/command_tree.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <string_view>

namespace keyledger::tools::help {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// CLI11 describes a value as "TYPE:VALIDATOR:VALIDATOR", and a choice as "{one,other}".
void describe_value(const CLI::Option& option, CommandOption& described) {
  std::vector<std::string> parts = split(option.get_type_name(), ':');
  if (option.get_positional()) parts.insert(parts.begin(), option.get_name(true));
  described.placeholder = parts.front();
  described.value = ValueKind::kText;
  for (const std::string& part : parts) {
    if (part == "FILE" || part == "PATH") described.value = ValueKind::kFile;
    if (part == "DIR") described.value = ValueKind::kDirectory;
    if (part.size() > 2 && part.front() == '{' && part.back() == '}') {
      described.value = ValueKind::kChoice;
      described.choices = split(std::string_view(part).substr(1, part.size() - 2), ',');
    }
  }
}

CommandOption describe(const CLI::Option& option) {
  CommandOption described{.description = option.get_description(), .required = option.get_required()};
  for (const std::string& name : option.get_snames()) described.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) described.names.push_back("--" + name);
  if (option.get_items_expected_max() == 0) return described;
  describe_value(option, described);
  described.repeatable = option.get_items_expected_max() > option.get_type_size_max();
  for (const CLI::Option* other : option.get_excludes()) described.excludes.push_back(other->get_name());
  // CLI11 orders excluded options by address in memory; sorting by name makes the output reproducible.
  std::ranges::sort(described.excludes);
  return described;
}

void collect_options(const CLI::App& app, CommandNode& node) {
  for (const CLI::Option* option : app.get_options()) {
    const bool is_help = option == app.get_help_ptr() && app.get_parent() != nullptr;
    if (option->get_group().empty() || is_help) continue;
    (option->get_positional() ? node.arguments : node.options).push_back(describe(*option));
  }
  // CLI11 keeps a group of options as a subcommand without a name.
  for (const CLI::App* group :
       app.get_subcommands([](const CLI::App* each) { return each->get_name().empty(); }))
    collect_options(*group, node);
}

void collect(const CommandNode& node, CommandPlace place, std::vector<CommandPlace>& places) {
  place.command = &node;
  place.words.push_back(node.name);
  places.push_back(place);
  place.above.push_back(&node);
  for (const CommandNode& command : node.commands) collect(command, place, places);
}

}  // namespace

CommandNode command_tree_of(const CLI::App& app) {
  CommandNode node{.name = app.get_name(), .description = app.get_description()};
  if (const std::string footer = app.get_footer(); !footer.empty()) node.description += "\n" + footer;
  collect_options(app, node);
  const auto is_shown = [](const CLI::App* each) {
    return !each->get_name().empty() && !each->get_group().empty();
  };
  for (const CLI::App* command : app.get_subcommands(is_shown))
    node.commands.push_back(command_tree_of(*command));
  return node;
}

std::string CommandPlace::path() const {
  std::string path;
  for (std::size_t i = 1; i < words.size(); ++i) path += (i == 1 ? "" : " ") + words[i];
  return path;
}

std::vector<CommandOption> CommandPlace::inherited() const {
  std::vector<CommandOption> options;
  for (const CommandNode* node : above) {
    options.insert(options.end(), node->options.begin(), node->options.end());
  }
  return options;
}

std::vector<CommandPlace> every_command(const CommandNode& program) {
  std::vector<CommandPlace> places;
  collect(program, {}, places);
  return places;
}

std::vector<std::string> long_names_of(const CommandOption& option) {
  std::vector<std::string> names;
  std::ranges::copy_if(option.names, std::back_inserter(names),
                       [](const std::string& name) { return name.starts_with("--"); });
  return names;
}

}  // namespace keyledger::tools::help
