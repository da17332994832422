#include "projections/catalog_keys.h"

#include <algorithm>
#include <utility>

#include "projections/tables/sorted_numbers.h"

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

namespace {

std::optional<KeyNumber> found(std::uint32_t number) {
  return number == 0 ? std::nullopt : std::optional(KeyNumber{number});
}

template <typename Bytes>
std::string_view view_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(&bytes), sizeof bytes};
}

}  // namespace

DigestPrefix digest_prefix_of(const KeyDigest& digest) {
  DigestPrefix prefix{};
  std::copy_n(digest.bytes.begin(), prefix.size(), prefix.begin());
  prefix[0] = static_cast<std::uint8_t>(prefix[0] ^ static_cast<std::uint8_t>(digest.scheme));
  return prefix;
}

void set_digest(const KeyDigest& digest, CatalogEntry& entry) {
  entry.scheme = digest.scheme;
  entry.digest = digest_prefix_of(digest);
  std::ranges::copy(digest.view().last(entry.identifier.size()), entry.identifier.begin());
}

std::uint64_t CatalogKeys::tag_of(const KeyId& key_id) const {
  return keyed_hash(hash_key_, 0, view_of(key_id.uuid.data));
}

std::uint64_t CatalogKeys::tag_of(const DigestPrefix& digest) const {
  return keyed_hash(hash_key_, 0, view_of(digest));
}

std::uint64_t CatalogKeys::tag_of(UserNumber owner, std::string_view name) const {
  return keyed_hash(hash_key_, owner.value(), name);
}

const CatalogEntry& CatalogKeys::entry(KeyNumber key) const {
  ENSURE(key.value() - 1 < entries_.size(), "a key number of this catalog");
  return entries_[key.value() - 1];
}

CatalogEntry& CatalogKeys::entry(KeyNumber key) {
  ENSURE(key.value() - 1 < entries_.size(), "a key number of this catalog");
  return entries_[key.value() - 1];
}

std::string_view CatalogKeys::name(KeyNumber key) const {
  return name_in_key_texts(texts_.text(entry(key).texts));
}

KeyTexts CatalogKeys::texts(KeyNumber key) const {
  auto texts = decode_key_texts(texts_.text(entry(key).texts));
  ENSURE(texts.has_value(), "texts are what was encoded");
  return *std::move(texts);
}

std::span<const ClientNumber> CatalogKeys::clients(KeyNumber key) const {
  const CatalogEntry& entry = this->entry(key);
  if (!entry.has_clients) return {};
  if (entry.has_client_list) return client_lists_[entry.client.value()];
  return {&entry.client, 1};
}

std::uint32_t CatalogKeys::find_id(const KeyId& key_id, std::uint64_t tag) const {
  return ids_.find(tag, [&](std::uint32_t number) { return entries_[number - 1].key_id == key_id; });
}

std::optional<KeyNumber> CatalogKeys::find_digest(const DigestPrefix& digest, std::uint64_t tag) const {
  const std::uint32_t present =
      digests_.find(tag, [&](std::uint32_t number) { return entries_[number - 1].digest == digest; });
  if (present != 0) return KeyNumber{present};
  const std::uint32_t before =
      former_digests_.find(tag, [&](std::uint32_t number) { return former_[number - 1].digest == digest; });
  return before == 0 ? std::nullopt : std::optional(former_[before - 1].key);
}

std::uint32_t CatalogKeys::find_name(UserNumber owner, std::string_view name, std::uint64_t tag) const {
  return names_by_owner_.find(tag, [&](std::uint32_t number) {
    return entries_[number - 1].owner == owner && this->name(KeyNumber{number}) == name;
  });
}

std::optional<KeyNumber> CatalogKeys::find_id(const KeyId& key_id) const {
  return found(find_id(key_id, tag_of(key_id)));
}

std::optional<KeyNumber> CatalogKeys::find_digest(const DigestPrefix& digest) const {
  return find_digest(digest, tag_of(digest));
}

std::optional<KeyNumber> CatalogKeys::find_name(UserNumber owner, std::string_view name) const {
  return found(find_name(owner, name, tag_of(owner, name)));
}

KeyNumber CatalogKeys::first_named(std::uint64_t tag, std::string_view name) const {
  return KeyNumber{
      names_.find(tag, [&](std::uint32_t number) { return this->name(KeyNumber{number}) == name; })};
}

NameMatch<KeyNumber> CatalogKeys::find_name(std::string_view name) const {
  const KeyNumber first = first_named(tag_of(name), name);
  if (first == kNoKey) return {};
  if (entry(first).behind_of_name != kNoKey) return {.number = std::nullopt, .ambiguous = true};
  return {.number = first, .ambiguous = false};
}

CatalogKeys::Tags CatalogKeys::tags_of(const KeyDetails& details) const {
  return {.id = tag_of(details.key_id),
          .digest = tag_of(digest_prefix_of(details.digest)),
          .name_of_owner = tag_of(details.owner, details.name),
          .name = tag_of(details.name)};
}

void CatalogKeys::prefetch(const Tags& tags) const {
  ids_.prefetch(tags.id);
  digests_.prefetch(tags.digest);
  names_by_owner_.prefetch(tags.name_of_owner);
  names_.prefetch(tags.name);
}

CatalogKeys::Taken CatalogKeys::taken_by_others(const KeyDetails& details, const Tags& tags) const {
  if (find_id(details.key_id, tags.id) != 0) return Taken::kId;
  if (find_name(details.owner, details.name, tags.name_of_owner) != 0) return Taken::kName;
  if (find_digest(digest_prefix_of(details.digest), tags.digest)) return Taken::kDigest;
  return Taken::kNothing;
}

void CatalogKeys::add(const CatalogEntry& entry, const KeyTexts& texts, const Tags& tags) {
  CatalogEntry& added = entries_.push_back(entry);
  added.texts = texts_.put(encode_key_texts(texts));
  const KeyNumber number{static_cast<std::uint32_t>(entries_.size())};
  ids_.insert(tags.id, number.value());
  digests_.insert(tags.digest, number.value());
  link_name(number, tags.name_of_owner, tags.name);
}

void CatalogKeys::link_name(KeyNumber number, std::uint64_t tag_of_owner, std::uint64_t tag) {
  names_by_owner_.insert(tag_of_owner, number.value());
  link_same_name(number, tag);
}

void CatalogKeys::link_same_name(KeyNumber number, std::uint64_t tag) {
  const KeyNumber first = first_named(tag, name(number));
  if (first == kNoKey) return names_.insert(tag, number.value());
  CatalogEntry& linked = entry(number);
  // Links the key after the first of the list, because then the table need not change.
  linked.before_of_name = first;
  linked.behind_of_name = std::exchange(entry(first).behind_of_name, number);
  if (linked.behind_of_name != kNoKey) entry(linked.behind_of_name).before_of_name = number;
}

void CatalogKeys::forget_name(KeyNumber number) {
  CatalogEntry& forgotten = entry(number);
  const std::string_view name = this->name(number);
  names_by_owner_.erase(tag_of(forgotten.owner, name), number.value());
  const KeyNumber before = std::exchange(forgotten.before_of_name, kNoKey);
  const KeyNumber behind = std::exchange(forgotten.behind_of_name, kNoKey);
  if (behind != kNoKey) entry(behind).before_of_name = before;
  if (before != kNoKey) {
    entry(before).behind_of_name = behind;
    return;
  }
  const std::uint64_t tag = tag_of(name);
  names_.erase(tag, number.value());
  if (behind != kNoKey) names_.insert(tag, behind.value());
}

void CatalogKeys::rename(KeyNumber number, std::string_view name) {
  forget_name(number);
  describe(number, [&](KeyTexts& texts) { texts.name = name; });
  link_name(number, tag_of(entry(number).owner, name), tag_of(name));
}

void CatalogKeys::set_texts(KeyNumber number, const KeyTexts& texts) {
  CatalogEntry& changed = entry(number);
  const std::string bytes = encode_key_texts(texts);
  texts_.drop(changed.texts);
  changed.texts = texts_.put(bytes);
}

void CatalogKeys::rotate(KeyNumber number, const KeyDigest& digest) {
  CatalogEntry& rotated = entry(number);
  former_.push_back({.digest = rotated.digest, .key = number});
  const std::uint64_t before = tag_of(rotated.digest);
  digests_.erase(before, number.value());
  former_digests_.insert(before, static_cast<std::uint32_t>(former_.size()));
  set_digest(digest, rotated);
  digests_.insert(tag_of(rotated.digest), number.value());
}

void CatalogKeys::assign(KeyNumber number, ClientNumber client) {
  CatalogEntry& assigned = entry(number);
  if (!assigned.has_clients) {
    assigned.has_clients = true;
    assigned.client = client;
    return;
  }
  if (!assigned.has_client_list) {
    auto place = static_cast<std::uint32_t>(client_lists_.size());
    if (free_client_lists_.empty()) {
      client_lists_.emplace_back();
    } else {
      place = free_client_lists_.back();
      free_client_lists_.pop_back();
    }
    client_lists_[place] = {assigned.client};
    assigned.client = ClientNumber{place};
    assigned.has_client_list = true;
  }
  insert_sorted(client_lists_[assigned.client.value()], client);
}

void CatalogKeys::unassign(KeyNumber number, ClientNumber client) {
  CatalogEntry& left = entry(number);
  if (!left.has_client_list) {
    left.has_clients = false;
    return;
  }
  std::vector<ClientNumber>& list = client_lists_[left.client.value()];
  erase_sorted(list, client);
  if (list.size() > 1) return;
  // The last client of the list moves back into the entry.
  free_client_lists_.push_back(left.client.value());
  left.client = std::exchange(list, {}).front();
  left.has_client_list = false;
}

std::size_t CatalogKeys::memory_bytes() const {
  return entries_.capacity_bytes() + texts_.memory_bytes() + ids_.memory_bytes() + digests_.memory_bytes() +
         names_by_owner_.memory_bytes() + names_.memory_bytes() + former_.capacity_bytes() +
         former_digests_.memory_bytes() + client_list_bytes();
}

std::size_t CatalogKeys::client_list_bytes() const {
  std::size_t bytes = free_client_lists_.capacity() * sizeof(std::uint32_t);
  bytes += client_lists_.size() * sizeof(std::vector<ClientNumber>);
  for (const auto& list : client_lists_) bytes += list.capacity() * sizeof(ClientNumber);
  return bytes;
}

}  // namespace keyledger::projections
