#include "ledger/host/pending_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "ledger/host/file_io.h"
#include "ledger/host/regular_file.h"

namespace keyledger::ledger {
namespace {

Error cannot_create(const std::filesystem::path& path) {
  return {ErrorCode::kCannotCreate, system_detail(path, errno)};
}

}  // namespace

PendingFile::PendingFile(std::filesystem::path path, FileDescriptor file)
    : path_(std::move(path)), file_(std::move(file)) {}

PendingFile::~PendingFile() {
  if (file_.is_open()) ::unlink(path_.c_str());
}

Result<PendingFile> PendingFile::create(std::filesystem::path path, mode_t mode) {
  auto file = open_regular_file(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
  if (!file) return Error{ErrorCode::kCannotCreate, file.error().detail};
  return PendingFile(std::move(path), std::move(*file));
}

Result<void> PendingFile::write_at(std::span<const std::uint8_t> bytes, std::uint64_t offset) const {
  if (!ledger::write_at(file_.number(), bytes, offset)) return cannot_create(path_);
  return {};
}

Result<void> PendingFile::sync() const {
  if (::fsync(file_.number()) != 0) return cannot_create(path_);
  return {};
}

Result<void> PendingFile::publish(const std::filesystem::path& name) {
  if (::rename(path_.c_str(), name.c_str()) != 0) return cannot_create(name);
  file_ = FileDescriptor();
  return sync_directory(name.parent_path());
}

}  // namespace keyledger::ledger
