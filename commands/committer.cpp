#include "commands/committer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "ledger/codec/record_codec.h"
#include "ledger/host/thread_priority.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every command

namespace {

// Cuts the records of a long append where uses may go between.
std::vector<std::span<Record>> in_parts(std::span<Record> records) {
  std::vector<std::span<Record>> parts;
  while (!records.empty()) {
    std::size_t events = 0;
    std::size_t bytes = 0;
    const auto end = std::find_if(records.begin(), records.end(), [&](const Record& record) {
      if (events >= kEventsPerAppend || bytes >= kBytesPerAppend) return true;
      events += record.events.size();
      for (const Event& event : record.events) bytes += bytes_max_of(event);
      return false;
    });
    parts.push_back(records.first(static_cast<std::size_t>(end - records.begin())));
    records = records.subspan(parts.back().size());
  }
  return parts;
}

// Record times never decrease: a record takes over the time of the record before, if later.
void stamp_not_before(Timestamp earliest, std::span<Record> records, const Committer::Redated& redated) {
  for (Record& record : records) {
    earliest = std::max(earliest, record.time);
    const bool is_later = std::exchange(record.time, earliest) != earliest;
    if (is_later && redated) redated(record);
  }
}

const char* text_of(AppendFailure::Outcome outcome) {
  using Outcome = AppendFailure::Outcome;
  if (outcome == Outcome::kNotDone) return "The records are not in the log";
  if (outcome == Outcome::kUncertain) return "The records may or may not be in the log";
  return "The records may or may not be in the log, and this process appends no further records";
}

}  // namespace

Committer::Committer(Log& log, const LogIndex& index, Redated redated, NoteDurable note_durable)
    : log_(log), index_(index), redated_(std::move(redated)), note_durable_(std::move(note_durable)) {}

Result<void> Committer::commit(std::span<Record> records) {
  if (auto failed = failure()) return *std::move(failed);
  if (records.empty()) return {};
  if (auto appended = append(records); !appended) return appended;
  LogHead head;
  {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    head = index_.head();
    uses_unsynced_ = false;  // because the sync below includes them
  }
  return sync(head);
}

Result<void> Committer::append_uses(std::span<Record> records) {
  ++use_turns_;
  const std::lock_guard lock(mutex_);
  ++use_turns_;
  use_turns_.notify_one();
  if (failure_) return *failure_;
  const LogEnd end = log_.end();
  stamp_not_before(end.time, records, {});
  if (auto appended = log_.append(end.position, records); !appended) return fail_holding(appended.error());
  uses_unsynced_ = true;
  return {};
}

Result<void> Committer::sync_uses() {
  LogHead head;
  {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    if (!std::exchange(uses_unsynced_, false)) return {};
    head = index_.head();
  }
  return sync(head);
}

std::optional<Error> Committer::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

Result<void> Committer::append(std::span<Record> records) {
  // The records are prepared before uses have to wait: an import has hundreds of thousands of events.
  const auto parts = in_parts(records);
  auto begun = log_.begin_long(parts);
  if (!begun) return fail(begun.error());
  for (const std::span<Record> part : parts) {
    if (&part != &parts.front()) give_way();
    if (auto appended = append_part(part, **begun); !appended) return appended;
  }
  return {};
}

Result<void> Committer::append_part(std::span<Record> part, LongAppend& long_append) {
  // Waiting uses go first: with the mutex alone, uses might wait for the end of the last part.
  if (const std::uint32_t turn = use_turns_; turn % 2 == 1) use_turns_.wait(turn);
  const std::lock_guard lock(mutex_);
  if (failure_) return *failure_;
  const LogEnd end = log_.end();
  stamp_not_before(end.time, part, redated_);
  if (auto appended = long_append.append_next(end.position); !appended) return fail_holding(appended.error());
  return {};
}

Result<void> Committer::sync(const LogHead& head) {
  if (auto synced = log_.sync(); !synced) return fail(synced.error());
  if (!note_durable_) return {};
  if (auto noted = note_durable_(head); !noted) return fail_to_note(noted.error());
  return {};
}

Error Committer::fail_to_note(Error why) {
  const std::lock_guard lock(mutex_);
  if (failure_) return *failure_;
  spdlog::critical("{}. The records are in the log, but a loss of the records would not be noticed. {}",
                   why.message(), why.advice());
  return failure_.emplace(std::move(why));
}

Error Committer::fail(AppendFailure failure) {
  const std::lock_guard lock(mutex_);
  return fail_holding(std::move(failure));
}

Error Committer::fail_holding(AppendFailure failure) {
  if (failure_) return *failure_;  // the first error is the cause
  // One line in the daemon's log: callers get the error too, but perhaps no caller reports the error.
  spdlog::critical("{}. {}. {}", failure.why.message(), text_of(failure.outcome), failure.why.advice());
  return failure_.emplace(std::move(failure.why));
}

}  // namespace keyledger::commands
