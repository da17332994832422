#include "net/wire/frame.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "tests/support/seed.h"

namespace keyledger::net {
namespace {

using Stream = std::vector<std::byte>;
using Words = std::vector<std::uint64_t>;

void put_u32(Stream& stream, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) stream.push_back(static_cast<std::byte>(value >> shift));
}

// Returns the header of a frame with segments of these sizes, in words.
Stream header_of(const std::vector<std::uint32_t>& sizes) {
  Stream stream;
  put_u32(stream, static_cast<std::uint32_t>(sizes.size() - 1));
  for (const std::uint32_t size : sizes) put_u32(stream, size);
  if (sizes.size() % 2 == 0) put_u32(stream, 0);
  return stream;
}

// Returns a whole frame. The content counts up from `first`.
Stream frame_of(const std::vector<std::uint32_t>& sizes, std::uint8_t first = 1) {
  Stream stream = header_of(sizes);
  for (const std::uint32_t size : sizes) {
    for (std::uint32_t i = 0; i < size * sizeof(std::uint64_t); ++i) {
      stream.push_back(static_cast<std::byte>(first++));
    }
  }
  return stream;
}

Words words_of(const Stream& stream) {
  Words words(stream.size() / sizeof(std::uint64_t));
  std::memcpy(words.data(), stream.data(), words.size() * sizeof(std::uint64_t));
  return words;
}

// Hands over bytes until the room is full.
std::size_t feed(FrameBuffer& buffer, std::span<const std::byte> bytes) {
  const auto room = buffer.prepare();
  REQUIRE(!room.empty());
  const std::size_t size = std::min(room.size(), bytes.size());
  std::copy_n(bytes.begin(), size, room.begin());
  buffer.commit(size);
  return size;
}

struct Outcome {
  std::vector<Words> frames;
  std::optional<ledger::Error> error;
};

// Takes frame after frame until the buffer has none, or refuses the stream.
void take(FrameBuffer& buffer, Outcome& outcome) {
  while (!outcome.error) {
    const auto frame = buffer.next();
    if (!frame) {
      outcome.error = frame.error();
    } else if (frame->has_value()) {
      outcome.frames.emplace_back((*frame)->begin(), (*frame)->end());
    } else {
      return;
    }
  }
}

// Returns the frames of a stream that arrives in pieces. The sizes of the pieces repeat.
Outcome received(FrameBuffer& buffer, std::span<const std::byte> stream,
                 const std::vector<std::size_t>& pieces) {
  Outcome outcome;
  for (std::size_t i = 0; !stream.empty() && !outcome.error; ++i) {
    const std::size_t piece = std::min(pieces[i % pieces.size()], stream.size());
    stream = stream.subspan(feed(buffer, stream.first(piece)));
    take(buffer, outcome);
  }
  return outcome;
}

Outcome received(const Stream& stream, const std::vector<std::size_t>& pieces) {
  FrameBuffer buffer;
  return received(buffer, stream, pieces);
}

void append(Stream& to, const Stream& from) { to.insert(to.end(), from.begin(), from.end()); }

// Reads a stream as the documentation of Cap'n Proto says, without a buffer. Returns the frames, and whether
// the stream breaks a limit after the last frame.
Outcome expected_of(const Stream& stream, std::size_t limit) {
  Outcome outcome;
  const auto u32_at = [&](std::size_t at) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < 4; ++i) value |= std::to_integer<std::uint64_t>(stream[at + i]) << (8 * i);
    return value;
  };
  for (std::size_t at = 0; at + 8 <= stream.size();) {
    const std::uint64_t segments = u32_at(at) + 1;
    const std::uint64_t header = (4 * (segments + 1) + 7) / 8 * 8;
    if (segments > kFrameSegmentsMax) {
      outcome.error = {ledger::ErrorCode::kProtocol, "segments"};
      return outcome;
    }
    if (at + header > stream.size()) return outcome;
    std::uint64_t size = header;
    for (std::uint64_t i = 0; i < segments; ++i) size += 8 * u32_at(at + 4 * (i + 1));
    if (size > limit) {
      outcome.error = {ledger::ErrorCode::kTooLarge, "size"};
      return outcome;
    }
    if (at + size > stream.size()) return outcome;
    const auto first = stream.begin() + static_cast<std::ptrdiff_t>(at);
    outcome.frames.push_back(words_of(Stream(first, first + static_cast<std::ptrdiff_t>(size))));
    at += size;
  }
  return outcome;
}

TEST_CASE("what was handed out is overwritten before more is read") {
  FrameBuffer buffer;
  const Stream stream = frame_of({20});
  feed(buffer, stream);
  const auto frame = buffer.next();
  REQUIRE(frame.ok());
  const std::span<const std::uint64_t> words = frame->value();
  CHECK(std::any_of(words.begin(), words.end(), [](std::uint64_t word) { return word != 0; }));
  static_cast<void>(buffer.prepare());
  CHECK(std::all_of(words.begin(), words.end(), [](std::uint64_t word) { return word == 0; }));
}

TEST_CASE("a large frame's memory is given back") {
  FrameBuffer buffer;
  const std::size_t before = buffer.prepare().size();
  const Stream stream = frame_of({200'000});
  for (std::size_t fed = 0; fed < stream.size();) fed += feed(buffer, std::span(stream).subspan(fed));
  REQUIRE(buffer.next()->has_value());
  CHECK(buffer.prepare().size() == before);
}

}  // namespace

TEST_CASE("a whole frame comes out as it went in") {
  const std::vector<std::uint32_t> sizes =
      GENERATE(values<std::vector<std::uint32_t>>({{1}, {0}, {3, 2}, {0, 0, 0}, {1, 2, 3, 4}}));
  const Stream stream = frame_of(sizes);
  FrameBuffer buffer;
  const Outcome outcome = received(buffer, stream, {stream.size()});
  CHECK(!outcome.error);
  CHECK(outcome.frames == std::vector<Words>{words_of(stream)});
  CHECK(!buffer.has_partial());
}

TEST_CASE("a frame that comes byte by byte is given when its last byte has come") {
  const Stream stream = frame_of({2, 0, 1});
  FrameBuffer buffer;
  for (std::size_t i = 0; i + 1 < stream.size(); ++i) {
    feed(buffer, std::span(stream).subspan(i, 1));
    const auto frame = buffer.next();
    REQUIRE(frame.ok());
    CHECK(!frame->has_value());
    CHECK(buffer.has_partial());
  }
  feed(buffer, std::span(stream).last(1));
  const auto frame = buffer.next();
  REQUIRE(frame.ok());
  REQUIRE(frame->has_value());
  CHECK(Words((*frame)->begin(), (*frame)->end()) == words_of(stream));
  CHECK(!buffer.has_partial());
}

TEST_CASE("frames are given in their order, however the stream is split") {
  Stream stream;
  std::vector<Words> frames;
  for (const auto& sizes : {std::vector<std::uint32_t>{1}, {0}, {2, 3}, {5}, {1, 0, 1}}) {
    const Stream frame = frame_of(sizes, static_cast<std::uint8_t>(frames.size() * 10));
    frames.push_back(words_of(frame));
    append(stream, frame);
  }
  SECTION("all in one read") { CHECK(received(stream, {stream.size()}).frames == frames); }
  SECTION("in two, at every place") {
    for (std::size_t split = 1; split < stream.size(); ++split) {
      CAPTURE(split);
      const Outcome outcome = received(stream, {split, stream.size()});
      CHECK(!outcome.error);
      CHECK(outcome.frames == frames);
    }
  }
  SECTION("in pieces of every size") {
    for (std::size_t piece = 1; piece <= 64; ++piece) {
      CAPTURE(piece);
      CHECK(received(stream, {piece}).frames == frames);
    }
  }
}

TEST_CASE("the words of a frame are aligned, wherever it begins in the buffer") {
  FrameBuffer buffer;
  Stream stream = frame_of({1});
  append(stream, frame_of({2, 2}));
  feed(buffer, stream);
  for (int i = 0; i < 2; ++i) {
    const auto frame = buffer.next();
    REQUIRE(frame.ok());
    REQUIRE(frame->has_value());
    CHECK(reinterpret_cast<std::uintptr_t>((*frame)->data()) % alignof(std::uint64_t) == 0);
  }
}

TEST_CASE("a frame of exactly the limit is given, and one of a word more is refused") {
  constexpr std::size_t kLimit = 4'096;
  constexpr std::uint32_t kWordsMax = kLimit / sizeof(std::uint64_t) - 1;  // minus the header
  FrameBuffer buffer(kLimit);
  const Stream largest = frame_of({kWordsMax});
  REQUIRE(largest.size() == kLimit);
  CHECK(received(buffer, largest, {1'000}).frames == std::vector<Words>{words_of(largest)});

  const Outcome outcome = received(buffer, header_of({kWordsMax + 1}), {8});
  CHECK(outcome.frames.empty());
  REQUIRE(outcome.error);
  CHECK(*outcome.error == ledger::Error{ledger::ErrorCode::kTooLarge, "the frame has more than 4096 bytes"});
}

TEST_CASE("the largest frame that a connection may carry is given") {
  const Stream largest = frame_of({kFrameBytesMax / sizeof(std::uint64_t) - 1});
  const Outcome outcome = received(largest, {std::size_t{1} << 20});
  CHECK(!outcome.error);
  REQUIRE(outcome.frames.size() == 1);
  CHECK(outcome.frames.front() == words_of(largest));
  CHECK(received(header_of({kFrameBytesMax / sizeof(std::uint64_t)}), {8}).error);
}

TEST_CASE("a frame of the most segments is given, and one of more is refused by its first word") {
  const Stream most = frame_of(std::vector<std::uint32_t>(kFrameSegmentsMax, 1));
  CHECK(received(most, {most.size()}).frames == std::vector<Words>{words_of(most)});

  const std::uint32_t count =
      GENERATE(std::uint32_t{kFrameSegmentsMax}, 1'000U, 0x7fffffffU, 0xfffffffeU, 0xffffffffU);
  CAPTURE(count);
  Stream stream;
  put_u32(stream, count);
  put_u32(stream, 0);
  const Outcome outcome = received(stream, {8});
  REQUIRE(outcome.error);
  CHECK(outcome.error->code == ledger::ErrorCode::kProtocol);
}

TEST_CASE("sizes that add up to more than any number holds are refused, not wrapped around") {
  const std::vector<std::uint32_t> sizes =
      GENERATE(values<std::vector<std::uint32_t>>({std::vector<std::uint32_t>(kFrameSegmentsMax, 0xffffffff),
                                                   {0xffffffff},
                                                   {0x20000000},
                                                   {1, 0xffffffff}}));
  const Outcome outcome = received(header_of(sizes), {4});
  CHECK(outcome.frames.empty());
  REQUIRE(outcome.error);
  CHECK(outcome.error->code == ledger::ErrorCode::kTooLarge);
}

TEST_CASE("a refused stream stays refused") {
  FrameBuffer buffer(4'096);
  Stream stream = header_of({100'000});
  append(stream, frame_of({1}));
  feed(buffer, stream);
  CHECK(!buffer.next().ok());
  CHECK(!buffer.next().ok());
  feed(buffer, frame_of({1}));
  CHECK(!buffer.next().ok());
}

TEST_CASE("a header that promises much takes no memory before the bytes come") {
  FrameBuffer buffer;
  feed(buffer, header_of({1'000'000}));
  REQUIRE(buffer.next().ok());
  CHECK(buffer.prepare().size() <= std::size_t{16} << 10);
}

TEST_CASE("a buffer holds at most a frame of the limit, whatever comes before it") {
  constexpr std::size_t kLimit = std::size_t{256} << 10;
  FrameBuffer buffer(kLimit);
  const Stream largest = frame_of({kLimit / sizeof(std::uint64_t) - 1});
  Stream stream = frame_of({7});
  for (int i = 0; i < 3; ++i) append(stream, largest);
  std::size_t room_max = 0;
  std::size_t frames = 0;
  for (std::span<const std::byte> rest = stream; !rest.empty();) {
    room_max = std::max(room_max, buffer.prepare().size());
    rest = rest.subspan(feed(buffer, rest));
    Outcome outcome;
    take(buffer, outcome);
    REQUIRE(!outcome.error);
    frames += outcome.frames.size();
  }
  CHECK(frames == 4);
  CHECK(room_max <= kLimit);
}

TEST_CASE("frames by chance, in pieces by chance, come out as they went in") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    Stream stream;
    std::vector<Words> frames;
    for (std::uint64_t n = random() % 20; n > 0; --n) {
      std::vector<std::uint32_t> sizes(random() % 5 + 1);
      for (std::uint32_t& size : sizes) size = static_cast<std::uint32_t>(random() % 40);
      const Stream frame = frame_of(sizes, static_cast<std::uint8_t>(random()));
      frames.push_back(words_of(frame));
      append(stream, frame);
    }
    std::vector<std::size_t> pieces(random() % 7 + 1);
    for (std::size_t& piece : pieces) piece = random() % 300 + 1;
    const Outcome outcome = received(stream, pieces);
    CHECK(!outcome.error);
    REQUIRE(outcome.frames == frames);
  }
}

TEST_CASE("bytes by chance give the frames that they hold, or are refused") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  constexpr std::size_t kLimit = 2'048;
  std::size_t refused = 0;
  std::size_t given = 0;
  for (int round = 0; round < 3'000; ++round) {
    Stream stream(random() % 3'000);
    // Mostly zeros, because zeros make headers of possible frames.
    for (std::byte& byte : stream) byte = static_cast<std::byte>(random() % 8 == 0 ? random() % 16 : 0);
    if (random() % 4 == 0) {
      for (std::byte& byte : stream) byte = static_cast<std::byte>(random());
    }
    FrameBuffer buffer(kLimit);
    const Outcome outcome = received(buffer, stream, {random() % 500 + 1, random() % 9 + 1});
    const Outcome expected = expected_of(stream, kLimit);
    REQUIRE(outcome.frames == expected.frames);
    REQUIRE(outcome.error.has_value() == expected.error.has_value());
    if (outcome.error) CHECK(outcome.error->code == expected.error->code);
    refused += outcome.error.has_value();
    given += outcome.frames.size();
  }
  CHECK(refused > 100);
  CHECK(given > 100);
}

}  // namespace keyledger::net
