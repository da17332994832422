// What keyledgerd is told: by flags, by a TOML file, by defaults, in this order.
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

// What --durability and durability name.
commands::UseDurability durability_of(const std::string& name);
const std::vector<std::string>& durabilities();

// What --archive-after and archive_after say, which were checked, in microseconds; 0: never.
std::int64_t archive_age_of(const std::string& text);

// What --log-level and log_level may be.
const std::vector<std::string>& log_levels();

// Fills what the flags left out. `file` may be empty: none is read. kCannotRead; kInputInvalid names the
// line, or the key that is not known.
ledger::Result<DaemonConfig> merge_config(DaemonConfig flags, const std::string& file);

}  // namespace keyledger::tools::daemon
