// FixedEntropy: random bytes, equal in every run. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <random>
#include <span>

namespace keyledger::tests {

class FixedEntropy {
 public:
  explicit FixedEntropy(std::uint64_t seed) : random_(seed) {}

  // Returns a source of random bytes. The source must not outlive this object.
  std::function<bool(std::span<std::uint8_t>)> source() {
    return [this](std::span<std::uint8_t> bytes) {
      const std::lock_guard lock(mutex_);
      if (is_dry_) return false;
      for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_());
      return true;
    };
  }

  // Makes every later draw fail.
  void run_dry() {
    const std::lock_guard lock(mutex_);
    is_dry_ = true;
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 random_;
  bool is_dry_ = false;
};

}  // namespace keyledger::tests
