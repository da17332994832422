#include "projections/verdict.h"

#include <algorithm>

#include "ledger/values/key_digest.h"

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

namespace {

// The result of looking up a token: a key, or the reason for finding no key.
struct Found {
  Credential credential;
  VerdictReason otherwise = VerdictReason::kUnknown;
};

Credential find_salted(const Access& access, std::string_view token) {
  const auto find_in = [&](std::span<const Access::SaltedKey> candidates) {
    for (const auto& candidate : candidates) {
      const auto digest = knox_salted_digest(token, candidate.salt);
      if (!digest) break;
      if (const auto match = access.match(candidate.key, *digest); match.key != kNoKey) return match;
    }
    return Credential{};
  };
  const Credential in_bucket = find_in(access.salted_candidates(salted_bucket(token)));
  return in_bucket.key != kNoKey ? in_bucket : find_in(access.salted_without_bucket());
}

// Tries each of Knox's schemes that has keys.
Credential find_knox(const Access& access, std::string_view token) {
  if (access.has_scheme(DigestScheme::kKnox5)) {
    const Credential found = access.find_digest(knox5_digest(token));
    if (found.key != kNoKey) return found;
  }
  if (access.has_scheme(DigestScheme::kKnox4)) {
    const auto digest = knox4_digest(token);
    const Credential found = digest ? access.find_digest(*digest) : Credential{};
    if (found.key != kNoKey) return found;
  }
  return access.has_scheme(DigestScheme::kKnoxSalted) ? find_salted(access, token) : Credential{};
}

bool wants_sha256(const Access& access, const Question& question) {
  if (!question.token) return false;
  if (is_native_length(question.token->size())) return true;
  return access.has_foreign_sha256() && question.token->size() <= Secret::kLengthMax;
}

Found find_key(const Access& access, std::string_view token, const TokenDigest& digest) {
  if (digest.has_sha256) {
    Credential found;
    if (digest.likely != kNoKey) found = access.match(digest.likely, digest.sha256);
    if (found.key == kNoKey) found = access.find_digest(digest.sha256);
    if (found.key != kNoKey) return {.credential = found};
  }
  const TokenShape shape = shape_of(token);
  if (shape == TokenShape::kUnusable) return {.otherwise = VerdictReason::kMalformed};
  // Another system's token can look like a mistyped native token, and its digest is stored if it is one.
  const Credential found = find_knox(access, token);
  if (found.key == kNoKey && shape == TokenShape::kMistyped) return {.otherwise = VerdictReason::kMalformed};
  return {.credential = found};
}

// Returns why a question about a client cannot be about `named`; kAllowed if it can.
VerdictReason judge_name(const Question& question, const NamedClient& named) {
  if (named.is_ambiguous) return VerdictReason::kNameAmbiguous;
  const bool is_unknown = !question.client.empty() && named.client == kNoClient;
  return is_unknown ? VerdictReason::kClientUnknown : VerdictReason::kAllowed;
}

bool is_address_allowed(const Access& access, KeyNumber number, const KeyEntry& key,
                        const std::optional<Address>& address) {
  if (!key.has_allow_list) return true;
  const auto ranges = access.allow_list(number);
  return address &&
         std::ranges::any_of(ranges, [&](const AddressRange& range) { return contains(range, *address); });
}

VerdictReason judge_key(const Access& access, const KeyEntry& key, const UserEntry& owner, Timestamp now) {
  if (key.deleted) return VerdictReason::kDeleted;
  if (access.expiry_of(key) < now) return VerdictReason::kExpired;
  if (key.active == ActiveFlag::kInactive) return VerdictReason::kInactive;
  if (owner.active == ActiveFlag::kInactive) return VerdictReason::kOwnerInactive;
  if (access.is_closed(key.account)) return VerdictReason::kAccountClosed;
  return VerdictReason::kAllowed;
}

// Applies the rules after the rules of judge_key(), in order.
VerdictReason judge_use(const Access& access, const Question& question, const Verdict& verdict,
                        const NamedClient& named, const KeyEntry& key, const UserEntry& owner) {
  if (!is_address_allowed(access, verdict.key, key, question.address))
    return VerdictReason::kAddressNotAllowed;
  if (const auto reason = judge_name(question, named); reason != VerdictReason::kAllowed) return reason;
  if (!is_member(owner, key.account)) return VerdictReason::kAccountMismatch;
  if (verdict.client == kNoClient) return VerdictReason::kAllowed;
  const ClientEntry& client = access.client(verdict.client);
  if (client.account != key.account) return VerdictReason::kAccountMismatch;
  if (client.requires_key && !access.is_assigned(verdict.key, verdict.client)) {
    return VerdictReason::kNotAssigned;
  }
  return VerdictReason::kAllowed;
}

// Without a token, only a public client is allowed.
Verdict judge_anonymous(const Access& access, const Question& question) {
  Verdict verdict{.reason = VerdictReason::kKeyRequired, .position = access.position()};
  if (question.client.empty()) return verdict;
  const NamedClient named = find_named_client(access, question.client);
  verdict.client = named.client;
  if (verdict.client == kNoClient) {
    verdict.reason = judge_name(question, named);
  } else if (access.is_closed(access.client(verdict.client).account)) {
    verdict.reason = VerdictReason::kAccountClosed;
  } else if (!access.client(verdict.client).requires_key) {
    verdict.reason = VerdictReason::kAllowed;
  }
  return verdict;
}

LifetimeWarning lifetime_of(const Access& access, const KeyEntry& key, Timestamp now) {
  const std::int64_t days = access.policy().max_lifetime_days;
  const bool is_over = days != 0 && later_by(key.created, days * kMicrosecondsPerDay) < now;
  return is_over ? LifetimeWarning::kExceeded : LifetimeWarning::kNone;
}

}  // namespace

VerdictReason judge_key(const Access& access, const KeyEntry& key, Timestamp now) {
  return judge_key(access, key, access.user(key.owner), now);
}

TokenDigest digest_token(const Access& access, const Question& question) {
  TokenDigest digest{.has_sha256 = wants_sha256(access, question)};
  if (digest.has_sha256) digest.sha256 = sha256_of(*question.token);
  return digest;
}

void lay_out_token(const Access& access, const Question& question, TokenHasher& hasher, std::size_t place) {
  if (wants_sha256(access, question)) hasher.lay_out(place, *question.token);
}

TokenDigest digest_token(const Access& access, const Question& question, const TokenHasher& hasher,
                         std::size_t place) {
  TokenDigest digest{.has_sha256 = wants_sha256(access, question)};
  if (digest.has_sha256) digest.sha256 = hasher.hash(place);
  return digest;
}

Verdict judge(const Access& access, const Question& question, const TokenDigest& digest, Timestamp now,
              const PendingUses& pending) {
  if (!question.token) return judge_anonymous(access, question);
  const Found found = find_key(access, *question.token, digest);
  Verdict verdict{.reason = found.otherwise, .key = found.credential.key, .position = access.position()};
  if (verdict.key == kNoKey) return verdict;
  const KeyEntry& key = access.key(verdict.key);
  NamedClient named;
  if (!question.client.empty()) named = find_named_client(access, question.client);
  verdict.client = named.client;
  verdict.lifetime = lifetime_of(access, key, now);
  const UserEntry& owner = access.user(key.owner);
  verdict.reason = judge_key(access, key, owner, now);
  if (verdict.reason != VerdictReason::kDeleted && found.credential.until < now) {
    verdict.reason = VerdictReason::kExpired;
  }
  if (verdict.allowed()) verdict.reason = judge_use(access, question, verdict, named, key, owner);
  if (verdict.allowed() && key.has_limit) {
    const Timestamp arrival = pending.arrival_of(access, verdict.key);
    verdict.retry_after = retry_after(access.limiter(verdict.key).limit, arrival, now);
    if (verdict.retry_after > 0) verdict.reason = VerdictReason::kRateLimited;
  }
  if (verdict.allowed() && found.credential.until != KeyEntry::kNever) {
    verdict.superseded_until = found.credential.until;
  }
  return verdict;
}

ActiveKeys active_keys_of(const Access& access, ClientNumber number, Timestamp now) {
  const ClientEntry& client = access.client(number);
  ActiveKeys counts{.assigned = client.keys.size(), .active = 0, .requires_key = client.requires_key};
  for (const KeyNumber assigned : client.keys) {
    const KeyEntry& key = access.key(assigned);
    if (!key.deleted && key.active == ActiveFlag::kActive && access.expiry_of(key) >= now) ++counts.active;
  }
  return counts;
}

NamedClient find_named_client(const Access& access, std::string_view text) {
  if (const auto uuid = parse_uuid(text)) return {.client = access.find_client(ClientId{*uuid})};
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const auto account = parse_account_number(text.substr(0, slash));
    return {.client = account ? access.find_client(*account, text.substr(slash + 1)) : kNoClient};
  }
  const auto named = access.clients_named(text);
  if (named.size() == 1) return {.client = named.front()};
  return {.is_ambiguous = named.size() > 1};
}

}  // namespace keyledger::projections
