#include "projections/access.h"

#include <algorithm>
#include <cstring>

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

std::uint64_t Access::assignment_of(KeyNumber key, ClientNumber client) {
  return std::uint64_t{key.value()} << 32 | client.value();
}

std::size_t Access::key_memory_bytes() const {
  return keys_.capacity_bytes() + digest_tails_.capacity_bytes() + keys_by_tag_.memory_bytes();
}

Usage Access::usage_of(KeyNumber number) const {
  const KeyEntry& entry = key(number);
  Usage usage{.last_used = std::nullopt, .allowed = entry.allowed, .denied = entry.denied};
  if (entry.last_used != KeyEntry::kUnused) usage.last_used = entry.last_used;
  return usage;
}

// Always compares both halves, because the time must not tell whether the first half was equal.
bool Access::digest_is(const KeyEntry& key, DigestView digest) const {
  constexpr std::size_t kHead = KeyEntry::kDigestHeadBytes;
  if (key.scheme != digest.scheme) return false;
  const bool head = equal_parts(std::span(key.digest_head), digest.bytes.first<kHead>());
  if (digest.scheme == DigestScheme::kSha256) return head;
  const DigestTail& stored = digest_tails_[key.digest_tail];
  const bool tail =
      equal_parts(std::span(stored), digest.bytes.subspan<kHead, std::tuple_size_v<DigestTail>>());
  return head && tail;
}

Credential Access::find_digest(DigestView digest) const {
  Credential found;
  keys_by_tag_.find(tag_of(digest), [&](std::uint32_t number) {
    found = match(KeyNumber{number}, digest);
    return found.key != kNoKey;
  });
  return found;
}

KeyNumber Access::prefetch_key(DigestView digest) const {
  return KeyNumber{keys_by_tag_.find(tag_of(digest), [&](std::uint32_t number) {
    const KeyEntry& entry = keys_[number - 1];
    bring_near(&entry.digest_head);
    bring_near(&entry.key_id);
    return true;
  })};
}

void Access::prefetch_owner(KeyNumber key) const {
  if (key == kNoKey) return;
  const UserEntry& owner = user(keys_[key.value() - 1].owner);
  bring_near(&owner.username);
  bring_near(&owner.accounts);
}

Credential Access::match(KeyNumber number, DigestView digest) const {
  const KeyEntry& entry = key(number);
  if (digest_is(entry, digest)) return {.key = number};
  return entry.is_rotated ? match_superseded(number, digest) : Credential{};
}

Credential Access::match_superseded(KeyNumber number, DigestView digest) const {
  for (const Superseded& before : superseded(number)) {
    if (equal_digests(before.digest, digest)) return {.key = number, .until = before.until};
  }
  return {};
}

KeyDigest Access::unsalted_digest_of(const KeyEntry& key) const {
  KeyDigest digest{.scheme = key.scheme};
  auto* const tail = std::ranges::copy(key.digest_head, digest.bytes.begin()).out;
  if (digest.scheme != DigestScheme::kSha256) std::ranges::copy(digest_tails_[key.digest_tail], tail);
  return digest;
}

KeyDigest Access::whole_digest_of(KeyNumber number) const {
  KeyDigest digest = unsalted_digest_of(key(number));
  if (digest.scheme != DigestScheme::kKnoxSalted) return digest;
  const auto take_salt = [&](std::span<const SaltedKey> keys, std::optional<std::uint16_t> bucket) {
    const auto found = std::ranges::find(keys, number, &SaltedKey::key);
    if (found == keys.end()) return false;
    digest.salt = found->salt;
    digest.bucket = bucket;
    return true;
  };
  if (take_salt(salted_without_bucket_, std::nullopt)) return digest;
  for (const auto& [bucket, keys] : salted_) {
    if (take_salt(keys, bucket)) return digest;
  }
  ENSURE(false, "a salted key has its salt");
}

const Limiter& Access::limiter(KeyNumber number) const {
  const auto found = limiters_.find(number.value());
  ENSURE(found != limiters_.end(), "a key with a limit");
  return found->second;
}

std::span<const AddressRange> Access::allow_list(KeyNumber number) const {
  const auto found = allow_lists_.find(number.value());
  ENSURE(found != allow_lists_.end(), "a key with an allow-list");
  return found->second;
}

std::span<const Superseded> Access::superseded(KeyNumber number) const {
  const auto found = superseded_.find(number.value());
  if (found == superseded_.end()) return {};
  return found->second;
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
  for (const UserEntry& user : users_) {
    hasher.add(user.username).add(user.active).add(std::uint64_t{user.accounts.size()});
    for (const AccountNumber account : user.accounts) hasher.add(account);
  }
  hasher.add(std::uint64_t{clients_.size()});
  for (const ClientEntry& client : clients_) {
    hasher.add(client.account).add(client.name).add(std::uint64_t{client.removed});
    hasher.add(std::uint64_t{client.requires_key}).add(std::uint64_t{client.keys.size()});
    for (const KeyNumber key : client.keys) hasher.add(key);
    hasher.add(client.usage.last_used).add(client.usage.allowed).add(client.usage.denied);
  }
  hasher.add(std::uint64_t{keys_.size()});
  for (std::uint32_t i = 1; i <= keys_.size(); ++i) {
    const KeyEntry& key = this->key(KeyNumber{i});
    hasher.add(unsalted_digest_of(key).view())
        .add(key.scheme)
        .add(key.account)
        .add(key.owner)
        .add(key.created)
        .add(key.expiry);
    hasher.add(key.active).add(std::uint64_t{key.deleted});
    hasher.add(key.last_used).add(key.allowed).add(std::uint64_t{key.denied});
  }
  add_rules_to(hasher);
  add_salts_to(hasher);
  for (const std::uint64_t refused : unknown_refused_) hasher.add(refused);
}

// Walks key by key, because a hash table has no order.
void Access::add_rules_to(FieldHasher& hasher) const {
  for (std::uint32_t i = 1; i <= keys_.size(); ++i) {
    const KeyNumber number{i};
    const KeyEntry& entry = key(number);
    hasher.add(std::uint64_t{entry.has_limit}).add(std::uint64_t{entry.has_allow_list});
    if (entry.has_limit) {
      const Limiter& limiter = this->limiter(number);
      hasher.add(std::uint64_t{limiter.limit.requests}).add(static_cast<std::uint64_t>(limiter.limit.window));
      hasher.add(limiter.arrival).add(limiter.since);
    }
    const std::span<const AddressRange> ranges =
        entry.has_allow_list ? allow_list(number) : std::span<const AddressRange>{};
    hasher.add(std::uint64_t{ranges.size()});
    for (const AddressRange& range : ranges) {
      hasher.add(std::span<const std::uint8_t>(range.base.bytes)).add(std::uint64_t{range.length});
    }
    hasher.add(std::uint64_t{superseded(number).size()});
    for (const Superseded& before : superseded(number)) {
      hasher.add(before.digest.scheme).add(before.digest.view()).add(before.until);
    }
  }
  std::vector<std::uint64_t> closed(closed_accounts_.begin(), closed_accounts_.end());
  std::sort(closed.begin(), closed.end());
  hasher.add(std::uint64_t{closed.size()});
  for (const std::uint64_t account : closed) hasher.add(account);
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
