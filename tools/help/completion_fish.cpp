// The fish script: a `complete` line for each command, option and argument, with a condition on the words
// before the cursor.
#include <fmt/format.h>

#include <string>

#include "tools/help/completion.h"

namespace keyledger::tools::help {
namespace {

// PROGRAM is replaced by the program's name. A word after an option with a value is the value, not a command.
constexpr std::string_view kFunctions = R"fish(
# The commands that were typed, and after them the arguments; without options.
function __PROGRAM_words
    set -l path
    set -l is_value 0
    for word in (commandline -opc)[2..-1]
        if test $is_value = 1
            set is_value 0
        else if string match -q -- '-?*' $word
            if __PROGRAM_takes_value "$path" $word
                set is_value 1
            end
        else
            set -a path $word
        end
    end
    string join \n -- $path
end

# Whether the commands are these, and nothing behind them yet.
function __PROGRAM_is
    test "$(__PROGRAM_words | string collect)" = "$(string join \n -- $argv | string collect)"
end

# Whether the commands begin with these.
function __PROGRAM_in
    set -l words (__PROGRAM_words)
    test (count $argv) -eq 0; and return 0
    test (count $words) -ge (count $argv); and test "$words[1..$(count $argv)]" = "$argv"
end
)fish";

// Returns the text in single quotes; unlike other shells, fish escapes with a backslash inside single quotes.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "'";
}

// Returns the flags of `complete` for the kind of value, with a leading blank.
std::string value_flags(const CommandOption& option) {
  switch (option.value) {
    case ValueKind::kNone:
      return "";
    case ValueKind::kText:
      return " -x";
    case ValueKind::kChoice:
      return " -x -a " + quoted(fmt::format("{}", fmt::join(option.choices, " ")));
    case ValueKind::kFile:
      return " -r -F";
    case ValueKind::kDirectory:
      return " -x -a '(__fish_complete_directories)'";
  }
  return "";
}

std::string condition(const CommandNode& program, const std::string& function, const std::string& path) {
  return quoted("__" + program.name + "_" + function + (path.empty() ? "" : " ") + path);
}

// Returns a case for each option with a value: the option after its command, and after any subcommand.
std::string value_cases(const CommandPlace& place) {
  std::string cases;
  const std::string path = place.path();
  for (const CommandOption& option : place.command->options) {
    if (option.value == ValueKind::kNone) continue;
    for (const std::string& name : option.names) {
      cases += fmt::format(" {} {}", quoted(path + " " + name),
                           quoted(fmt::format("{}{} {}", path, path.empty() ? "*" : " *", name)));
    }
  }
  return cases;
}

std::string completions_of(const CommandNode& program, const CommandPlace& place) {
  const std::string path = place.path();
  std::string lines;
  for (const CommandNode& command : place.command->commands) {
    lines += fmt::format("complete -c {} -n {} -a {} -d {}\n", program.name, condition(program, "is", path),
                         quoted(command.name), quoted(command.description));
  }
  for (const CommandOption& option : place.command->options) {
    std::string names;
    for (const std::string& name : option.names) {
      names += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    lines += fmt::format("complete -c {} -n {}{}{} -d {}\n", program.name, condition(program, "in", path),
                         names, value_flags(option), quoted(option.description));
  }
  for (const CommandOption& argument : place.command->arguments) {
    if (argument.value == ValueKind::kText) continue;
    lines += fmt::format("complete -c {} -n {}{}\n", program.name,
                         condition(program, argument.repeatable ? "in" : "is", path), value_flags(argument));
  }
  return lines;
}

}  // namespace

std::string fish_completion(const CommandNode& program) {
  std::string cases;
  std::string lines;
  for (const CommandPlace& place : every_command(program)) {
    cases += value_cases(place);
    lines += completions_of(program, place);
  }
  return fmt::format(
             "# Completion of {0} for fish, as `{0} completion fish` prints it.\n\n"
             "# Whether the option $argv[2] of the commands $argv[1] takes a value from the next word.\n"
             "function __{0}_takes_value\n    switch \"$argv[1] $argv[2]\"\n        case{1}\n            "
             "return 0\n"
             "    end\n    return 1\nend\n",
             program.name, cases) +
         with_program_name(kFunctions, program.name) +
         fmt::format("\n# No names of files where none are asked for.\ncomplete -c {} -f\n", program.name) +
         lines;
}

}  // namespace keyledger::tools::help
