// CommandQueue: the commands, queries and sync requests waiting for the writer, in the order of submission.
//
// Any thread puts items; one thread, the writer's, takes them. While the catalog is still being made, the
// queue holds commands and queries back, because both need the catalog; sync requests pass. Each item is
// either taken or answered with kStopping, and never lost, but for refreshes (see put()).
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "commands/command.h"
#include "commands/outcome.h"
#include "ledger/values/error.h"
#include "ledger/values/position.h"
#include "projections/catalog.h"

namespace keyledger::commands {

// The catalog between two commits. Valid only during the query's call.
struct CatalogView {
  const projections::Catalog& catalog;
  // The end of the log: the catalog is as of here. Every command up to here is on the disk; the last uses
  // perhaps are not.
  ledger::Position position;
};

class CommandQueue {
 public:
  // Builds a command that takes long to put together; an error is the command's answer.
  using MakeCommand = std::function<ledger::Result<Command>()>;

  struct PendingCommand {
    Command command;
    CommandContext context;
    std::function<void(Outcome)> reply;
    MakeCommand make = {};  // builds `command`, unless empty
  };
  struct Query {
    std::function<void(const ledger::Result<CatalogView>&)> answer;
  };
  struct SyncRequest {
    std::function<void(ledger::Result<void>)> done;
  };
  using Item = std::variant<PendingCommand, Query, SyncRequest>;

  enum class HoldBack : std::uint8_t { kNothing, kUntilRelease };

  explicit CommandQueue(HoldBack hold_back) : is_holding_(hold_back == HoldBack::kUntilRelease) {}
  CommandQueue(const CommandQueue&) = delete;
  CommandQueue& operator=(const CommandQueue&) = delete;

  // Any thread. Adds the item; after stop(), answers the item with kStopping on the calling thread instead.
  // While the queue holds back, RefreshKeys commands are dropped without an answer: the next use of the key
  // asks again, and a refresh for every use would pile up.
  void put(Item item);

  // Any thread. Ends the holding back: the catalog is there, or will never be. Items held back come before
  // all waiting items.
  void release();

  // The writer's thread. Waits for an item, but not beyond `until`, and returns all waiting items (an empty
  // vector at the end of the time). Returns nothing when the queue was stopped and released, and all items
  // have been taken.
  std::optional<std::vector<Item>> take(std::chrono::steady_clock::time_point until);

  // Any thread. Waits for release(), `patience` at most, and accepts no further item. Earlier items can still
  // be taken.
  void stop(std::chrono::milliseconds patience);

 private:
  std::mutex mutex_;  // guards everything below; never held while an item is answered or destroyed
  std::condition_variable changed_;
  std::condition_variable released_;
  std::vector<Item> waiting_;
  std::vector<Item> held_;  // empty unless is_holding_
  bool is_holding_;
  bool is_stopping_ = false;
};

// Answers the item with an error.
void answer_with_error(CommandQueue::Item item, const ledger::Error& why);

// True if the item asks to move expiries of keys that were used.
bool is_refresh(const CommandQueue::Item& item);

}  // namespace keyledger::commands
