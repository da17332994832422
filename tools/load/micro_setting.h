// The data of the micro-benchmarks: a hot state with many keys, the keys' tokens, and records. All runs use
// the same data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/record.h"
#include "projections/access.h"

namespace keyledger::tools::load {

// Returns the token of the key with this number.
std::string micro_token(std::uint64_t number);

// Returns records that make an account, a user and `keys` keys, from position 1 on.
std::vector<ledger::Record> micro_records(std::uint64_t keys);

// Returns the state after these records.
projections::Access make_micro_access(std::uint64_t keys);

// Returns the state after these records. The state is kept, because making one takes long, and all benchmarks
// of one size share the state.
const projections::Access& micro_access(std::uint64_t keys);

// Returns tokens of keys from the whole state, kept as well. For a large state, only some of the keys have a
// token here: with all tokens, a benchmark would measure how fast tokens come out of memory.
const std::vector<std::string>& micro_tokens(std::uint64_t keys);

// Returns `uses` uses of `keys` keys within a moment. A few keys have most of the uses.
ledger::Record micro_uses(std::uint64_t keys, std::size_t uses, ledger::Position position);

void register_ledger_benchmarks();
void register_access_benchmarks();
void register_wire_benchmarks();

}  // namespace keyledger::tools::load
