// CatalogKeys: the keys of a Catalog, in few bytes.
//
// A key has one entry of fixed size; its texts lie in an arena, and tables of eight bytes a slot find the
// key. Nothing here is moved or rebuilt all at once, so a command takes equally long at ten and at ten
// million keys. Owned by a Catalog; one thread at a time. Key numbers passed in must be numbers of these keys
// (ENSURE).
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

// The result of looking up a name: no entity, a single entity, or several (ambiguous).
template <typename Number>
struct NameMatch {
  std::optional<Number> number;
  bool ambiguous = false;
};

// Identifies a digest: the first 16 bytes, with the scheme mixed in. 128 bits of a SHA-2 hash do not collide
// by accident, and importers who make digests collide only hide a key from themselves.
using DigestPrefix = std::array<std::uint8_t, 16>;
DigestPrefix digest_prefix_of(const ledger::KeyDigest& digest);

struct CatalogEntry {
  ledger::KeyId key_id;
  DigestPrefix digest{};
  ledger::Timestamp created;
  ledger::Timestamp expiry;  // valid if `expires`
  ledger::UserNumber owner;
  std::uint32_t account = 0;          // index in the order of opening
  ledger::KeyNumber before_of_owner;  // the previous key of the owner
  ledger::KeyNumber before_of_account;
  ledger::KeyNumber before_of_name;  // links of the unordered list of undeleted keys with equal names
  ledger::KeyNumber behind_of_name;
  std::uint32_t version = 0;
  TextArena::Ref texts = 0;
  ledger::ClientNumber client;  // valid if has_clients; if has_client_list, the index of the list
  std::array<std::uint8_t, 2> identifier{};  // the last bytes of the digest
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

// A digest replaced by rotation.
struct FormerDigest {
  DigestPrefix digest{};
  ledger::KeyNumber key;
};

// Sets the scheme, the prefix and the identifier of `entry`.
void set_digest(const ledger::KeyDigest& digest, CatalogEntry& entry);

class CatalogKeys {
 public:
  explicit CatalogKeys(const HashKey& hash_key) : hash_key_(hash_key) {}

  std::size_t size() const { return entries_.size(); }
  // Returns the bytes of memory that entries, texts, tables and lists of clients hold.
  std::size_t memory_bytes() const;

  // References and views stay valid until the next change.
  const CatalogEntry& entry(ledger::KeyNumber key) const;
  CatalogEntry& entry(ledger::KeyNumber key);
  std::string_view name(ledger::KeyNumber key) const;
  KeyTexts texts(ledger::KeyNumber key) const;
  // Returns the clients to which the key is assigned, in ascending order.
  std::span<const ledger::ClientNumber> clients(ledger::KeyNumber key) const;

  std::optional<ledger::KeyNumber> find_id(const ledger::KeyId& key_id) const;
  // Finds the key that has this digest, or had the digest before a rotation.
  std::optional<ledger::KeyNumber> find_digest(const DigestPrefix& digest) const;
  // Find keys by name; deleted keys are not found.
  std::optional<ledger::KeyNumber> find_name(ledger::UserNumber owner, std::string_view name) const;
  NameMatch<ledger::KeyNumber> find_name(std::string_view name) const;

  // The tags by which the tables find a key. Hashed once for all steps of adding a key.
  struct Tags {
    std::uint64_t id = 0;
    std::uint64_t digest = 0;
    std::uint64_t name_of_owner = 0;
    std::uint64_t name = 0;
  };
  Tags tags_of(const ledger::KeyDetails& details) const;
  // Brings the places of a key in the tables nearer, for calls that follow shortly.
  void prefetch(const Tags& tags) const;
  // The unique property of a new key that another key already has, if any.
  enum class Taken : std::uint8_t { kNothing, kId, kName, kDigest };
  // `tags` must be the tags of `details`.
  Taken taken_by_others(const ledger::KeyDetails& details, const Tags& tags) const;
  // Adds a key under the next number. None of its unique properties may be taken.
  void add(const CatalogEntry& entry, const KeyTexts& texts, const Tags& tags);
  // Renames a key. The name must differ from the present name, and no other key of the owner may have it.
  void rename(ledger::KeyNumber key, std::string_view name);
  // Removes the key from the tables of names.
  void forget_name(ledger::KeyNumber key);
  // Replaces the digest. The digest must be new; the previous digest still leads to the key.
  void rotate(ledger::KeyNumber key, const ledger::KeyDigest& digest);
  // assign() needs a pair not yet assigned, unassign() an assigned pair.
  void assign(ledger::KeyNumber key, ledger::ClientNumber client);
  void unassign(ledger::KeyNumber key, ledger::ClientNumber client);

  // Changes the texts other than the name: `change` gets the present KeyTexts.
  template <typename Change>
  void describe(ledger::KeyNumber key, const Change& change) {
    KeyTexts all = texts(key);
    change(all);
    set_texts(key, all);
  }

  // write_to() writes entries, texts and former digests as a section of a snapshot each. read_from() reads
  // them again. Links, texts and clients in the entries are not read but rebuilt: the entries read have no
  // clients and no links of owners and accounts. read_from() passes each entry just read to `look`. Returns
  // false if the sections are not sound, if they hold more than the events up to `position` can make, or if
  // `look` returns false.
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
  // Links the key into the list of keys of equal name. `tag` is the tag of the name.
  void link_same_name(ledger::KeyNumber key, std::uint64_t tag);
  void set_texts(ledger::KeyNumber key, const KeyTexts& texts);
  std::size_t client_list_bytes() const;

  HashKey hash_key_;
  Chunked<CatalogEntry> entries_;  // index: number - 1
  TextArena texts_;
  TagTable ids_;
  TagTable digests_;
  TagTable names_by_owner_;
  TagTable names_;  // for each name, the first key of its list
  Chunked<FormerDigest> former_;
  TagTable former_digests_;  // index of former_ + 1
  std::deque<std::vector<ledger::ClientNumber>> client_lists_;
  std::vector<std::uint32_t> free_client_lists_;
};

}  // namespace keyledger::projections
