#include "projections/verdict.h"

#include "ledger/key_digest.h"
#include "ledger/token.h"

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

namespace {

// What a token leads to: a key, or why not.
struct Found {
  KeyNumber key;
  VerdictReason otherwise = VerdictReason::kUnknown;
};

KeyNumber find_salted(const Access& access, std::string_view token) {
  constexpr std::size_t kBucketDigits = 8;
  const auto find_in = [&](std::span<const Access::SaltedKey> candidates) {
    for (const auto& candidate : candidates) {
      const auto digest = knox_salted_digest(token, candidate.salt);
      if (!digest) return kNoKey;
      if (access.digest_is(candidate.key, digest->view())) return candidate.key;
    }
    return kNoKey;
  };
  const KeyNumber in_bucket =
      find_in(access.salted_candidates(salted_bucket(token.substr(0, kBucketDigits))));
  return in_bucket != kNoKey ? in_bucket : find_in(access.salted_without_bucket());
}

// Knox's schemes, as far as there are keys of them.
KeyNumber find_knox(const Access& access, std::string_view token) {
  if (access.has_scheme(DigestScheme::kKnox5)) {
    const KeyNumber key = access.find_digest(knox5_digest(token));
    if (key != kNoKey) return key;
  }
  if (access.has_scheme(DigestScheme::kKnox4)) {
    const auto digest = knox4_digest(token);
    const KeyNumber key = digest ? access.find_digest(*digest) : kNoKey;
    if (key != kNoKey) return key;
  }
  return access.has_scheme(DigestScheme::kKnoxSalted) ? find_salted(access, token) : kNoKey;
}

Found find_key(const Access& access, std::string_view token) {
  switch (shape_of(token)) {
    case TokenShape::kUnusable:
    case TokenShape::kMistyped:
      return {.key = kNoKey, .otherwise = VerdictReason::kMalformed};
    case TokenShape::kNative: {
      const KeyNumber key = access.find_digest(sha256_digest(token));
      if (key != kNoKey) return {.key = key};
      break;
    }
    case TokenShape::kOther:
      break;
  }
  return {.key = find_knox(access, token)};
}

// The client that a key's user means: in his own account if there is one of that name, else anywhere.
ClientNumber find_client_for(const Access& access, std::string_view text, AccountNumber account) {
  const ClientNumber own = access.find_client(account, text);
  if (own != kNoClient) return own;
  const auto named = access.clients_named(text);
  return named.empty() ? find_client_alone(access, text) : named.front();
}

// The rules of a known key, in their order, without the client's.
VerdictReason judge_key(const Access& access, const KeyEntry& key, Timestamp now) {
  if (key.deleted) return VerdictReason::kDeleted;
  if (key.expiry < now) return VerdictReason::kExpired;
  if (key.active == ActiveFlag::kInactive) return VerdictReason::kInactive;
  if (access.user(key.owner).active == ActiveFlag::kInactive) return VerdictReason::kOwnerInactive;
  return VerdictReason::kAllowed;
}

VerdictReason judge_client(const Access& access, KeyNumber key, ClientNumber number) {
  if (number == kNoClient) return VerdictReason::kClientUnknown;
  const ClientEntry& client = access.client(number);
  if (client.account != access.key(key).account) return VerdictReason::kAccountMismatch;
  if (client.requires_key && !access.is_assigned(key, number)) return VerdictReason::kNotAssigned;
  return VerdictReason::kAllowed;
}

// With no token, only a public client answers.
Verdict judge_anonymous(const Access& access, const Question& question) {
  Verdict verdict{.reason = VerdictReason::kKeyRequired, .position = access.position()};
  if (question.client.empty()) return verdict;
  verdict.client = find_client_alone(access, question.client);
  if (verdict.client == kNoClient) {
    verdict.reason = VerdictReason::kClientUnknown;
  } else if (!access.client(verdict.client).requires_key) {
    verdict.reason = VerdictReason::kAllowed;
  }
  return verdict;
}

}  // namespace

Verdict judge(const Access& access, const Question& question, Timestamp now) {
  if (!question.token) return judge_anonymous(access, question);
  const Found found = find_key(access, *question.token);
  Verdict verdict{.reason = found.otherwise, .key = found.key, .position = access.position()};
  if (found.key == kNoKey) return verdict;
  const KeyEntry& key = access.key(found.key);
  verdict.reason = judge_key(access, key, now);
  // Not the other way around: an imported key may have been created at any moment that a number holds.
  if (key.created < later_by(now, -kMaxLifetimeDays * kMicrosecondsPerDay)) {
    verdict.lifetime = LifetimeWarning::kExceeded;
  }
  if (question.client.empty()) return verdict;
  verdict.client = find_client_for(access, question.client, key.account);
  if (verdict.allowed()) verdict.reason = judge_client(access, found.key, verdict.client);
  return verdict;
}

ActiveKeys active_keys_of(const Access& access, ClientNumber number, Timestamp now) {
  const ClientEntry& client = access.client(number);
  ActiveKeys counts{.assigned = client.keys.size(), .active = 0, .requires_key = client.requires_key};
  for (const KeyNumber assigned : client.keys) {
    const KeyEntry& key = access.key(assigned);
    if (!key.deleted && key.active == ActiveFlag::kActive && key.expiry >= now) ++counts.active;
  }
  return counts;
}

ClientNumber find_client_alone(const Access& access, std::string_view text) {
  if (const auto uuid = parse_uuid(text)) return access.find_client(ClientId{*uuid});
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const auto account = parse_account_number(text.substr(0, slash));
    return account ? access.find_client(*account, text.substr(slash + 1)) : kNoClient;
  }
  const auto named = access.clients_named(text);
  return named.size() == 1 ? named.front() : kNoClient;
}

}  // namespace keyledger::projections
