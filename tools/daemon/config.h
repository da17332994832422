// The configuration of keyledgerd: from flags, else from a TOML file, else from defaults.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "commands/durability.h"
#include "ledger/values/error.h"

namespace keyledger::tools::daemon {

struct DaemonConfig {
  std::filesystem::path data;
  std::vector<std::string> listen;
  std::string log_level;
  std::optional<std::uint64_t> snapshot_every;  // events; 0: never
  std::string archive_after;                    // a length of time, or "none"
  std::string durability;
  std::size_t threads = 0;  // 0: not said
};

constexpr std::size_t kServingThreadsMax = 64;

// Returns the durability with this name, as the flag --durability and the file's entry durability name it.
commands::UseDurability durability_of(const std::string& name);
const std::vector<std::string>& durabilities();

// Returns the age of --archive-after or archive_after in microseconds; 0: never. The text was checked before.
std::int64_t archive_age_of(const std::string& text);

// The names of log levels for --log-level and log_level.
const std::vector<std::string>& log_levels();

// Takes from the file everything that no flag has set. An empty `file` means that no file is read.
// kCannotRead; kInputInvalid names the line or the unknown key.
ledger::Result<DaemonConfig> merge_config(DaemonConfig flags, const std::string& file);

}  // namespace keyledger::tools::daemon
