// Authenticator: judges questions and records every answer.
//
// It owns the hot state and belongs to one thread. An answer may be sent only after the flush() that follows
// it has succeeded: by then its use is in the log (`written`). Many answers share a flush. Answers about
// tokens of no key, and about no token at all, are counted and written at most once an interval, so that
// strangers cannot fill the log; a killed process may lose the counts of the last interval.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "commands/command.h"
#include "ledger/record.h"
#include "projections/access.h"
#include "projections/verdict.h"

namespace keyledger::commands {

constexpr std::int64_t kUnknownIntervalMicroseconds = 1'000'000;
// Addresses told apart in one interval; the rest are counted together.
constexpr std::size_t kUnknownSourcesMax = 64;
// How long a refresh that was asked for may take before it is asked for again.
constexpr std::int64_t kRefreshRetryMicroseconds = 1'000'000;

class Authenticator {
 public:
  // Appends the records, filling in their positions; returns when they are written.
  using Append = std::function<ledger::Result<void>(std::span<ledger::Record>)>;

  // Asks the writer to move the expiries of keys whose uses were written. May be empty.
  using Refresh = std::function<void(RefreshKeys)>;

  // No use is dated before `not_before`, whatever the clock says: the time of the log's last record.
  Authenticator(projections::Access access, Append append, ledger::Clock clock, ledger::Timestamp not_before,
                Refresh refresh = {});
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  // Appends the verdicts now, in the order of the questions; their uses are noted for the next flush(). Many
  // at once are quicker than each for itself: what they need of the memory is brought nearer meanwhile.
  void authenticate(std::span<const projections::Question> questions,
                    std::vector<projections::Verdict>& verdicts);
  projections::Verdict authenticate(const projections::Question& question) {
    return judge_one(question, digest_token(question), now());
  }

  // Writes what was noted and counts it. After an error nothing noted since the last flush may be sent, every
  // later flush gives the same error, and nothing more is noted.
  ledger::Result<void> flush();

  // As flush(), with the counts of unknown tokens even if their interval has not passed.
  ledger::Result<void> flush_all();

  // Folds in what commands committed, after a flush, so that a block is judged by one state. What is durable
  // is folded in even if that flush fails; its error is the answer.
  ledger::Result<void> apply(std::span<const ledger::Record> committed);

  const projections::Access& access() const { return access_; }

  // Why nothing is recorded any more, and so nothing answered; null as long as all is well.
  const ledger::Error* failure() const { return failure_ ? &*failure_ : nullptr; }
  ledger::Timestamp now();

 private:
  projections::Verdict judge_one(const projections::Question& question,
                                 const projections::TokenDigest& digest, ledger::Timestamp time);

  // Uses that are not written yet. What they were kept in is used again.
  struct Noted {
    std::vector<ledger::Address> addresses;
    boost::unordered_flat_map<ledger::Address, std::uint32_t> address_index;
    std::vector<ledger::Use> uses;
  };

  void note(const projections::Verdict& verdict, const projections::Question& question,
            ledger::Timestamp time);
  void note_unknown(ledger::VerdictReason reason, const std::optional<ledger::Address>& address,
                    ledger::Timestamp time);
  void note_refresh(ledger::KeyNumber key, ledger::Timestamp time);
  void warn_of_lifetime(const projections::Verdict& verdict);
  void close_block(Noted& noted);
  void reuse(std::span<ledger::Record> written);
  ledger::Result<void> write();
  void fold(std::span<const ledger::Record> records);
  ledger::Error fail(ledger::Error failure);

  projections::Access access_;
  Append append_;
  ledger::Clock clock_;
  Refresh refresh_;
  ledger::Timestamp last_now_;
  // Questions whose keys are brought nearer at once: enough to hide the memory's latency, few enough to stay
  // in the first cache.
  static constexpr std::size_t kQuestionsAhead = 32;
  std::array<projections::TokenDigest, kQuestionsAhead> digests_;
  Noted allowed_;
  Noted denied_;
  std::vector<ledger::UnknownTokenCount> unknown_;
  ledger::Timestamp unknown_from_{};
  ledger::Timestamp unknown_to_{};
  ledger::Timestamp unknown_due_{};
  std::vector<ledger::Record> records_;
  projections::PendingUses pending_;  // of what is noted and not yet folded
  RefreshKeys refreshes_;             // of uses that are not yet written
  boost::unordered_flat_map<std::uint32_t, ledger::Timestamp> refreshing_;  // asked for, by key, and when
  boost::unordered_flat_set<std::uint32_t> warned_;  // keys over their lifetime: once a process
  std::optional<ledger::Error> failure_;
};

}  // namespace keyledger::commands
