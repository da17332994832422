// Archiver: moves old records into the ledger's archive while the daemon runs.
//
// The archiver's thread looks at the log when the daemon starts and every ten minutes after that, and moves
// one file after another. The thread runs with less priority than others, and no other thread waits for the
// archiver. A failure to move records is a warning, and the archiver tries again at the next look.
#pragma once

#include <cstdint>
#include <stop_token>
#include <thread>

#include "ledger/disk/directory.h"

namespace keyledger::tools::daemon {

class Archiver {
 public:
  // `after`: the age of records to move, in microseconds; 0: never. The ledger must outlive the archiver.
  Archiver(ledger::LedgerDirectory& ledger, std::int64_t after, ledger::Clock clock);
  Archiver(const Archiver&) = delete;
  Archiver& operator=(const Archiver&) = delete;

  // Gives up the file under way, and ends the thread.
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
