#include "projections/tables/text_arena.h"

#include <sys/mman.h>

#include <cstring>
#include <new>

#include "ledger/values/ensure.h"
#include "projections/tables/chunked.h"

namespace keyledger::projections {

namespace {

// A text is stored after its length: one byte, or two bytes with the highest bit of the first byte set.
constexpr std::size_t kOneByteMax = 127;
constexpr std::size_t prefix_of(std::size_t size) { return size <= kOneByteMax ? 1 : 2; }

unsigned byte_at(const char* at) { return static_cast<unsigned char>(*at); }

}  // namespace

char* TextArena::at(Ref ref) {
  constexpr std::size_t kUnits = kChunkBytes / kUnit;
  return chunks_[ref / kUnits].get() + (ref % kUnits) * kUnit;
}

const char* TextArena::at(Ref ref) const { return const_cast<TextArena*>(this)->at(ref); }

std::string_view TextArena::text(Ref ref) const {
  if (ref >= kStandsAlone) return alone_[ref - kStandsAlone];
  const char* begin = at(ref);
  const unsigned first = byte_at(begin);
  if (first <= kOneByteMax) return {begin + 1, first};
  return {begin + 2, (first & kOneByteMax) << 8 | byte_at(begin + 1)};
}

TextArena::Ref TextArena::put(std::string_view text) {
  const std::size_t prefix = prefix_of(text.size());
  if (text.size() + prefix > kShortMax) return put_alone(text);
  const Ref ref = take_room((text.size() + prefix + kUnit - 1) / kUnit);
  if (ref == kStandsAlone) return put_alone(text);
  char* begin = at(ref);
  if (prefix == 2) *begin++ = static_cast<char>((text.size() >> 8) | (kOneByteMax + 1));
  *begin++ = static_cast<char>(text.size());
  std::memcpy(begin, text.data(), text.size());
  return ref;
}

TextArena::Ref TextArena::take_room(std::size_t units) {
  Ref& free = free_->first[units];
  if (free != 0) {
    const Ref ref = free - 1;
    std::memcpy(&free, at(ref), sizeof free);
    return ref;
  }
  constexpr std::size_t kUnits = kChunkBytes / kUnit;
  if (chunks_.empty() || used_ + units > kUnits) {
    if ((chunks_.size() + 1) * kUnits > kStandsAlone) return kStandsAlone;
    auto* chunk = static_cast<char*>(std::aligned_alloc(kChunkBytes, kChunkBytes));
    if (chunk == nullptr) throw std::bad_alloc();
    // madvise() only advises. The first chunk uses small pages, because few texts should take little memory.
    if (!chunks_.empty()) static_cast<void>(::madvise(chunk, kChunkBytes, MADV_HUGEPAGE));
    chunks_.emplace_back(chunk);
    used_ = 0;
  }
  const std::size_t place = (chunks_.size() - 1) * kUnits + used_;
  used_ += units;
  return static_cast<Ref>(place);
}

TextArena::Ref TextArena::put_alone(std::string_view text) {
  if (!alone_free_.empty()) {
    const Ref ref = alone_free_.back();
    alone_free_.pop_back();
    alone_[ref - kStandsAlone] = text;
    return ref;
  }
  ENSURE(alone_.size() < kStandsAlone, "texts that stand alone have numbers");
  alone_.emplace_back(text);
  return kStandsAlone | static_cast<Ref>(alone_.size() - 1);
}

void TextArena::drop(Ref ref) {
  if (ref >= kStandsAlone) {
    alone_[ref - kStandsAlone] = std::string();
    alone_free_.push_back(ref);
    return;
  }
  const std::size_t size = text(ref).size();
  Ref& free = free_->first[(size + prefix_of(size) + kUnit - 1) / kUnit];
  std::memcpy(at(ref), &free, sizeof free);
  free = ref + 1;
}

std::size_t TextArena::memory_bytes() const {
  std::size_t bytes = chunks_.size() * kChunkBytes;
  for (const std::string& text : alone_) bytes += sizeof text + text.capacity();
  return bytes;
}

}  // namespace keyledger::projections
