// The fold of events into the hot state.
#include <algorithm>
#include <utility>

#include "projections/access.h"
#include "projections/fold_error.h"
#include "projections/new_keys.h"
#include "projections/tables/sorted_numbers.h"

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

// Applies an event: an overload for each type. Returns null, or a text about the event's mistake.
struct Access::Applier {
  Access& access;
  Position position;  // of the event

  using Wrong = const char*;

  Wrong operator()(const AccountOpened&) const { return nullptr; }
  Wrong operator()(const AccountRenamed&) const { return nullptr; }

  Wrong operator()(const AccountClosed& event) const {
    access.closed_accounts_.insert(event.account.value());
    return nullptr;
  }

  Wrong operator()(const UserRegistered& event) const {
    if (event.user.value() != access.users_.size() + 1) return "with a number out of turn";
    access.users_.push_back({.username = event.username, .active = event.active, .accounts = {}});
    return nullptr;
  }

  Wrong operator()(const UserJoinedAccount& event) const {
    if (!knows(event.user)) return "of an unknown user";
    user(event.user).accounts.push_back(event.account);
    return nullptr;
  }

  Wrong operator()(const UserLeftAccount& event) const {
    if (!knows(event.user)) return "of an unknown user";
    auto& accounts = user(event.user).accounts;
    const auto left = std::ranges::find(accounts, event.account);
    if (left == accounts.end()) return "of a user who is not a member";
    accounts.erase(left);
    return nullptr;
  }

  Wrong operator()(const UserStaffChanged&) const { return nullptr; }
  Wrong operator()(const UserActiveChanged& event) const { return set_active(event.user, event.active); }
  Wrong operator()(const UserRemoved& event) const { return set_active(event.user, ActiveFlag::kInactive); }

  Wrong operator()(const ClientRegistered& event) const {
    if (event.client.value() != access.clients_.size() + 1) return "with a number out of turn";
    if (!access.client_ids_.emplace(event.client_id, event.client).second) return "of an id that is taken";
    if (!access.client_names_.emplace(ClientName{event.account, event.name}, event.client).second) {
      return "of a name that is taken";
    }
    access.clients_named_[event.name].push_back(event.client);
    access.clients_.push_back({.client_id = event.client_id,
                               .account = event.account,
                               .name = event.name,
                               .keys = {},
                               .usage = {}});
    return nullptr;
  }

  Wrong operator()(const ClientRenamed& event) const {
    if (!knows(event.client)) return "of an unknown client";
    ClientEntry& entry = client(event.client);
    if (entry.removed) return "of a removed client";
    if (entry.name == event.name) return nullptr;
    if (!access.client_names_.emplace(ClientName{entry.account, event.name}, event.client).second) {
      return "of a name that is taken";
    }
    forget_name(event.client);
    entry.name = event.name;
    access.clients_named_[event.name].push_back(event.client);
    return nullptr;
  }

  Wrong operator()(const ClientOpenedToPublic& event) const { return require_key(event.client, false); }
  Wrong operator()(const ClientClosedToPublic& event) const { return require_key(event.client, true); }

  Wrong operator()(const ClientRemoved& event) const {
    if (!knows(event.client)) return "of an unknown client";
    ClientEntry& entry = client(event.client);
    if (std::exchange(entry.removed, true)) return "of a removed client";
    forget_name(event.client);
    access.client_ids_.erase(entry.client_id);
    for (const KeyNumber key : entry.keys) access.assignments_.erase(assignment_of(key, event.client));
    entry.keys.clear();
    return nullptr;
  }

  Wrong operator()(const KeyCreated& event) const {
    return add_key(event.details, {.active = ActiveFlag::kActive});
  }
  Wrong operator()(const KeyImported& event) const {
    KeyEntry entry{.active = event.active};
    entry.is_imported = true;
    entry.last_used = event.last_used.value_or(KeyEntry::kUnused);
    return add_key(event.details, entry);
  }
  Wrong operator()(const KeyActivated& event) const { return set_active(event.key, ActiveFlag::kActive); }
  Wrong operator()(const KeyDeactivated& event) const { return set_active(event.key, ActiveFlag::kInactive); }

  Wrong operator()(const KeyDeleted& event) const {
    if (!knows(event.key)) return "of an unknown key";
    key(event.key).deleted = true;
    return nullptr;
  }

  Wrong operator()(const KeyRenamed&) const { return nullptr; }
  Wrong operator()(const KeyDescribed&) const { return nullptr; }
  Wrong operator()(const KeyAnnotated&) const { return nullptr; }

  Wrong operator()(const KeyExpiryChanged& event) const {
    if (!knows(event.key)) return "of an unknown key";
    key(event.key).expiry = event.expiry.value_or(KeyEntry::kNever);
    return nullptr;
  }

  Wrong operator()(const KeyRotated& event) const {
    if (!knows(event.key)) return "of an unknown key";
    supersede(event.key, event.grace_until.value_or(KeyEntry::kUnused));
    KeyEntry& entry = key(event.key);
    store(event.digest, entry);
    link(event.key, event.digest);
    access.count_digest(entry, entry.scheme);
    return nullptr;
  }

  Wrong operator()(const KeyLimitChanged& event) const {
    if (!knows(event.key)) return "of an unknown key";
    key(event.key).has_limit = event.limit.has_value();
    if (event.limit) {
      access.limiters_[event.key.value()] = {.limit = *event.limit, .since = position};
    } else {
      access.limiters_.erase(event.key.value());
    }
    return nullptr;
  }

  Wrong operator()(const KeyAllowListChanged& event) const {
    if (!knows(event.key)) return "of an unknown key";
    key(event.key).has_allow_list = !event.ranges.empty();
    if (event.ranges.empty()) {
      access.allow_lists_.erase(event.key.value());
    } else {
      access.allow_lists_[event.key.value()] = event.ranges;
    }
    return nullptr;
  }

  Wrong operator()(const PolicyChanged& event) const {
    access.policy_ = event.policy;
    return nullptr;
  }

  Wrong operator()(const KeyAssigned& event) const {
    if (!knows(event.key) || !knows(event.client)) return "of an unknown key or client";
    if (!access.assignments_.emplace(assignment_of(event.key, event.client), std::uint8_t{1}).second) {
      return "of an assignment that exists";
    }
    ClientEntry& entry = client(event.client);
    entry.requires_key = true;
    insert_sorted(entry.keys, event.key);
    return nullptr;
  }

  Wrong operator()(const KeyUnassigned& event) const {
    if (!knows(event.key) || !knows(event.client)) return "of an unknown key or client";
    if (access.assignments_.erase(assignment_of(event.key, event.client)) == 0) {
      return "of an assignment that does not exist";
    }
    erase_sorted(client(event.client).keys, event.key);
    return nullptr;
  }

  Wrong operator()(const CommandHadNoEffect&) const { return nullptr; }

  Wrong operator()(const KeysUsed& event) const { return count(event.block); }
  Wrong operator()(const UsesDenied& event) const { return count(event.block); }

  Wrong operator()(const UnknownTokensRefused& event) const {
    for (const UnknownTokenCount& refused : event.counts) {
      const bool is_later = refused.reason == VerdictReason::kNameAmbiguous;
      const auto reason = is_later ? VerdictReason::kClientUnknown : refused.reason;
      access.unknown_refused_[static_cast<std::size_t>(reason)] += refused.count;
    }
    return nullptr;
  }

 private:
  KeyEntry& key(KeyNumber number) const { return access.keys_[number.value() - 1]; }
  UserEntry& user(UserNumber number) const { return access.users_[number.value() - 1]; }
  ClientEntry& client(ClientNumber number) const { return access.clients_[number.value() - 1]; }
  bool knows(UserNumber user) const { return user.value() - 1 < access.users_.size(); }
  bool knows(ClientNumber client) const { return client.value() - 1 < access.clients_.size(); }
  bool knows(KeyNumber key) const { return key.value() - 1 < access.keys_.size(); }

  Wrong count(const UseBlock& block) const {
    return access.count_uses(block) ? nullptr : "of an unknown key or client";
  }

  Wrong set_active(KeyNumber number, ActiveFlag flag) const {
    if (!knows(number)) return "of an unknown key";
    key(number).active = flag;
    return nullptr;
  }

  Wrong set_active(UserNumber number, ActiveFlag flag) const {
    if (!knows(number)) return "of an unknown user";
    user(number).active = flag;
    return nullptr;
  }

  Wrong require_key(ClientNumber number, bool required) const {
    if (!knows(number)) return "of an unknown client";
    client(number).requires_key = required;
    return nullptr;
  }

  void forget_name(ClientNumber number) const {
    const ClientEntry& entry = client(number);
    access.client_names_.erase(ClientName{entry.account, entry.name});
    const auto named = access.clients_named_.find(entry.name);
    ENSURE(named != access.clients_named_.end(), "a name leads to all that have it");
    std::erase(named->second, number);
    if (named->second.empty()) access.clients_named_.erase(named);
  }

  // Adds a key; `entry` has the fields that creation and import do not share.
  Wrong add_key(const KeyDetails& details, KeyEntry entry) const {
    if (details.key.value() != access.keys_.size() + 1) return "with a number out of turn";
    if (!knows(details.owner)) return "of an unknown owner";
    const KeyDigest& digest = details.digest;
    entry.created = details.created;
    entry.expiry = details.expiry.value_or(KeyEntry::kNever);
    entry.account = details.account;
    entry.owner = details.owner;
    entry.key_id = details.key_id;
    store(digest, entry);
    if (digest.scheme == DigestScheme::kKnoxSalted) {
      auto& list = digest.bucket ? access.salted_[*digest.bucket] : access.salted_without_bucket_;
      list.push_back({.key = details.key, .salt = digest.salt});
    }
    access.keys_.push_back(entry);
    link(details.key, digest);
    access.count_digest(entry, digest.scheme);
    return nullptr;
  }

  // Salted digests are not in the table: salted keys are found by their salts.
  void link(KeyNumber number, const KeyDigest& digest) const {
    if (digest.scheme == DigestScheme::kKnoxSalted) return;
    access.keys_by_tag_.insert(tag_of(digest), number.value());
  }

  // Makes the key's present digest a superseded digest. A superseded digest still leads to the key.
  void supersede(KeyNumber number, Timestamp until) const {
    // No earlier secret outlives the present secret's grace, because a leaked secret must not live on in an
    // older grace.
    std::vector<Superseded>& all = access.superseded_[number.value()];
    for (Superseded& older : all) older.until = std::min(older.until, until);
    all.push_back({.digest = access.whole_digest_of(number), .until = until});
    key(number).is_rotated = true;
  }

  void store(const KeyDigest& digest, KeyEntry& entry) const {
    entry.scheme = digest.scheme;
    const auto bytes = std::span(digest.bytes);
    std::ranges::copy(bytes.first<KeyEntry::kDigestHeadBytes>(), entry.digest_head.begin());
    if (digest.scheme == DigestScheme::kSha256) return;
    DigestTail tail{};
    std::ranges::copy(bytes.subspan<KeyEntry::kDigestHeadBytes>(), tail.begin());
    entry.digest_tail = static_cast<std::uint32_t>(access.digest_tails_.size());
    access.digest_tails_.push_back(tail);
  }
};

// Prefetches the places of coming keys.
struct Access::Ahead {
  const Access& access;
  NewKeysAhead keys;

  void look() {
    const KeyDetails* details = keys.next();
    if (details != nullptr) access.keys_by_tag_.prefetch(tag_of(details->digest));
  }
};

Result<void> Access::apply(std::span<const Record> records) {
  Ahead ahead{*this, NewKeysAhead(records)};
  for (std::size_t i = 0; i < NewKeysAhead::kEventsAhead; ++i) ahead.look();
  for (const Record& record : records) {
    if (auto done = apply(record, ahead); !done) return done;
  }
  return {};
}

Result<void> Access::apply(const Record& record, Ahead& ahead) {
  std::uint64_t position = record.position.value();
  for (const Event& event : record.events) {
    ahead.look();
    if (const char* wrong = std::visit(Applier{*this, Position{position}}, event); wrong != nullptr) {
      return cannot_follow(Position{position}, name_of(event), wrong);
    }
    position += positions_of(event);
  }
  if (!applied_.add(record.position, Position{position - 1})) {
    return cannot_follow(record.position, "a record", "at a position that is taken");
  }
  return {};
}

// A use judged before the limit was set does not count, because the live state folded the use before the
// limit.
void Access::limit_use(const Use& use, Position as_of) {
  Limiter& limiter = limiters_.at(use.key.value());
  if (as_of < limiter.since) return;
  limiter.arrival = after_use(limiter.limit, limiter.arrival, use.time);
}

bool Access::count_uses(const UseBlock& block) {
  // Keys are used in an order that no processor can guess, so the keys of coming uses are prefetched.
  constexpr std::size_t kUsesAhead = 12;
  for (std::size_t i = 0; i < block.uses.size(); ++i) {
    if (i + kUsesAhead < block.uses.size()) prefetch_key(block.uses[i + kUsesAhead].key);
    const Use& use = block.uses[i];
    const bool allowed = use.reason == VerdictReason::kAllowed;
    if (use.key != kNoKey) {
      if (use.key.value() > keys_.size()) return false;
      KeyEntry& key = keys_[use.key.value() - 1];
      if (allowed) {
        key.last_used = std::max(key.last_used, use.time);
        ++key.allowed;
        if (key.has_limit) limit_use(use, block.as_of);
      } else if (key.denied != std::numeric_limits<std::uint32_t>::max()) {
        ++key.denied;
      }
    }
    if (use.client == kNoClient) continue;
    if (use.client.value() > clients_.size()) return false;
    Usage& usage = clients_[use.client.value() - 1].usage;
    if (allowed) {
      usage.last_used = usage.last_used ? std::max(*usage.last_used, use.time) : use.time;
      ++usage.allowed;
    } else {
      ++usage.denied;
    }
  }
  return true;
}

}  // namespace keyledger::projections
