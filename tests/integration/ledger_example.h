// A small ledger made through the command line; most tests of the command line begin with this ledger.
#pragma once

#include <string>

#include "tests/support/daemon_process.h"
#include "tests/support/json_fields.h"
#include "tests/support/temp_directory.h"

namespace keyledger::tests {

// One account with a staff user, another user, and a client. `keyledger` runs commands on this ledger.
struct LedgerExample {
  LedgerExample() : daemon(directory / "ledger"), keyledger(daemon) {
    keyledger.text({"account", "open", "--number", kAccount, "--name", "Example"});
    keyledger.text({"user", "add", "--account", kAccount, "--username", "alice", "--staff"});
    keyledger.text({"user", "add", "--account", kAccount, "--username", "bob"});
    keyledger.text({"client", "add", "--account", kAccount, "--name", "chat_bot"});
  }

  // Creates a key owned by alice and returns the key's secret.
  std::string create_key(const std::string& name) const {
    std::string secret =
        keyledger.text({"key", "create", "--account", kAccount, "--username", "alice", "--name", name, "-q"});
    if (!secret.empty()) secret.pop_back();  // the line feed
    return secret;
  }

  std::uint64_t position() const { return number_of(keyledger.json({"log", "stats"}), "position"); }

  static constexpr const char* kAccount = "1234-5678-9012";
  static constexpr std::uint64_t kPosition = 6;  // the position after the constructor

  TempDirectory directory;
  DaemonProcess daemon;
  CommandLine keyledger;
};

}  // namespace keyledger::tests
