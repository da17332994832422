#include "commands/verdict_lane.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "ledger/codec/record_codec.h"
#include "projections/refresh.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every command
using projections::Question;
using projections::Verdict;

VerdictLane::VerdictLane(SharedAccess& shared, std::size_t number, Timestamp not_before)
    : shared_(shared), number_(number), last_now_(not_before) {}

// The clock may step backwards, but the times in a block must not decrease.
Timestamp VerdictLane::now() { return last_now_ = std::max(last_now_, shared_.clock()); }

void VerdictLane::authenticate(std::span<const Question> questions, const TakeVerdicts& take) {
  for (; !questions.empty(); questions = questions.subspan(std::min(kQuestionsAhead, questions.size()))) {
    const auto reading = read();
    const auto now_at_hand = questions.first(std::min(kQuestionsAhead, questions.size()));
    const auto each = [&](auto visit) {
      for (std::size_t i = 0; i < now_at_hand.size(); ++i) visit(i, now_at_hand[i], digests_[i]);
    };
    TokenHasher hasher;
    each([&](std::size_t i, const Question& question, auto&) {
      lay_out_token(access(), question, hasher, i);
    });
    each([&](std::size_t i, const Question& question, auto& digest) {
      digest = digest_token(access(), question, hasher, i);
      if (digest.has_sha256) access().prefetch_place(digest.sha256);
    });
    each([&](std::size_t, const Question&, auto& digest) {
      if (digest.has_sha256) digest.likely = access().prefetch_key(digest.sha256);
    });
    each([&](std::size_t, const Question&, const auto& digest) { access().prefetch_owner(digest.likely); });
    const Timestamp time = now();
    note_state();
    each([&](std::size_t i, const Question& question, const auto& digest) {
      verdicts_[i] = judge_one(question, digest, time);
    });
    take(std::span(verdicts_).first(now_at_hand.size()));
  }
}

Verdict VerdictLane::authenticate(const Question& question) {
  const auto reading = read();
  const auto digest = digest_token(access(), question);
  const Timestamp time = now();
  note_state();
  return judge_one(question, digest, time);
}

Verdict VerdictLane::judge_one(const Question& question, const projections::TokenDigest& digest,
                               Timestamp time) {
  static const projections::PendingUses kNone;
  Verdict verdict = judge(access(), question, digest, time, kNone);
  const bool is_limited = verdict.key != kNoKey && access().key(verdict.key).has_limit &&
                          (verdict.allowed() || verdict.reason == VerdictReason::kRateLimited);
  if (is_limited) verdict = judge_limited(question, digest, time);
  if (failure() != nullptr) return verdict;
  note(verdict, question, time);
  if (verdict.lifetime == projections::LifetimeWarning::kExceeded) warn_of_lifetime(verdict);
  if (!verdict.allowed() || verdict.key == kNoKey) return verdict;
  if (shared_.refresh && access().policy().refresh_ttl != 0) note_refresh(verdict.key, time);
  return verdict;
}

// Uses that any lane has judged and not folded yet count against the limit.
Verdict VerdictLane::judge_limited(const Question& question, const projections::TokenDigest& digest,
                                   Timestamp time) {
  const std::lock_guard lock(shared_.pending_mutex);
  const Verdict verdict = judge(access(), question, digest, time, shared_.pending);
  if (verdict.allowed() && failure() == nullptr) {
    shared_.pending.note(access(), verdict.key, time);
    limited_.push_back(verdict.key);
  }
  return verdict;
}

void VerdictLane::note_state() {
  const std::uint64_t commits = shared_.commits;
  if (commits != commits_) {
    close_block(allowed_);
    close_block(denied_);
  }
  commits_ = commits;
  if (allowed_.uses.empty() && denied_.uses.empty()) as_of_ = access().position();
}

void VerdictLane::note_refresh(KeyNumber number, Timestamp time) {
  const projections::KeyEntry& key = access().key(number);
  if (key.expiry == projections::KeyEntry::kNever) return;
  if (refreshing_.size() >= kRefreshesNotedMax) {
    boost::unordered::erase_if(refreshing_, [&](const auto& asked) {
      return later_by(asked.second, kRefreshRetryMicroseconds) <= time;
    });
  }
  if (!projections::refreshed_expiry(access().policy(), key.created, key.expiry, time)) return;
  const auto [asked, fresh] = refreshing_.try_emplace(number.value(), time);
  if (!fresh) {
    if (time < later_by(asked->second, kRefreshRetryMicroseconds)) return;
    asked->second = time;
  }
  refreshes_.used.push_back({.key = number, .judged_expiry = key.expiry, .time = time});
}

void VerdictLane::warn_of_lifetime(const Verdict& verdict) {
  if (!warned_.insert(verdict.key.value()).second) return;
  const projections::KeyEntry& key = access().key(verdict.key);
  spdlog::warn("key {} of {} exceeds its maximum lifetime of {} days", to_string(key.key_id.uuid),
               access().user(key.owner).username, access().policy().max_lifetime_days);
}

void VerdictLane::note(const Verdict& verdict, const Question& question, Timestamp time) {
  if (verdict.key == kNoKey && !verdict.allowed())
    return note_unknown(verdict.reason, question.address, time);
  Noted& noted = verdict.allowed() ? allowed_ : denied_;
  Use use{.time = time, .key = verdict.key, .client = verdict.client, .reason = verdict.reason};
  if (question.address) {
    const auto [place, fresh] = noted.address_index.emplace(
        *question.address, static_cast<std::uint32_t>(noted.addresses.size() + 1));
    if (fresh) noted.addresses.push_back(*question.address);
    use.address = place->second;
  }
  noted.uses.push_back(use);
  if (noted.uses.size() == kUsesPerNewBlockMax) close_block(noted);
}

void VerdictLane::close_block(Noted& noted) {
  if (noted.uses.empty()) return;
  Record& record = records_.emplace_back();
  record.time = noted.uses.back().time;
  UseBlock block{.as_of = as_of_, .addresses = std::move(noted.addresses), .uses = std::move(noted.uses)};
  if (&noted == &allowed_) {
    record.events.emplace_back(KeysUsed{std::move(block)});
  } else {
    record.events.emplace_back(UsesDenied{std::move(block)});
  }
  noted = Noted{};
}

void VerdictLane::note_unknown(VerdictReason reason, const std::optional<Address>& address, Timestamp time) {
  if (unknown_.empty()) unknown_from_ = time;
  unknown_to_ = time;
  Stranger stranger{.reason = reason, .address = address};
  auto known = strangers_.find(stranger);
  if (known == strangers_.end()) {
    if (unknown_.size() >= kUnknownSourcesMax) stranger.address.reset();
    bool fresh = false;
    std::tie(known, fresh) = strangers_.try_emplace(stranger, unknown_.size());
    if (fresh) unknown_.push_back({.reason = reason, .address = stranger.address});
  }
  ++unknown_[known->second].count;
}

Result<void> VerdictLane::flush() {
  if (!unknown_.empty() && unknown_due_ <= now()) return flush_all();
  return write();
}

Result<void> VerdictLane::flush_all() {
  if (!unknown_.empty()) {
    unknown_due_ = later_by(now(), kUnknownIntervalMicroseconds);
    Record& record = records_.emplace_back();
    record.time = unknown_to_;
    record.events.emplace_back(
        UnknownTokensRefused{.from = unknown_from_, .to = unknown_to_, .counts = std::move(unknown_)});
    unknown_.clear();
    strangers_.clear();
  }
  return write();
}

Result<void> VerdictLane::write() {
  if (const Error* failure = this->failure()) {
    forget();
    return *failure;
  }
  close_block(allowed_);
  close_block(denied_);
  if (records_.empty()) return {};
  std::vector<Record> records = std::exchange(records_, {});
  {
    const std::lock_guard lock(shared_.commit_mutex);
    if (auto written = shared_.append(records); !written) {
      if (!shared_.failure) shared_.failure = written.error();
      shared_.has_failed.store(true, std::memory_order_release);
      forget();
      return *shared_.failure;
    }
    const AccessGate::Changing changing(shared_.gate, number_);
    for (const Record& record : records) {
      const auto applied = shared_.access.apply(record);
      ENSURE(applied.ok(), "what this process judged follows from its own state");
    }
    if (!limited_.empty()) {
      const std::lock_guard pending_lock(shared_.pending_mutex);
      for (const KeyNumber key : std::exchange(limited_, {})) shared_.pending.folded(key);
    }
  }
  reuse(records);
  if (!refreshes_.used.empty()) shared_.refresh(std::exchange(refreshes_, {}));
  return {};
}

void VerdictLane::reuse(std::span<Record> written) {
  for (Record& record : written) {
    auto* used = std::get_if<KeysUsed>(&record.events.front());
    if (used == nullptr || allowed_.uses.capacity() > 0) continue;
    allowed_.uses = std::move(used->block.uses);
    allowed_.uses.clear();
  }
}

void VerdictLane::forget_refreshes(std::span<const Record> committed) {
  if (refreshing_.empty()) return;
  for (const Record& record : committed) {
    for (const Event& event : record.events) {
      if (const auto* moved = std::get_if<KeyExpiryChanged>(&event)) refreshing_.erase(moved->key.value());
    }
  }
}

// After a failure, no noted use will be answered.
void VerdictLane::forget() {
  allowed_ = denied_ = Noted{};
  unknown_.clear();
  strangers_.clear();
  records_.clear();
  refreshes_.used.clear();
}

}  // namespace keyledger::commands
