#include "ledger/rocks/archive_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>

#include "ledger/codec/record_codec.h"
#include "ledger/host/file_descriptor.h"
#include "ledger/host/file_io.h"
#include "ledger/host/make_directory.h"
#include "ledger/host/pending_file.h"
#include "ledger/host/regular_file.h"

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "archive files hold numbers as they lie in memory");

constexpr std::string_view kMagic = "keyledger archiv";
constexpr std::string_view kUnfinished = "unfinished";
constexpr std::uint32_t kFormat = 1;
constexpr mode_t kMode = 0640;
constexpr mode_t kDirectoryMode = 0750;
// A higher level takes twice the time to save two hundredths
// (docs/decisions/0020-an-archive-of-old-records.md).
constexpr int kLevel = 9;
// Larger than any block of a writer: a block exceeds the wanted size by about a record at most.
constexpr std::uint32_t kBlockBytesMax = std::uint32_t{48} << 20;

struct Header {
  std::array<char, 16> magic{};
  std::uint32_t format = kFormat;
  std::uint32_t zero = 0;
  std::array<std::uint8_t, 16> ledger_id{};
  std::uint64_t record = 0;
  std::uint64_t position = 0;
  std::uint64_t checksum = 0;
};

struct BlockPlace {
  std::uint64_t record = 0;
  std::uint64_t position = 0;
  std::uint64_t offset = 0;
  std::uint32_t frame_bytes = 0;
  std::uint32_t block_bytes = 0;
  std::uint64_t checksum = 0;
};

struct Footer {
  std::uint64_t index_offset = 0;
  std::uint64_t blocks = 0;
  std::uint64_t record = 0;
  std::uint64_t position = 0;
  std::int64_t begins = 0;
  std::int64_t ends = 0;
  Hash root{};
  std::uint64_t checksum = 0;
};

static_assert(kMagic.size() == sizeof Header::magic);
static_assert(sizeof(Header) == 64 && std::has_unique_object_representations_v<Header>);
static_assert(sizeof(BlockPlace) == 40 && std::has_unique_object_representations_v<BlockPlace>);
static_assert(sizeof(Footer) == 88 && std::has_unique_object_representations_v<Footer>);

std::uint64_t checksum_of(const Header& header) { return XXH3_64bits(&header, offsetof(Header, checksum)); }

std::uint64_t checksum_of(const Header& header, const std::vector<BlockPlace>& index, const Footer& footer) {
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  XXH3_64bits_update(&state, &header, sizeof header);
  XXH3_64bits_update(&state, index.data(), index.size() * sizeof(BlockPlace));
  XXH3_64bits_update(&state, &footer, offsetof(Footer, checksum));
  return XXH3_64bits_digest(&state);
}

Error not_written(const Error& why) { return {ErrorCode::kArchiveNotWritten, why.detail}; }

class Writer final : public ArchiveWriter {
 public:
  Writer(fs::path directory, PendingFile file, const Begin& begin)
      : directory_(std::move(directory)),
        file_(std::move(file)),
        block_bytes_(begin.block_bytes),
        block_first_(begin.first),
        behind_(begin.first),
        compressor_(ZSTD_createCCtx(), ZSTD_freeCCtx) {
    ENSURE(compressor_ != nullptr, "memory");
    std::copy(kMagic.begin(), kMagic.end(), header_.magic.begin());
    std::copy(begin.ledger_id.begin(), begin.ledger_id.end(), header_.ledger_id.begin());
    header_.record = begin.first.record;
    header_.position = begin.first.position.value();
    header_.checksum = checksum_of(header_);
    write(&header_, sizeof header_);
  }

  void add(const Record& record, std::span<const std::uint8_t> bytes) override {
    ENSURE(record.index == behind_.record && record.position == behind_.position, "the next record");
    if (index_.empty() && builder_.records() == 0) footer_.begins = record.time.microseconds;
    footer_.ends = record.time.microseconds;
    const std::uint64_t positions = positions_of(record);
    builder_.add(bytes, static_cast<std::uint32_t>(positions));
    behind_ = {.record = record.index + 1, .position = Position{record.position.value() + positions}};
    if (builder_.size() >= block_bytes_) end_block();
  }

  LogPlace behind() const override { return behind_; }
  std::uint64_t bytes() const override { return offset_; }

  Result<fs::path> finish(const Hash& root) override {
    end_block();
    footer_.index_offset = offset_;
    footer_.blocks = index_.size();
    footer_.record = behind_.record;
    footer_.position = behind_.position.value();
    footer_.root = root;
    footer_.checksum = checksum_of(header_, index_, footer_);
    write(index_.data(), index_.size() * sizeof(BlockPlace));
    write(&footer_, sizeof footer_);
    if (failure_) return *failure_;
    if (auto synced = file_.sync(); !synced) return not_written(synced.error());
    // Advises the system to drop the cached content, so that the verification reads from the disk.
    static_cast<void>(::posix_fadvise(file_.number(), 0, 0, POSIX_FADV_DONTNEED));
    return file_.path();
  }

  Result<fs::path> publish() override {
    fs::path named = directory_ / archive_name(Position{header_.position});
    if (auto published = file_.publish(named); !published) return not_written(published.error());
    return named;
  }

  static fs::path unfinished_in(const fs::path& directory) { return directory / kUnfinished; }

 private:
  void end_block() {
    if (builder_.records() == 0) return;
    const auto block = builder_.finish();
    frame_.resize(ZSTD_compressBound(block.size()));
    const std::size_t size = ZSTD_compressCCtx(compressor_.get(), frame_.data(), frame_.size(), block.data(),
                                               block.size(), kLevel);
    ENSURE(ZSTD_isError(size) == 0, "there is room for any block");
    index_.push_back({.record = block_first_.record,
                      .position = block_first_.position.value(),
                      .offset = offset_,
                      .frame_bytes = static_cast<std::uint32_t>(size),
                      .block_bytes = static_cast<std::uint32_t>(block.size()),
                      .checksum = XXH3_64bits(frame_.data(), size)});
    write(frame_.data(), size);
    builder_.clear();
    block_first_ = behind_;
  }

  void write(const void* data, std::size_t size) {
    if (failure_) return;
    const auto written = file_.write_at({static_cast<const std::uint8_t*>(data), size}, offset_);
    if (!written) failure_ = not_written(written.error());
    offset_ += size;
  }

  fs::path directory_;
  PendingFile file_;
  std::size_t block_bytes_;
  LogPlace block_first_;
  LogPlace behind_;
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> compressor_;
  Header header_;
  ArchiveBlockBuilder builder_;
  std::vector<std::uint8_t> frame_;
  std::vector<BlockPlace> index_;
  Footer footer_;
  std::uint64_t offset_ = 0;
  std::optional<Error> failure_;
};

template <typename Part>
std::span<std::uint8_t> bytes_of(Part& part) {
  return {reinterpret_cast<std::uint8_t*>(&part), sizeof part};
}

class File final : public ArchiveFile {
 public:
  File(fs::path path, FileDescriptor file, const Header& header, std::vector<BlockPlace> index,
       const Footer& footer)
      : path_(std::move(path)),
        file_(std::move(file)),
        index_(std::move(index)),
        bytes_(footer.index_offset + index_.size() * sizeof(BlockPlace) + sizeof footer),
        decompressor_(ZSTD_createDCtx(), ZSTD_freeDCtx) {
    ENSURE(decompressor_ != nullptr, "memory");
    std::copy(header.ledger_id.begin(), header.ledger_id.end(), identity_.ledger_id.begin());
    identity_.first = {.record = header.record, .position = Position{header.position}};
    identity_.behind = {.record = footer.record, .position = Position{footer.position}};
    identity_.begins = Timestamp{footer.begins};
    identity_.ends = Timestamp{footer.ends};
    identity_.root = footer.root;
  }

  const ArchiveIdentity& identity() const override { return identity_; }
  std::size_t blocks() const override { return index_.size(); }
  std::uint64_t bytes() const override { return bytes_; }

  Result<void> read(Position position, ArchiveBlock& into) override {
    ENSURE(identity_.first.position <= position && position < identity_.behind.position,
           "a position of this file");
    into.clear();
    const auto after =
        std::upper_bound(index_.begin(), index_.end(), position.value(),
                         [](std::uint64_t sought, const BlockPlace& each) { return sought < each.position; });
    const BlockPlace& place = *std::prev(after);
    const LogPlace end = after == index_.end()
                             ? identity_.behind
                             : LogPlace{.record = after->record, .position = Position{after->position}};
    if (is_read(place, into) &&
        into.open({.record = place.record, .position = Position{place.position}}, end))
      return {};
    return Error{ErrorCode::kCorruptRecord,
                 fmt::format("{}: the part with positions {} to {} is damaged", path_.string(),
                             place.position, end.position.value() - 1)};
  }

 private:
  bool is_read(const BlockPlace& place, ArchiveBlock& into) {
    frame_.resize(place.frame_bytes);
    if (!read_at(file_.number(), frame_, place.offset)) return false;
    if (XXH3_64bits(frame_.data(), frame_.size()) != place.checksum) return false;
    into.buffer().resize(place.block_bytes);
    return ZSTD_decompressDCtx(decompressor_.get(), into.buffer().data(), into.buffer().size(), frame_.data(),
                               frame_.size()) == place.block_bytes;
  }

  fs::path path_;
  FileDescriptor file_;
  ArchiveIdentity identity_;
  std::vector<BlockPlace> index_;
  std::uint64_t bytes_;
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> decompressor_;
  std::vector<std::uint8_t> frame_;
};

// Returns true if the blocks follow each other without gaps, from the end of the header to the index and from
// the first record to the last, so that no entry of the index points outside the blocks.
bool is_in_order(const Header& header, const std::vector<BlockPlace>& index, const Footer& footer) {
  std::uint64_t offset = sizeof(Header);
  std::uint64_t record = header.record;
  std::uint64_t position = header.position;
  for (const BlockPlace& place : index) {
    const bool is_first = &place == index.data();
    const bool follows = is_first ? place.record == record && place.position == position
                                  : place.record > record && place.position > position;
    if (!follows || place.offset != offset || place.block_bytes > kBlockBytesMax) return false;
    record = place.record;
    position = place.position;
    offset += place.frame_bytes;
  }
  return !index.empty() && footer.record > record && footer.position > position &&
         offset == footer.index_offset;
}

}  // namespace

std::string archive_name(Position first) { return fmt::format("{:020}.records", first.value()); }

Result<std::unique_ptr<ArchiveWriter>> ArchiveWriter::create(const fs::path& directory, const Begin& begin) {
  // Records are deleted from the database after the file is written, so the directory must be on the disk.
  if (auto made = make_directory(directory, kDirectoryMode); !made) return not_written(made.error());
  const fs::path path = Writer::unfinished_in(directory);
  auto file = PendingFile::create(path, kMode);
  if (!file) return not_written(file.error());
  return std::unique_ptr<ArchiveWriter>(std::make_unique<Writer>(directory, std::move(*file), begin));
}

Result<std::unique_ptr<ArchiveFile>> ArchiveFile::open(const fs::path& path) {
  const auto damaged = [&](std::string_view what) {
    return Error{ErrorCode::kCorruptDatabase, fmt::format("{}: {}", path.string(), what)};
  };
  auto opened = open_regular_file(path, O_RDONLY);
  if (!opened) {
    return Error{opened.error().is_missing ? ErrorCode::kArchiveMissing : ErrorCode::kCannotOpen,
                 opened.error().detail};
  }
  FileDescriptor& file = *opened;
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) return Error{ErrorCode::kCannotOpen, system_detail(path, errno)};
  Header header;
  Footer footer;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size < sizeof header + sizeof footer || !read_at(file.number(), bytes_of(header), 0) ||
      !read_at(file.number(), bytes_of(footer), size - sizeof footer)) {
    return damaged("the file is cut off");
  }
  if (!std::equal(kMagic.begin(), kMagic.end(), header.magic.begin()))
    return damaged("the file is not an archive file");
  if (header.checksum != checksum_of(header)) return damaged("its header is damaged");
  if (header.format != kFormat) {
    return Error{ErrorCode::kNewerFormat, fmt::format("archive file format {}", header.format)};
  }
  const std::uint64_t room = size - sizeof header - sizeof footer;
  if (footer.blocks > room / sizeof(BlockPlace) ||
      footer.index_offset != size - sizeof footer - footer.blocks * sizeof(BlockPlace)) {
    return damaged("the file is cut off");
  }
  std::vector<BlockPlace> index(footer.blocks);
  const std::span index_bytes(reinterpret_cast<std::uint8_t*>(index.data()),
                              index.size() * sizeof(BlockPlace));
  if (!read_at(file.number(), index_bytes, footer.index_offset)) {
    return damaged("the file is cut off");
  }
  if (footer.checksum != checksum_of(header, index, footer) || !is_in_order(header, index, footer)) {
    return damaged("its index is damaged");
  }
  return std::unique_ptr<ArchiveFile>(
      std::make_unique<File>(path, std::move(file), header, std::move(index), footer));
}

}  // namespace keyledger::ledger
