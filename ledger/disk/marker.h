// The file LEDGER, which makes a directory a ledger and is written last when one is made: four lines of text
// with the title, the format's version, the ledger's id and a checksum. Internal to ledger/disk/. Any thread.
#pragma once

#include <boost/uuid/uuid.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/merkle.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

// Returns the SHA-256 of a text, for text files with a checksum.
Hash checksum_of(std::string_view text);

// Returns the contents of the file LEDGER for a ledger with this id.
std::string marker_text(const boost::uuids::uuid& id);

// Returns the id. Fails with kNotALedger for another title, kNewerFormat for a higher version, and
// kCorruptDatabase for any other difference.
Result<boost::uuids::uuid> parse_marker(std::string_view text);

}  // namespace keyledger::ledger
