// IsTerminal: whether a stream ends at a person's terminal (isatty(3)); asked once, in `main`.
#pragma once

#include <cstdint>

namespace keyledger::tools::program {

enum class IsTerminal : std::uint8_t { kNo, kYes };

}  // namespace keyledger::tools::program
