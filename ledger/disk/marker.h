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

// SHA-256, for files of text that check themselves.
Hash checksum_of(std::string_view text);

std::string marker_text(const boost::uuids::uuid& id);

// kNotALedger for another title, kNewerFormat for a higher version, kCorruptDatabase for any other
// difference.
Result<boost::uuids::uuid> parse_marker(std::string_view text);

}  // namespace keyledger::ledger
