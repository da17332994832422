// KeyedHash: what the catalog's tables find texts and ids by.
//
// SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012, with one round for each word
// and three at the end). Names, usernames and ids of imports are chosen by callers: who knew where a table
// puts them could choose thousands that all land in one place, and make every command of everybody slow. The
// key is drawn by the daemon when it starts, so nobody knows; nothing that is stored depends on it. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace keyledger::projections {

// The default is for folds that nobody can wear down: those of tests and of a command line.
struct HashKey {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

// The hash of the eight bytes of `scope`, little-endian, and `text` behind them.
std::uint64_t keyed_hash(const HashKey& key, std::uint64_t scope, std::string_view text);

}  // namespace keyledger::projections
