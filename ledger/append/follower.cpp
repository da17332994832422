#include "ledger/append/follower.h"

#include <utility>

namespace keyledger::ledger {
namespace {

class ReadingFollower final : public LogFollower {
 public:
  ReadingFollower(const Log& log, Position from, WaitForPosition wait, std::unique_ptr<RecordCursor> cursor)
      : log_(log), next_(from), wait_(std::move(wait)), cursor_(std::move(cursor)) {}

  Result<std::optional<Record>> next(const std::stop_token& stop) override {
    while (!stop.stop_requested()) {
      if (const auto opened = open(); !opened) return opened.error();
      auto record = cursor_->next();
      if (!record) return record;
      if (record->has_value()) {
        next_ = last_position_of(**record).next();
        return record;
      }
      cursor_.reset();  // an idle cursor would keep files of the database that are no longer needed
      wait_(next_, stop);
    }
    return std::optional<Record>{};
  }

  std::span<const std::uint8_t> bytes() const override {
    return cursor_ ? cursor_->bytes() : std::span<const std::uint8_t>{};
  }

 private:
  Result<void> open() {
    if (cursor_) return {};
    auto cursor = log_.read(next_);
    if (!cursor) return cursor.error();
    cursor_ = std::move(*cursor);
    return {};
  }

  const Log& log_;
  Position next_;  // position after the last returned record
  WaitForPosition wait_;
  std::unique_ptr<RecordCursor> cursor_;  // null after a wait
};

}  // namespace

Result<std::unique_ptr<LogFollower>> make_follower(const Log& log, Position from, WaitForPosition wait) {
  auto cursor = log.read(from);
  if (!cursor) return cursor.error();
  return std::unique_ptr<LogFollower>(std::make_unique<ReadingFollower>(log, std::max(from, Position{1}),
                                                                        std::move(wait), std::move(*cursor)));
}

}  // namespace keyledger::ledger
