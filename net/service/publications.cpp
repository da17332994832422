#include "net/service/publications.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace keyledger::net {

using ledger::Record;

Publications::Publications(boost::asio::any_io_executor executor, Apply apply)
    : executor_(std::move(executor)), apply_(std::move(apply)) {}

void Publications::add(std::vector<Record> records, std::vector<Step> steps) {
  waiting_.push_back({.records = std::move(records), .steps = std::move(steps)});
  if (!is_going_on_) go_on();
}

void Publications::go_on() {
  is_going_on_ = advance();
  if (is_going_on_) boost::asio::post(executor_, [this] { go_on(); });
}

void Publications::settle() {
  while (advance()) continue;
}

bool Publications::advance() {
  std::size_t events = 0;
  while (!waiting_.empty() && events < kEventsAtOnce) {
    Publication& first = waiting_.front();
    const std::size_t begin = first.applied;
    while (first.applied < first.records.size() && events < kEventsAtOnce) {
      events += first.records[first.applied++].events.size();
    }
    const auto due = std::span(first.records).subspan(begin, first.applied - begin);
    if (!due.empty()) apply_(due);
    // Each record is freed now, because freeing a large import at once takes as long as folding a part of the
    // import.
    for (Record& record : due) record = Record{};
    if (first.applied < first.records.size()) break;
    // A step may add further publications.
    const std::vector<Step> steps = std::move(first.steps);
    waiting_.pop_front();
    for (const Step& step : steps) step();
  }
  return !waiting_.empty();
}

}  // namespace keyledger::net
