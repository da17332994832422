// bring_near: a prefetch for a read that follows shortly.
#pragma once

namespace keyledger::projections {

// Brings the cache line at `address` nearer. The empty assembly counts as an effect. Without an effect, GCC
// drops the calls of a function whose only work is a prefetch.
inline void bring_near(const void* address) {
  __builtin_prefetch(address);
  asm volatile("" : : "r"(address));
}

}  // namespace keyledger::projections
