#include "commands/writer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "commands/command_digest.h"
#include "commands/names.h"
#include "ledger/codec/record_codec.h"
#include "ledger/host/thread_priority.h"
#include "projections/lookup.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every command

namespace {

// How long a use may wait for its sync when no command brings one.
constexpr std::chrono::seconds kUseSyncInterval{1};

bool is_remark(const std::string& text) { return text.size() <= kReasonBytesMax && is_plain_text(text); }

std::optional<Refusal> refuse_context(const CommandContext& context) {
  if (!is_remark(context.reason)) return Refusal{RefusalCode::kReasonTooLong, ""};
  const auto* import = std::get_if<ImportActor>(&context.actor);
  if (import != nullptr && !is_remark(import->source)) return Refusal{RefusalCode::kImportSourceInvalid, ""};
  const std::string& id = context.idempotency_id;
  const bool visible = std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (id.size() > kIdempotencyIdBytesMax || !visible) return Refusal{RefusalCode::kIdempotencyIdInvalid, ""};
  return std::nullopt;
}

// The events of one command as records: one, unless they are too many or too large for a record.
std::vector<Record> records_of(std::vector<Event> events, const CommandContext& context,
                               const Command& command, Timestamp now) {
  std::optional<Hash> digest;
  if (!context.idempotency_id.empty()) digest = command_digest(command);
  std::vector<Record> records;
  for (std::size_t begin = 0, end = 0; begin < events.size(); begin = end) {
    Record& record = records.emplace_back();
    record.time = now;
    record.actor = context.actor;
    record.origin = context.origin;
    record.idempotency_id = context.idempotency_id;
    record.command_digest = digest;
    record.reason = context.reason;
    std::size_t bytes = bytes_max_beside_events(record);
    do {
      bytes += bytes_max_of(events[end++]);
    } while (end < events.size() && end - begin < kImportEventsPerRecord &&
             bytes + bytes_max_of(events[end]) <= kNewRecordBytesMax);
    record.events.assign(std::make_move_iterator(events.begin() + static_cast<std::ptrdiff_t>(begin)),
                         std::make_move_iterator(events.begin() + static_cast<std::ptrdiff_t>(end)));
  }
  return records;
}

// Cut where uses may come between.
std::vector<std::span<Record>> in_parts(std::span<Record> records) {
  std::vector<std::span<Record>> parts;
  while (!records.empty()) {
    std::size_t events = 0;
    std::size_t bytes = 0;
    const auto behind = std::find_if(records.begin(), records.end(), [&](const Record& record) {
      if (events >= kEventsPerAppend || bytes >= kBytesPerAppend) return true;
      events += record.events.size();
      for (const Event& event : record.events) bytes += bytes_max_of(event);
      return false;
    });
    parts.push_back(records.first(static_cast<std::size_t>(behind - records.begin())));
    records = records.subspan(parts.back().size());
  }
  return parts;
}

void count_added(const std::vector<Event>& events, Done& done) {
  for (const Event& event : events) {
    if (std::holds_alternative<UserRegistered>(event)) ++done.users_added;
    if (std::holds_alternative<KeyImported>(event)) ++done.keys_added;
  }
}

// `catalog`: has the records already, if there is one. Uses that came since they were decided are the reason.
void stamp_not_before(Timestamp earliest, std::span<Record> records, projections::Catalog* catalog) {
  for (Record& record : records) {
    earliest = std::max(earliest, record.time);
    const bool is_later = std::exchange(record.time, earliest) != earliest;
    if (is_later && catalog != nullptr) catalog->date(record);
  }
}

const char* text_of(AppendFailure::Outcome outcome) {
  if (outcome == AppendFailure::Outcome::kNotDone) return "Nothing of it is in the log";
  if (outcome == AppendFailure::Outcome::kDeposed)
    return "It may be in the log or not, and this process writes no more";
  return "It may be in the log or not";
}

// What a command that was done before was about, from its first event: every event names it first.
std::optional<EntityRef> entity_of(const Command& command, const std::vector<Event>& events) {
  if (std::holds_alternative<ImportKeys>(command) || events.empty()) return std::nullopt;
  const std::vector<EntityRef> named = entities_of(events.front());
  return named.empty() ? std::nullopt : std::optional(named.front());
}

}  // namespace

Writer::Writer(Parts parts) : parts_(std::move(parts)) {
  ENSURE(parts_.catalog || parts_.supply, "there is a catalog, or somebody who makes it");
  if (!parts_.catalog) maker_ = std::thread([this] { make_catalog(); });
  thread_ = std::thread([this] { run(); });
}

Writer::~Writer() { stop(); }

void Writer::submit(Command command, CommandContext context, std::function<void(Outcome)> reply) {
  submit(PendingCommand{std::move(command), std::move(context), std::move(reply)});
}

void Writer::submit(MakeCommand make, CommandContext context, std::function<void(Outcome)> reply) {
  submit(PendingCommand{{}, std::move(context), std::move(reply), std::move(make)});
}

void Writer::submit(PendingCommand pending) {
  {
    const std::lock_guard lock(queue_mutex_);
    if (!stopping_) {
      queue_.emplace_back(std::move(pending));
      queue_changed_.notify_one();
      return;
    }
  }
  pending.reply(Error{ErrorCode::kStopping, ""});
}

void Writer::query(Query query) {
  {
    const std::lock_guard lock(queue_mutex_);
    if (!stopping_) {
      queue_.emplace_back(std::move(query));
      queue_changed_.notify_one();
      return;
    }
  }
  query(Error{ErrorCode::kStopping, ""});
}

void Writer::sync_soon(std::function<void(Result<void>)> done) {
  {
    const std::lock_guard lock(queue_mutex_);
    if (!stopping_) {
      queue_.emplace_back(SyncRequest{std::move(done)});
      queue_changed_.notify_one();
      return;
    }
  }
  done(Error{ErrorCode::kStopping, ""});
}

Result<void> Writer::append_uses(std::span<Record> records) {
  ++use_turns_;
  const std::lock_guard lock(append_mutex_);
  ++use_turns_;
  use_turns_.notify_one();
  if (failure_) return *failure_;
  const LogEnd end = parts_.log.end();
  stamp_not_before(end.time, records, nullptr);
  if (auto appended = parts_.log.append(end.position, records); !appended) {
    return fail(appended.error());
  }
  uses_unsynced_ = true;
  return {};
}

void Writer::stop() {
  {
    // Meanwhile all goes on: verdicts wait for syncs, too.
    std::unique_lock lock(queue_mutex_);
    if (maker_.joinable()) {
      supply_ended_.wait_for(lock, parts_.supply_patience, [this] { return is_supplied_; });
    }
    stopping_ = true;
    queue_changed_.notify_one();
  }
  gives_up_ = true;
  if (maker_.joinable()) maker_.join();
  if (thread_.joinable()) thread_.join();
}

std::optional<Error> Writer::failure() const {
  if (failure_) return failure_;
  return catalog_failure_ && catalog_failure_->code != ErrorCode::kStopping ? catalog_failure_ : std::nullopt;
}

void Writer::make_catalog() {
  auto made = parts_.supply(gives_up_);
  const std::lock_guard lock(queue_mutex_);
  supplied_ = std::move(made);
  is_supplied_ = true;
  supply_ended_.notify_one();
  queue_changed_.notify_one();
}

void Writer::take_supplied(Result<projections::Catalog> supplied) {
  if (supplied) {
    parts_.catalog = std::move(*supplied);
  } else {
    catalog_failure_ = supplied.error();
  }
}

std::vector<Writer::Item> Writer::workable(std::vector<Item> items) {
  if (parts_.catalog && held_.empty()) return items;
  std::vector<Item> now;
  for (Item& item : items) {
    // The next use of a key asks for its refresh again.
    const auto* pending = std::get_if<PendingCommand>(&item);
    if (!parts_.catalog && pending != nullptr && std::holds_alternative<RefreshKeys>(pending->command))
      continue;
    auto& place = !parts_.catalog && std::holds_alternative<SyncRequest>(item) ? now : held_;
    place.push_back(std::move(item));
  }
  if (parts_.catalog) return std::exchange(held_, {});
  if (catalog_failure_) refuse_held(*catalog_failure_);
  return now;
}

void Writer::refuse_held(const Error& why) {
  std::vector<Reply> replies;
  for (Item& item : std::exchange(held_, {})) {
    if (const auto* query = std::get_if<Query>(&item)) {
      (*query)(why);
    } else {
      replies.emplace_back(
          [reply = std::move(std::get<PendingCommand>(item).reply), why] { reply(Outcome{why}); });
    }
  }
  if (!replies.empty()) parts_.publish({}, std::move(replies));
}

void Writer::run() {
  using Clock = std::chrono::steady_clock;
  auto sync_due = Clock::now() + kUseSyncInterval;
  for (;;) {
    std::vector<Item> items;
    std::optional<Result<projections::Catalog>> supplied;
    bool stopping = false;
    const bool waits = !parts_.catalog && !catalog_failure_;
    {
      std::unique_lock lock(queue_mutex_);
      queue_changed_.wait_until(lock, sync_due,
                                [&] { return (stopping_ && !waits) || supplied_ || !queue_.empty(); });
      items.swap(queue_);
      stopping = stopping_;
      supplied.swap(supplied_);
    }
    if (supplied) take_supplied(*std::move(supplied));
    const bool idle = items.empty();
    std::vector<Item> workable_now = workable(std::move(items));  // what it drops is gone by then
    work_on(std::move(workable_now));
    if (idle || Clock::now() >= sync_due) {
      // A failure is kept, and is the answer to whatever comes next.
      static_cast<void>(sync_uses());
      sync_due = Clock::now() + kUseSyncInterval;
    }
    if (idle && stopping && (parts_.catalog || catalog_failure_)) return;
  }
}

void Writer::work_on(std::vector<Item> items) {
  Batch batch;
  for (Item& item : items) {
    if (auto* pending = std::get_if<PendingCommand>(&item)) {
      stage(std::move(*pending), batch);
      continue;
    }
    if (auto* request = std::get_if<SyncRequest>(&item)) {
      batch.syncs.push_back(std::move(*request));
      continue;
    }
    // A query sees everything before it, durable.
    commit(std::exchange(batch, Batch{}));
    const auto& query = std::get<Query>(item);
    std::optional<Error> failure;
    {
      const std::lock_guard lock(append_mutex_);
      failure = failure_;
    }
    if (failure) {
      query(*failure);
    } else {
      query(View{*parts_.catalog, parts_.log.end().position});
    }
  }
  commit(std::move(batch));
}

void Writer::stage(PendingCommand pending, Batch& batch) {
  const std::string& id = pending.context.idempotency_id;
  const bool is_twin = !id.empty() && batch.ids.contains(id);
  if (is_twin || batch.staged.size() >= kCommandsPerCommitMax) commit(std::exchange(batch, Batch{}));
  const std::size_t first = batch.records.size();
  Outcome outcome = decide_into(pending, batch);
  if (!id.empty()) batch.ids.insert(id);
  batch.staged.push_back({.outcome = std::move(outcome),
                          .first_record = first,
                          .records = batch.records.size() - first,
                          .reply = std::move(pending.reply)});
}

Outcome Writer::decide_into(PendingCommand& pending, Batch& batch) {
  if (auto refusal = refuse_context(pending.context)) return *refusal;
  if (pending.make) {
    auto made = pending.make();
    if (!made) return made.error();
    pending.command = *std::move(made);
  }
  if (!pending.context.idempotency_id.empty()) {
    if (auto answer = answer_repeat(pending)) return *std::move(answer);
  }
  // The record that this becomes is not dated before the last one: nor is what it says.
  const Timestamp now = std::max(parts_.clock(), parts_.log.end().time);
  auto decided = decide(*parts_.catalog, pending.command, now, pending.context.expected_version);
  if (!decided) return decided.error();
  Done done{.events = decided->events.size()};
  count_added(decided->events, done);
  // A record bears the id, so that the command is known again.
  const bool is_noted = decided->events.empty() && !pending.context.idempotency_id.empty();
  if (is_noted) decided->events.emplace_back(CommandHadNoEffect{});
  auto records = records_of(std::move(decided->events), pending.context, pending.command, now);
  for (Record& record : records) {
    const auto applied = parts_.catalog->apply(record);
    ENSURE(applied.ok(), "a decision follows from the state it was made on");
    if (&record != &records.front()) give_way();
    batch.records.push_back(std::move(record));
  }
  describe(decided->entity, pending.command, done);
  return done;
}

std::optional<Outcome> Writer::answer_repeat(const PendingCommand& pending) const {
  const auto known = parts_.index.find_idempotent(pending.context.idempotency_id);
  if (!known) return Outcome{known.error()};
  if (!known->has_value()) return std::nullopt;
  const IdempotencyEntry& entry = **known;
  if (entry.command_digest != command_digest(pending.command)) {
    return Outcome{Refusal{RefusalCode::kIdempotencyConflict, pending.context.idempotency_id}};
  }
  if (entry.first == kBeforeFirst) return Outcome{Done{.position = entry.last, .repeated = true}};
  auto cursor = parts_.log.read(entry.first);
  if (!cursor) return Outcome{cursor.error()};
  Done done{.first = entry.first, .position = entry.last, .repeated = true};
  for (bool first = true;; first = false) {
    auto record = (*cursor)->next();
    if (!record) return Outcome{record.error()};
    if (!record->has_value() || entry.last < (*record)->position) break;
    if (first) describe(entity_of(pending.command, (*record)->events), pending.command, done);
    if ((*record)->idempotency_id != pending.context.idempotency_id) continue;  // uses that came between
    done.events += (*record)->events.size();
    count_added((*record)->events, done);
  }
  return Outcome{std::move(done)};
}

void Writer::commit(Batch batch) {
  if (batch.staged.empty() && batch.syncs.empty()) return;
  // The sync of a commit takes along the uses that were appended before it.
  const auto written = !batch.records.empty() || batch.syncs.empty() ? append_and_sync(batch) : sync_uses();
  const Position durable = parts_.log.end().position;
  std::vector<Reply> replies;
  for (Staged& staged : batch.staged) {
    if (!written) {
      staged.outcome = written.error();
    } else if (auto* done = std::get_if<Done>(&staged.outcome); done != nullptr && !done->repeated) {
      done->position = durable;
      if (staged.records > 0) {
        if (done->events > 0) done->first = batch.records[staged.first_record].position;
        done->position = last_position_of(batch.records[staged.first_record + staged.records - 1]);
      }
    }
    replies.emplace_back([reply = std::move(staged.reply), outcome = std::move(staged.outcome)]() mutable {
      reply(std::move(outcome));
    });
  }
  for (SyncRequest& request : batch.syncs) {
    replies.emplace_back([done = std::move(request.done), written] { done(written); });
  }
  if (!written) batch.records.clear();
  parts_.publish(std::move(batch.records), std::move(replies));
}

Result<void> Writer::append_and_sync(Batch& batch) {
  {
    const std::lock_guard lock(append_mutex_);
    if (failure_) return *failure_;
  }
  if (batch.records.empty()) return {};
  // Prepared before uses have to wait: an import has hundreds of thousands of events.
  const auto parts = in_parts(batch.records);
  auto begun = parts_.log.begin_long(parts);
  if (!begun) {
    const std::lock_guard lock(append_mutex_);
    return fail(begun.error());
  }
  for (const std::span<Record> part : parts) {
    if (&part != &parts.front()) give_way();
    if (auto appended = append(part, **begun); !appended) return appended;
  }
  LogHead head;
  {
    const std::lock_guard lock(append_mutex_);
    if (failure_) return *failure_;
    head = parts_.index.head();
    uses_unsynced_ = false;  // the sync below takes them along
  }
  return sync(head);
}

Result<void> Writer::append(std::span<Record> part, LongAppend& long_append) {
  // Uses that wait go first: a mutex alone would let them wait for as long as there are parts.
  if (const std::uint32_t turn = use_turns_; turn % 2 == 1) use_turns_.wait(turn);
  const std::lock_guard lock(append_mutex_);
  if (failure_) return *failure_;
  const LogEnd end = parts_.log.end();
  stamp_not_before(end.time, part, &*parts_.catalog);
  if (auto appended = long_append.append_next(end.position); !appended) return fail(appended.error());
  return {};
}

Result<void> Writer::sync(const LogHead& head) {
  if (auto synced = parts_.log.sync(); !synced) {
    const std::lock_guard lock(append_mutex_);
    return fail(synced.error());
  }
  if (parts_.note_durable) parts_.note_durable(head);
  return {};
}

Error Writer::fail(AppendFailure failure) {
  if (failure_) return *failure_;  // the first says why
  // Once, for those who read the daemon's log: all callers are told, but may not tell anybody.
  const char* const told = text_of(failure.outcome);
  spdlog::critical("{}. {}. {}", failure.why.message(), told, failure.why.advice());
  return failure_.emplace(std::move(failure.why));
}

Result<void> Writer::sync_uses() {
  LogHead head;
  {
    const std::lock_guard lock(append_mutex_);
    if (failure_) return *failure_;
    if (!std::exchange(uses_unsynced_, false)) return {};
    head = parts_.index.head();
  }
  return sync(head);
}

void Writer::describe(const std::optional<EntityRef>& entity, const Command& command, Done& done) const {
  using projections::RowKind;
  const projections::Catalog& catalog = *parts_.catalog;
  if (std::holds_alternative<ChangePolicy>(command)) {
    done.entity = projections::row_of(catalog, RowKind::kPolicy, 0);
  } else if (entity) {
    done.place = projections::place_of(catalog, *entity);
    done.entity = projections::row_of(catalog, projections::row_kind_of(entity->kind), done.place);
  }
}

}  // namespace keyledger::commands
