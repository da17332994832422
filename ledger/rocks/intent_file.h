// The file of an intent: the records of a long append, on the disk before the first record is appended.
// Internal to ledger/rocks/. Any thread; one intent at a time.
//
// Numbers are big-endian, 8 bytes:
//   "KLINTEN2"
//   the ledger's id (16 bytes), and the root of the log before the append (32 bytes)
//   number of records in the log before the append, and the position after the last record
//   number of records in the file
//   for each record: the number of bytes, and the bytes (ledger/codec/record_codec.h) as the log stores them,
//     except that the append sets index, position and time
//   SHA-256 of all bytes before
// Versions before wrote "KLINTENT", and left out id and root. Such a file stays readable.
#pragma once

#include <boost/uuid/uuid.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "ledger/append/prepared_records.h"
#include "ledger/event_log.h"

namespace keyledger::ledger {

// The ledger and the log that the records are intended for.
struct IntentPlace {
  boost::uuids::uuid ledger_id{};
  LogHead before;  // the log before the intent, without the time

  friend bool operator==(const IntentPlace&, const IntentPlace&) = default;
};

struct IntendedRecords {
  IntentPlace place;
  bool is_bound = false;  // false if an older version wrote the file, without id and root
  Hash checksum{};        // of the file
  std::vector<Record> records;
};

// Writes the file, and returns its checksum after the whole file is on the disk. After a failure or a crash
// of the machine, the file is whole or missing. Fails with kCannotCreate.
Result<Hash> write_intent(const std::filesystem::path& path, const IntentPlace& place,
                          std::span<const PreparedRecords> parts);

// Returns the records in the file; nothing if the file does not exist. Fails with kCorruptDatabase if the
// file is damaged, with kCannotOpen.
Result<std::optional<IntendedRecords>> read_intent(const std::filesystem::path& path);

// Removes the file, once all records are appended and on the disk. A file that cannot be removed does no
// harm, because the next opening finds all of the records in the log.
void remove_intent(const std::filesystem::path& path);

// Returns true if `record` of a log equals `intended`, apart from index, position and time.
bool is_as_intended(Record record, const Record& intended);

}  // namespace keyledger::ledger
