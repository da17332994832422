// TextArena: very many short texts, each known by a number of 32 bits.
//
// Texts lie one behind the other in chunks of 2 MiB, each with its length before it; no text moves, so an
// append is never slow and a view holds until its text is dropped. The room of a dropped text is kept for the
// next one of its size: what is renamed again and again takes no more than once. Texts over kShortMax, and
// those for which chunks have no numbers left, stand alone. Owned by one object; one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger::projections {

class TextArena {
 public:
  using Ref = std::uint32_t;

  // Of a text with its length, in bytes.
  static constexpr std::size_t kShortMax = 1'024;

  Ref put(std::string_view text);
  // `ref` is one that put() gave and that was not dropped.
  std::string_view text(Ref ref) const;
  void drop(Ref ref);

  // Of the memory held, in bytes.
  std::size_t memory_bytes() const;

 private:
  // Places are counted in units, so that 31 bits reach through 8 GiB.
  static constexpr std::size_t kUnit = 4;
  static constexpr Ref kStandsAlone = Ref{1} << 31;

  char* at(Ref ref);
  const char* at(Ref ref) const;
  // In units; kStandsAlone if there is none.
  Ref take_room(std::size_t units);
  Ref put_alone(std::string_view text);

  struct Free {
    void operator()(char* chunk) const { std::free(chunk); }
  };
  struct FreeRooms {
    std::array<Ref, kShortMax / kUnit + 1>
        first{};  // by size in units: 0 or a place + 1; each names the next
  };

  std::vector<std::unique_ptr<char, Free>> chunks_;
  std::size_t used_ = 0;  // units of the last chunk
  std::unique_ptr<FreeRooms> free_ = std::make_unique<FreeRooms>();
  std::deque<std::string> alone_;
  std::vector<Ref> alone_free_;
};

}  // namespace keyledger::projections
