// The snapshots of a ledger: from which a fold may begin, and how one is written.
//
// A snapshot is believed only if it is of this ledger, of this program's layout, undamaged, and of a log that
// is the beginning of the one at hand, by its Merkle root. Any other is passed over with a warning: the log
// has everything.
#pragma once

#include <functional>
#include <string>

#include "ledger/ledger_directory.h"
#include "projections/state.h"

namespace keyledger::tools {

using Warn = std::function<void(const std::string&)>;

// The newest one that lies within the limit and can be believed; an empty state if there is none. Reads with
// two threads.
projections::State newest_snapshot(ledger::LedgerDirectory& ledger, const projections::HashKey& hash_key,
                                   const projections::FoldLimit& limit, const Warn& warn);

enum class Written : std::uint8_t { kWhole, kGivenUp };

// Writes one of the state at `head`, which is synced: `write` writes all of it, or gives up, and then nothing
// is left. kCannotCreate. The newest before it is kept, older ones are removed.
ledger::Result<Written> write_snapshot(ledger::LedgerDirectory& ledger, const ledger::LogHead& head,
                                       const std::function<Written(ledger::ByteSink&)>& write);

}  // namespace keyledger::tools
