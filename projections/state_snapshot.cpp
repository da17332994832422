#include "projections/state_snapshot.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <initializer_list>

namespace keyledger::projections {

namespace {

// FNV-1a (Fowler, Noll, Vo) over whole numbers: good enough to distinguish the layouts in the history of a
// single program.
constexpr std::uint64_t mixed(std::initializer_list<std::uint64_t> numbers) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint64_t number : numbers) hash = (hash ^ number) * 0x100000001b3;
  return hash;
}

// Returns a hash of the bits set by `set` in an entry of zeros, because a bit-field has no offset.
template <typename Entry, typename Set>
std::uint64_t bits_of(const Set& set) {
  Entry entry;
  std::memset(static_cast<void*>(&entry), 0, sizeof entry);
  set(entry);
  std::array<std::uint8_t, sizeof(Entry)> bytes;
  std::memcpy(bytes.data(), &entry, sizeof entry);
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != 0) bits = mixed({bits, i, bytes[i]});
  }
  return bits;
}

// Leaves out the values of one-byte enumerations, because the log's codec fixes the values.
std::uint64_t layout_of_access() {
  return mixed({sizeof(KeyEntry), offsetof(KeyEntry, digest_head), offsetof(KeyEntry, created),
                offsetof(KeyEntry, expiry), offsetof(KeyEntry, account), offsetof(KeyEntry, owner),
                offsetof(KeyEntry, scheme), offsetof(KeyEntry, active),
                bits_of<KeyEntry>([](KeyEntry& entry) { entry.deleted = true; }),
                bits_of<KeyEntry>([](KeyEntry& entry) { entry.has_allow_list = true; }),
                bits_of<KeyEntry>([](KeyEntry& entry) { entry.is_rotated = true; }),
                bits_of<KeyEntry>([](KeyEntry& entry) { entry.is_imported = true; }),
                offsetof(KeyEntry, key_id), offsetof(KeyEntry, last_used), offsetof(KeyEntry, allowed),
                offsetof(KeyEntry, denied), offsetof(KeyEntry, digest_tail),
                bits_of<KeyEntry>([](KeyEntry& entry) { entry.has_limit = true; }), sizeof(DigestTail)});
}

// Mixes in links, texts and clients too. Readers rebuild the three members, but an entry's bytes contain
// them.
std::uint64_t layout_of_catalog() {
  return mixed({sizeof(CatalogEntry),
                offsetof(CatalogEntry, key_id),
                offsetof(CatalogEntry, digest),
                offsetof(CatalogEntry, created),
                offsetof(CatalogEntry, expiry),
                offsetof(CatalogEntry, owner),
                offsetof(CatalogEntry, account),
                offsetof(CatalogEntry, before_of_owner),
                offsetof(CatalogEntry, before_of_account),
                offsetof(CatalogEntry, before_of_name),
                offsetof(CatalogEntry, behind_of_name),
                offsetof(CatalogEntry, version),
                offsetof(CatalogEntry, texts),
                offsetof(CatalogEntry, client),
                offsetof(CatalogEntry, identifier),
                offsetof(CatalogEntry, scheme),
                bits_of<CatalogEntry>([](CatalogEntry& entry) { entry.active = true; }),
                bits_of<CatalogEntry>([](CatalogEntry& entry) { entry.deleted = true; }),
                bits_of<CatalogEntry>([](CatalogEntry& entry) { entry.imported = true; }),
                bits_of<CatalogEntry>([](CatalogEntry& entry) { entry.expires = true; }),
                bits_of<CatalogEntry>([](CatalogEntry& entry) { entry.has_clients = true; }),
                bits_of<CatalogEntry>([](CatalogEntry& entry) { entry.has_client_list = true; }),
                sizeof(FormerDigest),
                offsetof(FormerDigest, digest),
                offsetof(FormerDigest, key)});
}

}  // namespace

std::uint64_t snapshot_layout() {
  static_assert(std::is_standard_layout_v<KeyEntry> && std::is_standard_layout_v<CatalogEntry>);
  return mixed({kSnapshotVersion, layout_of_access(), layout_of_catalog()});
}

void write_state(const Catalog& catalog, const Access& access, ledger::ByteSink& sink) {
  access.write_to(sink);
  catalog.write_to(sink);
}

}  // namespace keyledger::projections
