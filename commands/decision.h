// Decision: the events that follow from a command, and the limits of a command's fields.
//
// Values. decide() returns a Decision or a refusal (commands/decide.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "commands/difference.h"
#include "ledger/event_log.h"
#include "ledger/values/error.h"

namespace keyledger::commands {

struct Decision {
  std::vector<ledger::Event> events;
  // The entity of the command; nothing unless the command is about exactly one entity.
  std::optional<ledger::EntityRef> entity;
  ImportReport report = {};  // of an import
};

using Decided = ledger::Result<Decision, ledger::Refusal>;

// Limits of a command's fields.
constexpr std::size_t kNameBytesMax = 255;
// An import makes a name unique by a suffix of at most eight bytes, "_1000000". A name that may get a suffix
// has at most this many bytes.
constexpr std::size_t kBaseNameBytesMax = kNameBytesMax - 8;
// Django allows usernames of 150 characters, and addresses of 254 characters as usernames.
constexpr std::size_t kUsernameCharactersMax = 254;
constexpr std::size_t kUsernameBytesMax = 4 * kUsernameCharactersMax;  // a character has at most 4 bytes
constexpr std::size_t kDescriptionCharactersMax = 255;
constexpr std::size_t kTagsMax = 32;
constexpr std::size_t kTagBytesMax = 64;
constexpr std::size_t kAnnotationsMax = 32;
constexpr std::size_t kAnnotationNameBytesMax = 255;
constexpr std::size_t kAnnotationCharactersMax = 2048;
// An event takes annotations up to this many bytes. An event of this size fits into a record, even with
// the longest description, tags and reason.
constexpr std::size_t kAnnotationBytesPerEvent = 49'152;
constexpr std::size_t kAddressRangesMax = 64;
constexpr std::size_t kImportObjectsMax = 1'000'000;  // of each kind
constexpr std::int64_t kGraceMax = 366 * ledger::kMicrosecondsPerDay;

}  // namespace keyledger::commands
