#include "tests/support/modelled_ledger.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <future>
#include <iterator>
#include <utility>

#include "ledger/append/memory_log.h"
#include "tests/support/story.h"

namespace keyledger::tests {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every command
using commands::CommandContext;
using commands::Done;
using commands::Outcome;
using commands::RefreshKeys;
using projections::RowKind;

namespace {

constexpr std::size_t kBeginning = 13;  // the number of steps that make a small ledger

// Checks that each record names the actor, the origin and the reason of its command.
void compare_record(const std::vector<Record>& records, const SpokenCommand& spoken, const Outcome& outcome) {
  const auto* done = std::get_if<Done>(&outcome);
  if (done == nullptr || done->events == 0 || done->repeated) return;
  const auto record = std::ranges::find(records, done->first, &Record::position);
  REQUIRE(record != records.end());
  const CommandContext& context = spoken.context;
  REQUIRE(record->actor == context.actor);
  REQUIRE(record->origin == context.origin);
  REQUIRE(record->reason == context.reason);
  REQUIRE(record->idempotency_id == context.idempotency_id);
  REQUIRE(positions_of(*record) == done->events);
}

template <typename Entities, typename Expected>
void compare_rows_of(const std::vector<projections::Row>& rows, const Entities& entities,
                     const Expected& expected) {
  REQUIRE(rows.size() == entities.size());
  for (std::size_t place = 0; place < rows.size(); ++place) {
    const projections::Row wanted = expected(entities[place]);
    CAPTURE(wanted.index(), place);
    REQUIRE(rows[place] == wanted);
  }
}

}  // namespace

void Tally::add(const Tally& other) {
  for (const auto& [command, count] : other.done) done[command] += count;
  for (const auto& [code, count] : other.refused) refused[code] += count;
  for (const auto& [reason, count] : other.judged) judged[reason] += count;
  repeated += other.repeated;
  superseded += other.superseded;
  raced += other.raced;
}

ModelVerdict model_of(const projections::Access& access, const projections::Verdict& verdict) {
  ModelVerdict same{.reason = verdict.reason,
                    .over_lifetime = verdict.lifetime == projections::LifetimeWarning::kExceeded,
                    .superseded_until = verdict.superseded_until,
                    .retry_after = verdict.retry_after};
  if (verdict.key != kNoKey) same.key_id = to_string(access.key(verdict.key).key_id.uuid);
  if (verdict.client != kNoClient) same.client_id = to_string(access.client(verdict.client).client_id.uuid);
  return same;
}

projections::Question question_of(const ModelQuestion& asked) {
  projections::Question question{.client = asked.client, .address = asked.address};
  if (asked.token) question.token = *asked.token;
  return question;
}

void PublishedBatches::put(std::vector<Record> records, std::vector<commands::Writer::Reply> replies) {
  const std::lock_guard lock(mutex_);
  std::ranges::move(records, std::back_inserter(batch_.records));
  std::ranges::move(replies, std::back_inserter(batch_.replies));
  changed_.notify_one();
}

PublishedBatches::Batch PublishedBatches::take(std::size_t replies) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return batch_.replies.size() >= replies; });
  return std::exchange(batch_, {});
}

ModelledLedger::ModelledLedger(std::uint64_t seed)
    : dice_(seed),
      clock_(kStoryBegins),
      log_(make_memory_log()),
      authenticator_(
          {}, [this](std::span<Record> records) { return writer_.append_uses(records); }, clock_.clock(),
          Timestamp{}, [this](RefreshKeys keys) { refreshes_given_ = std::move(keys); }),
      writer_({.log = *log_,
               .index = *log_,
               .catalog = projections::Catalog(),
               .clock = clock_.clock(),
               .publish = [this](auto records, auto replies) {
                 batches_.put(std::move(records), std::move(replies));
               }}) {
  for (std::size_t step = 0; step < kBeginning; ++step) submit({dice_.beginning(step)});
  publish(held_.size());
}

void ModelledLedger::step() {
  clock_.set(dice_.moment_after(published_, clock_.now()));
  switch (dice_.pick(8)) {
    case 0:
      return publish(1 + dice_.pick(3));
    case 1:
    case 2:
    case 3:
      for (std::uint64_t i = dice_.pick(5); i > 0; --i) ask();
      return dice_.one_in(3) ? void() : flush();
    case 4:
      return submit(draw(1 + dice_.pick(4)));
    default:
      submit(draw(1));
      return dice_.one_in(2) ? publish(held_.size()) : void();
  }
}

void ModelledLedger::settle() {
  do {
    publish(held_.size());
    flush();
  } while (!held_.empty());
  live_[log_->head().position] = live_digest();
  compare_rows();
}

void ModelledLedger::finish() {
  settle();
  REQUIRE(authenticator_.flush_all().ok());
  live_[log_->head().position] = live_digest();
}

// ---- Commands ----

std::vector<SpokenCommand> ModelledLedger::draw(std::size_t count) {
  std::vector<SpokenCommand> all;
  for (; count > 0; --count) all.push_back(dice_.command(decided_, clock_.now()));
  return all;
}

// Submits all commands while the writer waits; the writer then decides all of them together. Replies are
// written to `outcomes` in held_; the vector's buffer keeps its address when the vector moves.
void ModelledLedger::submit(std::vector<SpokenCommand> spoken) {
  Held& held = held_.emplace_back();
  held.now = std::max(clock_.now(), log_->head().time);
  held.outcomes.resize(spoken.size());
  std::promise<void> all_are_there;
  writer_.query([&](const auto&) { all_are_there.get_future().wait(); });
  for (std::size_t i = 0; i < spoken.size(); ++i) {
    held.expected.push_back(decided_.apply(spoken[i], held.now));
    writer_.submit(spoken[i].command, spoken[i].context,
                   [outcome = &held.outcomes[i]](Outcome given) { *outcome = std::move(given); });
  }
  all_are_there.set_value();
  held.batch = batches_.take(spoken.size());
  held.spoken = std::move(spoken);
}

void ModelledLedger::publish(std::size_t count) {
  for (; count > 0 && !held_.empty(); --count) {
    const Held held = std::move(held_.front());
    held_.pop_front();
    const auto applied = authenticator_.apply(held.batch.records);
    REQUIRE(applied.ok());
    for (const auto& reply : held.batch.replies) reply();
    for (std::size_t i = 0; i < held.spoken.size(); ++i) {
      compare(held, i);
      published_.apply(held.spoken[i], held.now);
    }
    forget_moved(held.batch.records);
    pass_refreshes_on();
  }
}

void ModelledLedger::compare(const Held& held, std::size_t i) {
  const LedgerModel::Answer& expected = held.expected[i];
  const SpokenCommand& spoken = held.spoken[i];
  CAPTURE(spoken.command.index());
  REQUIRE(held.outcomes[i].has_value());
  const Outcome& outcome = *held.outcomes[i];
  const auto* refusal = std::get_if<Refusal>(&outcome);
  const int refused = refusal == nullptr ? 0 : static_cast<int>(refusal->code);
  CAPTURE(refusal == nullptr ? "not refused" : refusal->message());
  REQUIRE(refused == (expected.refused ? static_cast<int>(*expected.refused) : 0));
  if (expected.refused) {
    ++tally_.refused[*expected.refused];
    return;
  }
  const auto& done = std::get<Done>(outcome);
  REQUIRE(done.repeated == expected.repeated);
  if (expected.repeated) {
    ++tally_.repeated;
    return;
  }
  if (expected.changed) ++tally_.done[spoken.command.index()];
  // A user who joins and leaves in one step has made events, although the model is unchanged.
  if (expected.changed || !std::holds_alternative<commands::SetUser>(spoken.command)) {
    REQUIRE((done.events > 0) == expected.changed);
  }
  compare_record(held.batch.records, spoken, outcome);
}

// ---- Questions ----

void ModelledLedger::ask() {
  const ModelQuestion question = dice_.question(published_);
  for (std::uint64_t times = dice_.one_in(4) ? 4 : 1; times > 0; --times) {
    const Timestamp now = authenticator_.now();
    const ModelVerdict expected = published_.judge(question, now);
    const auto verdict = authenticator_.authenticate(question_of(question));
    const ModelVerdict given = model_of(authenticator_.access(), verdict);
    CAPTURE(entry_of(expected.reason).name, entry_of(given.reason).name, question.client);
    CAPTURE(expected.key_id, given.key_id, expected.client_id, given.client_id);
    CAPTURE(expected.retry_after, given.retry_after);
    REQUIRE(given == expected);
    published_.note(expected, now);
    answered_.push_back({question, now, expected, verdict.position});
    ++tally_.judged[expected.reason];
    if (expected.superseded_until) ++tally_.superseded;
    if (!held_.empty()) ++tally_.raced;
    expect_refresh(expected, now);
  }
}

// Expects a request to refresh the key if the use would move the key's expiry, unless the refresh was
// requested recently.
void ModelledLedger::expect_refresh(const ModelVerdict& verdict, Timestamp now) {
  if (verdict.reason != VerdictReason::kAllowed || verdict.key_id.empty()) return;
  const auto key = std::ranges::find(published_.keys(), verdict.key_id, &LedgerModel::Key::id);
  if (!published_.refreshed(*key, now)) return;
  const auto asked = refreshing_.find(verdict.key_id);
  const bool is_due =
      asked == refreshing_.end() || now >= later_by(asked->second, commands::kRefreshRetryMicroseconds);
  if (!is_due) return;
  refreshing_[verdict.key_id] = now;
  const auto number = static_cast<std::uint32_t>(key - published_.keys().begin() + 1);
  refreshes_due_.used.push_back({.key = KeyNumber{number}, .judged_expiry = *key->expiry, .time = now});
}

void ModelledLedger::flush() {
  REQUIRE(authenticator_.flush().ok());
  pass_refreshes_on();
}

// Passes the refreshes on when the uses are written, as the daemon does.
void ModelledLedger::pass_refreshes_on() {
  REQUIRE(refreshes_given_ == refreshes_due_);
  refreshes_given_.used.clear();
  if (refreshes_due_.used.empty()) return;
  submit({{.command = std::exchange(refreshes_due_, {}), .tokens = {}, .context = {}}});
}

void ModelledLedger::forget_moved(const std::vector<Record>& records) {
  for (const Record& record : records) {
    for (const Event& event : record.events) {
      const auto* moved = std::get_if<KeyExpiryChanged>(&event);
      if (moved != nullptr) refreshing_.erase(published_.keys().at(moved->key.value() - 1).id);
    }
  }
}

// ---- The state ----

// Calls `at` between two commits of the writer, while this thread waits.
void ModelledLedger::look(const std::function<void(const projections::Catalog&)>& at) {
  std::promise<void> done;
  writer_.query([&](const Result<commands::Writer::View>& view) {
    if (view) at(view->catalog);
    done.set_value();
  });
  done.get_future().wait();
}

Hash ModelledLedger::live_digest() {
  std::optional<Hash> digest;
  look([&](const auto& catalog) { digest = state_digest_of(catalog, authenticator_.access()); });
  return digest.value();
}

void ModelledLedger::compare_rows() {
  const Timestamp now = clock_.now();
  const LedgerModel& model = published_;
  std::map<RowKind, std::vector<projections::Row>> rows;
  look([&](const auto& catalog) {
    for (const RowKind kind :
         {RowKind::kAccounts, RowKind::kUsers, RowKind::kClients, RowKind::kKeys, RowKind::kPolicy}) {
      for (std::size_t place = 0; place < rows_in(catalog, kind); ++place) {
        projections::Row& row = rows[kind].emplace_back(row_of(catalog, kind, place));
        complete(authenticator_.access(), place, now, row);
        // The model has no digests and therefore no identifiers.
        if (auto* key = std::get_if<projections::KeyRow>(&row)) key->identifier.clear();
      }
    }
  });
  compare_rows_of(rows[RowKind::kAccounts], model.accounts(),
                  [&](const auto& each) { return model.row(each); });
  compare_rows_of(rows[RowKind::kUsers], model.users(), [&](const auto& each) { return model.row(each); });
  compare_rows_of(rows[RowKind::kClients], model.clients(),
                  [&](const auto& each) { return model.row(each, now); });
  compare_rows_of(rows[RowKind::kKeys], model.keys(), [&](const auto& each) { return model.row(each, now); });
  REQUIRE(rows[RowKind::kPolicy].at(0) == projections::Row(projections::PolicyRow{model.policy()}));
  for (std::size_t i = 0; i < model.clients().size(); ++i) {
    const ClientNumber number{static_cast<std::uint32_t>(i + 1)};
    REQUIRE(active_keys_of(authenticator_.access(), number, now) ==
            model.active_keys_of(model.clients()[i], now));
  }
}

}  // namespace keyledger::tests
