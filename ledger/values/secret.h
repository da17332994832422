// Secret: the text of a token, kept for as short a time as possible.
//
// The text is in a fixed buffer inside the object, never on the heap. A move cleanses its source, and the
// destructor cleanses the buffer; a secret cannot be copied or formatted. Only `expose()` gives the text, and
// a search for `expose` finds every reader. Not thread-safe; owned by a single request.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace keyledger::ledger {

class Secret {
 public:
  // In bytes. Knox tokens have at most 74, native tokens at most 59.
  static constexpr std::size_t kLengthMax = 128;

  Secret() = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  // Returns nothing if the text is longer than kLengthMax.
  static std::optional<Secret> from(std::string_view text);

  std::string_view expose() const { return {buffer_.data(), length_}; }
  bool empty() const { return length_ == 0; }

  // Compares two secrets, in a time that depends on their lengths only.
  friend bool operator==(const Secret& a, const Secret& b);

 private:
  void take(Secret& other) noexcept;

  std::array<char, kLengthMax> buffer_{};
  std::size_t length_ = 0;
};

// Overwrites memory in a way that no optimiser removes.
void cleanse(void* memory, std::size_t size);

// For buffers that secrets pass through: memory is cleansed when the buffer gives it back. Elements added by
// a resize are left uninitialised.
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
