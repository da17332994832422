// The verdict: may this token use this client now?
//
// judge() is a pure function of (state, question, now), and the only place with the rules of use. Live
// questions, questions about the past, and tests all use this code.
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
  std::optional<std::string_view> token;  // none: no token was presented
  // client_id, NAME or ACCOUNT/NAME. Empty: the question is about no client.
  std::string_view client;
  std::optional<ledger::Address> address;

  friend bool operator==(const Question&, const Question&) = default;
};

// Judges the key alone, for any client: applies the rules of the verdict up to kAccountClosed, in order.
ledger::VerdictReason judge_key(const Access& access, const KeyEntry& key, ledger::Timestamp now);

enum class LifetimeWarning : std::uint8_t { kNone = 0, kExceeded = 1 };

struct Verdict {
  ledger::VerdictReason reason = ledger::VerdictReason::kUnknown;
  ledger::KeyNumber key;        // kNoKey if no key has the token
  ledger::ClientNumber client;  // kNoClient if the question names no client, or not a certain client
  LifetimeWarning lifetime = LifetimeWarning::kNone;
  // A warning: the secret was replaced by rotation, and works until this moment.
  std::optional<ledger::Timestamp> superseded_until;
  std::int64_t retry_after = 0;  // kRateLimited: microseconds from now
  ledger::Position position;     // of the state that judged

  bool allowed() const { return reason == ledger::VerdictReason::kAllowed; }

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

// The digest of a question's token, by which judge() looks for the key first.
struct TokenDigest {
  bool has_sha256 = false;
  ledger::Sha256Hash sha256{};  // filled if has_sha256
  ledger::KeyNumber likely;     // the result of Access::prefetch_key() for this digest, if called
};

// Hashes the question's token if its length is that of a native token. If the state has SHA-256 digests of
// other systems' tokens, hashes tokens of any length up to Secret::kLengthMax. Looks at the length only,
// because a lookup of the digest is quicker than a full check.
TokenDigest digest_token(const Access& access, const Question& question);

// Digests a question's token in two steps, so that other tokens can be laid out between them. The question's
// token must stay valid, and the state must stay as it is, until the second step.
void lay_out_token(const Access& access, const Question& question, ledger::TokenHasher& hasher,
                   std::size_t place);
TokenDigest digest_token(const Access& access, const Question& question, const ledger::TokenHasher& hasher,
                         std::size_t place);

// Judges one question. Does not allocate. `pending` holds uses not yet included in the state. A caller with
// many questions can first digest all tokens, bring the keys nearer (Access::prefetch_place, prefetch_key,
// prefetch_owner), and then judge all questions by the same state.
Verdict judge(const Access& access, const Question& question, const TokenDigest& digest,
              ledger::Timestamp now, const PendingUses& pending);

inline Verdict judge(const Access& access, const Question& question, ledger::Timestamp now,
                     const PendingUses& pending = {}) {
  return judge(access, question, digest_token(access, question), now, pending);
}

struct ActiveKeys {
  std::uint64_t assigned = 0;
  std::uint64_t active = 0;  // the assigned keys that are active, undeleted and unexpired
  bool requires_key = false;

  bool has_active_key() const { return active > 0; }

  friend bool operator==(const ActiveKeys&, const ActiveKeys&) = default;
};

// Counts the keys of a client, for has_active_api_key.
ActiveKeys active_keys_of(const Access& access, ledger::ClientNumber client, ledger::Timestamp now);

// The client that a text names: kNoClient if no client has the name, or if several accounts have one.
struct NamedClient {
  ledger::ClientNumber client;
  bool is_ambiguous = false;

  friend bool operator==(const NamedClient&, const NamedClient&) = default;
};

// Finds a client by client_id, NAME or ACCOUNT/NAME. The answer depends on the text alone, never on the
// caller, so that a gateway cannot be led to another account's client of the same name. Does not allocate.
NamedClient find_named_client(const Access& access, std::string_view text);

}  // namespace keyledger::projections
