// Chunked: an array that grows without moving its elements.
//
// Elements live in chunks of 2 MiB. Because a new element never copies older elements, an append takes
// equally long at ten and at ten million keys, references stay valid, and at most a chunk of memory is
// unused. Every chunk after the first asks the system for huge pages (madvise(2)), because at a million keys
// the walk of the page table takes most of the time of a random access on small pages. Elements must be
// trivially copyable. Each Chunked is owned by one object and used by one thread at a time.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "ledger/values/ensure.h"

namespace keyledger::projections {

constexpr std::size_t kChunkBytes = std::size_t{2} << 20;

template <typename T>
class Chunked {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  static constexpr std::size_t kPerChunk = kChunkBytes / sizeof(T);

  Chunked() = default;
  Chunked(Chunked&& other) noexcept
      : chunks_(std::move(other.chunks_)), size_(std::exchange(other.size_, 0)) {}
  Chunked& operator=(Chunked&& other) noexcept {
    chunks_ = std::move(other.chunks_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  std::size_t size() const { return size_; }
  // Returns the bytes of memory held, used or not.
  std::size_t capacity_bytes() const { return chunks_.size() * kChunkBytes; }

  T& operator[](std::size_t index) { return chunks_[index / kPerChunk].get()[index % kPerChunk]; }
  const T& operator[](std::size_t index) const { return chunks_[index / kPerChunk].get()[index % kPerChunk]; }
  T& back() { return (*this)[size_ - 1]; }

  T& push_back(const T& value) {
    if (size_ == chunks_.size() * kPerChunk) add_chunk();
    return *::new (&(*this)[size_++]) T(value);
  }

  // Adds uninitialised elements and returns a span over them: between 1 and `count`, as many as fit into the
  // current chunk.
  std::span<T> add_room(std::size_t count) {
    if (size_ == chunks_.size() * kPerChunk) add_chunk();
    const std::size_t added = std::min(count, chunks_.size() * kPerChunk - size_);
    T* const first = &(*this)[size_];
    size_ += added;
    return {first, added};
  }

 private:
  struct Free {
    void operator()(T* chunk) const { std::free(chunk); }
  };

  void add_chunk() {
    void* memory = std::aligned_alloc(kChunkBytes, kChunkBytes);
    if (memory == nullptr) throw std::bad_alloc();
    // madvise() only advises: if it fails, everything still works, but slower.
    if (!chunks_.empty()) static_cast<void>(::madvise(memory, kChunkBytes, MADV_HUGEPAGE));
    chunks_.emplace_back(static_cast<T*>(memory));
  }

  std::vector<std::unique_ptr<T, Free>> chunks_;
  std::size_t size_ = 0;
};

}  // namespace keyledger::projections
