#include "ledger/rocks/archive.h"

#include <fmt/format.h>

#include <algorithm>

namespace keyledger::ledger {
namespace {

const LogPlace kBeginning{};

}  // namespace

bool are_without_gaps(const ArchivedStretches& stretches) {
  LogPlace behind = kBeginning;
  for (const ArchivedStretch& stretch : stretches) {
    const bool follows = stretch.first == behind && stretch.behind.record > behind.record &&
                         stretch.behind.position > behind.position;
    if (!follows) return false;
    behind = stretch.behind;
  }
  return true;
}

Result<ArchiveReader::Found> ArchiveReader::record_holding(Position position) {
  ENSURE(kBeforeFirst < position && holds(position), "a position in the archive");
  if (!block_.holds(position)) {
    if (!file_ || position < file_->identity().first.position ||
        !(position < file_->identity().behind.position)) {
      const auto stretch = std::upper_bound(
          stretches_->begin(), stretches_->end(), position,
          [](Position sought, const ArchivedStretch& each) { return sought < each.behind.position; });
      if (auto opened = open_file(*stretch); !opened) return opened.error();
    }
    if (auto read = file_->read(position, block_); !read) return read.error();
    record_ = block_.record_holding(position);
  } else if (block_.position_of(record_) != position) {
    // Callers usually ask for the next record.
    const bool is_next = record_ + 1 < block_.records() && block_.position_of(record_ + 1) == position;
    record_ = is_next ? record_ + 1 : block_.record_holding(position);
  }
  return Found{.position = block_.position_of(record_), .bytes = block_.bytes_of(record_)};
}

Result<void> ArchiveReader::open_file(const ArchivedStretch& stretch) {
  file_.reset();
  const std::filesystem::path path = place_.directory / archive_name(stretch.first.position);
  auto file = ArchiveFile::open(path);
  if (!file) {
    if (file.error().code != ErrorCode::kArchiveMissing) return file.error();
    return Error{ErrorCode::kArchiveMissing,
                 fmt::format("{}, which holds positions {} to {}", path.string(),
                             stretch.first.position.value(), stretch.behind.position.value() - 1)};
  }
  const ArchiveIdentity& identity = (*file)->identity();
  if (identity.ledger_id != place_.ledger_id) {
    return Error{ErrorCode::kCorruptDatabase, path.string() + ": the file belongs to another ledger"};
  }
  if (identity.first != stretch.first || identity.behind != stretch.behind || identity.root != stretch.root) {
    return Error{ErrorCode::kCorruptDatabase, path.string() + ": the file is not the one that was archived"};
  }
  file_ = std::move(*file);
  return {};
}

std::shared_ptr<const ArchivedStretches> Archive::stretches() const {
  const std::lock_guard lock(mutex_);
  return stretches_;
}

LogPlace Archive::behind() const {
  const auto now = stretches();
  return now->empty() ? kBeginning : now->back().behind;
}

void Archive::add(const ArchivedStretch& stretch) {
  const std::lock_guard lock(mutex_);
  auto more = std::make_shared<ArchivedStretches>(*stretches_);
  more->push_back(stretch);
  ENSURE(are_without_gaps(*more), "the next file");
  stretches_ = std::move(more);
}

}  // namespace keyledger::ledger
