// The bash script: tables of the commands, and a function that looks up the command line in the tables.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tools/help/completion.h"

namespace keyledger::tools::help {
namespace {

// The function after the tables; PROGRAM is replaced by the program's name. bash also splits words at ":" and
// "=", and replaces only the last part of a word. The function therefore joins the parts before looking a
// word up, and then removes the parts kept by bash from each answer.
constexpr std::string_view kFunction = R"sh(
_PROGRAM() {
  local commands='' options='' takes='' values='' native=''
  local path='' option='' name='' glue='' current word i
  local IFS=$' \t\n'
  local -i arguments=0
  local -a line=()
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == [:=]* && ${#line[@]} -gt 0 ]]; then
      line[-1]+=$word
      glue=yes
    elif [[ $glue ]]; then
      line[-1]+=$word
      glue=''
    else
      line+=("$word")
    fi
  done
  current=${line[-1]-}

  __PROGRAM_at ''
  for ((i = 0; i < ${#line[@]} - 1; i++)); do
    word=${line[i]}
    if [[ $option ]]; then
      option=''
    elif [[ $word == -?* ]]; then
      [[ " $takes " != *" $word "* ]] || option=$word
    elif [[ " $commands " == *" $word "* ]]; then
      path+=${path:+ }$word
      __PROGRAM_at "$path"
    else
      arguments+=1
    fi
  done

  COMPREPLY=()
  if [[ $option ]]; then
    __PROGRAM_values "$path" "$option"
  elif [[ $current == --*=* ]]; then
    name=${current%%=*}
    __PROGRAM_values "$path" "$name"
  elif [[ $current == -?* || $current == - ]]; then
    values=$options
  else
    __PROGRAM_values "$path" "$((arguments + 1))"
    values+=" $commands"
  fi
  if [[ $native ]]; then
    compopt -o "$native" 2>/dev/null
    return
  fi
  mapfile -t COMPREPLY < <(compgen ${name:+-P "$name="} -W "$values" -- "${current#"${name:+$name=}"}")

  word=${COMP_WORDS[COMP_CWORD]}
  [[ $word != [:=]* ]] || word=''
  name=${current%"$word"}
  COMPREPLY=("${COMPREPLY[@]#"$name"}")
}
complete -F _PROGRAM PROGRAM
)sh";

void append_word(std::string& words, const std::string& word) {
  if (!words.empty()) words += ' ';
  words += word;
}

// Returns the case of one command in the table of commands.
std::string command_case(const CommandPlace& place) {
  std::string commands;
  std::string options;
  std::string takes;
  for (const CommandNode& command : place.command->commands) append_word(commands, command.name);
  std::vector<CommandOption> all = place.command->options;
  std::ranges::copy(place.inherited(), std::back_inserter(all));
  for (const CommandOption& option : all) {
    for (const std::string& name : long_names_of(option)) append_word(options, name);
    if (option.value == ValueKind::kNone) continue;
    for (const std::string& name : option.names) append_word(takes, name);
  }
  return fmt::format("    {})\n      commands={}\n      options={}\n      takes={}\n      ;;\n",
                     quoted_for_shell(place.path()), quoted_for_shell(commands), quoted_for_shell(options),
                     quoted_for_shell(takes));
}

// Returns the assignment, for the table of values, that completes an option or an argument; empty if nothing
// does.
std::string value_action(const CommandOption& option) {
  switch (option.value) {
    case ValueKind::kNone:
    case ValueKind::kText:
      return {};
    case ValueKind::kChoice: {
      std::string values;
      for (const std::string& choice : option.choices) append_word(values, choice);
      return "values=" + quoted_for_shell(values);
    }
    case ValueKind::kFile:
      return "native=default";
    case ValueKind::kDirectory:
      return "native=dirnames";
  }
  return {};
}

// Returns the cases of the table of values: for options, which commands further down also take, and for
// arguments by number.
std::string value_cases(const CommandPlace& place) {
  std::string cases;
  const std::string path = place.path();
  const auto add = [&](const std::string& pattern, const CommandOption& option) {
    if (const std::string action = value_action(option); !action.empty()) {
      cases += fmt::format("    {}) {} ;;\n", pattern, action);
    }
  };
  for (const CommandOption& option : place.command->options) {
    for (const std::string& name : option.names) {
      std::string pattern = quoted_for_shell(path + " " + name);
      if (!place.command->commands.empty()) {
        pattern += " | ";
        if (!path.empty()) pattern += quoted_for_shell(path + " ");
        pattern += "*" + quoted_for_shell(" " + name);
      }
      add(pattern, option);
    }
  }
  int number = 0;
  for (const CommandOption& argument : place.command->arguments) {
    ++number;
    add(quoted_for_shell(path + " ") + (argument.repeatable ? "[1-9]*" : std::to_string(number)), argument);
  }
  return cases;
}

}  // namespace

std::string bash_completion(const CommandNode& program) {
  std::string commands;
  std::string values;
  for (const CommandPlace& place : every_command(program)) {
    commands += command_case(place);
    // bash takes the first case that matches. A verb's own option must come before an equally named option of
    // its parents.
    values.insert(0, value_cases(place));
  }
  std::string script =
      fmt::format("# Completion of {0} for bash, as `{0} completion bash` prints it.\n", program.name);
  script += fmt::format("\n# What may follow the commands $1.\n__{}_at() {{\n  case $1 in\n{}  esac\n}}\n",
                        program.name, commands);
  script += fmt::format(
      "\n# What the option, or the argument with the number, $2 of the commands $1 may be.\n__{}_values() "
      "{{\n"
      "  case \"$1 $2\" in\n{}  esac\n}}\n",
      program.name, values);
  return script + with_program_name(kFunction, program.name);
}

}  // namespace keyledger::tools::help
