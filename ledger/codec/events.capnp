# The records of a Keyledger log, as they are stored.
#
# Rules of change: a field or a union member is only ever added, with the next number, and never changes its
# meaning. `Event.version` grows when a reader of the old version would misread the new. A record is one
# message in one segment, not packed and not framed: the segment is the stored record. The test
# tests/ledger/codec/record_codec_test.cpp pins the bytes of every event.
@0xe1c9b5a07d6f4c21;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("keyledger::ledger::schema");

struct Record {
  index @0 :UInt64;           # leaf of the Merkle tree, from 0
  position @1 :UInt64;        # of the first event, from 1
  time @2 :Int64;             # microseconds since 1970-01-01T00:00:00Z
  actor @3 :Actor;
  origin @4 :Origin;
  idempotencyId @5 :Text;
  reason @6 :Text;
  events @7 :List(Event);
  commandDigest @8 :Data;     # 32 bytes with an idempotency id, empty without
}

struct Actor {
  union {
    system @0 :Void;
    operator @1 :Text;
    key @2 :UInt32;
    import @3 :Text;          # names of the files
  }
}

struct Origin {
  union {
    local @0 :Void;
    unixUid @1 :UInt32;
    address @2 :Data;         # 4 bytes: IPv4; 16: IPv6
  }
}

struct Event {
  version @0 :UInt16;         # 1
  union {
    accountOpened @1 :AccountOpened;
    userRegistered @2 :UserRegistered;
    userJoinedAccount @3 :UserAndAccount;
    clientRegistered @4 :ClientRegistered;
    keyCreated @5 :KeyDetails;
    keyImported @6 :KeyImported;
    keyActivated @7 :UInt32;
    keyDeactivated @8 :UInt32;
    keyDeleted @9 :UInt32;
    keyAssigned @10 :KeyAndClient;
    keyUnassigned @11 :KeyAndClient;
    keysUsed @12 :UseBlock;
    usesDenied @13 :UseBlock;
    unknownTokensRefused @14 :UnknownTokensRefused;
    accountRenamed @15 :AccountOpened;
    accountClosed @16 :AccountOpened;         # without a name
    userStaffChanged @17 :UserFlag;
    userActiveChanged @18 :UserFlag;
    userLeftAccount @19 :UserAndAccount;
    userRemoved @20 :UInt32;
    clientRenamed @21 :NumberAndName;
    clientOpenedToPublic @22 :UInt32;
    clientClosedToPublic @23 :UInt32;
    clientRemoved @24 :UInt32;
    keyRenamed @25 :NumberAndName;
    keyDescribed @26 :KeyDescribed;
    keyExpiryChanged @27 :KeyExpiryChanged;
    keyRotated @28 :KeyRotated;
    keyLimitChanged @29 :KeyLimitChanged;
    keyAllowListChanged @30 :KeyAllowListChanged;
    policyChanged @31 :Policy;
    keyAnnotated @32 :KeyAnnotated;
    commandHadNoEffect @33 :Void;
  }
}

struct AccountOpened {
  account @0 :UInt64;
  name @1 :Text;
}

struct UserRegistered {
  user @0 :UInt32;
  staff @1 :Bool;
  active @2 :Bool;
  username @3 :Text;
}

struct UserAndAccount {
  user @0 :UInt32;
  account @1 :UInt64;
}

struct ClientRegistered {
  client @0 :UInt32;
  account @1 :UInt64;
  clientId @2 :Data;          # 16 bytes, RFC 4122
  name @3 :Text;
}

struct KeyDetails {
  key @0 :UInt32;
  owner @1 :UInt32;
  account @2 :UInt64;
  created @3 :Int64;
  expires @4 :Bool;
  expiry @5 :Int64;           # valid if expires
  scheme @6 :UInt8;           # 0 sha256, 1 knox5, 2 knox4, 3 knox-salted
  hasBucket @7 :Bool;
  bucket @8 :UInt16;          # knox-salted, if hasBucket
  keyId @9 :Data;             # 16 bytes, RFC 4122
  digest @10 :Data;           # 32 or 64 bytes
  salt @11 :Data;             # 8 bytes for knox-salted, empty otherwise
  name @12 :Text;
  description @13 :Text;
  tags @14 :List(Text);
}

struct KeyImported {
  details @0 :KeyDetails;
  active @1 :Bool;
  used @2 :Bool;              # used before the import
  lastUsed @3 :Int64;         # valid if used
}

struct UserFlag {
  user @0 :UInt32;
  flag @1 :Bool;
}

struct NumberAndName {
  number @0 :UInt32;
  name @1 :Text;
}

struct KeyDescribed {
  key @0 :UInt32;
  description @1 :Text;
  tags @2 :List(Text);
  annotations @3 :List(Annotation);
}

struct KeyAnnotated {
  key @0 :UInt32;
  annotations @1 :List(Annotation);
}

struct Annotation {
  name @0 :Text;
  value @1 :Text;
}

struct KeyExpiryChanged {
  key @0 :UInt32;
  expires @1 :Bool;
  byUse @2 :Bool;             # auto refresh
  expiry @3 :Int64;           # valid if expires
}

struct KeyRotated {
  key @0 :UInt32;
  scheme @1 :UInt8;           # not knox-salted
  hasGrace @2 :Bool;
  graceUntil @3 :Int64;       # valid if hasGrace
  digest @4 :Data;
}

struct KeyLimitChanged {
  key @0 :UInt32;
  requests @1 :UInt32;        # 0: no limit
  window @2 :Int64;           # microseconds
}

struct KeyAllowListChanged {
  key @0 :UInt32;
  ranges @1 :List(AddressRange);
}

struct AddressRange {
  base @0 :Data;              # 4 or 16 bytes
  length @1 :UInt8;           # of the prefix, in bits of these bytes
}

struct Policy {
  maxLifetimeDays @0 :UInt32;
  enforceLifetime @1 :Bool;
  keysPerUser @2 :UInt32;
  refreshTtl @3 :Int64;       # microseconds
  refreshInterval @4 :Int64;
  refreshMax @5 :Int64;
}

struct KeyAndClient {
  key @0 :UInt32;
  client @1 :UInt32;
}

# Many uses in columns. A column is LEB128 varints, one for each use, in the order of the uses; signed values
# are zigzag-coded first. An index column is empty if every use has the same value: 0 if the dictionary is
# empty, otherwise the dictionary's only entry.
struct UseBlock {
  asOf @0 :UInt64;            # position of the state that judged the uses
  firstTime @1 :Int64;        # of the first use, microseconds
  count @2 :UInt32;
  times @3 :Data;             # signed, since the use before; the first is 0
  keys @4 :Data;              # key numbers; 0: no key was presented
  clients @5 :List(UInt32);   # dictionary of client numbers; 0 may be among them
  clientIndexes @6 :Data;     # into clients
  addresses @7 :List(Data);   # dictionary
  addressIndexes @8 :Data;    # 0: unknown; otherwise 1 + index into addresses
  reasons @9 :Data;           # usesDenied: one byte each
}

struct UnknownTokensRefused {
  from @0 :Int64;
  to @1 :Int64;
  counts @2 :List(UnknownTokenCount);
}

struct UnknownTokenCount {
  reason @0 :UInt8;
  count @1 :UInt64;
  address @2 :Data;           # empty: unknown, or too many addresses to count each
}
