#include "commands/authenticator.h"

#include <algorithm>

#include "ledger/codec.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every command
using projections::Question;
using projections::Verdict;

Authenticator::Authenticator(projections::Access access, Append append, Clock clock, Timestamp not_before)
    : access_(std::move(access)),
      append_(std::move(append)),
      clock_(std::move(clock)),
      last_now_(not_before) {}

// Never backwards: the times in a block do not decrease.
Timestamp Authenticator::now() { return last_now_ = std::max(last_now_, clock_()); }

Verdict Authenticator::authenticate(const Question& question) {
  const Timestamp time = now();
  const Verdict verdict = judge(access_, question, time);
  if (!failure_) note(verdict, question, time);
  return verdict;
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
  return {};
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
  }
}

Error Authenticator::fail(Error failure) {
  failure_ = failure;
  allowed_ = denied_ = Noted{};
  unknown_.clear();
  records_.clear();
  return failure;
}

}  // namespace keyledger::commands
