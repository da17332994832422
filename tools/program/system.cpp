#include "tools/program/system.h"

#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>

#include "ledger/values/secret.h"

namespace keyledger::tools::program {

void keep_new_files_from_others() { ::umask(0027); }

std::string program_version() { return KEYLEDGER_VERSION; }

ledger::Clock system_clock() {
  return [] {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return ledger::Timestamp{std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
  };
}

namespace {

// A buffer of random bytes, filled in advance because a call of the generator takes longer than producing its
// bytes.
class RandomPool {
 public:
  ~RandomPool() { ledger::cleanse(bytes_.data(), bytes_.size()); }

  bool draw(std::span<std::uint8_t> out) {
    if (out.size() > bytes_.size()) return fill(out);
    if (out.size() > bytes_.size() - used_) {
      if (!fill(bytes_)) return false;
      used_ = 0;
    }
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(used_), out.size(), out.begin());
    // A used byte is erased, because no byte may be returned twice or found in memory later.
    ledger::cleanse(bytes_.data() + used_, out.size());
    used_ += out.size();
    return true;
  }

 private:
  static bool fill(std::span<std::uint8_t> out) {
    return RAND_priv_bytes(out.data(), static_cast<int>(out.size())) == 1;
  }

  std::array<std::uint8_t, 1'024> bytes_{};
  std::size_t used_ = bytes_.size();
};

}  // namespace

bool draw_randomness(std::span<std::uint8_t> out) {
  thread_local RandomPool pool;
  return pool.draw(out);
}

IsTerminal standard_input_is_terminal() {
  return isatty(STDIN_FILENO) == 1 ? IsTerminal::kYes : IsTerminal::kNo;
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

}  // namespace keyledger::tools::program
