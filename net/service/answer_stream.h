// AnswerStream: a long answer, given in chunks.
#pragma once

#include <functional>

#include "net/service/messages.h"

namespace keyledger::net {

// Part of a long answer. A Failure is always the last chunk.
struct Chunk {
  ResponseBody body;
  bool last = false;
};

// A long answer, pulled chunk by chunk so that a slow reader costs no memory. The caller calls next() again
// only after the callback of the last call, and never after the last chunk. The caller may drop a stream at
// any time.
class AnswerStream {
 public:
  AnswerStream() = default;
  AnswerStream(const AnswerStream&) = delete;
  AnswerStream& operator=(const AnswerStream&) = delete;
  virtual ~AnswerStream() = default;

  virtual void next(std::function<void(Chunk)> done) = 0;
};

}  // namespace keyledger::net
