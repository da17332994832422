// Secret: the text of a token, for as short a time as possible.
//
// A fixed buffer inside the object, never the heap. A move cleanses its source, the destructor cleanses what
// is left; there is no copy and no formatting. `expose()` is the only way to the text, so that a search for
// it finds every place that reads one. Not thread-safe; owned by one request.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace keyledger::ledger {

class Secret {
 public:
  // In bytes. Knox tokens are at most 74, native ones at most 59.
  static constexpr std::size_t kLengthMax = 128;

  Secret() = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  // Nothing if the text is longer than kLengthMax.
  static std::optional<Secret> from(std::string_view text);

  std::string_view expose() const { return {buffer_.data(), length_}; }
  bool empty() const { return length_ == 0; }

  // In time that depends on the lengths only.
  friend bool operator==(const Secret& a, const Secret& b);

 private:
  void take(Secret& other) noexcept;

  std::array<char, kLengthMax> buffer_{};
  std::size_t length_ = 0;
};

// Overwrites memory in a way that no optimiser removes.
void cleanse(void* memory, std::size_t size);

// For buffers that secrets pass through: nothing of them stays in memory that the buffer has given back. What
// a buffer is resized by has no value yet.
template <typename T>
struct CleansingAllocator {
  using value_type = T;

  CleansingAllocator() = default;
  template <typename Other>
  CleansingAllocator(const CleansingAllocator<Other>&) {
  }  // NOLINT(google-explicit-constructor): as allocators are

  T* allocate(std::size_t count) { return std::allocator<T>{}.allocate(count); }
  void deallocate(T* memory, std::size_t count) {
    cleanse(memory, count * sizeof(T));
    std::allocator<T>{}.deallocate(memory, count);
  }

  template <typename Value>
  void construct(Value* place) {
    ::new (static_cast<void*>(place)) Value;
  }

  friend bool operator==(CleansingAllocator, CleansingAllocator) { return true; }
};

}  // namespace keyledger::ledger
