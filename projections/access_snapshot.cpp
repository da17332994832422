// Writes the hot state to a snapshot, and reads it from a snapshot.
#include <algorithm>

#include "projections/access.h"
#include "projections/snapshot_bulk.h"
#include "projections/snapshot_fields.h"
#include "projections/tables/tag_queue.h"

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

namespace {

void write(const KeyDigest& digest, SnapshotFieldWriter& out) {
  out.number(static_cast<std::uint64_t>(digest.scheme));
  out.bytes(digest.view());
  if (digest.scheme != DigestScheme::kKnoxSalted) return;
  out.bytes(digest.salt);
  out.number(digest.bucket ? std::uint64_t{*digest.bucket} + 1 : 0);
}

KeyDigest read_digest(SnapshotFieldReader& in) {
  KeyDigest digest{.scheme = static_cast<DigestScheme>(in.number(kDigestSchemes - 1))};
  in.bytes(std::span(digest.bytes).first(digest_size(digest.scheme)));
  if (digest.scheme != DigestScheme::kKnoxSalted) return digest;
  in.bytes(digest.salt);
  const std::uint64_t bucket = in.number(kAny16 + 1);
  if (bucket != 0) digest.bucket = static_cast<std::uint16_t>(bucket - 1);
  return digest;
}

void write(const Usage& usage, SnapshotFieldWriter& out) {
  out.flag(usage.last_used.has_value());
  out.moment(usage.last_used.value_or(Timestamp{}));
  out.number(usage.allowed);
  out.number(usage.denied);
}

Usage read_usage(SnapshotFieldReader& in) {
  Usage usage;
  const bool is_used = in.flag();
  const Timestamp last = in.moment();
  if (is_used) usage.last_used = last;
  usage.allowed = in.number();
  usage.denied = in.number();
  return usage;
}

}  // namespace

// Writes and reads each part by a function of its own. At values impossible in a fold, the reader fails.
struct Access::SnapshotParts {
  static void write_users(const Access& access, SnapshotFieldWriter& out) {
    out.number(access.users_.size());
    for (const UserEntry& user : access.users_) {
      out.text(user.username);
      out.flag(user.active == ActiveFlag::kActive);
      out.ids(user.accounts);
    }
  }

  static void read_users(SnapshotFieldReader& in, Access& access) {
    for (std::size_t left = in.count(); in.is_sound() && left > 0; --left) {
      UserEntry& user = access.users_.emplace_back();
      user.username = in.text();
      user.active = in.flag() ? ActiveFlag::kActive : ActiveFlag::kInactive;
      user.accounts.resize(in.count());
      for (AccountNumber& account : user.accounts) account = in.id<AccountNumber>(kAccountMax);
    }
  }

  static void write_clients(const Access& access, SnapshotFieldWriter& out) {
    out.number(access.clients_.size());
    for (const ClientEntry& client : access.clients_) {
      out.bytes(client.client_id.uuid.data);
      out.id(client.account);
      out.text(client.name);
      out.flag(client.removed);
      out.flag(client.requires_key);
      out.ids(client.keys);
      write(client.usage, out);
    }
  }

  // Reads the clients, and fills their tables.
  static void read_clients(SnapshotFieldReader& in, std::size_t keys, Access& access) {
    for (std::size_t left = in.count(); in.is_sound() && left > 0; --left) {
      ClientEntry& client = access.clients_.emplace_back();
      const ClientNumber number{static_cast<std::uint32_t>(access.clients_.size())};
      in.bytes(client.client_id.uuid.data);
      client.account = in.id<AccountNumber>(kAccountMax);
      client.name = in.text();
      client.removed = in.flag();
      client.requires_key = in.flag();
      client.keys.resize(in.count());
      for (KeyNumber& key : client.keys) key = in.known_id<KeyNumber>(keys);
      client.usage = read_usage(in);
      if (!std::ranges::is_sorted(client.keys)) in.fail();
      for (const KeyNumber key : client.keys) {
        const auto assignment = assignment_of(key, number);
        if (!access.assignments_.emplace(assignment, std::uint8_t{1}).second) in.fail();
      }
      if (client.removed) continue;
      const bool is_new =
          access.client_ids_.emplace(client.client_id, number).second &&
          access.client_names_.emplace(ClientName{client.account, client.name}, number).second;
      if (!is_new) in.fail();
      access.clients_named_[client.name].push_back(number);
    }
  }

  static void write_rules(const Access& access, SnapshotFieldWriter& out) {
    out.policy(access.policy_);
    out.number(access.closed_accounts_.size());
    for (const std::uint64_t account : access.closed_accounts_) out.number(account);
    out.number(access.limiters_.size());
    for (const auto& [key, limiter] : access.limiters_) {
      out.number(key);
      out.number(limiter.limit.requests);
      out.number(zigzag(limiter.limit.window));
      out.moment(limiter.arrival);
      out.id(limiter.since);
    }
    out.number(access.allow_lists_.size());
    for (const auto& [key, ranges] : access.allow_lists_) {
      out.number(key);
      out.number(ranges.size());
      for (const AddressRange& range : ranges) {
        out.bytes(range.base.bytes);
        out.number(range.length);
      }
    }
    out.number(access.superseded_.size());
    for (const auto& [key, all] : access.superseded_) {
      out.number(key);
      out.number(all.size());
      for (const Superseded& before : all) {
        write(before.digest, out);
        out.moment(before.until);
      }
    }
    for (const std::uint64_t refused : access.unknown_refused_) out.number(refused);
  }

  static void read_rules(SnapshotFieldReader& in, std::size_t keys, Access& access) {
    access.policy_ = in.policy();
    for (std::size_t left = in.count(); in.is_sound() && left > 0; --left) {
      access.closed_accounts_.insert(in.number());
    }
    for (std::size_t left = in.count(); in.is_sound() && left > 0; --left) {
      Limiter& limiter = access.limiters_[read_key(in, keys)];
      limiter.limit.requests = static_cast<std::uint32_t>(in.number(kAny32));
      limiter.limit.window = unzigzag(in.number());
      limiter.arrival = in.moment();
      limiter.since = in.id<Position>(access.position().value());
      if (!is_well_formed(limiter.limit)) in.fail();
    }
    for (std::size_t left = in.count(); in.is_sound() && left > 0; --left) {
      auto& ranges = access.allow_lists_[read_key(in, keys)];
      ranges.resize(in.count_of_parts(sizeof(AddressRange)));
      for (AddressRange& range : ranges) {
        in.bytes(range.base.bytes);
        range.length = static_cast<std::uint8_t>(in.number(kAddressBits));
        if (!is_well_formed(range)) in.fail();
      }
    }
    read_superseded(in, keys, access);
    for (std::uint64_t& refused : access.unknown_refused_) refused = in.number();
  }

  static void read_superseded(SnapshotFieldReader& in, std::size_t keys, Access& access) {
    for (std::size_t left = in.count(); in.is_sound() && left > 0; --left) {
      auto& all = access.superseded_[read_key(in, keys)];
      for (std::size_t more = in.count(); in.is_sound() && more > 0; --more) {
        all.push_back({.digest = read_digest(in), .until = in.moment()});
      }
      if (all.empty()) in.fail();
    }
  }

  static void write_salts(const Access& access, SnapshotFieldWriter& out) {
    std::size_t count = access.salted_without_bucket_.size();
    for (const auto& [bucket, keys] : access.salted_) count += keys.size();
    out.number(count);
    const auto write_key = [&](const SaltedKey& key, std::uint64_t bucket) {
      out.id(key.key);
      out.bytes(key.salt);
      out.number(bucket);
    };
    for (const SaltedKey& key : access.salted_without_bucket_) write_key(key, 0);
    for (const auto& [bucket, keys] : access.salted_) {
      for (const SaltedKey& key : keys) write_key(key, std::uint64_t{bucket} + 1);
    }
  }

  static void read_salts(SnapshotFieldReader& in, std::size_t keys, Access& access) {
    for (std::size_t left = in.count(); in.is_sound() && left > 0; --left) {
      SaltedKey key{.key = KeyNumber{read_key(in, keys)}};
      in.bytes(key.salt);
      const std::uint64_t bucket = in.number(kAny16 + 1);
      auto& list = bucket == 0 ? access.salted_without_bucket_
                               : access.salted_[static_cast<std::uint16_t>(bucket - 1)];
      list.push_back(key);
    }
  }

  static std::uint32_t read_key(SnapshotFieldReader& in, std::size_t keys) {
    return in.known_id<KeyNumber>(keys).value();
  }

  // Checks that each key with a salted digest has its salt. A key keeps an unused salt after its rotation.
  static bool salts_are_sound(const Access& access, std::size_t salted) {
    boost::unordered_flat_set<std::uint32_t> keys;
    const auto add = [&](const std::vector<SaltedKey>& list) {
      for (const SaltedKey& each : list) {
        if (access.key(each.key).scheme == DigestScheme::kKnoxSalted) keys.insert(each.key.value());
      }
    };
    add(access.salted_without_bucket_);
    for (const auto& [bucket, list] : access.salted_) add(list);
    return keys.size() == salted;
  }

  // Indexes the secrets replaced by rotation. Returns false if another key has such a secret.
  static bool index_superseded(Access& access) {
    for (const auto& [key, all] : access.superseded_) {
      for (const Superseded& before : all) {
        access.count_digest(access.key(KeyNumber{key}), before.digest.scheme);
        if (before.digest.scheme == DigestScheme::kKnoxSalted) continue;
        if (access.find_digest(before.digest).key != kNoKey) return false;
        access.keys_by_tag_.insert(tag_of(before.digest), key);
      }
    }
    return true;
  }
};

// Reads and checks key entries, because every later fold and verdict relies on them. Entries refer only to
// data read earlier, and are checked when just read; the table of digests is built meanwhile. No two keys may
// have equal digests: no fold allows equal digests, and many would turn every search of the table into a
// walk.
struct Access::EntryReading {
  Access& access;
  std::size_t limits = 0;
  std::size_t allow_lists = 0;
  std::size_t rotated = 0;
  std::size_t salted = 0;

  bool read(ByteSource& section, Position position) {
    const auto put = [&](std::uint64_t tag, std::uint32_t number) { return link(tag, number); };
    TagQueue queue(access.keys_by_tag_, put);
    const auto take = [&](std::span<const KeyEntry> entries, std::size_t first) {
      for (std::size_t i = 0; i < entries.size(); ++i) {
        const KeyEntry& key = entries[i];
        const auto number = static_cast<std::uint32_t>(first + i + 1);
        if (!is_sound(key, number)) return false;
        access.count_digest(key, key.scheme);
        if (key.scheme == DigestScheme::kKnoxSalted) {
          ++salted;
        } else if (!queue.add(tag_of(key.scheme, key.digest_head), number)) {
          return false;
        }
      }
      return true;
    };
    access.keys_by_tag_.reserve(elements_in<KeyEntry>(section, position).value_or(0));
    return read_elements(section, position, access.keys_, take) && queue.finish() &&
           limits == access.limiters_.size() && allow_lists == access.allow_lists_.size() &&
           rotated == access.superseded_.size();
  }

 private:
  bool is_sound(const KeyEntry& key, std::uint32_t number) {
    const bool has_owner = key.owner.value() - 1 < access.users_.size() && key.account.value() <= kAccountMax;
    const bool has_scheme = static_cast<std::size_t>(key.scheme) < kDigestSchemes;
    const bool has_flag = key.active == ActiveFlag::kActive || key.active == ActiveFlag::kInactive;
    if (!has_owner || !has_scheme || !has_flag) return false;
    if (key.scheme != DigestScheme::kSha256 && key.digest_tail >= access.digest_tails_.size()) return false;
    if (key.has_limit && !access.limiters_.contains(number)) return false;
    if (key.has_allow_list && !access.allow_lists_.contains(number)) return false;
    if (key.is_rotated && !access.superseded_.contains(number)) return false;
    limits += key.has_limit ? 1 : 0;
    allow_lists += key.has_allow_list ? 1 : 0;
    rotated += key.is_rotated ? 1 : 0;
    return true;
  }

  bool link(std::uint64_t tag, std::uint32_t number) {
    const auto is_same = [&](std::uint32_t other) {
      return access.digest_is(access.keys_[other - 1], access.unsalted_digest_of(access.keys_[number - 1]));
    };
    if (access.keys_by_tag_.find(tag, is_same) != 0) return false;
    access.keys_by_tag_.insert(tag, number);
    return true;
  }
};

void Access::write_to(ByteSink& sink) const {
  sink.next_section();
  write_elements(keys_, sink);
  sink.next_section();
  write_elements(digest_tails_, sink);
  sink.next_section();
  SnapshotFieldWriter out(sink);
  out.id(position());
  SnapshotParts::write_users(*this, out);
  SnapshotParts::write_clients(*this, out);
  SnapshotParts::write_rules(*this, out);
  SnapshotParts::write_salts(*this, out);
  out.finish();
}

std::optional<Access> Access::read_from(const Sections& sections, Position position) {
  const auto& [entries, tails, fields] = sections;
  const auto keys = elements_in<KeyEntry>(*entries, position);
  std::optional<Access> access(std::in_place);
  if (!keys || !read_elements(*tails, position, access->digest_tails_)) return std::nullopt;
  SnapshotFieldReader in(*fields, position);
  if (Position{in.number()} != position) return std::nullopt;
  if (position != kBeforeFirst && !access->applied_.add(Position{1}, position)) return std::nullopt;
  SnapshotParts::read_users(in, *access);
  SnapshotParts::read_clients(in, *keys, *access);
  SnapshotParts::read_rules(in, *keys, *access);
  SnapshotParts::read_salts(in, *keys, *access);
  if (!in.is_done()) return std::nullopt;
  EntryReading reading{*access};
  if (!reading.read(*entries, position)) return std::nullopt;
  const bool is_sound =
      SnapshotParts::salts_are_sound(*access, reading.salted) && SnapshotParts::index_superseded(*access);
  return is_sound ? std::move(access) : std::nullopt;
}

}  // namespace keyledger::projections
