#include "tools/daemon/config.h"

#include <fmt/format.h>

#include <toml++/toml.h>

#include <algorithm>

#include "ledger/disk/directory.h"
#include "ledger/host/whole_file.h"
#include "tools/daemon/snapshotter.h"
#include "tools/program/system.h"

namespace keyledger::tools::daemon {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;

namespace {

Error invalid(const std::string& file, const toml::source_region& where, std::string_view what) {
  return {ErrorCode::kInputInvalid, fmt::format("{}:{}: {}", file, where.begin.line, what)};
}

bool is_among(const std::string& name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Returns the entries of the file, checked except for the endpoints.
Result<DaemonConfig> read_config(const std::string& file) {
  const auto text = ledger::read_whole_file(file);
  if (!text) return text.error();
  DaemonConfig config;
  try {
    const toml::table table = toml::parse(*text, file);
    for (const auto& [key, node] : table) {
      if (key == "data" && node.is_string()) {
        config.data = **node.as_string();
      } else if (key == "log_level" && node.is_string()) {
        config.log_level = **node.as_string();
        if (!is_among(config.log_level, log_levels())) {
          return invalid(file, node.source(), "log_level must be debug, info, warn or error");
        }
      } else if (key == "snapshot_every" && node.is_integer() && **node.as_integer() >= 0) {
        config.snapshot_every = static_cast<std::uint64_t>(**node.as_integer());
      } else if (key == "archive_after" && node.is_string()) {
        config.archive_after = **node.as_string();
        if (config.archive_after != "none" && !ledger::parse_duration(config.archive_after)) {
          return invalid(file, node.source(), "archive_after must be a length of time (90d) or none");
        }
      } else if (key == "durability" && node.is_string()) {
        config.durability = **node.as_string();
        if (!is_among(config.durability, durabilities())) {
          return invalid(file, node.source(), "durability must be written, synced or buffered");
        }
      } else if (key == "threads" && node.is_integer()) {
        const std::int64_t threads = **node.as_integer();
        if (threads < 1 || threads > static_cast<std::int64_t>(kServingThreadsMax)) {
          return invalid(file, node.source(), fmt::format("threads must be 1 to {}", kServingThreadsMax));
        }
        config.threads = static_cast<std::size_t>(threads);
      } else if (key == "listen" && node.is_array() && node.as_array()->is_homogeneous<std::string>()) {
        for (const auto& each : *node.as_array()) config.listen.push_back(**each.as_string());
      } else {
        return invalid(file, node.source(),
                       fmt::format("'{}' is not a setting, or its value has the wrong type; the settings are "
                                   "data, log_level, durability and "
                                   "archive_after (text), threads and snapshot_every (numbers) and listen (a "
                                   "list of text)",
                                   std::string_view(key)));
      }
    }
  } catch (const toml::parse_error& error) {
    return invalid(file, error.source(), error.description());
  }
  return config;
}

}  // namespace

const std::vector<std::string>& log_levels() {
  static const std::vector<std::string> levels = {"debug", "info", "warn", "error"};
  return levels;
}

const std::vector<std::string>& durabilities() {
  static const std::vector<std::string> names(commands::kUseDurabilityNames.begin(),
                                              commands::kUseDurabilityNames.end());
  return names;
}

commands::UseDurability durability_of(const std::string& name) {
  const auto& names = commands::kUseDurabilityNames;
  const auto* const found = std::find(names.begin(), names.end(), name);
  ENSURE(found != names.end(), "a durability that was checked");
  return static_cast<commands::UseDurability>(found - names.begin());
}

std::int64_t archive_age_of(const std::string& text) {
  if (text == "none") return 0;
  const auto age = ledger::parse_duration(text);
  ENSURE(age.has_value(), "a length of time that was checked");
  return *age;
}

Result<DaemonConfig> merge_config(DaemonConfig flags, const std::string& file) {
  if (!file.empty()) {
    auto config = read_config(file);
    if (!config) return config.error();
    if (flags.data.empty()) flags.data = config->data;
    if (flags.listen.empty()) flags.listen = config->listen;
    if (flags.log_level.empty()) flags.log_level = config->log_level;
    if (flags.durability.empty()) flags.durability = config->durability;
    if (flags.threads == 0) flags.threads = config->threads;
    if (!flags.snapshot_every) flags.snapshot_every = config->snapshot_every;
    if (flags.archive_after.empty()) flags.archive_after = config->archive_after;
  }
  if (flags.data.empty()) flags.data = program::default_data_directory();
  if (flags.log_level.empty()) flags.log_level = "info";
  if (flags.durability.empty()) flags.durability = durabilities().front();
  if (flags.threads == 0) flags.threads = 1;
  if (!flags.snapshot_every) flags.snapshot_every = kEventsPerSnapshot;
  if (flags.archive_after.empty()) flags.archive_after = "none";
  if (flags.listen.empty()) flags.listen = {"unix:" + ledger::default_socket_of(flags.data).string()};
  return flags;
}

}  // namespace keyledger::tools::daemon
