// VerdictLane: judges questions on one thread, and records every answer.
//
// A lane belongs to one thread, and shares the hot state with the other lanes (AccessGate). An answer may be
// sent only after the next flush() has succeeded: by then the use is in the log (`written`). Many answers
// share a flush. Answers about tokens of no key, and answers about no token at all, are counted and written
// at most once an interval, because strangers must not be able to fill the log; a killed process may lose the
// counts of the last interval.
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
// At most this many addresses are told apart in one interval; all further addresses are counted together.
constexpr std::size_t kUnknownSourcesMax = 64;
// A refresh still missing after this time is asked for again.
constexpr std::int64_t kRefreshRetryMicroseconds = 1'000'000;
constexpr std::size_t kRefreshesNotedMax = 4'096;  // above this number, old refreshes are forgotten

class VerdictLane {
 public:
  // `number` is the lane's number in the gate. No use is dated before `not_before`, whatever the clock says.
  VerdictLane(SharedAccess& shared, std::size_t number, ledger::Timestamp not_before);
  VerdictLane(const VerdictLane&) = delete;
  VerdictLane& operator=(const VerdictLane&) = delete;

  // Takes the verdicts of the next questions, several at once. During the call, access() is still the state
  // that judged the questions.
  using TakeVerdicts = std::function<void(std::span<const projections::Verdict>)>;

  // Judges now, and gives the verdicts to `take` in the order of the questions; the uses are noted for the
  // next flush(). Judging many questions in one call is quicker than many calls, because the memory for later
  // questions is prefetched meanwhile.
  void authenticate(std::span<const projections::Question> questions, const TakeVerdicts& take);
  projections::Verdict authenticate(const projections::Question& question);

  // Appends the noted uses to the log, and folds the uses into the hot state. After an error, no answer since
  // the last flush may be sent, every later flush returns the first error, and no further use is noted.
  ledger::Result<void> flush();

  // As flush(), with the counts of unknown tokens even if their interval has not passed.
  ledger::Result<void> flush_all();

  // The hot state does not change during the lifetime of the result; hold the result while reading access().
  AccessGate::Reading read() const { return {shared_.gate, number_}; }
  const projections::Access& access() const { return shared_.access; }

  // Returns the error that ended the recording and answering; null without an error.
  const ledger::Error* failure() const {
    return shared_.has_failed.load(std::memory_order_acquire) ? &*shared_.failure : nullptr;
  }
  ledger::Timestamp now();

  // Forgets refreshes of keys whose expiry one of the committed commands has moved.
  void forget_refreshes(std::span<const ledger::Record> committed);

 private:
  projections::Verdict judge_one(const projections::Question& question,
                                 const projections::TokenDigest& digest, ledger::Timestamp time);
  projections::Verdict judge_limited(const projections::Question& question,
                                     const projections::TokenDigest& digest, ledger::Timestamp time);

  // Uses that are not written yet. The memory of written uses is used again.
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
  // Closes blocks that another state judged, so that every block has the uses of one state.
  void note_state();
  ledger::Result<void> write();
  void forget();

  SharedAccess& shared_;
  std::size_t number_;
  ledger::Timestamp last_now_;
  // The number of questions whose keys are prefetched at once: enough to hide the memory's latency, and few
  // enough to stay in the first-level cache.
  static constexpr std::size_t kQuestionsAhead = ledger::TokenHasher::kTokensMax;
  std::array<projections::TokenDigest, kQuestionsAhead> digests_;
  std::array<projections::Verdict, kQuestionsAhead> verdicts_;
  Noted allowed_;
  Noted denied_;
  // A source of tokens of no key, or of questions without a token.
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
  boost::unordered_flat_map<Stranger, std::size_t> strangers_;  // index into unknown_
  ledger::Timestamp unknown_from_{};
  ledger::Timestamp unknown_to_{};
  ledger::Timestamp unknown_due_{};
  std::vector<ledger::Record> records_;
  ledger::Position as_of_;                  // of the state that judges the noted uses
  std::uint64_t commits_ = 0;               // the number of commits of this state
  std::vector<ledger::KeyNumber> limited_;  // with a limit, noted and not yet folded; once for each noted use
  RefreshKeys refreshes_;                   // for uses that are not written yet
  boost::unordered_flat_map<std::uint32_t, ledger::Timestamp> refreshing_;  // time of asking, by key
  boost::unordered_flat_set<std::uint32_t> warned_;  // keys over their lifetime: once a process
};

}  // namespace keyledger::commands
