#include "ledger/disk/snapshot_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>

#include "ledger/host/file_descriptor.h"
#include "ledger/host/file_io.h"
#include "ledger/host/make_directory.h"
#include "ledger/host/pending_file.h"
#include "ledger/host/regular_file.h"
#include "ledger/values/ascii_text.h"

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "snapshots hold numbers as they lie in memory");

constexpr std::string_view kMagic = "keyledger state\n";
constexpr std::string_view kExtension = ".state";
constexpr std::string_view kUnfinished = "unfinished";
constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kAlignment = 4'096;
// The number of bytes handed to the disk at a time. With a single sync at the end, the syncs of commands
// would wait for a long time.
constexpr std::uint64_t kWriteBehindBytes = std::uint64_t{8} << 20;
constexpr mode_t kMode = 0640;
constexpr mode_t kDirectoryMode = 0750;

struct SectionPlace {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t checksum = 0;
};

struct Header {
  std::array<char, 16> magic{};
  std::uint32_t format = kFormat;
  std::uint32_t sections = 0;
  std::uint64_t layout = 0;
  std::uint64_t definition = 0;
  std::array<std::uint8_t, 16> ledger_id{};
  std::uint64_t position = 0;
  std::uint64_t records = 0;
  std::int64_t time = 0;
  Hash root{};
  std::array<SectionPlace, kSnapshotSectionsMax> places{};
  std::uint64_t checksum = 0;  // of all bytes before
};
static_assert(kMagic.size() == sizeof Header::magic);
static_assert(sizeof(Header) <= kAlignment && offsetof(Header, checksum) + 8 == sizeof(Header));
static_assert(std::has_unique_object_representations_v<Header>);

std::uint64_t checksum_of(const Header& header) { return XXH3_64bits(&header, offsetof(Header, checksum)); }

std::string name_at(Position position) { return fmt::format("{:020}{}", position.value(), kExtension); }

// Returns the free bytes of the file's disk, without the bytes reserved for root.
std::uint64_t free_bytes_beside(const PendingFile& file) {
  struct statvfs status {};
  // If the system does not tell, assumes enough room, because a write without room fails anyway.
  if (::fstatvfs(file.number(), &status) != 0) return std::numeric_limits<std::uint64_t>::max();
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

Error no_room(const fs::path& path) {
  return {ErrorCode::kCannotCreate, path.string() + ": it would leave too little room on the disk"};
}

bool is_snapshot_name(const std::string& name) {
  return name.size() == name_at(Position{}).size() && name.ends_with(kExtension) &&
         std::all_of(name.begin(), name.begin() + 20, is_digit);
}

class FileWriter final : public SnapshotWriter {
 public:
  FileWriter(fs::path directory, PendingFile file, std::uint64_t reserve)
      : directory_(std::move(directory)),
        file_(std::move(file)),
        reserve_(reserve),
        hash_(XXH3_createState()) {}

  ~FileWriter() override { XXH3_freeState(hash_); }

  void next_section() override {
    end_section();
    ENSURE(header_.sections < kSnapshotSectionsMax, "a snapshot has few sections");
    offset_ = (offset_ + kAlignment - 1) / kAlignment * kAlignment;
    header_.places[header_.sections++].offset = offset_;
    XXH3_64bits_reset(hash_);
  }

  void write(std::span<const std::uint8_t> bytes) override {
    ENSURE(header_.sections > 0, "bytes are in a section");
    if (failure_) return;
    XXH3_64bits_update(hash_, bytes.data(), bytes.size());
    put(bytes, offset_);
    offset_ += bytes.size();
    if (failure_ || offset_ - handed_over_ < kWriteBehindBytes) return;
    if (free_bytes_beside(file_) < reserve_) return give_up(no_room(file_.path()));
    // Failures are ignored, because the sync at the end writes all bytes that are not written now.
    static_cast<void>(::sync_file_range(file_.number(), static_cast<off64_t>(handed_over_),
                                        static_cast<off64_t>(offset_ - handed_over_),
                                        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE));
    handed_over_ = offset_;
  }

  bool is_given_up() const override { return failure_.has_value(); }

  Result<void> finish(const SnapshotIdentity& identity) override {
    end_section();
    std::copy(kMagic.begin(), kMagic.end(), header_.magic.begin());
    header_.layout = identity.layout;
    header_.definition = identity.definition;
    std::copy(identity.ledger_id.begin(), identity.ledger_id.end(), header_.ledger_id.begin());
    header_.position = identity.position.value();
    header_.records = identity.records;
    header_.time = identity.time.microseconds;
    header_.root = identity.root;
    header_.checksum = checksum_of(header_);
    put({reinterpret_cast<const std::uint8_t*>(&header_), sizeof header_}, 0);
    if (failure_) return *failure_;
    if (auto synced = file_.sync(); !synced) return synced;
    return file_.publish(directory_ / name_at(identity.position));
  }

  bool has_room_for(std::uint64_t bytes) const {
    const std::uint64_t free = free_bytes_beside(file_);
    return free >= reserve_ && free - reserve_ >= bytes;
  }

  static fs::path unfinished_in(const fs::path& directory) { return directory / kUnfinished; }

 private:
  void end_section() {
    if (header_.sections == 0) return;
    SectionPlace& place = header_.places[header_.sections - 1];
    place.size = offset_ - place.offset;
    place.checksum = XXH3_64bits_digest(hash_);
  }

  void put(std::span<const std::uint8_t> bytes, std::uint64_t offset) {
    if (failure_) return;
    if (auto written = file_.write_at(bytes, offset); !written) give_up(written.error());
  }

  void give_up(Error failure) {
    failure_ = std::move(failure);
    // If truncating fails, the removal of the file frees the room.
    static_cast<void>(::ftruncate(file_.number(), 0));
  }

  fs::path directory_;
  PendingFile file_;
  std::uint64_t reserve_;
  XXH3_state_t* hash_;
  Header header_;
  std::uint64_t offset_ = kAlignment;
  std::uint64_t handed_over_ = 0;
  std::optional<Error> failure_;
};

class FileSection final : public SnapshotReader::Section {
 public:
  FileSection(int file, const SectionPlace& place, std::shared_ptr<std::atomic<bool>> unreadable)
      : file_(file),
        place_(place),
        left_(place.size),
        hash_(XXH3_createState()),
        unreadable_(std::move(unreadable)) {
    XXH3_64bits_reset(hash_);
  }
  ~FileSection() override { XXH3_freeState(hash_); }

  bool read(std::span<std::uint8_t> into) override {
    if (into.size() > left_) return fail();
    if (!read_at(file_, into, place_.offset + place_.size - left_)) {
      if (errno != 0) *unreadable_ = true;
      return fail();
    }
    left_ -= into.size();
    XXH3_64bits_update(hash_, into.data(), into.size());
    return true;
  }

  std::uint64_t left() const override { return left_; }

  bool is_sound() const override {
    return !failed_ && left_ == 0 && XXH3_64bits_digest(hash_) == place_.checksum;
  }

 private:
  bool fail() {
    failed_ = true;
    left_ = 0;
    return false;
  }

  int file_;
  SectionPlace place_;
  std::uint64_t left_;
  XXH3_state_t* hash_;
  std::shared_ptr<std::atomic<bool>> unreadable_;
  bool failed_ = false;
};

class FileReader final : public SnapshotReader {
 public:
  FileReader(FileDescriptor file, const Header& header) : file_(std::move(file)), header_(header) {
    std::copy(header.ledger_id.begin(), header.ledger_id.end(), identity_.ledger_id.begin());
    identity_.layout = header.layout;
    identity_.definition = header.definition;
    identity_.position = Position{header.position};
    identity_.records = header.records;
    identity_.time = Timestamp{header.time};
    identity_.root = header.root;
  }

  const SnapshotIdentity& identity() const override { return identity_; }
  std::size_t sections() const override { return header_.sections; }

  std::unique_ptr<Section> section(std::size_t index) const override {
    ENSURE(index < header_.sections, "a section of this snapshot");
    return std::make_unique<FileSection>(file_.number(), header_.places[index], unreadable_);
  }

  std::shared_ptr<const std::atomic<bool>> unreadable() const override { return unreadable_; }

 private:
  FileDescriptor file_;
  Header header_;
  SnapshotIdentity identity_;
  std::shared_ptr<std::atomic<bool>> unreadable_ = std::make_shared<std::atomic<bool>>(false);
};

// Returns the size of the newest snapshot in bytes, because the next snapshot will be about as large. Returns
// 0 if no size is known.
std::uint64_t newest_size_in(const fs::path& directory) {
  const auto files = snapshots_in(directory);
  if (files.empty()) return 0;
  std::error_code error;
  const std::uint64_t size = fs::file_size(files.front(), error);
  return error ? 0 : size;
}

// Returns true if all sections lie within the file. A larger claim of the header is never believed.
bool is_within(const Header& header, std::uint64_t size) {
  if (header.sections > kSnapshotSectionsMax) return false;
  return std::all_of(header.places.begin(), header.places.begin() + header.sections, [&](const auto& place) {
    return place.offset <= size && place.size <= size - place.offset;
  });
}

}  // namespace

Result<std::unique_ptr<SnapshotWriter>> SnapshotWriter::create(const fs::path& directory,
                                                               std::uint64_t reserve) {
  if (auto made = make_directory(directory, kDirectoryMode); !made) return made.error();
  const fs::path path = FileWriter::unfinished_in(directory);
  auto file = PendingFile::create(path, kMode);
  if (!file) return file.error();
  auto writer = std::make_unique<FileWriter>(directory, std::move(*file), reserve);
  if (!writer->has_room_for(newest_size_in(directory))) return no_room(path);
  return std::unique_ptr<SnapshotWriter>(std::move(writer));
}

Result<std::unique_ptr<SnapshotReader>> SnapshotReader::open(const fs::path& path) {
  const auto damaged = [&](std::string_view what) {
    return Error{ErrorCode::kCorruptDatabase, fmt::format("{}: {}", path.string(), what)};
  };
  auto opened = open_regular_file(path, O_RDONLY);
  if (!opened) return Error{ErrorCode::kCannotOpen, opened.error().detail};
  FileDescriptor& file = *opened;
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) return Error{ErrorCode::kCannotOpen, system_detail(path, errno)};
  Header header;
  if (!read_at(file.number(), {reinterpret_cast<std::uint8_t*>(&header), sizeof header}, 0)) {
    if (errno != 0) return Error{ErrorCode::kCannotOpen, system_detail(path, errno)};
    return damaged("the file is cut off");
  }
  if (!std::equal(kMagic.begin(), kMagic.end(), header.magic.begin()))
    return damaged("the file is not a snapshot");
  if (header.checksum != checksum_of(header)) return damaged("its header is damaged");
  if (header.format != kFormat) {
    return Error{ErrorCode::kNewerFormat, fmt::format("snapshot format {}", header.format)};
  }
  if (!is_within(header, static_cast<std::uint64_t>(status.st_size))) return damaged("the file is cut off");
  return std::unique_ptr<SnapshotReader>(std::make_unique<FileReader>(std::move(file), header));
}

fs::path snapshots_of(const fs::path& ledger) { return ledger / "snapshots"; }

std::vector<fs::path> snapshots_in(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  for (auto entry = fs::directory_iterator(directory, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (is_snapshot_name(entry->path().filename().string())) files.push_back(entry->path());
  }
  std::sort(files.rbegin(), files.rend());
  return files;
}

Position position_in_name(const fs::path& file) {
  const std::string name = file.filename().string();
  std::uint64_t position = 0;
  std::from_chars(name.data(), name.data() + name.size() - kExtension.size(), position);
  return Position{position};
}

void remove_unfinished_snapshot(const fs::path& directory) {
  std::error_code ignored;
  fs::remove(FileWriter::unfinished_in(directory), ignored);
}

}  // namespace keyledger::ledger
