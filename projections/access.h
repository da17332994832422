// Access: the hot state. It answers "may this token use this client now?" and counts what was answered.
//
// A plain fold over all events. Records of commands must be applied in their order and blocks of uses in
// theirs, but a block may come before a command that was appended just ahead of it: uses are applied when
// they are written, commands when they are synced (see AppliedPositions). One thread at a time; no I/O, no
// clock, no locks; lookups do not allocate.
#pragma once

#include <array>
#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/error.h"
#include "ledger/field_hasher.h"
#include "ledger/record.h"
#include "projections/applied_positions.h"

namespace keyledger::projections {

// What the uses of a key, or of a client, add up to.
struct Usage {
  std::optional<ledger::Timestamp> last_used;
  std::uint64_t allowed = 0;
  std::uint64_t denied = 0;

  friend bool operator==(const Usage&, const Usage&) = default;
};

struct KeyEntry {
  static constexpr ledger::Timestamp kNever{std::numeric_limits<std::int64_t>::max()};
  static constexpr ledger::Timestamp kUnused{std::numeric_limits<std::int64_t>::min()};

  ledger::KeyId key_id;
  ledger::AccountNumber account;
  ledger::Timestamp created;
  ledger::Timestamp expiry = kNever;
  ledger::Timestamp last_used = kUnused;
  std::uint64_t allowed = 0;
  std::uint32_t denied = 0;  // stops at its maximum
  ledger::UserNumber owner;
  std::uint32_t digest_slot = 0;  // in the pool of its size
  ledger::KeyNumber same_tag;     // the next key whose digest begins alike, or kNoKey
  ledger::DigestScheme scheme{};
  ledger::ActiveFlag active{};
  bool deleted = false;
};

struct UserEntry {
  std::string username;
  ledger::ActiveFlag active{};
};

struct ClientEntry {
  ledger::ClientId client_id;
  ledger::AccountNumber account;
  bool requires_key = false;
  std::vector<ledger::KeyNumber> keys;  // assigned, ascending
  Usage usage;
};

class Access {
 public:
  // Total: corruption is an Error with its position, and the state is then of no further use.
  ledger::Result<void> apply(const ledger::Record& record);

  // Everything up to here is in the state.
  ledger::Position position() const { return applied_.complete(); }

  // The number is one that this state knows (ENSURE). References hold until the next apply().
  const KeyEntry& key(ledger::KeyNumber key) const;
  const UserEntry& user(ledger::UserNumber user) const;
  const ClientEntry& client(ledger::ClientNumber client) const;
  std::size_t keys() const { return keys_.size(); }

  Usage usage_of(ledger::KeyNumber key) const;

  // The key with this very digest, or kNoKey. For knox-salted see salted_candidates.
  ledger::KeyNumber find_digest(const ledger::KeyDigest& digest) const;
  bool digest_is(ledger::KeyNumber key, std::span<const std::uint8_t> digest) const;
  bool has_scheme(ledger::DigestScheme scheme) const {
    return of_scheme_[static_cast<std::size_t>(scheme)] > 0;
  }

  struct SaltedKey {
    ledger::KeyNumber key;
    ledger::Salt salt{};
  };
  std::span<const SaltedKey> salted_candidates(std::uint16_t bucket) const;
  std::span<const SaltedKey> salted_without_bucket() const { return salted_without_bucket_; }

  ledger::ClientNumber find_client(const ledger::ClientId& client_id) const;
  ledger::ClientNumber find_client(ledger::AccountNumber account, std::string_view name) const;
  // All clients of this name, in any account.
  std::span<const ledger::ClientNumber> clients_named(std::string_view name) const;

  bool is_assigned(ledger::KeyNumber key, ledger::ClientNumber client) const;

  void add_to(ledger::FieldHasher& hasher) const;

 private:
  struct Applier;
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
  // A client's name in its account, looked up without a copy of the name.
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

  std::span<const std::uint8_t> digest_of(const KeyEntry& key) const;
  void add_salts_to(ledger::FieldHasher& hasher) const;
  bool count_uses(const ledger::UseBlock& block);

  AppliedPositions applied_;
  std::vector<KeyEntry> keys_;        // index: number - 1
  std::vector<UserEntry> users_;      // index: number - 1
  std::vector<ClientEntry> clients_;  // index: number - 1
  std::vector<std::array<std::uint8_t, 32>> short_digests_;
  std::vector<std::array<std::uint8_t, 64>> long_digests_;
  boost::unordered_flat_map<std::uint64_t, ledger::KeyNumber> keys_by_tag_;
  std::array<std::uint64_t, ledger::kDigestSchemes> of_scheme_{};
  boost::unordered_flat_map<std::uint16_t, std::vector<SaltedKey>> salted_;
  std::vector<SaltedKey> salted_without_bucket_;
  boost::unordered_flat_map<ledger::ClientId, ledger::ClientNumber> client_ids_;
  boost::unordered_flat_map<std::string, std::vector<ledger::ClientNumber>, TextHash, TextEqual>
      clients_named_;
  boost::unordered_flat_map<ClientName, ledger::ClientNumber, ClientNameHash, ClientNameEqual> client_names_;
  boost::unordered_flat_map<std::uint64_t, std::uint8_t> assignments_;  // key and client in one number
  std::array<std::uint64_t, ledger::kVerdictReasons> unknown_refused_{};
};

}  // namespace keyledger::projections
