// Two of the three kinds of failure (the third is ENSURE):
//
//   Refusal  a rule said no; the state is unchanged.
//   Error    the machine said no: a file, a disk, a socket, or bytes that are wrong.
//
// Both carry a stable number from a single table (code_table). A number keeps its meaning forever, and a
// retired number is never used again. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "ledger/values/ensure.h"

namespace keyledger::ledger {

// Numbers 1000 to 1999.
enum class RefusalCode : std::uint16_t {
  kNotStaff = 1001,
  kAccountExists = 1002,
  kAccountUnknown = 1003,
  kAccountNumberInvalid = 1004,
  kUserExists = 1005,
  kUserUnknown = 1006,
  kUserNotInAccount = 1007,
  kClientExists = 1008,
  kClientUnknown = 1009,
  kKeyUnknown = 1010,
  kKeyNameTaken = 1011,
  kKeyDeleted = 1012,
  kAccountMismatch = 1013,
  kNameInvalid = 1014,
  kDescriptionTooLong = 1015,
  kTagInvalid = 1016,
  kPrefixInvalid = 1017,
  kExpiryPast = 1018,
  kNameAmbiguous = 1019,
  kIdempotencyConflict = 1020,
  kImportUserElsewhere = 1021,
  kImportTooLarge = 1022,
  kReasonTooLong = 1023,
  kIdempotencyIdInvalid = 1024,
  kTooManyEntities = 1025,
  kImportSourceInvalid = 1026,
  kImportDigestInvalid = 1027,
  kTimeInvalid = 1028,
  kAccountClosed = 1029,
  kUserRemoved = 1030,
  kClientRemoved = 1031,
  kKeyLimitReached = 1032,
  kVersionMismatch = 1033,
  kVersionUnexpected = 1034,
  kAnnotationInvalid = 1035,
  kRateLimitInvalid = 1036,
  kAddressRangeInvalid = 1037,
  kGraceInvalid = 1038,
  kPolicyInvalid = 1039,
  kNoWorkingKey = 1040,
  kImportClientElsewhere = 1041,
  kImportKeyElsewhere = 1042,
};

// Numbers 3000 to 3999. For each, the table says what to do. Tools exit with status 4 for 3100 to 3199.
enum class ErrorCode : std::uint16_t {
  kUsage = 3001,
  kCannotCreate = 3002,
  kCannotOpen = 3003,
  kNotALedger = 3004,
  kInUse = 3005,
  kAddressInUse = 3006,
  kCannotListen = 3007,
  kCannotConnect = 3008,
  kDisconnected = 3009,
  kProtocol = 3010,
  kWriteFailed = 3011,
  kHeadMoved = 3012,
  kInputInvalid = 3013,
  kNewerFormat = 3014,
  kStopping = 3015,
  kNoSuchPosition = 3016,
  kOverloaded = 3017,
  kRandomness = 3018,
  kCannotRead = 3019,
  kArchiveMissing = 3020,
  kArchiveNotWritten = 3021,
  kRecordTooLarge = 3022,
  kDeposed = 3023,
  kNotSupported = 3030,
  kTooLarge = 3031,
  kConnectionLimit = 3032,
  kCorruptDatabase = 3101,
  kCorruptRecord = 3102,
  kShortened = 3103,
  kStateDiffers = 3104,
  kRootDiffers = 3105,
  kForeignPart = 3106,
  kIndexDiffers = 3107,
  kClosingDamaged = 3108,
};

// Whether a program may send a failed request again as it was.
enum class Retry : std::uint8_t {
  kNo = 0,      // it would fail again, until somebody does what the advice says
  kLater = 1,   // nothing was done; a later attempt may succeed without any other change
  kWithId = 2,  // it may have been done: a command only with the idempotency id of the first attempt
};

// Returns "no", "yes" or "with id".
std::string_view to_string(Retry retry);

struct CodeEntry {
  std::uint16_t code;
  std::string_view name;     // stable, in snake_case; shown in JSON
  std::string_view message;  // what happened
  std::string_view advice;   // what to do about it
  Retry retry = Retry::kNo;
};

// Returns all codes in ascending order.
std::span<const CodeEntry> code_table();

// Returns the entry of a code; null for an unknown number.
const CodeEntry* find_code(std::uint16_t code);

struct Refusal {
  RefusalCode code{};
  std::string subject;  // the entity or limit concerned: a name, a number; may be empty

  std::string message() const;

  friend bool operator==(const Refusal&, const Refusal&) = default;
};

struct Error {
  ErrorCode code{};
  std::string detail;  // the place, and the system's message; may be empty

  // Returns "message: detail".
  std::string message() const;
  std::string_view advice() const;
  // Returns whether the error says that stored bytes are damaged (codes 3100 to 3199).
  bool is_corruption() const;

  friend bool operator==(const Error&, const Error&) = default;
};

// A T, or the failure that prevented it.
template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(E failure)
      : held_(std::in_place_index<1>, std::move(failure)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return held_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    ENSURE(ok(), "value() of a Result that failed");
    return *std::get_if<0>(&held_);
  }
  const T& value() const& {
    ENSURE(ok(), "value() of a Result that failed");
    return *std::get_if<0>(&held_);
  }
  T&& value() && { return std::move(value()); }

  const E& error() const {
    ENSURE(!ok(), "error() of a Result that succeeded");
    return *std::get_if<1>(&held_);
  }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, E> held_;
};

template <typename E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  Result(E failure) : failure_(std::move(failure)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !failure_.has_value(); }
  explicit operator bool() const { return ok(); }

  const E& error() const {
    ENSURE(!ok(), "error() of a Result that succeeded");
    return *failure_;
  }

 private:
  std::optional<E> failure_;
};

}  // namespace keyledger::ledger
