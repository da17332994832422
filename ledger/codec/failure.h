// The exception of the decoder's parts. decode_record() turns a CodecFailure into an Error, so no
// CodecFailure leaves the codec. An exception, because Cap'n Proto's own readers throw too, and a second way
// of failing would only add noise.
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
