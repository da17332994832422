// IsTerminal: whether a stream is connected to a terminal (isatty(3)). Asked once, in `main`.
#pragma once

#include <cstdint>

namespace keyledger::tools::program {

enum class IsTerminal : std::uint8_t { kNo, kYes };

}  // namespace keyledger::tools::program
