#include "net/output_buffer.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string_view>
#include <vector>

namespace keyledger::net {
namespace {

void add(OutputBuffer& output, std::size_t size, std::byte value) {
  output.bytes().insert(output.bytes().end(), size, value);
}

TEST_CASE("what is added goes in its order, however it is taken") {
  OutputBuffer output;
  std::vector<std::byte> gone;
  std::vector<std::byte> added;
  for (std::size_t i = 0; i < 400; ++i) {
    const auto value = static_cast<std::byte>(i);
    add(output, 7'000 + i, value);
    added.insert(added.end(), 7'000 + i, value);
    const auto unsent = output.unsent();
    const std::size_t taken = unsent.size() * (i % 10) / 9;
    gone.insert(gone.end(), unsent.begin(), unsent.begin() + static_cast<std::ptrdiff_t>(taken));
    output.sent(taken);
  }
  gone.insert(gone.end(), output.unsent().begin(), output.unsent().end());
  output.sent(output.unsent().size());
  CHECK(output.empty());
  CHECK(gone == added);
}

TEST_CASE("what a large answer took is given back though the buffer never runs empty") {
  OutputBuffer output;
  add(output, 20 * OutputBuffer::kKept, std::byte{1});
  output.sent(20 * OutputBuffer::kKept - 100);
  CHECK(output.capacity() <= 4 * OutputBuffer::kKept);
  CHECK(output.unsent().size() == 100);
}

TEST_CASE("a buffer that never runs empty holds no more than some times what waits") {
  OutputBuffer output;
  constexpr std::size_t kWaiting = 1'000'000;
  constexpr std::size_t kStep = 10'000;
  add(output, kWaiting, std::byte{1});
  for (int i = 0; i < 10'000; ++i) {  // a hundred megabytes
    add(output, kStep, std::byte{2});
    output.sent(kStep);
    REQUIRE(output.unsent().size() == kWaiting);
    REQUIRE(output.capacity() <= 2 * (2 * kWaiting + kStep));
  }
}

TEST_CASE("what a large answer took is given back") {
  OutputBuffer output;
  add(output, 10 * OutputBuffer::kKept, std::byte{1});
  output.sent(10 * OutputBuffer::kKept);
  CHECK(output.capacity() <= OutputBuffer::kKept);
}

TEST_CASE("a secret is nowhere in the buffer when it has gone") {
  constexpr std::string_view kSecret = "kl_nobody_else_shall_see_this";
  const auto put_secret = [&](OutputBuffer& output) {
    const auto bytes = std::as_bytes(std::span(kSecret));
    output.bytes().insert(output.bytes().end(), bytes.begin(), bytes.end());
    output.note_secret();
  };
  const auto has_secret = [&](const OutputBuffer& output, std::span<const std::byte> memory) {
    const auto bytes = std::as_bytes(std::span(kSecret));
    CHECK(memory.size() <= output.capacity());
    return std::search(memory.begin(), memory.end(), bytes.begin(), bytes.end()) != memory.end();
  };
  OutputBuffer output;
  add(output, OutputBuffer::kKept, std::byte{1});
  SECTION("alone behind what has gone") {
    put_secret(output);
    const std::span memory(output.bytes().data(), output.bytes().size());
    output.sent(OutputBuffer::kKept);  // it is moved
    CHECK(output.unsent().size() == kSecret.size());
    CHECK(has_secret(output, output.unsent()));
    CHECK_FALSE(has_secret(output, memory.subspan(kSecret.size())));
  }
  SECTION("with others behind it") {
    put_secret(output);
    add(output, 100, std::byte{2});
    const std::span memory(output.bytes().data(), output.bytes().size());
    output.sent(OutputBuffer::kKept + kSecret.size() + 50);
    CHECK(output.unsent().size() == 50);
    CHECK_FALSE(has_secret(output, memory));
  }
}

}  // namespace
}  // namespace keyledger::net
