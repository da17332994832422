#include "tools/system.h"

#include <openssl/rand.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

namespace keyledger::tools {

std::string program_version() { return KEYLEDGER_VERSION; }

ledger::Clock system_clock() {
  return [] {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return ledger::Timestamp{std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
  };
}

bool draw_randomness(std::span<std::uint8_t> out) {
  return RAND_priv_bytes(out.data(), static_cast<int>(out.size())) == 1;
}

IsTerminal standard_output_is_terminal() {
  return isatty(STDOUT_FILENO) == 1 ? IsTerminal::kYes : IsTerminal::kNo;
}

IsTerminal standard_error_is_terminal() {
  return isatty(STDERR_FILENO) == 1 ? IsTerminal::kYes : IsTerminal::kNo;
}

std::filesystem::path default_data_directory() {
  if (const std::string data = environment("KEYLEDGER_DATA"); !data.empty()) return data;
  if (geteuid() == 0) return "/var/lib/keyledger";
  if (const std::string state = environment("XDG_STATE_HOME"); !state.empty()) {
    return std::filesystem::path(state) / "keyledger";
  }
  return std::filesystem::path(environment("HOME")) / ".local/state/keyledger";
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string(value);
}

}  // namespace keyledger::tools
