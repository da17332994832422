// The verdict: may this token use this client now?
//
// judge() is a pure function of (state, question, now). It is the only place that knows the rules of use, and
// the same code answers live questions, questions about the past, and tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ledger/values/address.h"
#include "ledger/values/key_digest.h"
#include "ledger/values/timestamp.h"
#include "ledger/values/token.h"
#include "ledger/values/token_hasher.h"
#include "ledger/values/verdict_reason.h"
#include "projections/access.h"
#include "projections/pending_uses.h"

namespace keyledger::projections {

struct Question {
  std::optional<std::string_view> token;  // none: nobody presented one
  // client_id, NAME (first looked for in the key's own account) or ACCOUNT/NAME; empty: no client is asked
  // about.
  std::string_view client;
  std::optional<ledger::Address> address;

  friend bool operator==(const Question&, const Question&) = default;
};

// What a key is at a moment, whoever asks and whatever for: the rules of the verdict up to kAccountClosed, in
// their order.
ledger::VerdictReason judge_key(const Access& access, const KeyEntry& key, ledger::Timestamp now);

enum class LifetimeWarning : std::uint8_t { kNone = 0, kExceeded = 1 };

struct Verdict {
  ledger::VerdictReason reason = ledger::VerdictReason::kUnknown;
  ledger::KeyNumber key;        // kNoKey if the token belongs to none
  ledger::ClientNumber client;  // kNoClient if none was named or found
  LifetimeWarning lifetime = LifetimeWarning::kNone;
  // A warning: the secret was rotated away, and works until then.
  std::optional<ledger::Timestamp> superseded_until;
  std::int64_t retry_after = 0;  // kRateLimited: microseconds from now
  ledger::Position position;     // of the state that was asked

  bool allowed() const { return reason == ledger::VerdictReason::kAllowed; }

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

// What can be said of a question's token without the state.
struct TokenDigest {
  bool may_be_native = false;   // by its length: whether it is, a key that has the digest says sooner
  ledger::Sha256Hash sha256{};  // if it may be
  ledger::KeyNumber likely;     // what Access::prefetch_key() gave for this digest, if it was asked
};

TokenDigest digest_token(const Question& question);
// The same in two steps, between which other tokens have theirs. The question's token holds meanwhile.
void lay_out_token(const Question& question, ledger::TokenHasher& hasher, std::size_t place);
TokenDigest digest_token(const Question& question, const ledger::TokenHasher& hasher, std::size_t place);

// Does not allocate. `pending`: uses that the state does not include yet. Whoever has many questions may
// digest all their tokens, bring the keys nearer (Access::prefetch_place, prefetch_key, prefetch_owner), and
// then judge by the same state.
Verdict judge(const Access& access, const Question& question, const TokenDigest& digest,
              ledger::Timestamp now, const PendingUses& pending);

inline Verdict judge(const Access& access, const Question& question, ledger::Timestamp now,
                     const PendingUses& pending = {}) {
  return judge(access, question, digest_token(question), now, pending);
}

struct ActiveKeys {
  std::uint64_t assigned = 0;
  std::uint64_t active = 0;  // of those: active, undeleted and unexpired
  bool requires_key = false;

  bool has_active_key() const { return active > 0; }

  friend bool operator==(const ActiveKeys&, const ActiveKeys&) = default;
};

// has_active_api_key: the counts for one client of this state.
ActiveKeys active_keys_of(const Access& access, ledger::ClientNumber client, ledger::Timestamp now);

// The client that `text` names if it stands alone: kNoClient if none does, or several.
ledger::ClientNumber find_client_alone(const Access& access, std::string_view text);

}  // namespace keyledger::projections
