// ENSURE: a condition that is false only if this program has a mistake.
//
// A false condition aborts the program in every build, with the message and the place. ENSURE must not judge
// bytes from a disk, a socket or a file: wrong bytes produce an Error (ledger/values/error.h).
#pragma once

namespace keyledger::ledger {

// Prints "FILE:LINE: ENSURE failed: CONDITION (message)" to standard error and aborts.
[[noreturn]] void ensure_failed(const char* condition, const char* message, const char* file, int line);

}  // namespace keyledger::ledger

#define ENSURE(condition, message)    \
  ((condition) ? static_cast<void>(0) \
               : ::keyledger::ledger::ensure_failed(#condition, (message), __FILE__, __LINE__))
