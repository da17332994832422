#include "ledger/rocks/entity_index.h"

#include <algorithm>
#include <array>

#include "ledger/rocks/row_keys.h"
#include "ledger/rocks/store.h"

namespace keyledger::ledger {
namespace {

constexpr std::uint64_t kNumbersPerRow = 256;
// With fewer entities, a row for each entity is found sooner, and takes hardly more room.
constexpr std::size_t kEntitiesInCommonMin = 16;

using NumberBits = std::array<char, kNumbersPerRow / 8>;

std::size_t byte_of(std::uint64_t number) { return number % kNumbersPerRow / 8; }
unsigned bit_of(std::uint64_t number) { return 1U << number % 8; }

bool is_of_one_row(const EntityRef& a, const EntityRef& b) {
  return a.kind == b.kind && a.number / kNumbersPerRow == b.number / kNumbersPerRow;
}

// Calls `row` with place and value of each row with the prefix, from `from` on. Fails with kCorruptDatabase
// if `row` returns false.
template <typename Row>
Result<void> each_row(rocksdb::Iterator& rows, const std::string& prefix, Position from, const Row& row) {
  for (rows.Seek(prefix + record_key(from)); rows.Valid() && rows.key().starts_with(prefix); rows.Next()) {
    const auto place = place_from(rows.key().ToStringView(), prefix);
    if (!place || !row(*place, rows.value().ToStringView())) {
      return Error{ErrorCode::kCorruptDatabase, "a row of the entity index is damaged"};
    }
  }
  if (!rows.status().ok()) return read_error(rows.status());
  return {};
}

}  // namespace

void make_entity_rows(std::span<const EntityRef> entities, Position position,
                      const std::function<void(std::string_view key, std::string_view value)>& put) {
  while (!entities.empty()) {
    const EntityRef& first = entities.front();
    const auto end = std::find_if_not(entities.begin(), entities.end(),
                                      [&](const EntityRef& each) { return is_of_one_row(first, each); });
    const auto in_common = entities.first(static_cast<std::size_t>(end - entities.begin()));
    entities = entities.subspan(in_common.size());
    if (in_common.size() < kEntitiesInCommonMin) {
      for (const EntityRef& each : in_common) put(entity_key(each, position), {});
      continue;
    }
    NumberBits bits{};
    for (const EntityRef& each : in_common) {
      char& byte = bits[byte_of(each.number)];
      byte = static_cast<char>(static_cast<unsigned char>(byte) | bit_of(each.number));
    }
    put(common_entity_prefix({first.kind, first.number / kNumbersPerRow}) + record_key(position),
        {bits.data(), bits.size()});
  }
}

bool each_number_in(std::string_view value, std::uint64_t row,
                    const std::function<void(std::uint64_t number)>& number) {
  if (value.size() != sizeof(NumberBits)) return false;
  for (std::uint64_t each = 0; each < kNumbersPerRow; ++each) {
    if ((static_cast<unsigned char>(value[byte_of(each)]) & bit_of(each)) != 0)
      number(row * kNumbersPerRow + each);
  }
  return true;
}

Result<void> gather_events(rocksdb::Iterator& rows, const EntityRef& entity, Position from,
                           std::vector<Stretch>& stretches) {
  const auto own = [&](std::uint64_t place, std::string_view) {
    stretches.push_back({place, place});
    return true;
  };
  if (auto done = each_row(rows, entity_prefix(entity), from, own); !done) return done;
  const auto common = [&](std::uint64_t place, std::string_view bits) {
    if (bits.size() != sizeof(NumberBits)) return false;
    if ((static_cast<unsigned char>(bits[byte_of(entity.number)]) & bit_of(entity.number)) != 0) {
      stretches.push_back({place, place});
    }
    return true;
  };
  return each_row(rows, common_entity_prefix({entity.kind, entity.number / kNumbersPerRow}), from, common);
}

}  // namespace keyledger::ledger
