// KeyedHash: the hash by which the catalog's tables find texts, ids and numbers.
//
// The function is SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012, with one
// round for each word and three at the end). Callers choose names, usernames and the ids of imports. If
// callers could predict places in a table, they could choose thousands with the same place, and slow down
// every command of everybody. The daemon draws the key at start, so nobody can predict places; no stored data
// depends on the key. Access, the hot state, finds clients with a plain hash instead, because a plain hash is
// quicker on the path of every verdict; a caller who may register thousands of clients can do worse anyway.
// Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "ledger/values/entity_ids.h"

namespace keyledger::projections {

// The default key is for folds without hostile callers, in tests and on a command line.
struct HashKey {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

// Returns the hash of the eight bytes of `scope` (little-endian) followed by `text`.
std::uint64_t keyed_hash(const HashKey& key, std::uint64_t scope, std::string_view text);

// keyed_hash() as the hasher of a hash table of the standard library or of Boost.
struct KeyedHasher {
  using is_avalanching = void;  // every bit of the key shows in every bit of the hash (Boost)

  HashKey key;

  std::size_t operator()(std::string_view text) const noexcept { return keyed_hash(key, 0, text); }
  std::size_t operator()(std::uint64_t number) const noexcept { return keyed_hash(key, number, {}); }
  std::size_t operator()(const ledger::ClientId& id) const noexcept {
    return (*this)(std::string_view(reinterpret_cast<const char*>(id.uuid.data), id.uuid.size()));
  }
};

}  // namespace keyledger::projections
