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
    {number(RefusalCode::kAccountExists), "account_exists", "An account with this number already exists.",
     "Choose another number. An account keeps its number forever, and no other account can have it."},
    {number(RefusalCode::kAccountUnknown), "account_unknown", "There is no account with this number.",
     "List the accounts with: keyledger account list"},
    {number(RefusalCode::kAccountNumberInvalid), "account_number_invalid", "Invalid account number.",
     "Write the number as twelve digits: dddd-dddd-dddd"},
    {number(RefusalCode::kUserExists), "user_exists", "A user with this username already exists.",
     "Choose another username; list them with: keyledger user list"},
    {number(RefusalCode::kUserUnknown), "user_unknown", "There is no user with this username.",
     "List the users with: keyledger user list"},
    {number(RefusalCode::kUserNotInAccount), "user_not_in_account",
     "The user is not a member of this account.",
     "Name the account that the user belongs to: keyledger user show NAME"},
    {number(RefusalCode::kClientExists), "client_exists", "The account already has a client with this name.",
     "Choose another name; list them with: keyledger client list"},
    {number(RefusalCode::kClientUnknown), "client_unknown", "There is no such client.",
     "List the clients with: keyledger client list"},
    {number(RefusalCode::kKeyUnknown), "key_unknown", "There is no such key.",
     "List the keys with: keyledger key list"},
    {number(RefusalCode::kKeyNameTaken), "key_name_taken", "The owner already has a key with this name.",
     "Choose another name, or delete the key that has this name."},
    {number(RefusalCode::kKeyDeleted), "key_deleted", "The key is deleted forever.",
     "Create a new key. The history of the deleted key stays readable."},
    {number(RefusalCode::kAccountMismatch), "account_mismatch",
     "The key and the client belong to different accounts.",
     "Assign a key that belongs to the client's account."},
    {number(RefusalCode::kNameInvalid), "name_invalid", "The name cannot be used.",
     "Use 1 to 255 bytes of UTF-8 text, without control characters, without '/' and without blanks at either "
     "end. A name must not have the form of an id."},
    {number(RefusalCode::kDescriptionTooLong), "description_too_long",
     "The description is longer than 255 characters or is not plain text.",
     "Use at most 255 characters of UTF-8 text, without control characters."},
    {number(RefusalCode::kTagInvalid), "tag_invalid", "The tags cannot be used.",
     "Use at most 32 tags. A tag has 1 to 64 bytes and no control characters."},
    {number(RefusalCode::kPrefixInvalid), "prefix_invalid", "Illegal TOKEN_PREFIX length",
     "Use 1 to 10 characters of A-Z, a-z, 0-9, '_' and '-'."},
    {number(RefusalCode::kExpiryPast), "expiry_past", "The expiry is in the past.",
     "Give a later time, or leave the expiry out for a key that never expires."},
    {number(RefusalCode::kNameAmbiguous), "name_ambiguous", "Several keys or several clients have this name.",
     "Use the id, or write OWNER/NAME for a key and ACCOUNT/NAME for a client."},
    {number(RefusalCode::kIdempotencyConflict), "idempotency_conflict",
     "This idempotency id was already used for a different command.",
     "Use a new idempotency id for every new command."},
    {number(RefusalCode::kImportUserElsewhere), "import_user_elsewhere",
     "A user of the dump already exists in another account or with other flags.",
     "Import into the account that the user belongs to, or rename one of the two users: an import must not "
     "merge two people into one user."},
    {number(RefusalCode::kImportTooLarge), "import_too_large",
     "The dump has too many objects for one import.",
     "Split the dump. One import takes at most 1,000,000 keys and 1,000,000 users."},
    {number(RefusalCode::kReasonTooLong), "reason_too_long",
     "The reason is longer than 1,000 bytes or is not plain text.",
     "Use at most 1,000 bytes of UTF-8 text, without control characters."},
    {number(RefusalCode::kIdempotencyIdInvalid), "idempotency_id_invalid",
     "The idempotency id cannot be used.", "Use 1 to 64 visible ASCII characters."},
    {number(RefusalCode::kTooManyEntities), "too_many_entities",
     "The ledger has reached its largest number of entities of this kind.", "Create another ledger."},
    {number(RefusalCode::kImportSourceInvalid), "import_source_invalid",
     "The import's source is longer than 1,000 bytes or is not plain text.",
     "Give the files shorter names, or import the files one after the other."},
    {number(RefusalCode::kImportDigestInvalid), "import_digest_invalid",
     "Only a salted digest can have a salt and a bucket.", "Correct the program that made the import."},
    {number(RefusalCode::kTimeInvalid), "time_invalid", "A time is outside the years 0 to 9999.",
     "Give a time within these years, or leave the expiry out for a key that never expires."},
    {number(RefusalCode::kAccountClosed), "account_closed", "The account is closed forever.",
     "Use another account. The users, clients and keys of a closed account can still be listed and revoked."},
    {number(RefusalCode::kUserRemoved), "user_removed", "The user is removed forever.",
     "Register another username. The history of the removed user stays readable."},
    {number(RefusalCode::kClientRemoved), "client_removed", "The client is removed forever.",
     "Register a new client. The new client may have the same name."},
    {number(RefusalCode::kKeyLimitReached), "key_limit_reached",
     "Maximum amount of tokens allowed per user exceeded.",
     "Delete a key of this user, or raise the limit: keyledger policy set --keys-per-user N"},
    {number(RefusalCode::kVersionMismatch), "version_mismatch",
     "The key's version is not the expected version.",
     "The key was changed in the meantime. Look at the key again, then decide."},
    {number(RefusalCode::kVersionUnexpected), "version_unexpected",
     "Only a command about one existing key can expect a version.", "Leave out --expect-version."},
    {number(RefusalCode::kAnnotationInvalid), "annotation_invalid", "The annotations cannot be used.",
     "Use at most 32 annotations with different names. A name has 1 to 255 bytes, a value has at most 2048 "
     "characters, and neither has control characters."},
    {number(RefusalCode::kRateLimitInvalid), "rate_limit_invalid", "The rate limit cannot be used.",
     "Use 1 to 1,000,000,000 requests in a time of at most 366 days, with at least a microsecond for each "
     "request."},
    {number(RefusalCode::kAddressRangeInvalid), "address_range_invalid", "The allow-list cannot be used.",
     "Use at most 64 ranges in CIDR notation, such as 192.0.2.0/24 or 2001:db8::/32. All bits after the "
     "prefix must be zero."},
    {number(RefusalCode::kGraceInvalid), "grace_invalid", "The grace period of the rotation cannot be used.",
     "Give 0 or a time of at most 366 days."},
    {number(RefusalCode::kPolicyInvalid), "policy_invalid", "The policy cannot be used.",
     "Use times from 0 to 100 years, and a maximum lifetime of at most 36,500 days."},
    {number(RefusalCode::kNoWorkingKey), "no_working_key", "The client would be left without a working key.",
     "Assign a key that is active and has not expired, or unassign the other keys one by one."},
    {number(RefusalCode::kImportClientElsewhere), "import_client_elsewhere",
     "A client of the import already exists with another name or in another account.",
     "Leave the client's id out of the import, or rename one of the two clients: an import must not merge "
     "two clients into one."},
    {number(RefusalCode::kImportKeyElsewhere), "import_key_elsewhere",
     "The id or a later secret of a key in the import already belongs to another key.",
     "Leave the key's id out of the import, or leave out the key that already exists."},
    {number(ErrorCode::kUsage), "usage", "The command line is not understood", "See --help."},
    {number(ErrorCode::kCannotCreate), "cannot_create", "The ledger or the file cannot be created",
     "Check that the parent directory exists and is writable, or choose another place (for a ledger, with "
     "--data)."},
    {number(ErrorCode::kCannotOpen), "cannot_open", "The ledger cannot be opened",
     "Check the path and its permissions."},
    {number(ErrorCode::kNotALedger), "not_a_ledger", "This is not a Keyledger ledger",
     "With --data, name the directory of a ledger, or a directory that is empty or does not exist. Nothing "
     "was changed."},
    {number(ErrorCode::kInUse), "in_use", "The ledger is in use by another process",
     "Stop that process, or send commands to it with --connect. Only one process at a time can write to a "
     "ledger."},
    {number(ErrorCode::kAddressInUse), "address_in_use", "The address is in use",
     "Choose another address with --listen, or stop the process that uses this address."},
    {number(ErrorCode::kCannotListen), "cannot_listen", "The daemon cannot listen on this address",
     "Use unix:PATH (at most 107 bytes) or tcp:HOST:PORT with a loopback address."},
    {number(ErrorCode::kCannotConnect), "cannot_connect", "The daemon cannot be reached",
     "Start the daemon with keyledgerd, or name its socket with --connect or KEYLEDGER_CONNECT.",
     Retry::kLater},
    {number(ErrorCode::kDisconnected), "disconnected", "The connection ended before the answer arrived",
     "Check whether the daemon is still running. A command without an answer may or may not have been "
     "carried out: send it again with the same idempotency id, or look at the history.",
     Retry::kWithId},
    {number(ErrorCode::kProtocol), "protocol", "The bytes are not a valid Keyledger message",
     "Correct the program that made the message. docs/wire.md has the protocol."},
    {number(ErrorCode::kWriteFailed), "write_failed", "The log could not be written; the writer has stopped",
     "The daemon accepts no further commands until it is restarted. Check the disk, restart the daemon, and "
     "look at the history: commands without an answer may or may not have been carried out.",
     Retry::kWithId},
    {number(ErrorCode::kHeadMoved), "head_moved", "The log has moved past the expected position",
     "Another process appended to the log. Open the log again.", Retry::kLater},
    {number(ErrorCode::kInputInvalid), "input_invalid", "The input cannot be used",
     "Correct the part that the message names. Nothing was changed."},
    {number(ErrorCode::kNewerFormat), "newer_format",
     "The ledger was written by a newer version of Keyledger",
     "Use that version of Keyledger or a later one."},
    {number(ErrorCode::kStopping), "stopping", "The daemon is stopping",
     "Try again after the daemon has been restarted.", Retry::kLater},
    {number(ErrorCode::kNoSuchPosition), "no_such_position", "The log ends before this position",
     "See the last position with: keyledger log stats", Retry::kLater},
    {number(ErrorCode::kOverloaded), "overloaded", "There are too many requests at the same time",
     "Nothing was done. Wait for answers before you send more requests.", Retry::kLater},
    {number(ErrorCode::kRandomness), "randomness", "The operating system returned no random bytes",
     "Check the random number generator of the operating system.", Retry::kLater},
    {number(ErrorCode::kCannotRead), "cannot_read", "The file cannot be read",
     "Check the file's name and its permissions."},
    {number(ErrorCode::kArchiveMissing), "archive_missing", "A file of the ledger's archive is missing",
     "Mount the volume that holds the archive, or restore the file from a backup. Nothing was changed."},
    {number(ErrorCode::kArchiveNotWritten), "archive_not_written",
     "A file of the ledger's archive could not be written",
     "Check the volume that holds the archive and the permissions of the archive's directory. Nothing was "
     "changed."},
    {number(ErrorCode::kRecordTooLarge), "record_too_large", "A record is larger than 65,535 bytes",
     "Nothing was changed. Split the command into smaller commands, and report this error: every command "
     "should "
     "fit."},
    {number(ErrorCode::kDeposed), "deposed", "Another writer of the ledger has taken over",
     "Send commands to the new writer. Look in its history for the last command, or send that command again "
     "with the same idempotency id.",
     Retry::kWithId},
    {number(ErrorCode::kNotSupported), "not_supported",
     "The request asks for something that this daemon does not know",
     "Leave that part out, or update the daemon. Nothing was done. The daemon's version is in the answer to "
     "hello, and in: keyledger log stats"},
    {number(ErrorCode::kTooLarge), "too_large", "A part of the request is larger than the protocol allows",
     "Shorten the part that the message names, or divide the request. Nothing was done. docs/wire.md has the "
     "limits."},
    {number(ErrorCode::kConnectionLimit), "connection_limit",
     "The daemon has as many connections as it may have",
     "Close connections that are not needed, or connect again later.", Retry::kLater},
    {number(ErrorCode::kCorruptDatabase), "corrupt_database", "The ledger's database is damaged",
     "Keep a copy of the directory, then restore a backup. Nothing was changed."},
    {number(ErrorCode::kCorruptRecord), "corrupt_record", "A record of the log is damaged",
     "Keep a copy of the directory, then restore a backup. Nothing was changed."},
    {number(ErrorCode::kShortened), "shortened",
     "The log is shorter than before, or records of it were changed",
     "Acknowledged records are missing. Keep a copy of the directory, then restore a backup. Nothing was "
     "changed."},
    {number(ErrorCode::kStateDiffers), "state_differs", "The replayed state differs from the live one",
     "Keep a copy of the ledger, and report the difference. Trust the replayed state, which depends on the "
     "log alone."},
    {number(ErrorCode::kRootDiffers), "root_differs",
     "The Merkle root of the records differs from the stored one",
     "Keep a copy of the directory, then restore a backup."},
    {number(ErrorCode::kForeignPart), "foreign_part",
     "A part of the ledger's directory belongs to another ledger",
     "Put the parts of one ledger together again: LEDGER, head, log and archive. Nothing was changed."},
    {number(ErrorCode::kIndexDiffers), "index_differs",
     "The indexes of the log do not follow from its records",
     "Keep a copy of the directory, stop the daemon, and make the indexes anew from the records: keyledger "
     "log "
     "repair-indexes --data DIR"},
    {number(ErrorCode::kClosingDamaged), "closing_damaged",
     "The digest that the last daemon left cannot be used; the log is not concerned",
     "Remove the file closing. The daemon writes the file anew when it stops."},
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

std::string_view to_string(Retry retry) {
  switch (retry) {
    case Retry::kNo:
      return "no";
    case Retry::kLater:
      return "yes";
    case Retry::kWithId:
      return "with id";
  }
  ENSURE(false, "every answer has a word");
}

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
