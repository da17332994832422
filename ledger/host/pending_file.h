// PendingFile: a file with a temporary name until the whole content is on the disk.
//
// The caller writes the content and then calls publish(), which gives the file the final name. Without
// publish(), the destructor removes the file. One thread at a time. All functions fail with kCannotCreate,
// the path and the system's reason.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <span>

#include "ledger/host/file_descriptor.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

class PendingFile {
 public:
  // Creates the file at `path`, or empties an existing file. The umask applies to `mode`.
  static Result<PendingFile> create(std::filesystem::path path, mode_t mode);

  PendingFile(PendingFile&& other) noexcept = default;
  PendingFile& operator=(PendingFile&&) = delete;
  ~PendingFile();

  const std::filesystem::path& path() const { return path_; }
  int number() const { return file_.number(); }

  Result<void> write_at(std::span<const std::uint8_t> bytes, std::uint64_t offset) const;

  // Returns after the content is on the disk.
  Result<void> sync() const;

  // Gives the file the path `name`, in the same directory, and replaces an existing file. Returns after the
  // name is on the disk. The caller must call sync() first.
  Result<void> publish(const std::filesystem::path& name);

 private:
  PendingFile(std::filesystem::path path, FileDescriptor file);

  std::filesystem::path path_;
  FileDescriptor file_;  // not open after publish()
};

}  // namespace keyledger::ledger
