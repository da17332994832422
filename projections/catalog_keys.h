// CatalogKeys: the keys of a Catalog, in few bytes.
//
// A key has one entry of fixed size; what is said of it lies in an arena, and tables of eight bytes a slot
// find it. Nothing here moves or is built anew all at once, so a command takes as long at ten million keys as
// at ten. Owned by a Catalog; one thread at a time. Numbers given to it are those of its keys (ENSURE).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ledger/record.h"
#include "ledger/values/byte_stream.h"
#include "ledger/values/entity_ids.h"
#include "ledger/values/key_digest.h"
#include "projections/key_texts.h"
#include "projections/tables/chunked.h"
#include "projections/tables/keyed_hash.h"
#include "projections/tables/tag_table.h"
#include "projections/tables/text_arena.h"

namespace keyledger::projections {

// How many entities have a name: none, one, or more than one.
template <typename Number>
struct NameMatch {
  std::optional<Number> number;
  bool ambiguous = false;
};

// What digests are told apart by: the scheme and the first 16 bytes. 128 bits of a SHA-2 hash do not
// collide by accident, and an importer who makes them collide only hides a key from himself.
using DigestPrefix = std::array<std::uint8_t, 16>;
DigestPrefix digest_prefix_of(const ledger::KeyDigest& digest);

struct CatalogEntry {
  ledger::KeyId key_id;
  DigestPrefix digest{};
  ledger::Timestamp created;
  ledger::Timestamp expiry;  // if it expires
  ledger::UserNumber owner;
  std::uint32_t account = 0;          // its place in the order of opening
  ledger::KeyNumber before_of_owner;  // his key before this one
  ledger::KeyNumber before_of_account;
  ledger::KeyNumber before_of_name;  // undeleted keys of one name, in a list without order
  ledger::KeyNumber behind_of_name;
  std::uint32_t version = 0;
  TextArena::Ref texts = 0;
  ledger::ClientNumber client;               // if it has one; if it has several, the place of their list
  std::array<std::uint8_t, 2> identifier{};  // the end of the digest
  ledger::DigestScheme scheme{};
  bool active : 1 = false;
  bool deleted : 1 = false;
  bool imported : 1 = false;
  bool expires : 1 = false;
  bool has_clients : 1 = false;
  bool has_client_list : 1 = false;

  ledger::Timestamp expiry_or_latest() const { return expires ? expiry : ledger::kLatest; }
};
static_assert(sizeof(CatalogEntry) == 88);

// A digest that was rotated away.
struct FormerDigest {
  DigestPrefix digest{};
  ledger::KeyNumber key;
};

// The scheme, the prefix and the identifier.
void set_digest(const ledger::KeyDigest& digest, CatalogEntry& entry);

class CatalogKeys {
 public:
  explicit CatalogKeys(const HashKey& hash_key) : hash_key_(hash_key) {}

  std::size_t size() const { return entries_.size(); }
  // Entries, texts, tables and lists of clients.
  std::size_t memory_bytes() const;

  // References and views hold until the next change.
  const CatalogEntry& entry(ledger::KeyNumber key) const;
  CatalogEntry& entry(ledger::KeyNumber key);
  std::string_view name(ledger::KeyNumber key) const;
  KeyTexts texts(ledger::KeyNumber key) const;
  // Ascending.
  std::span<const ledger::ClientNumber> clients(ledger::KeyNumber key) const;

  std::optional<ledger::KeyNumber> find_id(const ledger::KeyId& key_id) const;
  // The key that has this digest, or had it before it was rotated.
  std::optional<ledger::KeyNumber> find_digest(const DigestPrefix& digest) const;
  // Among undeleted keys.
  std::optional<ledger::KeyNumber> find_name(ledger::UserNumber owner, std::string_view name) const;
  NameMatch<ledger::KeyNumber> find_name(std::string_view name) const;

  // What the tables find a key by: hashed once for all that is done with a new one.
  struct Tags {
    std::uint64_t id = 0;
    std::uint64_t digest = 0;
    std::uint64_t name_of_owner = 0;
    std::uint64_t name = 0;
  };
  Tags tags_of(const ledger::KeyDetails& details) const;
  // Brings the places of a key nearer, for what follows shortly.
  void prefetch(const Tags& tags) const;
  // What a new key, which has these tags, has of another.
  enum class Taken : std::uint8_t { kNothing, kId, kName, kDigest };
  Taken taken_by_others(const ledger::KeyDetails& details, const Tags& tags) const;
  // Nothing of it is taken; its number is the next.
  void add(const CatalogEntry& entry, const KeyTexts& texts, const Tags& tags);
  // The name is not its own and nobody's of its owner.
  void rename(ledger::KeyNumber key, std::string_view name);
  void forget_name(ledger::KeyNumber key);
  // The digest is new; the one before still leads to the key.
  void rotate(ledger::KeyNumber key, const ledger::KeyDigest& digest);
  // The pair is not there, or is there.
  void assign(ledger::KeyNumber key, ledger::ClientNumber client);
  void unassign(ledger::KeyNumber key, ledger::ClientNumber client);

  // Changes what is said beside the name: `change` gets the KeyTexts as they are.
  template <typename Change>
  void describe(ledger::KeyNumber key, const Change& change) {
    KeyTexts all = texts(key);
    change(all);
    set_texts(key, all);
  }

  // For snapshots: entries, texts and former digests, a section each. Links, texts and clients in the entries
  // are left for the reader to find anew: reading gives entries without clients and without links of owners
  // and accounts, and shows each to `look` when it has just been read. False if the sections are not sound,
  // or hold more than came about up to `position`, or `look` says so.
  using Sections = std::array<ledger::ByteSource*, 3>;
  using Look = std::function<bool(CatalogEntry&, ledger::KeyNumber)>;
  void write_to(ledger::ByteSink& sink) const;
  bool read_from(const Sections& sections, ledger::Position position, const Look& look);

 private:
  struct Reading;

  std::uint64_t tag_of(const ledger::KeyId& key_id) const;
  std::uint64_t tag_of(const DigestPrefix& digest) const;
  std::uint64_t tag_of(ledger::UserNumber owner, std::string_view name) const;
  std::uint64_t tag_of(std::string_view name) const { return keyed_hash(hash_key_, 0, name); }

  std::uint32_t find_id(const ledger::KeyId& key_id, std::uint64_t tag) const;
  std::optional<ledger::KeyNumber> find_digest(const DigestPrefix& digest, std::uint64_t tag) const;
  std::uint32_t find_name(ledger::UserNumber owner, std::string_view name, std::uint64_t tag) const;
  ledger::KeyNumber first_named(std::uint64_t tag, std::string_view name) const;
  void link_name(ledger::KeyNumber key, std::uint64_t tag_of_owner, std::uint64_t tag);
  // Into the list of those that have its name, whose tag this is.
  void link_same_name(ledger::KeyNumber key, std::uint64_t tag);
  void set_texts(ledger::KeyNumber key, const KeyTexts& texts);
  std::size_t client_list_bytes() const;

  HashKey hash_key_;
  Chunked<CatalogEntry> entries_;  // index: number - 1
  TextArena texts_;
  TagTable ids_;
  TagTable digests_;
  TagTable names_by_owner_;
  TagTable names_;  // of each name the first of its list
  Chunked<FormerDigest> former_;
  TagTable former_digests_;  // index of former_ + 1
  std::deque<std::vector<ledger::ClientNumber>> client_lists_;
  std::vector<std::uint32_t> free_client_lists_;
};

}  // namespace keyledger::projections
