// The file `closing`: the digest of the state that the last writer left. Internal to ledger/disk/. Any
// thread.
//
// One line of text: "POSITION DIGEST DEFINITION LEDGER CHECKSUM". Digest and checksum are hexadecimal, and
// LEDGER is the ledger's id. Versions before left out LEDGER, and the first versions also DEFINITION.
#pragma once

#include <boost/uuid/uuid.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/disk/closing_digest.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

struct ClosingFile {
  ClosingDigest digest;
  std::optional<boost::uuids::uuid> ledger_id;  // nothing in a file of an older version

  friend bool operator==(const ClosingFile&, const ClosingFile&) = default;
};

std::string closing_text(const ClosingFile& closing);

// Returns the content of the file; nothing if there is no file. Fails with kClosingDamaged if the content is
// not what was written or the path is not that of a readable file.
Result<std::optional<ClosingFile>> read_closing(const std::filesystem::path& path);

// Returns the digest in the file. Fails like read_closing(), and with kForeignPart if the file names another
// ledger.
Result<std::optional<ClosingDigest>> read_closing_of(const std::filesystem::path& path,
                                                     const boost::uuids::uuid& ledger_id);

}  // namespace keyledger::ledger
