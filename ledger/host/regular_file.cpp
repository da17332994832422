#include "ledger/host/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "ledger/host/file_io.h"

namespace keyledger::ledger {

Result<FileDescriptor, OpenFailure> open_regular_file(const std::filesystem::path& path, int flags,
                                                      mode_t mode) {
  const auto another_thing = [&] { return OpenFailure{.detail = path.string() + ": not a regular file"}; };
  struct stat status {};
  // Looks before opening, because opening a device can have effects.
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return another_thing();
  FileDescriptor file(::open(path.c_str(), flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode));
  if (!file.is_open() || ::fstat(file.number(), &status) != 0)
    return OpenFailure{.is_missing = errno == ENOENT, .detail = system_detail(path, errno)};
  // The path may have changed between the two calls.
  if (!S_ISREG(status.st_mode)) return another_thing();
  return file;
}

}  // namespace keyledger::ledger
