// SyncQueue: connections with verdicts held back until the uses are on the disk (kSynced).
//
// One sync is under way at a time; connections that are added meanwhile share the next sync. Every function
// runs on the thread of the executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "net/connection.h"

namespace keyledger::net {

// Syncs the log soon. Calls the function once, on any thread, when everything appended before the call is on
// the disk or the sync has failed.
using SyncSoon = std::function<void(std::function<void(ledger::Result<void>)>)>;

class SyncQueue {
 public:
  SyncQueue(boost::asio::any_io_executor executor, SyncSoon sync_soon)
      : executor_(std::move(executor)), sync_soon_(std::move(sync_soon)) {}
  SyncQueue(const SyncQueue&) = delete;
  SyncQueue& operator=(const SyncQueue&) = delete;

  // Adds a connection, once for each flush with verdicts held back. start() must follow.
  void add(std::shared_ptr<Connection> connection) { held_.push_back(std::move(connection)); }

  // Starts a sync for all connections that wait, unless a sync is under way already.
  void start() {
    if (!syncing_.empty() || held_.empty()) return;
    syncing_.swap(held_);
    sync_soon_([this](const ledger::Result<void>& synced) {
      boost::asio::dispatch(executor_, [this, synced] {
        for (const auto& connection : std::exchange(syncing_, {})) connection->synced(synced);
        start();
      });
    });
  }

 private:
  boost::asio::any_io_executor executor_;
  SyncSoon sync_soon_;
  std::vector<std::shared_ptr<Connection>> held_;
  std::vector<std::shared_ptr<Connection>> syncing_;
};

}  // namespace keyledger::net
