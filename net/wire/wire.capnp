# The protocol of keyledgerd. docs/wire.md explains it.
#
# A client sends Requests and a daemon sends Responses, each a Cap'n Proto message in the standard stream framing.
# Many requests may be in flight. Responses come in any order, and each has the id of the request. A new version may
# only add fields and union members.
@0xaa0edf3390402ef3;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("keyledger::net::wire");

struct Request {
  id @0 :UInt64;                          # chosen by the sender, unique among those in flight
  minPosition @1 :UInt64;                 # questions: wait until the answering state includes this position
  union {
    authenticate @2 :Question;            # -> verdict
    authenticateMany @3 :List(Question);  # -> verdicts, in the order of the questions
    activeKey @4 :Text;                   # client -> activeKey
    command @5 :Command;                  # -> done
    list @6 :Listing;                      # -> rows, in several responses
    history @7 :History;                  # -> history, in several responses
    state @8 :State;                      # -> rows, in several responses
    stats @9 :Void;                       # -> stats
    stateDigest @10 :Void;                # -> stateDigest
    keysOfClient @11 :Text;               # client -> rows (of keys), in several responses
    select @12 :Selection;                # -> rows, in several responses
  }
}

struct Question {
  hasToken @0 :Bool;                      # false: nobody presented one
  token @1 :Text;
  client @2 :Text;                        # client_id, NAME or ACCOUNT/NAME; empty: none is asked about
  address @3 :Data;                       # 4 or 16 bytes of the caller's address; empty: not known
}

struct Command {
  reason @0 :Text;
  idempotencyId @1 :Text;
  union {
    openAccount @2 :NameInAccount;
    registerUser @3 :RegisterUser;
    registerClient @4 :NameInAccount;
    createKey @5 :CreateKey;
    activateKey @6 :Text;                 # key_id, NAME or OWNER/NAME
    deactivateKey @7 :Text;
    toggleKey @8 :Text;
    deleteKey @9 :Text;
    assignKey @10 :KeyAndClient;
    unassignKey @11 :KeyAndClient;
    importKeys @12 :ImportKeys;
    renameAccount @15 :NameInAccount;
    closeAccount @16 :Text;
    setUser @17 :SetUser;
    removeUser @18 :Text;                 # username
    renameClient @19 :NameOfClient;
    openClientToPublic @20 :Text;         # client_id, NAME or ACCOUNT/NAME
    closeClientToPublic @21 :Text;
    removeClient @22 :Text;
    editKey @23 :EditKey;
    rotateKey @24 :RotateKey;
    changePolicy @25 :ChangePolicy;
  }
  expectsVersion @13 :Bool;
  version @14 :UInt32;                    # of the key the command is about, if expectsVersion: refused if it has another
}

struct NameInAccount {
  account @0 :Text;                       # "dddd-dddd-dddd"
  name @1 :Text;
}

struct RegisterUser {
  account @0 :Text;
  username @1 :Text;
  staff @2 :Bool;
}

enum Change {
  none @0;                                # as it is
  off @1;
  on @2;
}

struct SetUser {
  username @0 :Text;
  staff @1 :Change;
  active @2 :Change;
  join @3 :List(Text);                    # accounts
  leave @4 :List(Text);
}

struct NameOfClient {
  client @0 :Text;
  name @1 :Text;
}

struct RateLimit {
  requests @0 :UInt32;                    # 0: no limit
  window @1 :Int64;                       # microseconds
}

struct Annotation {
  name @0 :Text;
  value @1 :Text;
}

struct CreateKey {
  account @0 :Text;
  username @1 :Text;
  name @2 :Text;
  description @3 :Text;
  tags @4 :List(Text);
  expires @5 :Bool;
  expiry @6 :Int64;                       # if expires; microseconds since 1970-01-01T00:00:00Z
  prefix @7 :Text;                        # of the token; empty: "kl_"
  annotations @8 :List(Annotation);
  inactive @9 :Bool;
  limit @10 :RateLimit;
  allow @11 :List(Text);                  # address ranges in CIDR notation; none: from anywhere
}

# Changes the fields whose `has` is set.
struct EditKey {
  key @0 :Text;
  hasName @1 :Bool;
  name @2 :Text;
  hasDescription @3 :Bool;
  description @4 :Text;
  hasTags @5 :Bool;
  tags @6 :List(Text);
  hasAnnotations @7 :Bool;
  annotations @8 :List(Annotation);
  hasExpiry @9 :Bool;
  expires @10 :Bool;
  expiry @11 :Int64;                      # if expires
  active @12 :Change;
  hasLimit @13 :Bool;
  limit @14 :RateLimit;
  hasAllow @15 :Bool;
  allow @16 :List(Text);
}

struct RotateKey {
  key @0 :Text;
  grace @1 :Int64;                        # microseconds that the secret before it still works
  prefix @2 :Text;                        # of the token; empty: "kl_"
}

# Values that are negative, or `none`, change nothing.
struct ChangePolicy {
  maxLifetimeDays @0 :Int64 = -1;         # 0: for ever
  enforceLifetime @1 :Change;
  keysPerUser @2 :Int64 = -1;             # 0: any number
  refreshTtl @3 :Int64 = -1;              # microseconds; 0: expiries stay as they are
  refreshInterval @4 :Int64 = -1;
  refreshMax @5 :Int64 = -1;              # 0: without end
}

struct KeyAndClient {
  key @0 :Text;
  client @1 :Text;
  only @2 :Bool;                          # assignKey: the client's other keys are unassigned in the same step
}

# A large import comes in parts: requests with the same id, and with `more` set in all parts but the last. The import
# is decided as a single command when the last part has come.
struct ImportKeys {
  account @0 :Text;
  source @1 :Text;                        # the names of the files, for the history
  more @2 :Bool;
  users @3 :List(User);
  keys @4 :List(Key);
  accounts @5 :List(Account);
  clients @6 :List(Client);
  origin @7 :Origin;                      # of the first part; decides what is taken over and reported
  compare @8 :Bool;                       # of the first part: nothing is imported; the answer reports what an import would leave
  take @9 :List(Text);                    # of the first part: names of classes of differences in which the ledger is changed
  policy @10 :PolicyRow;                  # records only; null: none. Restored in an empty ledger, else compared

  enum Origin {
    unsaid @0;                            # the caller does not read the report: a known user with other flags is refused
    dump @1;                              # all of the accounts that the import uses
    records @2;                           # records of an export
  }

  struct Account {
    number @0 :Text;
    name @1 :Text;
    closed @2 :Bool;
  }

  struct Client {
    account @0 :Text;
    name @1 :Text;
    requiresKey @2 :Bool;
    clientId @3 :Data;                    # 16 bytes; empty: it is given one
    opened @4 :Bool;                      # stays public although keys are assigned; never together with requiresKey
  }

  struct User {
    username @0 :Text;
    staff @1 :Bool;
    active @2 :Bool;
    accounts @3 :List(Text);              # none: the import's own
    removed @4 :Bool;
  }

  struct Key {
    username @0 :Text;
    baseName @1 :Text;
    scheme @2 :UInt8;                     # as in ledger/codec/events.capnp
    active @3 :Bool;
    expires @4 :Bool;
    hasBucket @5 :Bool;
    bucket @6 :UInt16;
    created @7 :Int64;
    expiry @8 :Int64;
    digest @9 :Data;
    salt @10 :Data;
    account @11 :Text;                    # empty: the import's own
    keyId @12 :Data;                      # 16 bytes; empty: it is given one
    description @13 :Text;
    tags @14 :List(Text);
    annotations @15 :List(Annotation);
    used @16 :Bool;
    lastUsed @17 :Int64;                  # if used
    deleted @18 :Bool;
    limit @19 :RateLimit;
    allow @20 :List(Text);
    clients @21 :List(Text);              # names in its account
    rotations @22 :List(Digest);          # digests that came after this one
  }
}

struct Digest {
  scheme @0 :UInt8;                       # as in ledger/codec/events.capnp
  hasBucket @1 :Bool;
  bucket @2 :UInt16;
  digest @3 :Data;
  salt @4 :Data;
  hasGrace @5 :Bool;
  graceUntil @6 :Int64;                   # of the digest before it, if hasGrace
}

enum RowKind {
  accounts @0;
  users @1;
  clients @2;
  keys @3;
  policy @4;                              # one row
}

struct Listing {
  kind @0 :RowKind;
  name @1 :Text;                          # only the entity of this id or name; empty: all
}

enum RowOrder {
  oldestFirst @0;                         # in the order in which the entities came into the ledger
  newestFirst @1;
}

enum Permission {
  any @0;                                 # every key, whoever may read or manage it
  read @1;
  manage @2;
}

# A list with filters, an order and pages. A row is shown if every filter accepts the row.
#
# A daemon must not ignore a filter. A daemon that is older than this request answers with `protocol`, and the client
# has to do without the rows. Before a client sends a field that a later version adds to this struct, the client must
# know that the daemon has that version.
struct Selection {
  kind @0 :RowKind;
  name @1 :Text;                          # only the entity of this id or name; empty: all
  order @2 :RowOrder;
  after @3 :Text;                         # id or name in the last row of the page before; empty: the first page
  limit @4 :UInt32;                       # at most so many rows; 0: all
  leaveOutGone @5 :Bool;                  # no deleted keys (unless status is deleted), no removed users and clients
  account @6 :Text;                       # users, clients, keys: of this account; empty: of any
  owner @7 :Text;                         # keys: of this username; empty: of any
  tag @8 :Text;                           # keys: with this tag; empty: with any or none
  hasStatus @9 :Bool;
  status @10 :UInt8;                      # keys: of this status, if hasStatus; see KeyRow
  permission @11 :Permission;             # keys: that `user` may read or manage
  user @12 :Text;                         # a username, unless permission is any
  platformAccount @13 :Text;              # keys of this account may be read by every user; empty: there is none
}

struct History {
  entityKind @0 :EntityKind;
  entity @1 :Text;                        # id or name, unless entityKind is all
  uses @2 :Bool;                          # with a row for each use
  hasSince @3 :Bool;
  since @4 :Int64;
  hasUntil @5 :Bool;
  until @6 :Int64;

  enum EntityKind {
    all @0;
    account @1;
    user @2;
    client @3;
    key @4;
  }
}

# A past state: the state after the longest beginning of the log in which no event is after either limit.
struct State {
  hasPosition @0 :Bool;
  position @1 :UInt64;
  hasAt @2 :Bool;
  at @3 :Int64;
  export @4 :Bool;                        # with the policy first, and keys with their digests
}

struct Response {
  id @0 :UInt64;
  more @1 :Bool;                          # further responses to the same request follow
  union {
    failure @2 :Failure;
    verdict @3 :Verdict;
    verdicts @4 :List(Verdict);
    activeKey @5 :ActiveKey;
    done @6 :Done;
    rows @7 :Rows;
    history @8 :List(HistoryRow);
    stats @9 :Stats;
    stateDigest @10 :StateDigest;
  }
}

struct Failure {
  code @0 :UInt16;                        # 1000-1999: refused by a rule; 3000-3999: an error
  name @1 :Text;
  message @2 :Text;
  advice @3 :Text;
}

struct Verdict {
  reason @0 :UInt8;                       # 0: allowed; else as in ledger/values/verdict_reason.h
  lifetimeExceeded @1 :Bool;              # a warning: the key is older than its maximum lifetime
  expires @2 :Bool;
  expiry @3 :Int64;                       # of the key, if expires
  position @4 :UInt64;                    # of the state that judged
  keyId @5 :Data;                         # 16 bytes; empty if the token belongs to no key
  clientId @6 :Data;                      # 16 bytes; empty if none was named or found
  owner @7 :Text;                         # username
  account @8 :UInt64;                     # of the key; its twelve digits as a number
  reasonName @9 :Text;                    # "expired": for trusted callers
  message @10 :Text;                      # "Invalid token.": what a stranger may be told
  retryAfter @11 :Int64;                  # rate_limited: microseconds until the key may be used again
  superseded @12 :Bool;                   # a warning: the secret was rotated away,
  supersededUntil @13 :Int64;             # and works until then
}

struct ActiveKey {
  found @0 :Bool;                         # false: there is no such client
  assigned @1 :UInt64;
  active @2 :UInt64;
  requiresKey @3 :Bool;
  position @4 :UInt64;
}

struct Done {
  first @0 :UInt64;                       # position of its first event; 0: it was so already
  position @1 :UInt64;                    # pass it on as minPosition to see the effect
  events @2 :UInt64;
  repeated @3 :Bool;
  secret @4 :Text;                        # createKey, once: the token
  usersAdded @5 :UInt64;
  keysAdded @6 :UInt64;
  entity @7 :Row;                         # null if the command was about none in particular
  accountsAdded @8 :UInt64;               # by an import
  clientsAdded @9 :UInt64;                # by an import
  assignmentsAdded @10 :UInt64;           # by an import
  taken @11 :UInt64;                      # differences that an import took
  differences @12 :List(Difference);      # that an import left: works_here first, then works_there; at most 10,000
  left @13 :List(DifferenceCount);        # how many differences an import left, those without a row too
  missing @14 :ImportCounts;              # after a comparison: what an import would add; else null
}

# A thing that an import and the ledger both have, and the ledger has otherwise.
struct Difference {
  class @0 :Class;
  danger @1 :Danger;
  object @2 :Text;                        # "user bob", "key ann/production"
  id @3 :Text;                            # of a key or client; empty: it has none
  field @4 :Text;
  hasLedger @5 :Bool;                     # false: the ledger has no such value or relation
  ledger @6 :Text;
  hasDump @7 :Bool;                       # false: the import has no such value or relation
  dump @8 :Text;

  enum Class {
    flags @0;
    expiries @1;
    names @2;
    assignments @3;
    memberships @4;
    access @5;
    texts @6;
    limits @7;
    secrets @8;
    removals @9;
    returns @10;
    owners @11;
    policy @12;
  }

  # The side that lets somebody in whom the other side refuses.
  enum Danger {
    none @0;
    worksHere @1;
    worksThere @2;
  }
}

struct DifferenceCount {
  class @0 :Difference.Class;
  danger @1 :Difference.Danger;
  count @2 :UInt64;
}

struct ImportCounts {
  accounts @0 :UInt64;
  users @1 :UInt64;
  clients @2 :UInt64;
  keys @3 :UInt64;
  assignments @4 :UInt64;
}

struct Rows {
  position @0 :UInt64;                    # the state that they are of
  rows @1 :List(Row);
}

struct Row {
  union {
    account @0 :AccountRow;
    user @1 :UserRow;
    client @2 :ClientRow;
    key @3 :KeyRow;
    policy @4 :PolicyRow;
  }
}

struct Usage {
  used @0 :Bool;
  lastUsed @1 :Int64;
  allowed @2 :UInt64;
  denied @3 :UInt64;
}

struct AccountRow {
  account @0 :Text;
  name @1 :Text;
  opened @2 :Int64;
  users @3 :UInt64;
  clients @4 :UInt64;
  keys @5 :UInt64;
  closed @6 :Bool;
}

struct UserRow {
  username @0 :Text;
  staff @1 :Bool;
  active @2 :Bool;
  registered @3 :Int64;
  accounts @4 :List(Text);
  keys @5 :UInt64;
  removed @6 :Bool;
}

struct ClientRow {
  clientId @0 :Text;
  account @1 :Text;
  name @2 :Text;
  registered @3 :Int64;
  requiresKey @4 :Bool;
  assignedKeys @5 :UInt64;
  activeKeys @6 :UInt64;
  usage @7 :Usage;
  removed @8 :Bool;
}

struct KeyRow {
  keyId @0 :Text;
  name @1 :Text;
  description @2 :Text;
  tags @3 :List(Text);
  owner @4 :Text;
  account @5 :Text;
  scheme @6 :Text;
  identifier @7 :Text;
  created @8 :Int64;
  expires @9 :Bool;
  expiry @10 :Int64;
  status @11 :UInt8;                      # 0 deleted, 1 expired, 2 inactive, 3 owner inactive, 4 active, 5 account closed, 6 owner left
  imported @12 :Bool;
  version @13 :UInt64;
  clients @14 :List(Text);
  usage @15 :Usage;
  annotations @16 :List(Annotation);
  limit @17 :RateLimit;
  allow @18 :List(Text);
  active @19 :Bool;
  deleted @20 :Bool;
  hasGrace @21 :Bool;
  graceUntil @22 :Int64;                  # of the secret before this one, as long as it works
  digests @23 :List(Digest);              # oldest first; in exports
}

struct PolicyRow {
  maxLifetimeDays @0 :UInt32;
  enforceLifetime @1 :Bool;
  keysPerUser @2 :UInt32;
  refreshTtl @3 :Int64;
  refreshInterval @4 :Int64;
  refreshMax @5 :Int64;
}

struct HistoryRow {
  position @0 :UInt64;
  time @1 :Int64;
  event @2 :Text;
  actor @3 :Text;
  origin @4 :Text;
  reason @5 :Text;
  account @6 :Text;
  username @7 :Text;
  keyId @8 :Text;
  keyName @9 :Text;
  clientId @10 :Text;
  clientName @11 :Text;
  address @12 :Text;
  details @13 :List(Detail);

  struct Detail {
    name @0 :Text;
    value @1 :Text;
  }
}

struct Stats {
  ledgerId @0 :Text;
  position @1 :UInt64;
  records @2 :UInt64;
  rootHash @3 :Data;                      # of the Merkle tree over the records (RFC 9162)
  lastTime @4 :Int64;
  accounts @5 :UInt64;
  users @6 :UInt64;
  clients @7 :UInt64;
  keys @8 :UInt64;
  version @9 :Text;                       # of keyledgerd
  processId @10 :UInt32;
  hotStateBytes @11 :UInt64;              # what keys take in memory to be authenticated
}

struct StateDigest {
  position @0 :UInt64;
  digest @1 :Data;                        # 32 bytes
  ledgerId @2 :Text;
}
