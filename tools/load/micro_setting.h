// What micro-benchmarks measure on: a hot state of many keys, their tokens, and records. The same in every
// run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/record.h"
#include "projections/access.h"

namespace keyledger::tools::load {

// The token of the key with this number.
std::string micro_token(std::uint64_t number);

// Records that make an account, a user and `keys` keys, from position 1 on.
std::vector<ledger::Record> micro_records(std::uint64_t keys);

// The state that they make.
projections::Access make_micro_access(std::uint64_t keys);

// The same, kept, because making it takes its time: the benchmarks of one size share it.
const projections::Access& micro_access(std::uint64_t keys);

// Tokens of keys all over such a state, likewise kept; not all of a large one, which would only measure how
// the tokens themselves come out of memory.
const std::vector<std::string>& micro_tokens(std::uint64_t keys);

// `uses` of `keys` keys, a few of which are used most, as they come in within a moment.
ledger::Record micro_uses(std::uint64_t keys, std::size_t uses, ledger::Position position);

void register_ledger_benchmarks();
void register_access_benchmarks();
void register_wire_benchmarks();

}  // namespace keyledger::tools::load
