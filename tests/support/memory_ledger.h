// MemoryLedger: a real directory with a log in memory, for tests that need both. Threads as in
// LedgerDirectory.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>

#include "ledger/disk/directory.h"
#include "tests/support/temp_directory.h"
#include "tests/support/watched_log.h"

namespace keyledger::tests {

class MemoryLedger final : public ledger::LedgerDirectory {
 public:
  WatchedLog& log() override { return log_; }
  WatchedLog& index() override { return log_; }
  const boost::uuids::uuid& id() const override { return id_; }
  const std::filesystem::path& path() const override { return directory_.path(); }

  ledger::Result<void> note_durable_head(const ledger::LogHead&) override { return {}; }
  ledger::Result<std::optional<ClosingDigest>> closing_digest() const override {
    return std::optional<ClosingDigest>();
  }
  ledger::Result<void> leave_closing_digest(const ClosingDigest&) override { return {}; }
  ledger::Result<std::optional<ledger::ArchivedAmount>> archivable(ledger::Timestamp) const override {
    return std::optional<ledger::ArchivedAmount>();
  }
  ledger::Result<std::optional<ledger::ArchivedAmount>> archive_oldest(ledger::Timestamp,
                                                                       const std::stop_token&) override {
    return std::optional<ledger::ArchivedAmount>();
  }
  std::unique_ptr<ledger::IndexCheck> begin_index_check() const override { return nullptr; }
  bool names_itself() const override { return true; }

 private:
  TempDirectory directory_;
  boost::uuids::uuid id_{{1}};
  WatchedLog log_;
};

}  // namespace keyledger::tests
