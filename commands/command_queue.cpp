#include "commands/command_queue.h"

#include <iterator>
#include <utility>

namespace keyledger::commands {

using ledger::Error;
using ledger::ErrorCode;

void CommandQueue::put(Item item) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_stopping_) {
      const bool is_held = is_holding_ && !std::holds_alternative<SyncRequest>(item);
      if (is_held && is_refresh(item)) return;  // destroyed by the caller, after the lock is given back
      (is_held ? held_ : waiting_).push_back(std::move(item));
      if (!is_held) changed_.notify_one();
      return;
    }
  }
  answer_with_error(std::move(item), Error{ErrorCode::kStopping, ""});
}

void CommandQueue::release() {
  const std::lock_guard lock(mutex_);
  is_holding_ = false;
  held_.insert(held_.end(), std::make_move_iterator(waiting_.begin()),
               std::make_move_iterator(waiting_.end()));
  waiting_ = std::exchange(held_, {});
  released_.notify_all();
  changed_.notify_one();
}

std::optional<std::vector<CommandQueue::Item>> CommandQueue::take(
    std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  const auto is_at_end = [this] { return is_stopping_ && !is_holding_; };
  changed_.wait_until(lock, until, [&] { return !waiting_.empty() || is_at_end(); });
  if (waiting_.empty() && is_at_end()) return std::nullopt;
  return std::exchange(waiting_, {});
}

void CommandQueue::stop(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  // Meanwhile everything goes on: verdicts wait for syncs, too.
  released_.wait_for(lock, patience, [this] { return !is_holding_; });
  is_stopping_ = true;
  changed_.notify_one();
}

void answer_with_error(CommandQueue::Item item, const Error& why) {
  if (const auto* pending = std::get_if<CommandQueue::PendingCommand>(&item)) {
    pending->reply(Outcome{why});
  } else if (const auto* query = std::get_if<CommandQueue::Query>(&item)) {
    query->answer(why);
  } else {
    std::get<CommandQueue::SyncRequest>(item).done(why);
  }
}

bool is_refresh(const CommandQueue::Item& item) {
  const auto* pending = std::get_if<CommandQueue::PendingCommand>(&item);
  return pending != nullptr && std::holds_alternative<RefreshKeys>(pending->command);
}

}  // namespace keyledger::commands
