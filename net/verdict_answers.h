// VerdictAnswers: the answers to a wire connection's questions, from the question until the answer may be
// sent.
//
// A request expects a number of verdicts. Verdicts come in the order of the questions and are written into
// frames at once, while the key that each verdict shows is still in the processor's cache. A flush then
// decides about all frames since the flush before: they are sent, held back until a sync, or replaced by
// failures. One thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "net/output_buffer.h"
#include "net/wire/codec.h"

namespace keyledger::net {

class VerdictAnswers {
 public:
  // Adds a request. The next `count` verdicts make the answer; a request of no questions has an answer too.
  void expect(std::uint64_t id, AnswerForm form, std::size_t count) {
    requests_.push_back({.id = id, .form = form, .count = count});
    verdicts_ += count;
  }
  void judged(std::span<const projections::Verdict> verdicts, const projections::Access& access);

  // True while a request waits for a flush.
  bool has_pending() const { return !requests_.empty(); }
  // True if no request waits, neither for a flush nor for a sync.
  bool empty() const { return requests_.empty() && held_.empty(); }
  // Verdicts that wait for a flush.
  std::size_t pending() const { return verdicts_; }
  // Bytes that wait for a sync.
  std::size_t held_bytes() const { return held_bytes_; }

  // Each of the next four functions ends a flush; every expected verdict must have come.
  //
  // Moves the answers to the output.
  void release(OutputBuffer& output);
  // Answers every request with `why` instead.
  void fail(const ledger::Error& why, OutputBuffer& output);
  // Keeps the answers until end_hold().
  void hold();
  // Drops the answers.
  void drop();

  // Ends the oldest hold(): moves its answers to the output, or answers its requests with why the sync
  // failed.
  void end_hold(const ledger::Result<void>& synced, OutputBuffer& output);

 private:
  struct Request {
    std::uint64_t id;
    AnswerForm form;
    std::size_t count;
  };
  struct Held {
    Bytes frames;
    std::vector<std::uint64_t> ids;
  };

  // Begins the frames of the requests whose turn it is. A request of no questions needs no verdict.
  void begin_frames();
  // Makes room for the requests after the flush.
  void clear(Bytes& frames);

  std::vector<Request> requests_;
  std::size_t begun_ = 0;  // the number of requests that have a frame
  std::size_t verdicts_ = 0;
  VerdictFrames frames_;
  std::deque<Held> held_;
  std::size_t held_bytes_ = 0;
};

}  // namespace keyledger::net
