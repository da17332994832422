// The options of keyledgerd, declared apart from the daemon so that the manual page can be made from the
// options.
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

// The description of keyledgerd for --help.
extern const char* const kDaemonDescription;

// Adds the options to the parser. `options` must outlive the parsing. Help names `default_data` as the
// ledger's directory if no directory is given.
void add_daemon_options(CLI::App& app, DaemonOptions& options, const std::string& default_data);

}  // namespace keyledger::tools::daemon
