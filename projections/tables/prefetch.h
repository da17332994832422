// bring_near: brings a line of memory nearer, for a read that follows shortly.
#pragma once

namespace keyledger::projections {

// The empty assembly is an effect: GCC takes a function that only prefetches for one without any, and drops
// the calls of it.
inline void bring_near(const void* address) {
  __builtin_prefetch(address);
  asm volatile("" : : "r"(address));
}

}  // namespace keyledger::projections
