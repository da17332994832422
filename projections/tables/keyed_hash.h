// KeyedHash: what the catalog's tables find texts, ids and numbers by.
//
// SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012, with one round for each word
// and three at the end). Names, usernames and ids of imports are chosen by callers: who knew where a table
// puts them could choose thousands that all land in one place, and make every command of everybody slow. The
// key is drawn by the daemon when it starts, so nobody knows; nothing that is stored depends on it. The hot
// state finds clients without it: on the path of every verdict a plain hash is quicker, and who may register
// clients by the thousand may do worse. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "ledger/values/entity_ids.h"

namespace keyledger::projections {

// The default is for folds that nobody can wear down: those of tests and of a command line.
struct HashKey {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

// The hash of the eight bytes of `scope`, little-endian, and `text` behind them.
std::uint64_t keyed_hash(const HashKey& key, std::uint64_t scope, std::string_view text);

// The same for a hash table of the standard's or Boost's kind.
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
