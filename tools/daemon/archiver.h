// Archiver: moves what has become old enough into the ledger's archive while its daemon runs.
//
// Its thread looks when the daemon starts and every ten minutes, and moves one file after the other. It runs
// with less priority than the others, and nobody waits for it. What cannot be moved is a warning, and is
// tried again.
#pragma once

#include <cstdint>
#include <stop_token>
#include <thread>

#include "ledger/disk/directory.h"

namespace keyledger::tools::daemon {

class Archiver {
 public:
  // `after`: the age in microseconds; 0: never. The ledger outlives it.
  Archiver(ledger::LedgerDirectory& ledger, std::int64_t after, ledger::Clock clock);
  Archiver(const Archiver&) = delete;
  Archiver& operator=(const Archiver&) = delete;

  // Gives up what is under way, and ends the thread.
  void stop();

 private:
  void run(const std::stop_token& stop);
  void move_all(const std::stop_token& stop);

  ledger::LedgerDirectory& ledger_;
  std::int64_t after_;
  ledger::Clock clock_;
  std::jthread thread_;
};

}  // namespace keyledger::tools::daemon
