// VerdictLane: judges questions on one thread, and records every answer.
//
// It belongs to one thread; the hot state is shared with the other lanes (AccessGate). An answer may be sent
// only after the flush() that follows it has succeeded: by then its use is in the log (`written`). Many
// answers share a flush. Answers about tokens of no key, and about no token at all, are counted and written
// at most once an interval, so that strangers cannot fill the log; a killed process may lose the counts of
// the last interval.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "commands/shared_access.h"
#include "projections/verdict.h"

namespace keyledger::commands {

constexpr std::int64_t kUnknownIntervalMicroseconds = 1'000'000;
// Addresses told apart in one interval; the rest are counted together.
constexpr std::size_t kUnknownSourcesMax = 64;
// How long a refresh that was asked for may take before it is asked for again.
constexpr std::int64_t kRefreshRetryMicroseconds = 1'000'000;
constexpr std::size_t kRefreshesNotedMax = 4'096;  // old ones are forgotten then

class VerdictLane {
 public:
  // `number`: of its lane in the gate. No use is dated before `not_before`, whatever the clock says.
  VerdictLane(SharedAccess& shared, std::size_t number, ledger::Timestamp not_before);
  VerdictLane(const VerdictLane&) = delete;
  VerdictLane& operator=(const VerdictLane&) = delete;

  // Verdicts of the questions that are next, some at once. The state is the one that judged them.
  using TakeVerdicts = std::function<void(std::span<const projections::Verdict>)>;

  // Judges now, and hands the verdicts on in the order of the questions; their uses are noted for the next
  // flush(). Many at once are quicker than each for itself: what they need of the memory is brought nearer
  // meanwhile.
  void authenticate(std::span<const projections::Question> questions, const TakeVerdicts& take);
  projections::Verdict authenticate(const projections::Question& question);

  // Writes what was noted and counts it. After an error nothing noted since the last flush may be sent, every
  // later flush gives the same error, and nothing more is noted.
  ledger::Result<void> flush();

  // As flush(), with the counts of unknown tokens even if their interval has not passed.
  ledger::Result<void> flush_all();

  // The hot state does not change as long as this lives; to be held while access() is read.
  AccessGate::Reading read() const { return {shared_.gate, number_}; }
  const projections::Access& access() const { return shared_.access; }

  // Why nothing is recorded any more, and so nothing answered; null as long as all is well.
  const ledger::Error* failure() const {
    return shared_.has_failed.load(std::memory_order_acquire) ? &*shared_.failure : nullptr;
  }
  ledger::Timestamp now();

  // What a command moved needs no refresh any more.
  void forget_refreshes(std::span<const ledger::Record> committed);

 private:
  projections::Verdict judge_one(const projections::Question& question,
                                 const projections::TokenDigest& digest, ledger::Timestamp time);
  projections::Verdict judge_limited(const projections::Question& question,
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
  // What is noted now was judged by the state as it is: blocks that another state judged are closed.
  void note_state();
  ledger::Result<void> write();
  void forget();

  SharedAccess& shared_;
  std::size_t number_;
  ledger::Timestamp last_now_;
  // Questions whose keys are brought nearer at once: enough to hide the memory's latency, few enough to stay
  // in the first cache.
  static constexpr std::size_t kQuestionsAhead = ledger::TokenHasher::kTokensMax;
  std::array<projections::TokenDigest, kQuestionsAhead> digests_;
  std::array<projections::Verdict, kQuestionsAhead> verdicts_;
  Noted allowed_;
  Noted denied_;
  // Who presents tokens of no key, or none.
  struct Stranger {
    ledger::VerdictReason reason;
    std::optional<ledger::Address> address;

    friend bool operator==(const Stranger&, const Stranger&) = default;
    friend std::size_t hash_value(const Stranger& stranger) {
      return (stranger.address ? hash_value(*stranger.address) : 0) ^
             static_cast<std::size_t>(stranger.reason);
    }
  };
  std::vector<ledger::UnknownTokenCount> unknown_;
  boost::unordered_flat_map<Stranger, std::size_t> strangers_;  // where each is counted
  ledger::Timestamp unknown_from_{};
  ledger::Timestamp unknown_to_{};
  ledger::Timestamp unknown_due_{};
  std::vector<ledger::Record> records_;
  ledger::Position as_of_;                  // of the state that judges what is noted
  std::uint64_t commits_ = 0;               // of that state
  std::vector<ledger::KeyNumber> limited_;  // with a limit, noted and not yet folded; as often as noted
  RefreshKeys refreshes_;                   // of uses that are not yet written
  boost::unordered_flat_map<std::uint32_t, ledger::Timestamp> refreshing_;  // asked for, by key, and when
  boost::unordered_flat_set<std::uint32_t> warned_;  // keys over their lifetime: once a process
};

}  // namespace keyledger::commands
