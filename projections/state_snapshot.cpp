#include "projections/state_snapshot.h"

#include <cstddef>
#include <initializer_list>

namespace keyledger::projections {

namespace {

// FNV-1a (Fowler, Noll, Vo) over whole numbers: enough to tell layouts of one program's history apart.
constexpr std::uint64_t mixed(std::initializer_list<std::uint64_t> numbers) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint64_t number : numbers) hash = (hash ^ number) * 0x100000001b3;
  return hash;
}

}  // namespace

std::uint64_t snapshot_layout() {
  static_assert(std::is_standard_layout_v<KeyEntry> && std::is_standard_layout_v<CatalogEntry>);
  return mixed({kSnapshotVersion,
                sizeof(KeyEntry),
                offsetof(KeyEntry, digest_head),
                offsetof(KeyEntry, created),
                offsetof(KeyEntry, expiry),
                offsetof(KeyEntry, account),
                offsetof(KeyEntry, owner),
                offsetof(KeyEntry, scheme),
                offsetof(KeyEntry, active),
                offsetof(KeyEntry, key_id),
                offsetof(KeyEntry, last_used),
                offsetof(KeyEntry, allowed),
                offsetof(KeyEntry, denied),
                offsetof(KeyEntry, digest_tail),
                sizeof(CatalogEntry),
                offsetof(CatalogEntry, key_id),
                offsetof(CatalogEntry, digest),
                offsetof(CatalogEntry, created),
                offsetof(CatalogEntry, expiry),
                offsetof(CatalogEntry, owner),
                offsetof(CatalogEntry, account),
                offsetof(CatalogEntry, version),
                offsetof(CatalogEntry, identifier),
                offsetof(CatalogEntry, scheme)});
}

void write_state(const Catalog& catalog, const Access& access, ledger::ByteSink& sink) {
  access.write_to(sink);
  catalog.write_to(sink);
}

}  // namespace keyledger::projections
