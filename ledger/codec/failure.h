// How the parts of the decoder give up: an exception that decode_record() turns into its Error. It never
// leaves the codec. Cap'n Proto's own readers throw while being walked, so a second way out would only add
// noise.
#pragma once

#include <string>
#include <utility>

#include "ledger/values/error.h"

namespace keyledger::ledger {

struct CodecFailure {
  Error error;
};

[[noreturn]] inline void fail_corrupt(std::string what) {
  throw CodecFailure{{ErrorCode::kCorruptRecord, std::move(what)}};
}

inline void require(bool condition, const char* what) {
  if (!condition) fail_corrupt(what);
}

}  // namespace keyledger::ledger
