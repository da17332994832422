// KeptLists: the states and rows from which unfinished lists are read.
//
// Every list is read from a single state, and a slow client keeps the state for a long time. Therefore the
// number of unfinished lists is limited. A further list takes the place of the list that has gone on least
// recently, because its client reads most slowly; the replaced list ends with a failure. One thread calls the
// functions of an object; any thread may drop a list.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <utility>

#include "net/service/messages.h"
#include "projections/state.h"

namespace keyledger::net {

constexpr std::size_t kListStatesMax = 4;    // each as large as the live state
constexpr std::size_t kListsOfRowsMax = 64;  // each with the rows of one step

template <typename Source>
class KeptLists {
 public:
  // The source of one list; empty after another list has taken the place.
  using Kept = std::shared_ptr<std::optional<Source>>;

  explicit KeptLists(std::size_t lists_max) : lists_max_(lists_max) {}

  // Keeps a source as long as the caller keeps the result.
  Kept keep(Source source) {
    forget_dropped();
    if (lists_.size() >= lists_max_) {
      if (const auto slowest = lists_.front().lock()) slowest->reset();
      lists_.pop_front();
    }
    auto kept = std::make_shared<std::optional<Source>>(std::move(source));
    lists_.push_back(kept);
    return kept;
  }

  // The list goes on now. Returns false if another list has taken the place.
  bool touch(const Kept& kept) {
    forget_dropped();
    if (!kept->has_value()) return false;
    lists_.remove_if([&](const auto& each) { return each.lock() == kept; });
    lists_.push_back(kept);
    return true;
  }

 private:
  // Forgets dropped lists and ended lists.
  void forget_dropped() {
    lists_.remove_if([](const auto& each) {
      const auto kept = each.lock();
      return !kept || !kept->has_value();
    });
  }

  std::size_t lists_max_;
  std::list<std::weak_ptr<std::optional<Source>>> lists_;  // the least recently read list first
};

struct UnfinishedLists {
  KeptLists<projections::State> states{kListStatesMax};  // the reader's thread
  KeptLists<RowsAnswer> rows{kListsOfRowsMax};           // the home thread
};

}  // namespace keyledger::net
