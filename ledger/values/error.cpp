#include "ledger/values/error.h"

#include <algorithm>
#include <array>

namespace keyledger::ledger {
namespace {

constexpr std::uint16_t number(RefusalCode code) { return static_cast<std::uint16_t>(code); }
constexpr std::uint16_t number(ErrorCode code) { return static_cast<std::uint16_t>(code); }

constexpr CodeEntry kTable[] = {
    {number(RefusalCode::kNotStaff), "not_staff", "API Keys can only be created for staff users.",
     "Register the user with --staff, or create the key for a user who is staff."},
    {number(RefusalCode::kAccountExists), "account_exists", "An account with this number is open already.",
     "Choose another number; a number cannot be changed or given twice."},
    {number(RefusalCode::kAccountUnknown), "account_unknown", "There is no account with this number.",
     "List the accounts with: keyledger account list"},
    {number(RefusalCode::kAccountNumberInvalid), "account_number_invalid", "Invalid account number.",
     "Write it as twelve digits: dddd-dddd-dddd"},
    {number(RefusalCode::kUserExists), "user_exists", "A user with this username is registered already.",
     "Choose another username; list them with: keyledger user list"},
    {number(RefusalCode::kUserUnknown), "user_unknown", "There is no user with this username.",
     "List the users with: keyledger user list"},
    {number(RefusalCode::kUserNotInAccount), "user_not_in_account",
     "The user is not a member of this account.",
     "Name the account that the user belongs to: keyledger user show NAME"},
    {number(RefusalCode::kClientExists), "client_exists", "The account has a client of this name already.",
     "Choose another name; list them with: keyledger client list"},
    {number(RefusalCode::kClientUnknown), "client_unknown", "There is no such client.",
     "List the clients with: keyledger client list"},
    {number(RefusalCode::kKeyUnknown), "key_unknown", "There is no such key.",
     "List the keys with: keyledger key list"},
    {number(RefusalCode::kKeyNameTaken), "key_name_taken", "The owner has a key of this name already.",
     "Choose another name, or delete the key that has it."},
    {number(RefusalCode::kKeyDeleted), "key_deleted", "The key is deleted, for ever.",
     "Create a new key; the history of the old one stays readable."},
    {number(RefusalCode::kAccountMismatch), "account_mismatch",
     "Key and client belong to different accounts.", "Assign a key of the client's own account."},
    {number(RefusalCode::kNameInvalid), "name_invalid", "The name cannot be used.",
     "Use 1 to 255 bytes of UTF-8 text without control characters, '/' or blanks at its ends, not of the "
     "form of an id."},
    {number(RefusalCode::kDescriptionTooLong), "description_too_long",
     "The description is longer than 255 characters, or not plain text.",
     "Shorten it, and leave out control characters."},
    {number(RefusalCode::kTagInvalid), "tag_invalid", "The tag cannot be used.",
     "Use at most 32 tags of 1 to 64 bytes without control characters."},
    {number(RefusalCode::kPrefixInvalid), "prefix_invalid", "Illegal TOKEN_PREFIX length",
     "Use 1 to 10 characters of A-Z, a-z, 0-9, '_' and '-'."},
    {number(RefusalCode::kExpiryPast), "expiry_past", "The expiry is in the past.",
     "Give a later moment, or none for a key that never expires."},
    {number(RefusalCode::kNameAmbiguous), "name_ambiguous", "Several have this name.",
     "Name it by its id, or as OWNER/NAME for a key and ACCOUNT/NAME for a client."},
    {number(RefusalCode::kIdempotencyConflict), "idempotency_conflict",
     "This idempotency id belongs to a different command.", "Use a fresh id for every new command."},
    {number(RefusalCode::kImportUserElsewhere), "import_user_elsewhere",
     "A user of the dump is known already, in another account or with other flags.",
     "Two people must not become one: import into the account that the user belongs to, or rename one of "
     "them."},
    {number(RefusalCode::kImportTooLarge), "import_too_large",
     "The dump has too many objects for one import.",
     "Split it; an import takes at most 1,000,000 keys and as many users."},
    {number(RefusalCode::kReasonTooLong), "reason_too_long",
     "The reason is longer than 1,000 bytes, or not plain text.",
     "Shorten it, and leave out control characters."},
    {number(RefusalCode::kIdempotencyIdInvalid), "idempotency_id_invalid",
     "The idempotency id cannot be used.", "Use 1 to 64 visible ASCII characters."},
    {number(RefusalCode::kTooManyEntities), "too_many_entities",
     "The ledger holds as many entities of this kind as it can number.", "Start another ledger."},
    {number(RefusalCode::kImportSourceInvalid), "import_source_invalid",
     "The source of the import is longer than 1,000 bytes, or not plain text.",
     "Name the files more briefly, or import them one after the other."},
    {number(RefusalCode::kImportDigestInvalid), "import_digest_invalid",
     "Only a salted digest has a salt and a bucket.", "Mend the program that made the import."},
    {number(RefusalCode::kTimeInvalid), "time_invalid", "A time is outside of the years 0 to 9999.",
     "Give a time that can be written, or no expiry for a key that never expires."},
    {number(RefusalCode::kAccountClosed), "account_closed", "The account is closed, for ever.",
     "Use another account; what belongs to a closed one can still be looked at and revoked."},
    {number(RefusalCode::kUserRemoved), "user_removed", "The user is removed, for ever.",
     "Register another username; the history of the old one stays readable."},
    {number(RefusalCode::kClientRemoved), "client_removed", "The client is removed, for ever.",
     "Register a new client, under the same name if you like."},
    {number(RefusalCode::kKeyLimitReached), "key_limit_reached",
     "Maximum amount of tokens allowed per user exceeded.",
     "Delete a key of this user, or raise the limit: keyledger policy set --keys-per-user N"},
    {number(RefusalCode::kVersionMismatch), "version_mismatch",
     "The key has another version than the one expected.",
     "Somebody changed it in the meantime: look at it again, then decide."},
    {number(RefusalCode::kVersionUnexpected), "version_unexpected",
     "Only commands about one existing key can expect a version.", "Leave out --expect-version."},
    {number(RefusalCode::kAnnotationInvalid), "annotation_invalid", "The annotation cannot be used.",
     "Use at most 32 annotations, each name once: a name of 1 to 255 bytes, a value of at most 2048 "
     "characters, both without control characters."},
    {number(RefusalCode::kRateLimitInvalid), "rate_limit_invalid", "The rate limit cannot be used.",
     "Use 1 to 1,000,000,000 requests in at least a microsecond each and at most 366 days."},
    {number(RefusalCode::kAddressRangeInvalid), "address_range_invalid", "The allow-list cannot be used.",
     "Use at most 64 ranges in CIDR notation, with no bits beyond their length: 192.0.2.0/24, "
     "2001:db8::/32."},
    {number(RefusalCode::kGraceInvalid), "grace_invalid", "The grace of a rotation cannot be used.",
     "Give 0 or a time of at most 366 days."},
    {number(RefusalCode::kPolicyInvalid), "policy_invalid", "The policy cannot be used.",
     "Use times from 0 to 100 years, and no longer lifetime than 36,500 days."},
    {number(RefusalCode::kNoWorkingKey), "no_working_key",
     "The client would be left without a key that works.",
     "Assign a key that is active and has not expired, or unassign the others one by one."},
    {number(RefusalCode::kImportClientElsewhere), "import_client_elsewhere",
     "A client of the import is known already, under another name or account.",
     "Two clients must not become one: leave out its id, or rename one of them."},
    {number(RefusalCode::kImportKeyElsewhere), "import_key_elsewhere",
     "The id or a later secret of a key of the import belongs to another key.",
     "Leave out its id, or the key that is known already."},
    {number(ErrorCode::kUsage), "usage", "The command line is not understood", "See --help."},
    {number(ErrorCode::kCannotCreate), "cannot_create", "The ledger cannot be created",
     "Check that the parent directory exists and may be written to, or name another with --data."},
    {number(ErrorCode::kCannotOpen), "cannot_open", "The ledger cannot be opened",
     "Check that the path and its permissions are right."},
    {number(ErrorCode::kNotALedger), "not_a_ledger", "This is not a Keyledger ledger",
     "Name a ledger's directory, or an empty or new one, with --data. Nothing was changed."},
    {number(ErrorCode::kInUse), "in_use", "The ledger is in use by another process",
     "Stop that process first, or talk to it with --connect; one writer at a time owns a ledger."},
    {number(ErrorCode::kAddressInUse), "address_in_use", "The address is in use",
     "Choose another with --listen, or stop the process that has it."},
    {number(ErrorCode::kCannotListen), "cannot_listen", "The daemon cannot listen there",
     "Use unix:PATH (at most 107 bytes) or tcp:HOST:PORT with a loopback address."},
    {number(ErrorCode::kCannotConnect), "cannot_connect", "The daemon cannot be reached",
     "Start it with keyledgerd, or name its socket with --connect or KEYLEDGER_CONNECT."},
    {number(ErrorCode::kDisconnected), "disconnected", "The connection ended before the answer",
     "Check whether the daemon still runs; a command in flight may or may not have been done: look at the "
     "history."},
    {number(ErrorCode::kProtocol), "protocol", "The bytes are not a Keyledger message",
     "Check that both ends speak the protocol of docs/wire.md and have compatible versions."},
    {number(ErrorCode::kWriteFailed), "write_failed", "The log could not be written; the writer has stopped",
     "Nothing more is accepted until the daemon is restarted. Check the disk, restart, and look at the "
     "history for what was in flight."},
    {number(ErrorCode::kHeadMoved), "head_moved", "The log has moved past the expected position",
     "Another writer appended; reopen the log."},
    {number(ErrorCode::kInputInvalid), "input_invalid", "The input cannot be used",
     "Mend what the message names; nothing was changed."},
    {number(ErrorCode::kNewerFormat), "newer_format", "The ledger was written by a newer Keyledger",
     "Use that version or a later one."},
    {number(ErrorCode::kStopping), "stopping", "The daemon is stopping", "Ask again when it is up."},
    {number(ErrorCode::kNoSuchPosition), "no_such_position", "The log does not reach this position",
     "See the head with: keyledger log stats"},
    {number(ErrorCode::kOverloaded), "overloaded", "Too many requests are in flight on this connection",
     "Wait for answers before sending more."},
    {number(ErrorCode::kRandomness), "randomness", "The system gave no random bytes", "Check the machine."},
    {number(ErrorCode::kCannotRead), "cannot_read", "The file cannot be read",
     "Check that its name and its permissions are right."},
    {number(ErrorCode::kArchiveMissing), "archive_missing", "A file of the ledger's archive is not there",
     "Mount the volume that the archive is on, or put the file back from a backup. Nothing was changed."},
    {number(ErrorCode::kArchiveNotWritten), "archive_not_written",
     "A file of the ledger's archive could not be written",
     "Check the volume that the archive is on, and who may write there. Nothing was changed."},
    {number(ErrorCode::kRecordTooLarge), "record_too_large", "A record is larger than 65,535 bytes",
     "Nothing was changed. Ask for less in one command, and report this: every command should fit."},
    {number(ErrorCode::kDeposed), "deposed", "Another writer of the ledger has taken over",
     "Ask the writer that took over. Look there for what was asked last, or ask again with the same "
     "idempotency id."},
    {number(ErrorCode::kCorruptDatabase), "corrupt_database", "The ledger's database is damaged",
     "Keep a copy of the directory, then restore a backup. Nothing was changed."},
    {number(ErrorCode::kCorruptRecord), "corrupt_record", "A record of the log is damaged",
     "Keep a copy of the directory, then restore a backup. Nothing was changed."},
    {number(ErrorCode::kShortened), "shortened", "The log is shorter than it was, or was changed",
     "Acknowledged records are missing. Keep a copy of the directory, then restore a backup. Nothing was "
     "changed."},
    {number(ErrorCode::kStateDiffers), "state_differs", "The replayed state differs from the live one",
     "Keep a copy of the ledger and report it; trust the replay, which follows from the log alone."},
    {number(ErrorCode::kRootDiffers), "root_differs",
     "The Merkle root of the records differs from the stored one",
     "Keep a copy of the directory, then restore a backup."},
};

std::string joined(std::uint16_t code, std::string_view rest) {
  const CodeEntry* entry = find_code(code);
  ENSURE(entry != nullptr, "every code has an entry in the table");
  std::string text(entry->message);
  if (rest.empty()) return text;
  if (text.back() == '.') text.pop_back();
  return text.append(": ").append(rest);
}

}  // namespace

std::span<const CodeEntry> code_table() { return kTable; }

const CodeEntry* find_code(std::uint16_t code) {
  const auto* found =
      std::lower_bound(std::begin(kTable), std::end(kTable), code,
                       [](const CodeEntry& entry, std::uint16_t wanted) { return entry.code < wanted; });
  return found != std::end(kTable) && found->code == code ? found : nullptr;
}

std::string Refusal::message() const { return joined(number(code), subject); }

std::string Error::message() const { return joined(number(code), detail); }

std::string_view Error::advice() const {
  const CodeEntry* entry = find_code(number(code));
  ENSURE(entry != nullptr, "every code has an entry in the table");
  return entry->advice;
}

bool Error::is_corruption() const { return number(code) >= 3100 && number(code) < 3200; }

}  // namespace keyledger::ledger
