#include "projections/access.h"

#include <algorithm>
#include <cstring>

#include "projections/fold_error.h"

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

namespace {

// What a digest is found by. Tags of different schemes differ, and equal tags are told apart by the digest.
std::uint64_t tag_of(const KeyDigest& digest) {
  std::uint64_t tag = 0;
  std::memcpy(&tag, digest.bytes.data(), sizeof tag);
  return tag ^ (std::uint64_t{static_cast<std::uint8_t>(digest.scheme)} << 61);
}

std::uint64_t assignment_of(KeyNumber key, ClientNumber client) {
  return std::uint64_t{key.value()} << 32 | client.value();
}

template <typename Numbers, typename Number>
void insert_sorted(Numbers& numbers, Number number) {
  numbers.insert(std::lower_bound(numbers.begin(), numbers.end(), number), number);
}

}  // namespace

// One overload an event. Each answers with what is wrong, or null.
struct Access::Applier {
  Access& access;

  using Wrong = const char*;

  Wrong operator()(const AccountOpened&) const { return nullptr; }

  Wrong operator()(const UserRegistered& event) const {
    if (event.user.value() != access.users_.size() + 1) return "with a number out of turn";
    access.users_.push_back({.username = event.username, .active = event.active});
    return nullptr;
  }

  Wrong operator()(const UserJoinedAccount&) const { return nullptr; }

  Wrong operator()(const ClientRegistered& event) const {
    if (event.client.value() != access.clients_.size() + 1) return "with a number out of turn";
    if (!access.client_ids_.emplace(event.client_id, event.client).second) return "of an id that is taken";
    if (!access.client_names_.emplace(ClientName{event.account, event.name}, event.client).second) {
      return "of a name that is taken";
    }
    access.clients_named_[event.name].push_back(event.client);
    access.clients_.push_back({.client_id = event.client_id, .account = event.account});
    return nullptr;
  }

  Wrong operator()(const KeyCreated& event) const { return add_key(event.details, ActiveFlag::kActive); }
  Wrong operator()(const KeyImported& event) const { return add_key(event.details, event.active); }
  Wrong operator()(const KeyActivated& event) const { return set_active(event.key, ActiveFlag::kActive); }
  Wrong operator()(const KeyDeactivated& event) const { return set_active(event.key, ActiveFlag::kInactive); }

  Wrong operator()(const KeyDeleted& event) const {
    if (!knows(event.key)) return "of an unknown key";
    access.keys_[event.key.value() - 1].deleted = true;
    return nullptr;
  }

  Wrong operator()(const KeyAssigned& event) const {
    if (!knows(event.key) || !knows(event.client)) return "of an unknown key or client";
    if (!access.assignments_.emplace(assignment_of(event.key, event.client), std::uint8_t{1}).second) {
      return "of an assignment that exists";
    }
    ClientEntry& client = access.clients_[event.client.value() - 1];
    client.requires_key = true;
    insert_sorted(client.keys, event.key);
    return nullptr;
  }

  Wrong operator()(const KeyUnassigned& event) const {
    if (!knows(event.key) || !knows(event.client)) return "of an unknown key or client";
    if (access.assignments_.erase(assignment_of(event.key, event.client)) == 0) {
      return "of an assignment that does not exist";
    }
    std::erase(access.clients_[event.client.value() - 1].keys, event.key);
    return nullptr;
  }

  Wrong operator()(const KeysUsed& event) const { return count(event.block); }
  Wrong operator()(const UsesDenied& event) const { return count(event.block); }

  Wrong operator()(const UnknownTokensRefused& event) const {
    for (const UnknownTokenCount& refused : event.counts) {
      access.unknown_refused_[static_cast<std::size_t>(refused.reason)] += refused.count;
    }
    return nullptr;
  }

 private:
  bool knows(ClientNumber client) const { return client.value() - 1 < access.clients_.size(); }
  bool knows(KeyNumber key) const { return key.value() - 1 < access.keys_.size(); }

  Wrong count(const UseBlock& block) const {
    return access.count_uses(block) ? nullptr : "of an unknown key or client";
  }

  Wrong set_active(KeyNumber key, ActiveFlag flag) const {
    if (!knows(key)) return "of an unknown key";
    access.keys_[key.value() - 1].active = flag;
    return nullptr;
  }

  Wrong add_key(const KeyDetails& details, ActiveFlag active) const {
    if (details.key.value() != access.keys_.size() + 1) return "with a number out of turn";
    if (details.owner.value() - 1 >= access.users_.size()) return "of an unknown owner";
    const KeyDigest& digest = details.digest;
    KeyEntry entry{.key_id = details.key_id,
                   .account = details.account,
                   .created = details.created,
                   .expiry = details.expiry.value_or(KeyEntry::kNever),
                   .owner = details.owner,
                   .digest_slot = store(digest),
                   .scheme = digest.scheme,
                   .active = active};
    if (digest.scheme == DigestScheme::kKnoxSalted) {
      auto& list = digest.bucket ? access.salted_[*digest.bucket] : access.salted_without_bucket_;
      list.push_back({.key = details.key, .salt = digest.salt});
    } else {
      const auto [place, fresh] = access.keys_by_tag_.emplace(tag_of(digest), details.key);
      if (!fresh) {
        entry.same_tag = place->second;
        place->second = details.key;
      }
    }
    access.keys_.push_back(entry);
    ++access.of_scheme_[static_cast<std::size_t>(digest.scheme)];
    return nullptr;
  }

  std::uint32_t store(const KeyDigest& digest) const {
    const auto append = [&](auto& pool) {
      auto& slot = pool.emplace_back();
      std::copy_n(digest.bytes.begin(), slot.size(), slot.begin());
      return static_cast<std::uint32_t>(pool.size() - 1);
    };
    return digest.scheme == DigestScheme::kSha256 ? append(access.short_digests_)
                                                  : append(access.long_digests_);
  }
};

Result<void> Access::apply(const Record& record) {
  std::uint64_t position = record.position.value();
  for (const Event& event : record.events) {
    if (const char* wrong = std::visit(Applier{*this}, event); wrong != nullptr) {
      return cannot_follow(Position{position}, name_of(event), wrong);
    }
    position += positions_of(event);
  }
  if (!applied_.add(record.position, Position{position - 1})) {
    return cannot_follow(record.position, "a record", "at a position that is taken");
  }
  return {};
}

bool Access::count_uses(const UseBlock& block) {
  for (const Use& use : block.uses) {
    const bool allowed = use.reason == VerdictReason::kAllowed;
    if (use.key != kNoKey) {
      if (use.key.value() > keys_.size()) return false;
      KeyEntry& key = keys_[use.key.value() - 1];
      if (allowed) {
        key.last_used = std::max(key.last_used, use.time);
        ++key.allowed;
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

const KeyEntry& Access::key(KeyNumber key) const {
  ENSURE(key.value() - 1 < keys_.size(), "a key number of this state");
  return keys_[key.value() - 1];
}

const UserEntry& Access::user(UserNumber user) const {
  ENSURE(user.value() - 1 < users_.size(), "a user number of this state");
  return users_[user.value() - 1];
}

const ClientEntry& Access::client(ClientNumber client) const {
  ENSURE(client.value() - 1 < clients_.size(), "a client number of this state");
  return clients_[client.value() - 1];
}

Usage Access::usage_of(KeyNumber number) const {
  const KeyEntry& entry = key(number);
  Usage usage{.last_used = std::nullopt, .allowed = entry.allowed, .denied = entry.denied};
  if (entry.last_used != KeyEntry::kUnused) usage.last_used = entry.last_used;
  return usage;
}

std::span<const std::uint8_t> Access::digest_of(const KeyEntry& key) const {
  if (key.scheme == DigestScheme::kSha256) return short_digests_[key.digest_slot];
  return long_digests_[key.digest_slot];
}

bool Access::digest_is(KeyNumber number, std::span<const std::uint8_t> digest) const {
  return equal_digests(digest_of(key(number)), digest);
}

KeyNumber Access::find_digest(const KeyDigest& digest) const {
  const auto found = keys_by_tag_.find(tag_of(digest));
  if (found == keys_by_tag_.end()) return kNoKey;
  for (KeyNumber number = found->second; number != kNoKey; number = key(number).same_tag) {
    if (key(number).scheme == digest.scheme && digest_is(number, digest.view())) return number;
  }
  return kNoKey;
}

std::span<const Access::SaltedKey> Access::salted_candidates(std::uint16_t bucket) const {
  const auto found = salted_.find(bucket);
  if (found == salted_.end()) return {};
  return found->second;
}

ClientNumber Access::find_client(const ClientId& client_id) const {
  const auto found = client_ids_.find(client_id);
  return found == client_ids_.end() ? kNoClient : found->second;
}

ClientNumber Access::find_client(AccountNumber account, std::string_view name) const {
  const auto found = client_names_.find(ClientNameView{account, name});
  return found == client_names_.end() ? kNoClient : found->second;
}

std::span<const ClientNumber> Access::clients_named(std::string_view name) const {
  const auto found = clients_named_.find(name);
  if (found == clients_named_.end()) return {};
  return found->second;
}

bool Access::is_assigned(KeyNumber key, ClientNumber client) const {
  return assignments_.contains(assignment_of(key, client));
}

void Access::add_to(FieldHasher& hasher) const {
  hasher.add(std::uint64_t{users_.size()});
  for (const UserEntry& user : users_) hasher.add(user.username).add(user.active);
  hasher.add(std::uint64_t{clients_.size()});
  for (const ClientEntry& client : clients_) {
    hasher.add(client.account).add(std::uint64_t{client.requires_key}).add(std::uint64_t{client.keys.size()});
    for (const KeyNumber key : client.keys) hasher.add(key);
    hasher.add(client.usage.last_used).add(client.usage.allowed).add(client.usage.denied);
  }
  hasher.add(std::uint64_t{keys_.size()});
  for (const KeyEntry& key : keys_) {
    hasher.add(digest_of(key))
        .add(key.scheme)
        .add(key.account)
        .add(key.owner)
        .add(key.created)
        .add(key.expiry);
    hasher.add(key.active).add(std::uint64_t{key.deleted});
    hasher.add(key.last_used).add(key.allowed).add(std::uint64_t{key.denied});
  }
  add_salts_to(hasher);
  for (const std::uint64_t refused : unknown_refused_) hasher.add(refused);
}

void Access::add_salts_to(FieldHasher& hasher) const {
  constexpr std::uint64_t kNoBucket = ~std::uint64_t{0};
  std::vector<std::pair<SaltedKey, std::uint64_t>> salted;
  for (const SaltedKey& key : salted_without_bucket_) salted.emplace_back(key, kNoBucket);
  for (const auto& [bucket, keys] : salted_) {
    for (const SaltedKey& key : keys) salted.emplace_back(key, bucket);
  }
  std::sort(salted.begin(), salted.end(),
            [](const auto& a, const auto& b) { return a.first.key < b.first.key; });
  hasher.add(std::uint64_t{salted.size()});
  for (const auto& [key, bucket] : salted) hasher.add(key.key).add(std::span(key.salt)).add(bucket);
}

}  // namespace keyledger::projections
