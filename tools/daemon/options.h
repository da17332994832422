// The options of keyledgerd, apart from what it does with them, so that its manual page is made from
// them.
#pragma once

#include <string>

#include "tools/daemon/config.h"

namespace CLI {
class App;
}

namespace keyledger::tools::daemon {

struct DaemonOptions {
  DaemonConfig config;
  std::string config_file;
};

// What keyledgerd is, as its --help says.
extern const char* const kDaemonDescription;

// `options` outlives the parsing. `default_data` is said to be the ledger's directory if nothing is
// named.
void add_daemon_options(CLI::App& app, DaemonOptions& options, const std::string& default_data);

}  // namespace keyledger::tools::daemon
