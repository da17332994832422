#include "net/verdict_answers.h"

#include <utility>

#include "ledger/values/ensure.h"

namespace keyledger::net {

namespace {

void append(const Bytes& frames, Bytes& output) { output.insert(output.end(), frames.begin(), frames.end()); }

}  // namespace

void VerdictAnswers::begin_frames() {
  while (frames_.missing() == 0 && begun_ < requests_.size()) {
    const Request& next = requests_[begun_++];
    frames_.begin(next.id, next.form, next.count);
  }
}

void VerdictAnswers::judged(std::span<const projections::Verdict> verdicts,
                            const projections::Access& access) {
  for (const projections::Verdict& verdict : verdicts) {
    begin_frames();
    frames_.add(verdict, access);
  }
}

void VerdictAnswers::release(OutputBuffer& output) {
  begin_frames();
  Bytes& frames = frames_.bytes();
  if (output.empty()) {
    output.bytes().swap(frames);
  } else {
    append(frames, output.bytes());
  }
  clear(frames);
}

void VerdictAnswers::fail(const ledger::Error& why, OutputBuffer& output) {
  begin_frames();
  const Failure failure = failure_of(why);
  for (const Request& each : requests_) {
    encode_response({.id = each.id, .body = failure}, output.bytes());
  }
  clear(frames_.bytes());
}

void VerdictAnswers::hold() {
  begin_frames();
  Bytes& frames = frames_.bytes();
  Held& held = held_.emplace_back();
  held.frames.swap(frames);
  for (const Request& each : requests_) held.ids.push_back(each.id);
  held_bytes_ += held.frames.size();
  clear(frames);
}

void VerdictAnswers::drop() {
  begin_frames();
  clear(frames_.bytes());
}

void VerdictAnswers::clear(Bytes& frames) {
  frames.clear();
  if (frames.capacity() > OutputBuffer::kKept) frames = Bytes();
  requests_.clear();
  begun_ = 0;
  verdicts_ = 0;
}

void VerdictAnswers::end_hold(const ledger::Result<void>& synced, OutputBuffer& output) {
  ENSURE(!held_.empty(), "a sync ends a hold that began");
  const Held held = std::move(held_.front());
  held_.pop_front();
  held_bytes_ -= held.frames.size();
  if (synced) return append(held.frames, output.bytes());
  for (const std::uint64_t id : held.ids) {
    encode_response({.id = id, .body = failure_of(synced.error())}, output.bytes());
  }
}

}  // namespace keyledger::net
