// WatchedLog: an IndexedLog whose appends, syncs and reads a test can count, hold up and let fail.
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
  // Called before the operation, on its thread; false makes it fail as a broken disk would. Set before use.
  std::function<bool()> before_append = [] { return true; };
  std::function<bool()> before_intend = [] { return true; };
  std::function<bool()> before_sync = [] { return true; };
  std::function<bool(ledger::Position)> before_read = [](ledger::Position) { return true; };
  std::atomic<int> appends = 0;
  std::atomic<int> syncs = 0;

  using ledger::Log::append;
  ledger::Result<ledger::LogEnd> append(ledger::Position expected_head, std::span<ledger::Record> records,
                                        ledger::PreparedRecords* prepared) override {
    ++appends;
    if (!before_append()) return ledger::Error{ledger::ErrorCode::kWriteFailed, "the disk is full"};
    return log_->append(expected_head, records, prepared);
  }
  ledger::Result<void> intend(std::span<ledger::PreparedRecords> parts) override {
    if (!before_intend()) return ledger::Error{ledger::ErrorCode::kWriteFailed, "the disk is full"};
    return log_->intend(parts);
  }
  ledger::Result<void> sync() override {
    ++syncs;
    if (!before_sync()) return ledger::Error{ledger::ErrorCode::kWriteFailed, "the disk is gone"};
    return log_->sync();
  }
  ledger::LogEnd end() const override { return log_->end(); }
  ledger::LogHead head() const override { return log_->head(); }
  ledger::Result<std::unique_ptr<ledger::RecordCursor>> read(ledger::Position from) const override {
    if (!before_read(from)) return ledger::Error{ledger::ErrorCode::kCannotRead, "the disk is gone"};
    return log_->read(from);
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
  std::unique_ptr<ledger::IndexedLog> log_ = ledger::make_memory_log();
};

}  // namespace keyledger::tests
