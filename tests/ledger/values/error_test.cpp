#include "ledger/values/error.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

namespace keyledger::ledger {
namespace {

// Every code exactly once; the table must have as many entries.
constexpr RefusalCode kRefusals[] = {RefusalCode::kNotStaff,
                                     RefusalCode::kAccountExists,
                                     RefusalCode::kAccountUnknown,
                                     RefusalCode::kAccountNumberInvalid,
                                     RefusalCode::kUserExists,
                                     RefusalCode::kUserUnknown,
                                     RefusalCode::kUserNotInAccount,
                                     RefusalCode::kClientExists,
                                     RefusalCode::kClientUnknown,
                                     RefusalCode::kKeyUnknown,
                                     RefusalCode::kKeyNameTaken,
                                     RefusalCode::kKeyDeleted,
                                     RefusalCode::kAccountMismatch,
                                     RefusalCode::kNameInvalid,
                                     RefusalCode::kDescriptionTooLong,
                                     RefusalCode::kTagInvalid,
                                     RefusalCode::kPrefixInvalid,
                                     RefusalCode::kExpiryPast,
                                     RefusalCode::kNameAmbiguous,
                                     RefusalCode::kIdempotencyConflict,
                                     RefusalCode::kImportUserElsewhere,
                                     RefusalCode::kImportTooLarge,
                                     RefusalCode::kReasonTooLong,
                                     RefusalCode::kIdempotencyIdInvalid,
                                     RefusalCode::kTooManyEntities,
                                     RefusalCode::kImportSourceInvalid,
                                     RefusalCode::kImportDigestInvalid,
                                     RefusalCode::kTimeInvalid,
                                     RefusalCode::kAccountClosed,
                                     RefusalCode::kUserRemoved,
                                     RefusalCode::kClientRemoved,
                                     RefusalCode::kKeyLimitReached,
                                     RefusalCode::kVersionMismatch,
                                     RefusalCode::kVersionUnexpected,
                                     RefusalCode::kAnnotationInvalid,
                                     RefusalCode::kRateLimitInvalid,
                                     RefusalCode::kAddressRangeInvalid,
                                     RefusalCode::kGraceInvalid,
                                     RefusalCode::kPolicyInvalid,
                                     RefusalCode::kNoWorkingKey,
                                     RefusalCode::kImportClientElsewhere,
                                     RefusalCode::kImportKeyElsewhere};

constexpr ErrorCode kErrors[] = {
    ErrorCode::kUsage,          ErrorCode::kCannotCreate,    ErrorCode::kCannotOpen,
    ErrorCode::kNotALedger,     ErrorCode::kInUse,           ErrorCode::kAddressInUse,
    ErrorCode::kCannotListen,   ErrorCode::kCannotConnect,   ErrorCode::kDisconnected,
    ErrorCode::kProtocol,       ErrorCode::kWriteFailed,     ErrorCode::kHeadMoved,
    ErrorCode::kInputInvalid,   ErrorCode::kNewerFormat,     ErrorCode::kStopping,
    ErrorCode::kNoSuchPosition, ErrorCode::kOverloaded,      ErrorCode::kRandomness,
    ErrorCode::kCannotRead,     ErrorCode::kArchiveMissing,  ErrorCode::kArchiveNotWritten,
    ErrorCode::kRecordTooLarge, ErrorCode::kDeposed,         ErrorCode::kNotSupported,
    ErrorCode::kTooLarge,       ErrorCode::kConnectionLimit, ErrorCode::kCorruptDatabase,
    ErrorCode::kCorruptRecord,  ErrorCode::kShortened,       ErrorCode::kStateDiffers,
    ErrorCode::kRootDiffers,    ErrorCode::kForeignPart,     ErrorCode::kIndexDiffers,
    ErrorCode::kClosingDamaged};

}  // namespace

TEST_CASE("the table of codes is ascending, and every code and name stands there once") {
  const auto table = code_table();
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (i > 0) CHECK(table[i - 1].code < table[i].code);
    CHECK(!table[i].message.empty());
    CHECK(!table[i].advice.empty());
    names.insert(table[i].name);
  }
  CHECK(names.size() == table.size());
}

TEST_CASE("every code that the program has is in the table, and no other") {
  for (const RefusalCode code : kRefusals) {
    CAPTURE(static_cast<int>(code));
    const CodeEntry* entry = find_code(static_cast<std::uint16_t>(code));
    REQUIRE(entry != nullptr);
    CHECK((entry->code >= 1000 && entry->code < 2000));
  }
  for (const ErrorCode code : kErrors) {
    CAPTURE(static_cast<int>(code));
    const CodeEntry* entry = find_code(static_cast<std::uint16_t>(code));
    REQUIRE(entry != nullptr);
    CHECK((entry->code >= 3000 && entry->code < 4000));
  }
  CHECK(code_table().size() == std::size(kRefusals) + std::size(kErrors));
  CHECK(find_code(0) == nullptr);
  CHECK(find_code(1000) == nullptr);
}

TEST_CASE("a message names what it is about") {
  CHECK(Refusal{RefusalCode::kKeyUnknown, "ci"}.message() == "There is no such key: ci");
  CHECK(Refusal{RefusalCode::kKeyUnknown, ""}.message() == "There is no such key.");
  CHECK(Error{ErrorCode::kInUse, "process 12"}.message() ==
        "The ledger is in use by another process: process 12");
}

TEST_CASE("corruption has the numbers that the tools' exit status 4 belongs to") {
  for (const ErrorCode code : kErrors) {
    const auto number = static_cast<std::uint16_t>(code);
    CHECK(Error{code, ""}.is_corruption() == (number >= 3100 && number < 3200));
    CHECK(!Error{code, ""}.advice().empty());
  }
}

TEST_CASE("a result holds a value or why there is none") {
  const Result<int> value = 3;
  const Result<int> failure = Error{ErrorCode::kStopping, ""};
  CHECK((value.ok() && *value == 3));
  CHECK((!failure.ok() && failure.error().code == ErrorCode::kStopping));
  CHECK(Result<void>().ok());
  CHECK(!Result<void>(Error{ErrorCode::kStopping, ""}).ok());
}

}  // namespace keyledger::ledger
