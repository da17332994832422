// QuestionBatch: the questions of all connections in one wake-up.
//
// The questions are judged together, because many at once take less time than each alone. One thread at a
// time.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "commands/verdict_lane.h"
#include "net/connection.h"

namespace keyledger::net {

class QuestionBatch {
 public:
  std::size_t size() const { return questions_.size(); }

  // Adds questions of a connection at the end. The texts and the connection must live until judge().
  void add(Connection& connection, std::span<const projections::Question> questions) {
    if (parts_.empty() || parts_.back().connection != &connection) {
      parts_.push_back({.connection = &connection, .count = 0});
    }
    parts_.back().count += questions.size();
    questions_.insert(questions_.end(), questions.begin(), questions.end());
  }

  // Judges all questions, gives each connection the verdicts of the connection's questions, and empties the
  // batch.
  void judge(commands::VerdictLane& lane) {
    if (questions_.empty()) return;
    auto next = parts_.begin();
    lane.authenticate(questions_, [&](std::span<const projections::Verdict> verdicts) {
      while (!verdicts.empty()) {
        const std::size_t count = std::min(next->count, verdicts.size());
        next->connection->judged(verdicts.first(count), lane.access());
        verdicts = verdicts.subspan(count);
        next->count -= count;
        if (next->count == 0) ++next;
      }
    });
    questions_.clear();
    parts_.clear();
  }

 private:
  // Questions in a row from one connection.
  struct Part {
    Connection* connection;
    std::size_t count;
  };

  std::vector<projections::Question> questions_;
  std::vector<Part> parts_;
};

}  // namespace keyledger::net
