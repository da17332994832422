#include "commands/authenticator.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "ledger/codec.h"
#include "projections/refresh.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every command
using projections::Question;
using projections::Verdict;

Authenticator::Authenticator(projections::Access access, Append append, Clock clock, Timestamp not_before,
                             Refresh refresh)
    : access_(std::move(access)),
      append_(std::move(append)),
      clock_(std::move(clock)),
      refresh_(std::move(refresh)),
      last_now_(not_before) {}

// Never backwards: the times in a block do not decrease.
Timestamp Authenticator::now() { return last_now_ = std::max(last_now_, clock_()); }

void Authenticator::authenticate(std::span<const Question> questions, std::vector<Verdict>& verdicts) {
  for (; !questions.empty(); questions = questions.subspan(std::min(kQuestionsAhead, questions.size()))) {
    const auto now_at_hand = questions.first(std::min(kQuestionsAhead, questions.size()));
    const auto each = [&](auto visit) {
      for (std::size_t i = 0; i < now_at_hand.size(); ++i) visit(now_at_hand[i], digests_[i]);
    };
    each([&](const Question& question, auto& digest) {
      digest = digest_token(question);
      if (digest.shape == TokenShape::kNative) access_.prefetch_place(digest.sha256);
    });
    each([&](const Question&, const auto& digest) {
      if (digest.shape == TokenShape::kNative) access_.prefetch_key(digest.sha256);
    });
    const Timestamp time = now();
    each([&](const Question& question, const auto& digest) {
      verdicts.push_back(judge_one(question, digest, time));
    });
  }
}

Verdict Authenticator::judge_one(const Question& question, const projections::TokenDigest& digest,
                                 Timestamp time) {
  const Verdict verdict = judge(access_, question, digest, time, pending_);
  if (failure_) return verdict;
  note(verdict, question, time);
  if (verdict.lifetime == projections::LifetimeWarning::kExceeded) warn_of_lifetime(verdict);
  if (!verdict.allowed() || verdict.key == kNoKey) return verdict;
  pending_.note(access_, verdict.key, time);
  if (refresh_ && access_.policy().refresh_ttl != 0) note_refresh(verdict.key, time);
  return verdict;
}

void Authenticator::note_refresh(KeyNumber number, Timestamp time) {
  const projections::KeyEntry& key = access_.key(number);
  if (key.expiry == projections::KeyEntry::kNever) return;
  if (!projections::refreshed_expiry(access_.policy(), key.created, key.expiry, time)) return;
  const auto [asked, fresh] = refreshing_.try_emplace(number.value(), time);
  if (!fresh) {
    if (time < later_by(asked->second, kRefreshRetryMicroseconds)) return;
    asked->second = time;
  }
  refreshes_.used.push_back({.key = number, .judged_expiry = key.expiry, .time = time});
}

void Authenticator::warn_of_lifetime(const Verdict& verdict) {
  if (!warned_.insert(verdict.key.value()).second) return;
  const projections::KeyEntry& key = access_.key(verdict.key);
  spdlog::warn("key {} of {} exceeds its maximum lifetime of {} days", to_string(key.key_id.uuid),
               access_.user(key.owner).username, access_.policy().max_lifetime_days);
}

void Authenticator::note(const Verdict& verdict, const Question& question, Timestamp time) {
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
  if (noted.uses.size() == kUsesPerBlockMax) close_block(noted);
}

void Authenticator::close_block(Noted& noted) {
  if (noted.uses.empty()) return;
  const Position as_of = access_.position();
  Record& record = records_.emplace_back();
  record.time = noted.uses.back().time;
  UseBlock block{.as_of = as_of, .addresses = std::move(noted.addresses), .uses = std::move(noted.uses)};
  if (&noted == &allowed_) {
    record.events.emplace_back(KeysUsed{std::move(block)});
  } else {
    record.events.emplace_back(UsesDenied{std::move(block)});
  }
  noted = Noted{};
}

void Authenticator::note_unknown(VerdictReason reason, const std::optional<Address>& address,
                                 Timestamp time) {
  if (unknown_.empty()) unknown_from_ = time;
  unknown_to_ = time;
  const auto find = [&](const std::optional<Address>& source) {
    return std::find_if(unknown_.begin(), unknown_.end(), [&](const UnknownTokenCount& known) {
      return known.reason == reason && known.address == source;
    });
  };
  auto known = find(address);
  if (known == unknown_.end() && unknown_.size() >= kUnknownSourcesMax) known = find(std::nullopt);
  if (known != unknown_.end()) {
    ++known->count;
    return;
  }
  const bool too_many = unknown_.size() >= kUnknownSourcesMax;
  unknown_.push_back({.reason = reason, .address = too_many ? std::nullopt : address, .count = 1});
}

Result<void> Authenticator::flush() {
  if (!unknown_.empty() && unknown_due_ <= now()) return flush_all();
  return write();
}

Result<void> Authenticator::flush_all() {
  if (!unknown_.empty()) {
    unknown_due_ = later_by(now(), kUnknownIntervalMicroseconds);
    Record& record = records_.emplace_back();
    record.time = unknown_to_;
    record.events.emplace_back(
        UnknownTokensRefused{.from = unknown_from_, .to = unknown_to_, .counts = std::move(unknown_)});
    unknown_.clear();
  }
  return write();
}

Result<void> Authenticator::write() {
  if (failure_) return *failure_;
  close_block(allowed_);
  close_block(denied_);
  if (records_.empty()) return {};
  std::vector<Record> records = std::exchange(records_, {});
  if (auto written = append_(records); !written) return fail(written.error());
  fold(records);
  reuse(records);
  pending_.clear();
  if (!refreshes_.used.empty()) refresh_(std::exchange(refreshes_, {}));
  return {};
}

void Authenticator::reuse(std::span<Record> written) {
  for (Record& record : written) {
    auto* used = std::get_if<KeysUsed>(&record.events.front());
    if (used == nullptr || allowed_.uses.capacity() > 0) continue;
    allowed_.uses = std::move(used->block.uses);
    allowed_.uses.clear();
  }
}

Result<void> Authenticator::apply(std::span<const Record> committed) {
  auto flushed = flush();
  fold(committed);
  return flushed;
}

void Authenticator::fold(std::span<const Record> records) {
  for (const Record& record : records) {
    const auto applied = access_.apply(record);
    ENSURE(applied.ok(), "what this process decided and judged follows from its own state");
    if (refreshing_.empty()) continue;
    for (const Event& event : record.events) {
      if (const auto* moved = std::get_if<KeyExpiryChanged>(&event)) refreshing_.erase(moved->key.value());
    }
  }
}

Error Authenticator::fail(Error failure) {
  failure_ = failure;
  allowed_ = denied_ = Noted{};
  unknown_.clear();
  records_.clear();
  refreshes_.used.clear();
  return failure;
}

}  // namespace keyledger::commands
