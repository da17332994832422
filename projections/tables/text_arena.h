// TextArena: very many short texts, each known by a 32-bit number.
//
// Texts lie one after another in chunks of 2 MiB, each preceded by its length. Because no text moves, an
// append is never slow, and a view is valid until its text is dropped. The room of a dropped text is kept for
// the next text of equal size, because repeated renames of a key must not use ever more memory. Texts over
// kShortMax, and all texts once the chunks have no numbers left, are strings of their own. Owned by one
// object; one thread at a time.
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

  // The longest text in a chunk, in bytes, counting its length prefix.
  static constexpr std::size_t kShortMax = 1'024;

  // Stores a text, and returns the number by which text() and drop() find the text.
  Ref put(std::string_view text);
  // Returns a stored text. `ref` must come from put() and not be dropped yet.
  std::string_view text(Ref ref) const;
  void drop(Ref ref);

  // Returns the bytes of memory held.
  std::size_t memory_bytes() const;

 private:
  // Places are counted in units, so that 31 bits address 8 GiB.
  static constexpr std::size_t kUnit = 4;
  static constexpr Ref kStandsAlone = Ref{1} << 31;

  char* at(Ref ref);
  const char* at(Ref ref) const;
  // Returns room for `units` units, or kStandsAlone if the chunks have none left.
  Ref take_room(std::size_t units);
  Ref put_alone(std::string_view text);

  struct Free {
    void operator()(char* chunk) const { std::free(chunk); }
  };
  struct FreeRooms {
    std::array<Ref, kShortMax / kUnit + 1>
        first{};  // by size in units: 0, or a place + 1; a free place holds the next
  };

  std::vector<std::unique_ptr<char, Free>> chunks_;
  std::size_t used_ = 0;  // units of the last chunk
  std::unique_ptr<FreeRooms> free_ = std::make_unique<FreeRooms>();
  std::deque<std::string> alone_;
  std::vector<Ref> alone_free_;
};

}  // namespace keyledger::projections
