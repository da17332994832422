// StreamQueue: the long answers of a connection.
//
// A past state is a whole state in memory. Therefore at most kStreamsAtOnceMax streams run, and further
// streams wait for their turn. A running stream may be paused while the connection has too much to send. The
// queue only keeps the streams; the connection moves them on. One thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "ledger/values/ensure.h"
#include "net/service/service.h"

namespace keyledger::net {

constexpr std::size_t kStreamsAtOnceMax =
    8;  // long answers of a connection; further ones wait for their turn

class StreamQueue {
 public:
  struct Stream {
    std::uint64_t id;  // of its request
    std::shared_ptr<AnswerStream> answer;
  };

  // True while any stream runs or is paused.
  bool is_running() const { return !running_.empty(); }

  // Returns the stream if the stream may run now, and counts the stream as running. Otherwise keeps the
  // stream until end() returns it.
  std::optional<Stream> begin(Stream stream) {
    if (running_.size() == kStreamsAtOnceMax) {
      waiting_.push_back(std::move(stream));
      return std::nullopt;
    }
    running_.push_back(stream.id);
    return stream;
  }

  // The running stream that answers the request `id` has ended. If a stream waits, returns the first one,
  // which counts as running from now on.
  std::optional<Stream> end(std::uint64_t id) {
    const auto ended = std::ranges::find(running_, id);
    ENSURE(ended != running_.end(), "a stream ends only while it runs");
    running_.erase(ended);
    if (waiting_.empty()) return std::nullopt;
    Stream next = std::move(waiting_.front());
    waiting_.pop_front();
    running_.push_back(next.id);
    return next;
  }

  // Forgets every stream. Returns the ids of their requests: of running streams, then of waiting ones.
  std::vector<std::uint64_t> take_all() {
    std::vector<std::uint64_t> ids = std::exchange(running_, {});
    for (const Stream& each : std::exchange(waiting_, {})) ids.push_back(each.id);
    paused_.clear();
    return ids;
  }

  // Keeps a running stream until take_paused().
  void pause(Stream stream) { paused_.push_back(std::move(stream)); }
  bool has_paused() const { return !paused_.empty(); }
  // Returns all paused streams, in the order of their pauses.
  std::deque<Stream> take_paused() { return std::exchange(paused_, {}); }

 private:
  std::vector<std::uint64_t> running_;  // ids of their requests; of paused streams as well
  std::deque<Stream> paused_;
  std::deque<Stream> waiting_;
};

}  // namespace keyledger::net
