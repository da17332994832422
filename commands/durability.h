// UseDurability: the storage of a use before the verdict is sent. The operator chooses.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace keyledger::commands {

enum class UseDurability : std::uint8_t {
  kWritten = 0,  // the operating system has the use: a killed process loses nothing
  kSynced = 1,   // the use is on the disk: a power cut loses nothing
  kBuffered =
      2,  // not yet stored: written within kBufferedMicroseconds; a killed process may lose these uses
};

constexpr std::int64_t kBufferedMicroseconds = 5'000;

// The operator's names of the levels, by number.
constexpr std::array<std::string_view, 3> kUseDurabilityNames = {"written", "synced", "buffered"};

}  // namespace keyledger::commands
