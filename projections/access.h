// Access: the hot state. Answers "may this token use this client now?" and counts the answers.
//
// A plain fold over all events. Records of commands must be applied in log order, and so must blocks of uses.
// But a block may overtake a command appended shortly before the block, because uses are applied when written
// and commands when synced (see AppliedPositions). One thread at a time; no I/O, no clock, no locks; lookups
// do not allocate.
#pragma once

#include <algorithm>
#include <array>
#include <boost/container/deque.hpp>
#include <boost/container/small_vector.hpp>
#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/record.h"
#include "ledger/values/byte_stream.h"
#include "ledger/values/error.h"
#include "ledger/values/field_hasher.h"
#include "projections/applied_positions.h"
#include "projections/tables/chunked.h"
#include "projections/tables/tag_table.h"

namespace keyledger::projections {

// The sum of the uses of a key, or of a client.
struct Usage {
  std::optional<ledger::Timestamp> last_used;
  std::uint64_t allowed = 0;
  std::uint64_t denied = 0;

  friend bool operator==(const Usage&, const Usage&) = default;
};

// An entry takes two lines of the processor's cache: the first for most verdicts, the second for the fields a
// use changes.
struct alignas(64) KeyEntry {
  static constexpr ledger::Timestamp kNever{std::numeric_limits<std::int64_t>::max()};
  static constexpr ledger::Timestamp kUnused{std::numeric_limits<std::int64_t>::min()};
  static constexpr std::size_t kDigestHeadBytes = 32;

  // The whole digest for sha256, the first half for other schemes.
  std::array<std::uint8_t, kDigestHeadBytes> digest_head{};
  ledger::Timestamp created;
  ledger::Timestamp expiry = kNever;
  ledger::AccountNumber account;
  ledger::UserNumber owner;
  ledger::DigestScheme scheme{};
  ledger::ActiveFlag active{};
  bool deleted : 1 = false;
  bool has_allow_list : 1 = false;  // see Access::allow_list
  bool is_rotated : 1 = false;      // the key has superseded secrets
  bool is_imported : 1 = false;     // the secret may be another system's, of any length

  alignas(64) ledger::KeyId key_id;
  ledger::Timestamp last_used = kUnused;
  std::uint64_t allowed = 0;
  std::uint32_t denied = 0;       // stops at its maximum
  std::uint32_t digest_tail = 0;  // index of the second half in digest_tails_; meaningless for sha256
  // If true, Access::limiter() has the limit. Lies in the second line, so that a fold of uses touches a
  // single line of a key. A bit-field like the flags above, so that any byte from a snapshot is a valid
  // value.
  bool has_limit : 1 = false;
};
static_assert(sizeof(KeyEntry) == 128);

// The second half of a digest that is longer than the head.
using DigestTail = std::array<std::uint8_t, ledger::KeyDigest::kSizeMax - KeyEntry::kDigestHeadBytes>;

struct UserEntry {
  std::string username;
  ledger::ActiveFlag active{};
  boost::container::small_vector<ledger::AccountNumber, 1> accounts;  // the user is a member of these
};

inline bool is_member(const UserEntry& user, ledger::AccountNumber account) {
  return std::ranges::find(user.accounts, account) != user.accounts.end();
}

struct ClientEntry {
  ledger::ClientId client_id;
  ledger::AccountNumber account;
  std::string name;
  bool removed = false;
  bool requires_key = false;
  std::vector<ledger::KeyNumber> keys;  // assigned, ascending
  Usage usage;
};

// The rate limit of a key, and the state of the limit after the key's uses.
struct Limiter {
  ledger::RateLimit limit;
  ledger::Timestamp arrival = KeyEntry::kUnused;  // theoretical arrival time; see ledger/values/rate_limit.h
  ledger::Position since;                         // position of the event that set the limit
};

// A secret replaced by rotation, and the last moment of its grace.
struct Superseded {
  ledger::KeyDigest digest;
  ledger::Timestamp until;
};

// The result of looking up a digest.
struct Credential {
  ledger::KeyNumber key;                       // kNoKey: no key has the digest
  ledger::Timestamp until = KeyEntry::kNever;  // for a superseded secret, the last moment of its grace
};

class Access {
 public:
  // Applies one record. If the record cannot follow from this state, returns kCorruptRecord with its
  // position; the state must not be used afterwards.
  ledger::Result<void> apply(const ledger::Record& record) { return apply(std::span(&record, 1)); }
  // Applies several records in their order, quicker than one by one.
  ledger::Result<void> apply(std::span<const ledger::Record> records);

  // Returns the bytes of memory that key entries, their digests and the table of digests hold.
  std::size_t key_memory_bytes() const;

  // Returns the last position up to which every event was applied.
  ledger::Position position() const { return applied_.complete(); }

  // Each number must be known to this state (ENSURE). References stay valid until the next apply().
  const KeyEntry& key(ledger::KeyNumber key) const {
    ENSURE(key.value() - 1 < keys_.size(), "a key number of this state");
    return keys_[key.value() - 1];
  }
  const UserEntry& user(ledger::UserNumber user) const {
    ENSURE(user.value() - 1 < users_.size(), "a user number of this state");
    return users_[user.value() - 1];
  }
  const ClientEntry& client(ledger::ClientNumber client) const {
    ENSURE(client.value() - 1 < clients_.size(), "a client number of this state");
    return clients_[client.value() - 1];
  }
  std::size_t users() const { return users_.size(); }
  std::size_t clients() const { return clients_.size(); }
  std::size_t keys() const { return keys_.size(); }

  const ledger::Policy& policy() const { return policy_; }

  Usage usage_of(ledger::KeyNumber key) const;
  bool is_closed(ledger::AccountNumber account) const {
    return !closed_accounts_.empty() && closed_accounts_.contains(account.value());
  }
  bool is_member(ledger::UserNumber user, ledger::AccountNumber account) const {
    return projections::is_member(this->user(user), account);
  }

  // Returns the key's last valid moment, by its own expiry and by an enforced lifetime; kNever if the key
  // does not expire.
  ledger::Timestamp expiry_of(const KeyEntry& key) const {
    return last_moment(policy_, key.created, key.expiry);
  }

  // limiter() needs a key with a limit, allow_list() a key with an allow-list (ENSURE).
  const Limiter& limiter(ledger::KeyNumber key) const;
  std::span<const ledger::AddressRange> allow_list(ledger::KeyNumber key) const;
  // Returns the superseded secrets of a key, oldest first; empty if the key was never rotated.
  std::span<const Superseded> superseded(ledger::KeyNumber key) const;

  // Finds the key of a digest that needs no salt, superseded digests included. For knox-salted see
  // salted_candidates().
  Credential find_digest(ledger::DigestView digest) const;
  // prefetch_place() brings the digest's place in the table nearer. prefetch_key(), called some steps later,
  // brings the key nearer for a find_digest(), and returns the key that most likely has the digest, for
  // match(); kNoKey if no key has the digest.
  void prefetch_place(ledger::DigestView digest) const { keys_by_tag_.prefetch(tag_of(digest)); }
  ledger::KeyNumber prefetch_key(ledger::DigestView digest) const;
  // Brings a key nearer for a later key(). Any number is allowed.
  void prefetch_key(ledger::KeyNumber key) const {
    // kNoKey wraps around to an index beyond all keys.
    const std::size_t index = key.value() - std::size_t{1};
    if (index < keys_.size()) bring_near(&keys_[index].key_id);
  }
  // Brings the owner of a key nearer. The key itself should be near already; kNoKey does nothing.
  void prefetch_owner(ledger::KeyNumber key) const;
  // Returns the credential if the digest is one of the key's own, superseded ones included; otherwise kNoKey.
  Credential match(ledger::KeyNumber key, ledger::DigestView digest) const;
  // Returns the complete digest of the key's present secret, salt and bucket included.
  ledger::KeyDigest whole_digest_of(ledger::KeyNumber key) const;
  bool has_scheme(ledger::DigestScheme scheme) const {
    return of_scheme_[static_cast<std::size_t>(scheme)] > 0;
  }

  // Returns whether a SHA-256 digest of an imported key may be that of another system's token, whose length
  // is not that of a native token.
  bool has_foreign_sha256() const { return foreign_sha256_ > 0; }

  struct SaltedKey {
    ledger::KeyNumber key;
    ledger::Salt salt{};
  };
  std::span<const SaltedKey> salted_candidates(std::uint16_t bucket) const;
  std::span<const SaltedKey> salted_without_bucket() const { return salted_without_bucket_; }

  // Both return kNoClient if there is no such client; removed clients are not found.
  ledger::ClientNumber find_client(const ledger::ClientId& client_id) const;
  ledger::ClientNumber find_client(ledger::AccountNumber account, std::string_view name) const;
  // Returns all clients of this name, in any account.
  std::span<const ledger::ClientNumber> clients_named(std::string_view name) const;

  bool is_assigned(ledger::KeyNumber key, ledger::ClientNumber client) const;

  // Adds the whole state to a digest of the state.
  void add_to(ledger::FieldHasher& hasher) const;

  // write_to() writes the state as three sections of a snapshot. read_from() reads them again; returns
  // nothing if the sections hold a state that no fold of the events up to `position` could have made.
  using Sections = std::array<ledger::ByteSource*, 3>;
  void write_to(ledger::ByteSink& sink) const;
  static std::optional<Access> read_from(const Sections& sections, ledger::Position position);

 private:
  struct Applier;
  struct Ahead;
  struct SnapshotParts;
  struct EntryReading;
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct TextEqual {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const noexcept { return a == b; }
  };
  // A client's name within its account; the view allows a lookup without a copy of the name.
  struct ClientName {
    ledger::AccountNumber account;
    std::string name;
  };
  struct ClientNameView {
    ledger::AccountNumber account;
    std::string_view name;
  };
  struct ClientNameHash {
    using is_transparent = void;
    template <typename Name>
    std::size_t operator()(const Name& of) const noexcept {
      std::size_t seed = std::hash<ledger::AccountNumber>{}(of.account);
      boost::hash_combine(seed, std::hash<std::string_view>{}(of.name));
      return seed;
    }
  };
  struct ClientNameEqual {
    using is_transparent = void;
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const noexcept {
      return a.account == b.account && a.name == b.name;
    }
  };

  // The tag by which the table finds a digest. If two digests have equal tags, the digests themselves are
  // compared.
  static std::uint64_t tag_of(ledger::DigestView digest) { return tag_of(digest.scheme, digest.bytes); }
  static std::uint64_t tag_of(ledger::DigestScheme scheme, std::span<const std::uint8_t> bytes) {
    std::uint64_t tag = 0;
    std::memcpy(&tag, bytes.data(), sizeof tag);
    return tag ^ (std::uint64_t{static_cast<std::uint8_t>(scheme)} << 61);
  }
  static std::uint64_t assignment_of(ledger::KeyNumber key, ledger::ClientNumber client);

  ledger::Result<void> apply(const ledger::Record& record, Ahead& ahead);
  void count_digest(const KeyEntry& key, ledger::DigestScheme scheme) {
    ++of_scheme_[static_cast<std::size_t>(scheme)];
    if (key.is_imported && scheme == ledger::DigestScheme::kSha256) ++foreign_sha256_;
  }
  Credential match_superseded(ledger::KeyNumber key, ledger::DigestView digest) const;
  bool digest_is(const KeyEntry& key, ledger::DigestView digest) const;
  ledger::KeyDigest unsalted_digest_of(const KeyEntry& key) const;
  void add_rules_to(ledger::FieldHasher& hasher) const;
  void add_salts_to(ledger::FieldHasher& hasher) const;
  bool count_uses(const ledger::UseBlock& block);
  void limit_use(const ledger::Use& use, ledger::Position as_of);

  AppliedPositions applied_;
  Chunked<KeyEntry> keys_;  // index: number - 1
  // Large blocks keep the list of blocks small enough to stay near. With the small blocks of std::deque a
  // lookup would wait for memory twice.
  template <typename Entry>
  using Blocks =
      boost::container::deque<Entry, void,
                              boost::container::deque_options_t<boost::container::block_size<1'024>>>;
  Blocks<UserEntry> users_;      // index: number - 1
  Blocks<ClientEntry> clients_;  // index: number - 1
  Chunked<DigestTail> digest_tails_;
  TagTable keys_by_tag_;  // each key once per digest, superseded digests included, salted digests excluded
  // Counts digests of each scheme, superseded digests included.
  std::array<std::uint64_t, ledger::kDigestSchemes> of_scheme_{};
  std::uint64_t foreign_sha256_ = 0;  // counts the SHA-256 digests of imported keys in the same way
  boost::unordered_flat_map<std::uint16_t, std::vector<SaltedKey>> salted_;
  std::vector<SaltedKey> salted_without_bucket_;
  boost::unordered_flat_map<ledger::ClientId, ledger::ClientNumber> client_ids_;
  boost::unordered_flat_map<std::string, std::vector<ledger::ClientNumber>, TextHash, TextEqual>
      clients_named_;
  boost::unordered_flat_map<ClientName, ledger::ClientNumber, ClientNameHash, ClientNameEqual> client_names_;
  boost::unordered_flat_map<std::uint64_t, std::uint8_t> assignments_;  // key and client in one number
  // Digests and snapshots of a state hold a fixed number of counts, by reason. A later reason is counted with
  // the reason whose place it has.
  static constexpr std::size_t kReasonsCounted = 14;
  std::array<std::uint64_t, kReasonsCounted> unknown_refused_{};

  // Properties that few keys have. They live beside the entries, so that entries stay small.
  template <typename Value>
  using ByKey = boost::unordered_flat_map<std::uint32_t, Value>;
  ByKey<Limiter> limiters_;
  ByKey<std::vector<ledger::AddressRange>> allow_lists_;
  ByKey<std::vector<Superseded>> superseded_;
  boost::unordered_flat_set<std::uint64_t> closed_accounts_;
  ledger::Policy policy_;
};

}  // namespace keyledger::projections
