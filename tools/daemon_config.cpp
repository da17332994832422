#include "tools/daemon_config.h"

#include <fmt/format.h>

#include <toml++/toml.h>

#include <algorithm>

#include "ledger/ledger_directory.h"
#include "tools/system.h"
#include "tools/whole_file.h"

namespace keyledger::tools {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;

namespace {

Error invalid(const std::string& file, const toml::source_region& where, std::string_view what) {
  return {ErrorCode::kInputInvalid, fmt::format("{}:{}: {}", file, where.begin.line, what)};
}

bool is_log_level(const std::string& name) {
  return std::find(log_levels().begin(), log_levels().end(), name) != log_levels().end();
}

// What the file says; all but its endpoints is checked.
Result<DaemonConfig> read_config(const std::string& file) {
  const auto text = read_whole_file(file);
  if (!text) return text.error();
  DaemonConfig config;
  try {
    const toml::table table = toml::parse(*text, file);
    for (const auto& [key, node] : table) {
      if (key == "data" && node.is_string()) {
        config.data = **node.as_string();
      } else if (key == "log_level" && node.is_string()) {
        config.log_level = **node.as_string();
        if (!is_log_level(config.log_level)) {
          return invalid(file, node.source(), "log_level is debug, info, warn or error");
        }
      } else if (key == "listen" && node.is_array() && node.as_array()->is_homogeneous<std::string>()) {
        for (const auto& each : *node.as_array()) config.listen.push_back(**each.as_string());
      } else {
        return invalid(
            file, node.source(),
            fmt::format(
                "'{}' is not understood; known are data and log_level (text) and listen (a list of text)",
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

Result<DaemonConfig> merge_config(DaemonConfig flags, const std::string& file) {
  if (!file.empty()) {
    auto config = read_config(file);
    if (!config) return config.error();
    if (flags.data.empty()) flags.data = config->data;
    if (flags.listen.empty()) flags.listen = config->listen;
    if (flags.log_level.empty()) flags.log_level = config->log_level;
  }
  if (flags.data.empty()) flags.data = default_data_directory();
  if (flags.log_level.empty()) flags.log_level = "info";
  if (flags.listen.empty()) flags.listen = {"unix:" + ledger::default_socket_of(flags.data).string()};
  return flags;
}

}  // namespace keyledger::tools
