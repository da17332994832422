// PendingFile: a file that gets its name only when the content is whole and on the disk.
//
// The content goes into a file beside the final one, and publish() gives that file its name. Without
// publish(), the destructor removes the file. One thread at a time. Errors are kCannotCreate with the path
// and the system's reason.
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
  // Creates the file at `path`, or empties an old file there. The umask applies to `mode`.
  static Result<PendingFile> create(std::filesystem::path path, mode_t mode);

  PendingFile(PendingFile&& other) noexcept = default;
  PendingFile& operator=(PendingFile&&) = delete;
  ~PendingFile();

  const std::filesystem::path& path() const { return path_; }
  int number() const { return file_.number(); }

  Result<void> write_at(std::span<const std::uint8_t> bytes, std::uint64_t offset) const;

  // Puts the content on the disk. Returns after the disk has the content.
  Result<void> sync() const;

  // Gives the file its name in the same directory, and replaces an old file of that name. Puts the name on
  // the disk. sync() comes first.
  Result<void> publish(const std::filesystem::path& name);

 private:
  PendingFile(std::filesystem::path path, FileDescriptor file);

  std::filesystem::path path_;
  FileDescriptor file_;  // not open after publish()
};

}  // namespace keyledger::ledger
