// WatchedLog: a log in memory that lets a test count, delay and fail appends, syncs and reads.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "ledger/append/memory_log.h"
#include "ledger/event_log.h"

namespace keyledger::tests {

class WatchedLog final : public ledger::IndexedLog {
 public:
  // Called before the operation, on the same thread; if the function returns false, the operation fails like
  // a broken disk. Set these functions before use.
  std::function<bool()> before_append = [] { return true; };
  std::function<bool()> before_intend = [] { return true; };
  std::function<bool()> before_sync = [] { return true; };
  std::function<bool(ledger::Position)> before_read = [](ledger::Position) { return true; };
  ledger::AppendFailure::Outcome fails_as = ledger::AppendFailure::Outcome::kUncertain;
  std::atomic<int> appends = 0;
  std::atomic<int> syncs = 0;

  ledger::Appended append(ledger::Position expected_end, std::span<ledger::Record> records) override {
    ++appends;
    if (!before_append()) return failure("the disk is full");
    return log_->append(expected_end, records);
  }
  ledger::Result<std::unique_ptr<ledger::LongAppend>, ledger::AppendFailure> begin_long(
      std::span<const std::span<ledger::Record>> parts) override {
    if (parts.size() > 1 && !before_intend()) return failure("the disk is full");
    auto begun = log_->begin_long(parts);
    if (!begun) return begun;
    return std::unique_ptr<ledger::LongAppend>(std::make_unique<WatchedAppend>(*this, std::move(*begun)));
  }
  ledger::Result<void, ledger::AppendFailure> sync() override {
    ++syncs;
    if (!before_sync()) return failure("the disk is gone");
    return log_->sync();
  }
  ledger::LogEnd end() const override { return log_->end(); }
  ledger::LogHead head() const override { return log_->head(); }
  ledger::Result<std::unique_ptr<ledger::RecordCursor>> read(ledger::Position from) const override {
    if (!before_read(from)) return ledger::Error{ledger::ErrorCode::kCannotRead, "the disk is gone"};
    return log_->read(from);
  }
  ledger::Result<std::unique_ptr<ledger::LogFollower>> follow(ledger::Position from) const override {
    return log_->follow(from);
  }
  ledger::Result<std::unique_ptr<ledger::RecordCursor>> read_entities(
      std::span<const ledger::EntityRef> entities, ledger::UsesInHistory uses,
      ledger::Position from) const override {
    return log_->read_entities(entities, uses, from);
  }
  ledger::Result<std::optional<ledger::IdempotencyEntry>> find_idempotent(
      std::string_view id) const override {
    return log_->find_idempotent(id);
  }
  ledger::Result<ledger::Hash> root_at(std::uint64_t records) const override {
    return log_->root_at(records);
  }

 private:
  class WatchedAppend final : public ledger::LongAppend {
   public:
    WatchedAppend(WatchedLog& log, std::unique_ptr<ledger::LongAppend> append)
        : log_(log), append_(std::move(append)) {}

    ledger::Appended append_next(ledger::Position expected_end) override {
      ++log_.appends;
      if (!log_.before_append()) return log_.failure("the disk is full");
      return append_->append_next(expected_end);
    }

   private:
    WatchedLog& log_;
    std::unique_ptr<ledger::LongAppend> append_;
  };

  ledger::AppendFailure failure(const char* detail) const {
    if (fails_as == ledger::AppendFailure::Outcome::kDeposed)
      return {fails_as, {ledger::ErrorCode::kDeposed, detail}};
    return {fails_as, {ledger::ErrorCode::kWriteFailed, detail}};
  }

  std::unique_ptr<ledger::IndexedLog> log_ = ledger::make_memory_log();
};

}  // namespace keyledger::tests
