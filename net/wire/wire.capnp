# The protocol of keyledgerd. docs/wire.md explains it.
#
# A client sends Requests and a daemon sends Responses, each a Cap'n Proto message in the standard stream framing.
# Many requests may be in flight. Responses come in any order, and each has the id of the request.
#
# In every struct, unless the field says otherwise:
#   - a time is in microseconds since 1970-01-01T00:00:00Z, a length of time is in microseconds;
#   - a text is UTF-8, and an absent text is the empty text;
#   - an account is named by its number as text, "1234-5678-9012";
#   - a client is named by its client_id (a UUID as text), by NAME or by ACCOUNT/NAME;
#   - a key is named by its key_id (a UUID as text), by NAME or by OWNER/NAME;
#   - a name that several things have is refused as `name_ambiguous`.
#
# A new version only adds fields and members of unions and enums, and adds one to the revision in HelloAnswer. A daemon
# refuses a request with `not_supported` if the request has content that the daemon does not know. A client skips what
# it does not know in an answer.
@0xaa0edf3390402ef3;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("keyledger::net::wire");

# The generators of Go (capnpc-go) and of Java (capnpc-java) know these annotations by their ids, so that neither
# go.capnp nor java.capnp has to be installed to compile this file.
annotation goPackage @0xbea97f1023792be0 (file) :Text;
annotation goImport @0xe130b601260e44b5 (file) :Text;
annotation javaPackage @0x9ee4c8f803b3b596 (file) :Text;
annotation javaOuterClassname @0x9b066bb4881f7cd3 (file) :Text;
$goPackage("wire");
$goImport("keyledger/wire");
$javaPackage("keyledger.wire");
$javaOuterClassname("Wire");

# A request with a longer text (of a list: with a longer item), or with more items, is refused with `too_large` before
# anything of it is copied.
annotation bytesAtMost @0x8f1d20c1e1b9a7d4 (field) :UInt32;
annotation itemsAtMost @0xb7e04c6d2f8a1935 (field) :UInt32;

# A request with a value that is not zero or empty is refused with `input_invalid` if the field of this name is false,
# because the sender has most likely forgotten to set that field.
annotation onlyIf @0xd4a3f60b19c7e852 (field) :Text;

struct Request {
  id @0 :UInt64;
  # Chosen by the sender, and sent back in each response. Unique among the requests in flight on the connection. 0 is
  # allowed, but a failure that belongs to no request has the id 0 as well.
  minPosition @1 :UInt64;
  # A position of the log. The request waits until the state that answers includes the position. 0: does not wait.

  union {
    authenticate @2 :Question;
    # May this token use this client now? Answered with `verdict`.
    authenticateMany @3 :List(Question) $itemsAtMost(16384);
    # Many questions at once. Answered with `verdicts`, in the order of the questions.
    activeKey @4 :Text $bytesAtMost(1024);
    # A client. Does one of the client's keys work now? Answered with `activeKey`. An empty text is `client_unknown`.
    command @5 :Command;
    # Changes something. Answered with `done`.
    list @6 :Listing;
    # Rows of one kind. Answered with `rows`, in one or several responses.
    history @7 :History;
    # The events of the past. Answered with `history`, in one or several responses.
    state @8 :State;
    # All rows of a present or past state. Answered with `rows`, in one or several responses.
    stats @9 :Void;
    # The length of the log and what is in the ledger. Answered with `stats`. Has no content.
    stateDigest @10 :Void;
    # A digest of the whole state. Answered with `stateDigest`. Has no content.
    keysOfClient @11 :Text $bytesAtMost(1024);
    # A client. The keys that are assigned to the client. Answered with `rows`, in one or several responses. An empty
    # text is `client_unknown`.
    select @12 :Selection;
    # Rows of one kind that filters accept, page by page. Answered with `rows`, in one or several responses.
    hello @13 :Hello;
    # The daemon's version and limits. Answered with `hello`. Since revision 2.
  }
}

struct Hello {
  # A later version may add fields.
}

struct Question {
  hasToken @0 :Bool;
  # True if somebody presented a token, which may be the empty text. False: nobody presented a token.
  token @1 :Text $onlyIf("hasToken");
  # The token as its bearer sent it, if hasToken. A token of more than 128 bytes is judged as malformed.
  client @2 :Text;
  # The client that the token is to be used for. Empty: the question is about no client.
  address @3 :Data;
  # The bearer's IP address: 4 or 16 bytes, in network order. Empty: not known.
}

struct Command {
  reason @0 :Text $bytesAtMost(4096);
  # Why, for the history: at most 1,000 bytes without control characters. Empty: no reason.
  idempotencyId @1 :Text $bytesAtMost(1024);
  # At most 64 visible ASCII characters, unique in the ledger forever. A command that is sent again with the same id
  # is done once. Empty: a command that is sent again is done again.

  union {
    openAccount @2 :NameInAccount;
    # Opens an account. An empty account number, or 9999-9999-9999: a number is drawn at random.
    registerUser @3 :RegisterUser;
    # Registers a user as a member of an account.
    registerClient @4 :NameInAccount;
    # Registers a client in an account. The client is public until a key is assigned.
    createKey @5 :CreateKey;
    # Creates a key. The answer has the token, once.
    activateKey @6 :Text $bytesAtMost(1024);
    # A key: it is accepted again.
    deactivateKey @7 :Text $bytesAtMost(1024);
    # A key: it is refused until it is activated.
    toggleKey @8 :Text $bytesAtMost(1024);
    # A key: an active key is deactivated, and an inactive key is activated.
    deleteKey @9 :Text $bytesAtMost(1024);
    # A key: it is disabled and hidden forever.
    assignKey @10 :KeyAndClient;
    # Lets a key use a client. From the first assignment on, the client requires a key.
    unassignKey @11 :KeyAndClient;
    # Ends an assignment.
    importKeys @12 :ImportKeys;
    # Takes over accounts, users, clients and keys with digests in place of tokens.
    renameAccount @15 :NameInAccount;
    # Gives an account another name.
    closeAccount @16 :Text $bytesAtMost(1024);
    # An account: it is closed forever.
    setUser @17 :SetUser;
    # Changes flags and memberships of a user.
    removeUser @18 :Text $bytesAtMost(1024);
    # A username: the user is removed forever.
    renameClient @19 :NameOfClient;
    # Gives a client another name.
    openClientToPublic @20 :Text $bytesAtMost(1024);
    # A client: it may be used without a key.
    closeClientToPublic @21 :Text $bytesAtMost(1024);
    # A client: it requires a key.
    removeClient @22 :Text $bytesAtMost(1024);
    # A client: it is removed forever.
    editKey @23 :EditKey;
    # Changes fields of a key, all in one step.
    rotateKey @24 :RotateKey;
    # Gives a key a new secret. The answer has the token, once.
    changePolicy @25 :ChangePolicy;
    # Changes the ledger's policy.
  }

  expectsVersion @13 :Bool;
  # True: the key that the command is about must have the version `version`, else `version_mismatch`.
  version @14 :UInt32 $onlyIf("expectsVersion");
  # A version of a key (KeyRow.version), if expectsVersion. Else 0.
}

struct NameInAccount {
  account @0 :Text $bytesAtMost(1024);
  # An account's number. Empty only in openAccount.
  name @1 :Text $bytesAtMost(1024);
  # The new name: 1 to 255 bytes. May not be empty.
}

struct RegisterUser {
  account @0 :Text $bytesAtMost(1024);
  # The number of the user's first account. May not be empty.
  username @1 :Text $bytesAtMost(1024);
  # Unique in the ledger: 1 to 150 bytes. May not be empty.
  staff @2 :Bool;
  # True: keys may be created for the user.
}

enum Change {
  none @0;
  # Leaves the flag as it is.
  off @1;
  # The flag becomes false.
  on @2;
  # The flag becomes true.
}

struct SetUser {
  username @0 :Text $bytesAtMost(1024);
  # The user. May not be empty.
  staff @1 :Change;
  # Whether keys may be created for the user.
  active @2 :Change;
  # Whether the user's keys are accepted.
  join @3 :List(Text) $bytesAtMost(1024) $itemsAtMost(65536);
  # Accounts that the user becomes a member of, before any is left. Empty: none.
  leave @4 :List(Text) $bytesAtMost(1024) $itemsAtMost(65536);
  # Accounts that the user leaves. Empty: none.
}

struct NameOfClient {
  client @0 :Text $bytesAtMost(1024);
  # The client. May not be empty.
  name @1 :Text $bytesAtMost(1024);
  # The client's new name: 1 to 255 bytes. May not be empty.
}

struct RateLimit {
  requests @0 :UInt32;
  # The number of uses that are allowed in `window`: at most 1,000,000,000. 0: no limit, whatever `window` is.
  window @1 :Int64;
  # A length of time in microseconds, at most 366 days. 0 if there is no limit.
}

struct Annotation {
  name @0 :Text $bytesAtMost(1024);
  # 1 to 255 bytes, unique among the key's annotations. May not be empty.
  value @1 :Text $bytesAtMost(8192);
  # At most 2,048 characters. May be empty.
}

struct CreateKey {
  account @0 :Text $bytesAtMost(1024);
  # The key's account. May not be empty.
  username @1 :Text $bytesAtMost(1024);
  # The key's owner, a staff user who is a member of the account. May not be empty.
  name @2 :Text $bytesAtMost(1024);
  # Unique among the owner's undeleted keys: 1 to 255 bytes. May not be empty.
  description @3 :Text $bytesAtMost(4096);
  # At most 255 characters. May be empty.
  tags @4 :List(Text) $bytesAtMost(1024) $itemsAtMost(1024);
  # At most 32 tags of 1 to 64 bytes. Empty: no tags.
  expires @5 :Bool;
  # True: the key expires at `expiry`. False: the key never expires, unless the policy limits that.
  expiry @6 :Int64 $onlyIf("expires");
  # The last moment at which the key works, if expires: a time that is not past. Else 0.
  prefix @7 :Text $bytesAtMost(1024);
  # The beginning of the token: at most 10 characters of A-Z, a-z, 0-9, '_' and '-'. Empty: "kl_".
  annotations @8 :List(Annotation) $itemsAtMost(1024);
  # At most 32 annotations. Empty: none.
  inactive @9 :Bool;
  # True: the key is refused until it is activated.
  limit @10 :RateLimit;
  # A rate limit of the key's uses. Absent: no limit.
  allow @11 :List(Text) $bytesAtMost(256) $itemsAtMost(1024);
  # At most 64 addresses or ranges in CIDR notation. Empty: the key may be used from anywhere.
}

struct EditKey {
  # A field is changed if its `has` is true. A value whose `has` is false must be zero or empty.
  key @0 :Text $bytesAtMost(1024);
  # The key. May not be empty.
  hasName @1 :Bool;
  # True: `name` is the key's new name.
  name @2 :Text $bytesAtMost(1024) $onlyIf("hasName");
  # As in CreateKey.
  hasDescription @3 :Bool;
  # True: `description` is the key's new description.
  description @4 :Text $bytesAtMost(4096) $onlyIf("hasDescription");
  # As in CreateKey.
  hasTags @5 :Bool;
  # True: `tags` replaces all tags.
  tags @6 :List(Text) $bytesAtMost(1024) $itemsAtMost(1024) $onlyIf("hasTags");
  # As in CreateKey.
  hasAnnotations @7 :Bool;
  # True: `annotations` replaces all annotations.
  annotations @8 :List(Annotation) $itemsAtMost(1024) $onlyIf("hasAnnotations");
  # As in CreateKey.
  hasExpiry @9 :Bool;
  # True: `expires` and `expiry` are the key's new expiry.
  expires @10 :Bool $onlyIf("hasExpiry");
  # False, with hasExpiry: the key never expires.
  expiry @11 :Int64 $onlyIf("expires");
  # The last moment at which the key works, if expires; a past time ends the key at once. Else 0.
  active @12 :Change;
  # Whether the key is accepted.
  hasLimit @13 :Bool;
  # True: `limit` is the key's new rate limit.
  limit @14 :RateLimit $onlyIf("hasLimit");
  # As in CreateKey.
  hasAllow @15 :Bool;
  # True: `allow` replaces the whole allow-list.
  allow @16 :List(Text) $bytesAtMost(256) $itemsAtMost(1024) $onlyIf("hasAllow");
  # As in CreateKey.
}

struct RotateKey {
  key @0 :Text $bytesAtMost(1024);
  # The key. May not be empty.
  grace @1 :Int64;
  # Microseconds for which the secret before this one still works: at most 366 days. 0: it ends at once.
  prefix @2 :Text $bytesAtMost(1024);
  # As in CreateKey.
}

struct ChangePolicy {
  # A negative number, or `none`, leaves a value as it is.
  maxLifetimeDays @0 :Int64 = -1;
  # Days from a key's creation until it is over its maximum lifetime: at most 36,500. 0: no maximum.
  enforceLifetime @1 :Change;
  # `on`: keys over their maximum lifetime are expired. `off`: verdicts about them have a warning.
  keysPerUser @2 :Int64 = -1;
  # The number of valid keys that a user may have. 0: any number.
  refreshTtl @3 :Int64 = -1;
  # Microseconds after a use to which the use moves the key's expiry: at most 100 years. 0: uses move no expiry.
  refreshInterval @4 :Int64 = -1;
  # Microseconds: a use moves an expiry only by more than this. 0: by any distance.
  refreshMax @5 :Int64 = -1;
  # Microseconds from a key's creation to the latest expiry that uses give. 0: no end.
}

struct KeyAndClient {
  key @0 :Text $bytesAtMost(1024);
  # The key. May not be empty.
  client @1 :Text $bytesAtMost(1024);
  # The client. May not be empty.
  only @2 :Bool;
  # assignKey: true unassigns the client's other keys in the same step. unassignKey: false.
}

struct ImportKeys {
  # A large import comes in parts: requests with the same id, and with `more` set in all parts but the last. The import
  # is decided as a single command when the last part has come.
  account @0 :Text $bytesAtMost(1024);
  # The account of users and keys that name none; it is opened if it does not exist. Empty: each of them names one.
  source @1 :Text $bytesAtMost(4096);
  # The names of the files, for the history: at most 1,000 bytes. May be empty.
  more @2 :Bool;
  # True: further parts follow.
  users @3 :List(User) $itemsAtMost(4096);
  # May be empty.
  keys @4 :List(Key) $itemsAtMost(4096);
  # May be empty.
  accounts @5 :List(Account) $itemsAtMost(4096);
  # May be empty.
  clients @6 :List(Client) $itemsAtMost(4096);
  # May be empty.
  origin @7 :Origin;
  # Of the first part: decides what is taken over and what is reported.
  compare @8 :Bool;
  # Of the first part. True: nothing is imported, and the answer reports what an import would leave.
  take @9 :List(Text) $bytesAtMost(64) $itemsAtMost(64);
  # Of the first part: the names of the classes of differences in which the ledger is changed. May be empty.
  policy @10 :PolicyRow;
  # Only with the origin `records`: the policy, restored in an empty ledger and else compared. Absent: no policy.

  enum Origin {
    unsaid @0;
    # The caller does not read the report: a known user with other flags is refused.
    dump @1;
    # A dump: all of the accounts that the import uses.
    records @2;
    # Records of an export.
  }

  struct Account {
    number @0 :Text $bytesAtMost(1024);
    # The account's number. May not be empty.
    name @1 :Text $bytesAtMost(1024);
    # 1 to 255 bytes. May not be empty.
    closed @2 :Bool;
    # True: the account is closed.
  }

  struct Client {
    account @0 :Text $bytesAtMost(1024);
    # The client's account. Empty: the import's own.
    name @1 :Text $bytesAtMost(1024);
    # 1 to 255 bytes. May not be empty.
    requiresKey @2 :Bool;
    # False: the client is public.
    clientId @3 :Data $bytesAtMost(16);
    # The 16 bytes of the client's UUID. Empty: the client is given one.
    opened @4 :Bool;
    # True: the client stays public although keys are assigned. Never together with requiresKey.
  }

  struct User {
    username @0 :Text $bytesAtMost(1024);
    # 1 to 150 bytes. May not be empty.
    staff @1 :Bool;
    # True: keys may be created for the user.
    active @2 :Bool;
    # True: the user's keys are accepted.
    accounts @3 :List(Text) $bytesAtMost(1024) $itemsAtMost(1048576);
    # The accounts that the user is a member of. Empty: the import's own.
    removed @4 :Bool;
    # True: the user is removed.
  }

  struct Key {
    username @0 :Text $bytesAtMost(1024);
    # The key's owner. May not be empty.
    baseName @1 :Text $bytesAtMost(1024);
    # The key's name, with a number after it if the owner already has a key of this name. May not be empty.
    scheme @2 :UInt8;
    # The scheme of the digest: 0 sha256, 1 knox5, 2 knox4, 3 knox-salted. Another number is refused with
    # `not_supported`.
    active @3 :Bool;
    # True: the key is accepted.
    expires @4 :Bool;
    # True: the key expires at `expiry`.
    hasBucket @5 :Bool;
    # True: `bucket` is known. Only for knox-salted.
    bucket @6 :UInt16 $onlyIf("hasBucket");
    # The first 16 bits of SHA-256 of the token's first eight digits in lower case, if hasBucket. Else 0.
    created @7 :Int64;
    # When the key was created: a time.
    expiry @8 :Int64 $onlyIf("expires");
    # The last moment at which the key works, if expires. Else 0.
    digest @9 :Data $bytesAtMost(64);
    # The digest of the token: 32 bytes for sha256, 64 bytes for the others. May not be empty.
    salt @10 :Data $bytesAtMost(64);
    # 8 bytes for knox-salted. Else empty.
    account @11 :Text $bytesAtMost(1024);
    # The key's account. Empty: the import's own.
    keyId @12 :Data $bytesAtMost(16);
    # The 16 bytes of the key's UUID. Empty: the key is given one.
    description @13 :Text $bytesAtMost(4096);
    # As in CreateKey.
    tags @14 :List(Text) $bytesAtMost(1024) $itemsAtMost(1024);
    # As in CreateKey.
    annotations @15 :List(Annotation) $itemsAtMost(1024);
    # As in CreateKey.
    used @16 :Bool;
    # True: `lastUsed` is known.
    lastUsed @17 :Int64 $onlyIf("used");
    # The time of the last use, if used. Else 0.
    deleted @18 :Bool;
    # True: the key is deleted.
    limit @19 :RateLimit;
    # As in CreateKey.
    allow @20 :List(Text) $bytesAtMost(256) $itemsAtMost(1024);
    # As in CreateKey.
    clients @21 :List(Text) $bytesAtMost(1024) $itemsAtMost(1048576);
    # Names of the clients of the key's account that the key is assigned to. Empty: none.
    rotations @22 :List(Digest) $itemsAtMost(1048576);
    # The digests that came after this one, the oldest first. Empty: the key was never rotated.
  }
}

struct Digest {
  scheme @0 :UInt8;
  # As ImportKeys.Key.scheme.
  hasBucket @1 :Bool;
  # As ImportKeys.Key.hasBucket.
  bucket @2 :UInt16 $onlyIf("hasBucket");
  # As ImportKeys.Key.bucket.
  digest @3 :Data $bytesAtMost(64);
  # As ImportKeys.Key.digest.
  salt @4 :Data $bytesAtMost(64);
  # As ImportKeys.Key.salt.
  hasGrace @5 :Bool;
  # True: the digest before this one works until `graceUntil`. False: it ended at once, or there is none.
  graceUntil @6 :Int64 $onlyIf("hasGrace");
  # The last moment of the digest before this one, if hasGrace. Else 0.
}

enum RowKind {
  accounts @0;
  # Rows of accounts.
  users @1;
  # Rows of users.
  clients @2;
  # Rows of clients.
  keys @3;
  # Rows of keys.
  policy @4;
  # The policy, which is one row without a name.
}

struct Listing {
  kind @0 :RowKind;
  # The kind of rows. Deleted keys and removed users and clients are listed, too.
  name @1 :Text $bytesAtMost(1024);
  # Only the entity of this id or name. Empty: all. Must be empty for the policy.
}

enum RowOrder {
  oldestFirst @0;
  # In the order in which the entities came into the ledger.
  newestFirst @1;
  # In the opposite order.
}

enum Permission {
  any @0;
  # Every key, whoever may read or manage it.
  read @1;
  # Keys that `user` may read.
  manage @2;
  # Keys that `user` may manage.
}

struct Selection {
  # A list with filters, an order and pages. A row is shown if every filter accepts the row. A filter that rows of the
  # kind do not have is refused with `input_invalid`.
  kind @0 :RowKind;
  # The kind of rows.
  name @1 :Text $bytesAtMost(1024);
  # Only the entity of this id or name. Empty: all. Must be empty for the policy.
  order @2 :RowOrder;
  # The order of the rows.
  after @3 :Text $bytesAtMost(1024);
  # The id or name in the last row of the page before. Empty: the first page.
  limit @4 :UInt32;
  # At most this many rows. 0: all rows.
  leaveOutGone @5 :Bool;
  # True: no deleted keys (unless `status` is deleted), no removed users and clients.
  account @6 :Text $bytesAtMost(1024);
  # Only members of this account, or clients or keys of this account. Empty: of any account.
  owner @7 :Text $bytesAtMost(1024);
  # Only keys of this username. Empty: of any.
  tag @8 :Text $bytesAtMost(1024);
  # Only keys with this tag. Empty: with any tags or none.
  hasStatus @9 :Bool;
  # True: only keys of the status `status`.
  status @10 :UInt8 $onlyIf("hasStatus");
  # As KeyRow.status, if hasStatus. Else 0. Another number is `not_supported`.
  permission @11 :Permission;
  # Only keys that `user` may read or manage.
  user @12 :Text $bytesAtMost(1024);
  # A username, unless permission is `any`; then empty.
  platformAccount @13 :Text $bytesAtMost(1024);
  # An account whose keys every active user may read. Empty: there is none.
}

struct History {
  # From the oldest event to the newest; docs/wire.md says how to ask for a part.
  entityKind @0 :EntityKind;
  # The kind of entity that the history is about.
  entity @1 :Text $bytesAtMost(1024);
  # The id or name of the entity, unless entityKind is `all`; then empty.
  uses @2 :Bool;
  # True: with a row for each use. False: uses are left out.
  hasSince @3 :Bool;
  # True: no event before `since`.
  since @4 :Int64 $onlyIf("hasSince");
  # A time, inclusive, if hasSince. Else 0.
  hasUntil @5 :Bool;
  # True: no event after `until`.
  until @6 :Int64 $onlyIf("hasUntil");
  # A time, inclusive, if hasUntil. Else 0.

  enum EntityKind {
    all @0;
    # The whole log.
    account @1;
    # One account.
    user @2;
    # One user.
    client @3;
    # One client.
    key @4;
    # One key.
  }
}

struct State {
  # The state after the longest beginning of the log in which no event is after either limit. Without a limit: the
  # present state.
  hasPosition @0 :Bool;
  # True: no event after the position `position`.
  position @1 :UInt64 $onlyIf("hasPosition");
  # A position that the log has reached, if hasPosition. Else 0.
  hasAt @2 :Bool;
  # True: no event after the time `at`, and keys have the status that they had then.
  at @3 :Int64 $onlyIf("hasAt");
  # A time, if hasAt. Else 0.
  export @4 :Bool;
  # True: the policy comes first, and keys have their digests, which are to be kept from strangers.
}

struct Response {
  id @0 :UInt64;
  # The id of the request. 0 if the failure belongs to no request, or to one whose id could not be read.
  more @1 :Bool;
  # True: further responses to the same request follow.

  union {
    failure @2 :Failure;
    # The request was refused or could not be answered. Always the last response to a request.
    verdict @3 :Verdict;
    # To authenticate.
    verdicts @4 :List(Verdict);
    # To authenticateMany: one verdict for each question, in their order. Empty if there was no question.
    activeKey @5 :ActiveKey;
    # To activeKey.
    done @6 :Done;
    # To command.
    rows @7 :Rows;
    # To list, select, keysOfClient and state.
    history @8 :List(HistoryRow);
    # To history. May be empty, also before the last response.
    stats @9 :Stats;
    # To stats.
    stateDigest @10 :StateDigest;
    # To stateDigest.
    hello @11 :HelloAnswer;
    # To hello. Since revision 2.
  }
}

struct Failure {
  code @0 :UInt16;
  # 1000-1999: refused by a rule. 3000-3999: an error. docs/refusals.md has all codes, and which may be retried.
  name @1 :Text;
  # The code's name in snake_case. Never empty.
  message @2 :Text;
  # A sentence about the failure, for a person: at most 4,000 bytes. Never empty.
  advice @3 :Text;
  # A sentence about the remedy, for a person. Never empty.
}

struct Verdict {
  reason @0 :UInt8;
  # 0: allowed. Every other number is a denial; docs/wire.md has the table. Treat an unknown number as a denial.
  lifetimeExceeded @1 :Bool;
  # A warning: the key is older than its maximum lifetime.
  expires @2 :Bool;
  # True: the key expires at `expiry`. False: it never expires, or the token belongs to no key.
  expiry @3 :Int64;
  # The last moment at which the key works, if expires. Else 0.
  position @4 :UInt64;
  # The position of the state that judged. 0: the log is empty.
  keyId @5 :Data;
  # The 16 bytes of the key's UUID. Empty: the token belongs to no key.
  clientId @6 :Data;
  # The 16 bytes of the client's UUID. Empty: no client was named, none was found, or the token belongs to no key.
  owner @7 :Text;
  # The username of the key's owner. Empty: the token belongs to no key.
  account @8 :UInt64;
  # The number of the key's account without the hyphens: 1234-5678-9012 is 123456789012. An account may have the number
  # 0000-0000-0000, so this is to be read only if keyId is not empty. Else 0.
  reasonName @9 :Text;
  # The name of the reason in snake_case, for trusted callers. Never empty.
  message @10 :Text;
  # The text that a stranger may be told. Never empty.
  retryAfter @11 :Int64;
  # rate_limited: microseconds until the key may be used again. Else 0.
  superseded @12 :Bool;
  # A warning: the secret was replaced by a rotation, and works until `supersededUntil`.
  supersededUntil @13 :Int64;
  # The last moment at which the secret works, if superseded. Else 0.
}

struct ActiveKey {
  found @0 :Bool;
  # True since revision 2, in which an unknown client is a failure. In revision 1, false: there is no such client.
  assigned @1 :UInt64;
  # The number of keys that are assigned to the client.
  active @2 :UInt64;
  # The number of assigned keys that are active, undeleted and unexpired.
  requiresKey @3 :Bool;
  # False: the client is public.
  position @4 :UInt64;
  # The position of the state that answered.
}

struct Done {
  first @0 :UInt64;
  # The position of the command's first event. 0: the command changed nothing.
  position @1 :UInt64;
  # A state at this position or later includes the command. Pass it on as Request.minPosition.
  events @2 :UInt64;
  # The number of the command's events. 0: the command changed nothing.
  repeated @3 :Bool;
  # True: the idempotency id was known, and this is what the command did the first time.
  secret @4 :Text;
  # createKey and rotateKey: the token, which no later answer has. Empty otherwise, and if repeated.
  usersAdded @5 :UInt64;
  # importKeys: the number of new users. Else 0.
  keysAdded @6 :UInt64;
  # importKeys: the number of new keys. Else 0.
  entity @7 :Row;
  # The entity that the command was about, in its present state. Absent if the command was about no entity.
  accountsAdded @8 :UInt64;
  # importKeys: the number of new accounts. Else 0.
  clientsAdded @9 :UInt64;
  # importKeys: the number of new clients. Else 0.
  assignmentsAdded @10 :UInt64;
  # importKeys: the number of new assignments. Else 0.
  taken @11 :UInt64;
  # importKeys: the number of differences that the import took. Else 0.
  differences @12 :List(Difference);
  # importKeys: the differences that the import left, at most 10,000: first worksHere, then worksThere. May be empty.
  left @13 :List(DifferenceCount);
  # importKeys: how many differences the import left, also those without a row. May be empty.
  missing @14 :ImportCounts;
  # importKeys with `compare`: what an import would add. Absent otherwise.
}

struct Difference {
  # A thing that an import and the ledger both have, and the ledger has otherwise.
  class @0 :Class;
  # The class of the difference, as `take` names it.
  danger @1 :Danger;
  # Which side lets somebody in whom the other side refuses.
  object @2 :Text;
  # The kind and the name of the thing, such as "user bob" or "key ann/production". Never empty.
  id @3 :Text;
  # The id of a key or client, as text. Empty: the thing has no id.
  field @4 :Text;
  # The name of the field that differs. Never empty.
  hasLedger @5 :Bool;
  # False: the ledger has no such value or relation.
  ledger @6 :Text;
  # The ledger's value as text, if hasLedger. Else empty.
  hasDump @7 :Bool;
  # False: the import has no such value or relation.
  dump @8 :Text;
  # The import's value as text, if hasDump. Else empty.

  enum Class {
    flags @0;
    # Whether a user is staff, or a user or key is active.
    expiries @1;
    # When a key expires.
    names @2;
    # Names of accounts, clients and keys.
    assignments @3;
    # Which keys may use a client.
    memberships @4;
    # The accounts of a user.
    access @5;
    # Whether a client requires a key.
    texts @6;
    # Description, tags and annotations of a key.
    limits @7;
    # Rate limit and allow-list of a key.
    secrets @8;
    # A key that was rotated on one side.
    removals @9;
    # Things that are gone, deleted, removed or closed there.
    returns @10;
    # Things that were removed in the ledger and are used there.
    owners @11;
    # Owner and account of a key.
    policy @12;
    # The policy.
  }

  enum Danger {
    none @0;
    # The difference decides nothing.
    worksHere @1;
    # Only the ledger lets somebody in.
    worksThere @2;
    # Only the side of the dump lets somebody in.
  }
}

struct DifferenceCount {
  # How many differences of a class and a danger were left.
  class @0 :Difference.Class;
  # The class.
  danger @1 :Difference.Danger;
  # The danger.
  count @2 :UInt64;
  # The number of differences, at least 1.
}

struct ImportCounts {
  # Counts of things that an import would add.
  accounts @0 :UInt64;
  # The number of accounts.
  users @1 :UInt64;
  # The number of users.
  clients @2 :UInt64;
  # The number of clients.
  keys @3 :UInt64;
  # The number of keys.
  assignments @4 :UInt64;
  # The number of assignments of known keys to known or new clients.
}

struct Rows {
  position @0 :UInt64;
  # The position of the state that has these rows. All responses to a request have the same position.
  rows @1 :List(Row);
  # May be empty, also before the last response.
}

struct Row {
  union {
    account @0 :AccountRow;
    # An account.
    user @1 :UserRow;
    # A user.
    client @2 :ClientRow;
    # A client.
    key @3 :KeyRow;
    # A key.
    policy @4 :PolicyRow;
    # The policy.
  }
}

struct Usage {
  used @0 :Bool;
  # True: there was an allowed use, or an import told of one.
  lastUsed @1 :Int64;
  # The time of the last allowed use, if used. Else 0.
  allowed @2 :UInt64;
  # The number of allowed uses.
  denied @3 :UInt64;
  # The number of denied uses.
}

struct AccountRow {
  account @0 :Text;
  # The account's number. Never empty.
  name @1 :Text;
  # The account's name. Never empty.
  opened @2 :Int64;
  # When the account was opened: a time.
  users @3 :UInt64;
  # The number of members.
  clients @4 :UInt64;
  # The number of clients, including removed clients.
  keys @5 :UInt64;
  # The number of keys, including deleted keys.
  closed @6 :Bool;
  # True: the account is closed forever.
}

struct UserRow {
  username @0 :Text;
  # Unique in the ledger. Never empty.
  staff @1 :Bool;
  # True: keys may be created for the user.
  active @2 :Bool;
  # True: the user's keys are accepted.
  registered @3 :Int64;
  # When the user was registered: a time.
  accounts @4 :List(Text);
  # Numbers of the accounts that the user is a member of. Empty: of none.
  keys @5 :UInt64;
  # The number of keys, including deleted keys.
  removed @6 :Bool;
  # True: the user is removed forever.
}

struct ClientRow {
  clientId @0 :Text;
  # A UUID as text. Never empty.
  account @1 :Text;
  # The client's account. Never empty.
  name @2 :Text;
  # Unique in the account. Never empty.
  registered @3 :Int64;
  # When the client was registered: a time.
  requiresKey @4 :Bool;
  # False: the client is public.
  assignedKeys @5 :UInt64;
  # The number of assigned keys.
  activeKeys @6 :UInt64;
  # The number of assigned keys that are active, undeleted and unexpired.
  usage @7 :Usage;
  # The uses of the client, by all keys and by nobody.
  removed @8 :Bool;
  # True: the client is removed forever.
}

struct KeyRow {
  keyId @0 :Text;
  # A UUID as text. Never empty.
  name @1 :Text;
  # Unique among the owner's undeleted keys. Never empty.
  description @2 :Text;
  # May be empty.
  tags @3 :List(Text);
  # Empty: no tags.
  owner @4 :Text;
  # The owner's username. Never empty.
  account @5 :Text;
  # The key's account. Never empty.
  scheme @6 :Text;
  # The scheme of the present digest: "sha256", "knox5", "knox4" or "knox-salted". Never empty.
  identifier @7 :Text;
  # "****" and the last four digits of the digest; no part of the token. Never empty.
  created @8 :Int64;
  # When the key was created: a time.
  expires @9 :Bool;
  # True: the key expires at `expiry`.
  expiry @10 :Int64;
  # The last moment at which the key works, if expires. Else 0.
  status @11 :UInt8;
  # The first that applies: 0 deleted, 1 expired, 2 inactive, 3 owner inactive, 5 account closed, 6 owner left,
  # 4 active. Treat an unknown number as inactive.
  imported @12 :Bool;
  # True: an import brought the key.
  version @13 :UInt64;
  # 1 for a new key, and one more with each event about the key itself.
  clients @14 :List(Text);
  # Names of the clients that the key is assigned to. Empty: none.
  usage @15 :Usage;
  # The uses of the key.
  annotations @16 :List(Annotation);
  # Empty: none.
  limit @17 :RateLimit;
  # The key's rate limit. 0 requests: no limit.
  allow @18 :List(Text);
  # Addresses and ranges that the key may be used from. Empty: from anywhere.
  active @19 :Bool;
  # The flag itself, whatever the status is.
  deleted @20 :Bool;
  # True: the key is deleted forever.
  hasGrace @21 :Bool;
  # True: the secret before this one works until `graceUntil`.
  graceUntil @22 :Int64;
  # The last moment of the secret before this one, if hasGrace. Else 0.
  digests @23 :List(Digest);
  # In exports, the oldest first. Else empty.
}

struct PolicyRow {
  maxLifetimeDays @0 :UInt32;
  # Days. 0: no maximum.
  enforceLifetime @1 :Bool;
  # True: keys over their maximum lifetime are expired. False: verdicts about them have a warning.
  keysPerUser @2 :UInt32;
  # 0: any number.
  refreshTtl @3 :Int64;
  # Microseconds. 0: uses move no expiry.
  refreshInterval @4 :Int64;
  # Microseconds. 0: uses move an expiry by any distance.
  refreshMax @5 :Int64;
  # Microseconds. 0: no end.
}

struct HistoryRow {
  position @0 :UInt64;
  # The position of the event.
  time @1 :Int64;
  # The time of the event.
  event @2 :Text;
  # The event's name, as in docs/events.md; "KeyUsed" or "UseDenied" for one use of a block. Never empty.
  actor @3 :Text;
  # The author of the event: "operator uid:1000", "operator tcp", "import FILES" or "system". Never empty.
  origin @4 :Text;
  # The origin of the command: "uid 1000", an address, or "local". Never empty.
  reason @5 :Text;
  # The operator's reason. For a denied use, the name of the verdict's reason. May be empty.
  account @6 :Text;
  # The account that the event concerns. Empty: none.
  username @7 :Text;
  # The user that the event concerns. Empty: none.
  keyId @8 :Text;
  # The UUID of the key that the event concerns, as text. Empty: none.
  keyName @9 :Text;
  # The name of this key. Empty: none.
  clientId @10 :Text;
  # The UUID of the client that the event concerns, as text. Empty: none.
  clientName @11 :Text;
  # The name of this client. Empty: none.
  address @12 :Text;
  # The address of a use. Empty: not known, or no use.
  details @13 :List(Detail);
  # Further values of the event. Empty: none.

  struct Detail {
    name @0 :Text;
    # The name of a value, as in docs/cli.md. A name may come more than once. Never empty.
    value @1 :Text;
    # The value as text. May be empty.
  }
}

struct Stats {
  ledgerId @0 :Text;
  # A UUID as text. Never empty.
  position @1 :UInt64;
  # The position of the last event. 0: the log is empty.
  records @2 :UInt64;
  # The number of records in the log.
  rootHash @3 :Data;
  # 32 bytes: the root of the Merkle tree over the records (RFC 9162).
  lastTime @4 :Int64;
  # The time of the last record. 0: the log is empty.
  accounts @5 :UInt64;
  # The number of accounts, including closed accounts.
  users @6 :UInt64;
  # The number of users, including removed users.
  clients @7 :UInt64;
  # The number of clients, including removed clients.
  keys @8 :UInt64;
  # The number of keys, including deleted keys.
  version @9 :Text;
  # The version of keyledgerd. Never empty.
  processId @10 :UInt32;
  # The process id of keyledgerd.
  hotStateBytes @11 :UInt64;
  # Bytes of memory that the keys take to be authenticated. 0: not known.
}

struct StateDigest {
  position @0 :UInt64;
  # The position of the state.
  digest @1 :Data;
  # 32 bytes.
  ledgerId @2 :Text;
  # A UUID as text. Never empty.
}

struct HelloAnswer {
  revision @0 :UInt32;
  # The revision of the protocol: 2 or more. A daemon of revision 1 does not know hello, and answers with the failure
  # `protocol`.
  version @1 :Text;
  # The version of keyledgerd. Never empty.
  ledgerId @2 :Text;
  # A UUID as text. Never empty.
  position @3 :UInt64;
  # The position of the state that judges questions. 0: the log is empty.
  commandsReady @4 :Bool;
  # True: commands, lists, counts and histories are answered. False: they wait until the daemon has read the names of
  # all entities, or fail because the log could not be written. Questions are answered in either case, unless the log
  # could not be written.
  limits @5 :Limits;
  # The limits of requests.
}

struct Limits {
  frameBytes @0 :UInt64;
  # Bytes of a frame, in either direction, with its header.
  questionsPerRequest @1 :UInt32;
  # Questions of an authenticateMany.
  importPartObjects @2 :UInt32;
  # Accounts, users, clients, and keys, each, in a part of an import.
  requestsInFlight @3 :UInt32;
  # Requests of a connection that wait for something. Verdicts that need not wait do not count.
  streamsAtOnce @4 :UInt32;
  # Long answers of a connection that are made at the same time. Further ones wait for their turn.
  idleSeconds @5 :UInt32;
  # Seconds without any byte and any request in flight, after which a connection may be closed.
}
