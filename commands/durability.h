// UseDurability: what has happened to a use before its verdict is sent. The operator chooses.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace keyledger::commands {

enum class UseDurability : std::uint8_t {
  kWritten = 0,  // the operating system has it: a killed process loses nothing
  kSynced = 1,   // it is on the disk: a power cut loses nothing
  kBuffered =
      2,  // nothing yet: it is written within kBufferedMicroseconds, and a killed process may lose those
};

constexpr std::int64_t kBufferedMicroseconds = 5'000;

// By number, as the operator names them.
constexpr std::array<std::string_view, 3> kUseDurabilityNames = {"written", "synced", "buffered"};

}  // namespace keyledger::commands
