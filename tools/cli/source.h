// A Source answers the commands that only read: from a daemon, or from a ledger's directory. The commands do
// not know which.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "ledger/values/timestamp.h"
#include "net/client.h"
#include "tools/program/terminal.h"

namespace keyledger::tools::cli {

class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  using EachRows = std::function<void(std::vector<projections::Row>)>;
  using EachHistory = std::function<void(std::vector<projections::HistoryRow>)>;

  virtual net::Answer<ledger::Position> list(net::AskList ask, const EachRows& each) = 0;
  virtual net::Answer<ledger::Position> keys_of_client(net::AskKeysOfClient ask, const EachRows& each) = 0;
  virtual net::Answer<ledger::Position> state(net::AskState ask, const EachRows& each) = 0;
  virtual net::Answer<std::uint64_t> history(net::AskHistory ask, const EachHistory& each) = 0;
  virtual net::Answer<net::ActiveKeyAnswer> active_key(std::string client) = 0;
  virtual net::Answer<net::Stats> stats() = 0;
};

std::unique_ptr<Source> online_source(std::unique_ptr<net::Client> client);

// Opens the ledger for reading. The first question about a state folds the log, with a progress bar on
// standard error.
ledger::Result<std::unique_ptr<Source>> offline_source(const std::filesystem::path& directory,
                                                       const ledger::Clock& clock,
                                                       program::IsTerminal standard_error);

}  // namespace keyledger::tools::cli
