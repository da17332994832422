// The zsh script: one function for each command, made of specifications for _arguments (zshcompsys(1)).
#include <fmt/format.h>

#include <string>

#include "tools/help/completion.h"

namespace keyledger::tools::help {
namespace {

// Escapes the characters that structure a specification: brackets end a description, colons end a field.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += ' ';
      continue;
    }
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string action(const CommandOption& option) {
  switch (option.value) {
    case ValueKind::kNone:
    case ValueKind::kText:
      return " ";
    case ValueKind::kChoice: {
      std::string choices;
      for (const std::string& choice : option.choices)
        choices += (choices.empty() ? "" : " ") + escaped(choice);
      return "(" + choices + ")";
    }
    case ValueKind::kFile:
      return "_files";
    case ValueKind::kDirectory:
      return "_files -/";
  }
  return " ";
}

std::string line_of(const std::string& specification) {
  return "    " + quoted_for_shell(specification) + " \\\n";
}

std::string option_lines(const CommandOption& option) {
  const std::string names = fmt::format("{}", fmt::join(option.names, " "));
  const std::string before = option.repeatable ? "*" : option.names.size() > 1 ? "(" + names + ")" : "";
  std::string lines;
  for (const std::string& name : option.names) {
    std::string specification = before + name;
    // "=" allows a value after an equals sign in one word; "+" allows a value directly after a short name.
    if (option.value != ValueKind::kNone) specification += name.starts_with("--") ? "=" : "+";
    specification += "[" + escaped(option.description) + "]";
    if (option.value != ValueKind::kNone) {
      specification += ":" + escaped(option.placeholder) + ":" + action(option);
    }
    lines += line_of(specification);
  }
  return lines;
}

std::string argument_line(const CommandOption& argument) {
  const std::string place = argument.repeatable ? "*:" : argument.required ? ":" : "::";
  return line_of(place + escaped(argument.placeholder) + ":" + action(argument));
}

std::string function_name(const CommandPlace& place) {
  std::string name;
  for (const std::string& word : place.words) name += "_" + word;
  return name;
}

// Returns the body of the function for a command without subcommands.
std::string leaf_body(const CommandPlace& place, const std::string& options) {
  std::string body = "  _arguments -s -S \\\n" + options;
  for (const CommandOption& argument : place.command->arguments) body += argument_line(argument);
  // Remove the final blank, backslash and line feed, because the last line is not continued.
  body.erase(body.size() - 3);
  return body + "\n";
}

std::string branch_body(const CommandPlace& place, const std::string& options) {
  std::string described;
  std::string chosen;
  for (const CommandNode& command : place.command->commands) {
    described += "    " + quoted_for_shell(escaped(command.name) + ":" + escaped(command.description)) + "\n";
    chosen +=
        fmt::format("        {}) {}_{} && result=0 ;;\n", command.name, function_name(place), command.name);
  }
  return fmt::format(
      "  local curcontext=$curcontext context state state_descr result=1\n"
      "  local -a line commands\n"
      "  typeset -A opt_args\n"
      "  commands=(\n{}  )\n"
      "  _arguments -C -s -S \\\n{}    '1: :->command' '*:: :->rest' && result=0\n"
      "  case $state in\n"
      "    command) _describe -t commands command commands && result=0 ;;\n"
      "    rest)\n"
      "      case $line[1] in\n{}      esac\n"
      "      ;;\n"
      "  esac\n"
      "  return result\n",
      described, options, chosen);
}

}  // namespace

std::string zsh_completion(const CommandNode& program) {
  std::string script = fmt::format(
      "#compdef {0}\n# Completion of {0} for zsh, as `{0} completion zsh` prints it.\n", program.name);
  for (const CommandPlace& place : every_command(program)) {
    std::string options;
    for (const CommandOption& option : place.command->options) options += option_lines(option);
    for (const CommandOption& option : place.inherited()) options += option_lines(option);
    script += fmt::format(
        "\n{}() {{\n{}}}\n", function_name(place),
        place.command->commands.empty() ? leaf_body(place, options) : branch_body(place, options));
  }
  // compinit reads the file as the body of the function; a user may also source the file.
  return script +
         fmt::format("\nif [[ $funcstack[1] == _{0} ]]; then\n  _{0} \"$@\"\nelse\n  compdef _{0} {0}\nfi\n",
                     program.name);
}

}  // namespace keyledger::tools::help
