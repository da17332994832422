// Withdrawals: the relations ended by operators. No import restores these relations.
//
// An ended assignment or membership leaves no trace in the present state. The name of a removed client is
// free again. A withdrawal ends when anybody makes the relation again. Relations ended by an import are not
// noted. Owned by a Catalog; one thread at a time.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ledger/values/account_number.h"
#include "ledger/values/entity_ids.h"
#include "projections/tables/keyed_hash.h"

namespace keyledger::projections {

class SnapshotFieldReader;
class SnapshotFieldWriter;

class Withdrawals {
 public:
  explicit Withdrawals(const HashKey& hash_key)
      : unassigned_(0, KeyedHasher{hash_key}),
        left_(0, MembershipHasher{hash_key}),
        removed_(0, NameHasher{hash_key}) {}

  void note_unassigned(ledger::KeyNumber key, ledger::ClientNumber client) {
    unassigned_.insert(pair_of(key, client));
  }
  void forget_unassigned(ledger::KeyNumber key, ledger::ClientNumber client) {
    unassigned_.erase(pair_of(key, client));
  }
  bool was_unassigned(ledger::KeyNumber key, ledger::ClientNumber client) const {
    return unassigned_.contains(pair_of(key, client));
  }

  void note_left(ledger::UserNumber user, ledger::AccountNumber account) { left_.insert({user, account}); }
  void forget_left(ledger::UserNumber user, ledger::AccountNumber account) { left_.erase({user, account}); }
  bool has_left(ledger::UserNumber user, ledger::AccountNumber account) const {
    return left_.contains({user, account});
  }

  // Of several removed clients with this name, keeps the client with the highest number.
  void note_removed(ledger::AccountNumber account, std::string_view name, ledger::ClientNumber client);
  std::optional<ledger::ClientNumber> removed_client(ledger::AccountNumber account,
                                                     std::string_view name) const;

  // write_to() writes the assignments and memberships; the catalog notes removed clients again while it reads
  // them. read_from() marks `in` as unsound if a pair names an unknown entity or a pair occurs twice.
  void write_to(SnapshotFieldWriter& out) const;
  void read_from(SnapshotFieldReader& in, std::size_t keys, std::size_t clients, std::size_t users);

 private:
  struct Membership {
    ledger::UserNumber user;
    ledger::AccountNumber account;

    friend bool operator==(const Membership&, const Membership&) = default;
    friend auto operator<=>(const Membership& a, const Membership& b) {
      return std::pair(a.user.value(), a.account.value()) <=> std::pair(b.user.value(), b.account.value());
    }
  };
  struct MembershipHasher {
    using is_avalanching = void;

    HashKey key;

    std::size_t operator()(const Membership& of) const noexcept {
      const std::uint64_t account = of.account.value();
      return keyed_hash(key, of.user.value(), {reinterpret_cast<const char*>(&account), sizeof account});
    }
  };
  struct Name {
    std::uint64_t account;
    std::string name;

    friend bool operator==(const Name&, const Name&) = default;
  };
  struct NameHasher {
    using is_avalanching = void;

    HashKey key;

    std::size_t operator()(const Name& of) const noexcept { return keyed_hash(key, of.account, of.name); }
  };

  static std::uint64_t pair_of(ledger::KeyNumber key, ledger::ClientNumber client) {
    return std::uint64_t{key.value()} << 32U | client.value();
  }

  boost::unordered_flat_set<std::uint64_t, KeyedHasher> unassigned_;
  boost::unordered_flat_set<Membership, MembershipHasher> left_;
  boost::unordered_flat_map<Name, ledger::ClientNumber, NameHasher> removed_;
};

}  // namespace keyledger::projections
