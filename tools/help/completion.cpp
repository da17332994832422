#include "tools/help/completion.h"

#include "ledger/values/ensure.h"

namespace keyledger::tools::help {

std::string completion_script(const CommandNode& program, Shell shell) {
  switch (shell) {
    case Shell::kBash:
      return bash_completion(program);
    case Shell::kZsh:
      return zsh_completion(program);
    case Shell::kFish:
      return fish_completion(program);
  }
  ENSURE(false, "a shell");
}

std::string quoted_for_shell(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string with_program_name(std::string_view script, const std::string& name) {
  constexpr std::string_view kPlaceholder = "PROGRAM";
  std::string out;
  while (true) {
    const std::size_t at = script.find(kPlaceholder);
    out += script.substr(0, at);
    if (at == script.npos) return out;
    out += name;
    script.remove_prefix(at + kPlaceholder.size());
  }
}

}  // namespace keyledger::tools::help
