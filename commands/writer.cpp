#include "commands/writer.h"

#include <algorithm>
#include <utility>

#include "commands/command_digest.h"
#include "commands/decide.h"
#include "commands/repeat.h"
#include "ledger/codec/record_codec.h"
#include "ledger/host/thread_priority.h"
#include "projections/lookup.h"
#include "projections/rows.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every command
using PendingCommand = CommandQueue::PendingCommand;
using SyncRequest = CommandQueue::SyncRequest;

namespace {

// The longest time until a use is synced, without a command.
constexpr std::chrono::seconds kUseSyncInterval{1};

// Returns the events of a command as records: more than one record only if the events are too many or too
// large for a record.
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

}  // namespace

Writer::Writer(Parts parts)
    : log_(parts.log),
      index_(parts.index),
      clock_(std::move(parts.clock)),
      publish_(std::move(parts.publish)),
      supply_patience_(parts.supply_patience),
      committer_(
          parts.log, parts.index, [this](const Record& record) { (*catalog_)->date(record); },
          std::move(parts.note_durable)),
      queue_(parts.catalog ? CommandQueue::HoldBack::kNothing : CommandQueue::HoldBack::kUntilRelease) {
  ENSURE(parts.catalog || parts.supply, "there is a catalog, or a supply of one");
  if (parts.catalog) {
    catalog_ = *std::move(parts.catalog);
    is_ready_ = true;
  } else {
    supplier_ = std::jthread([this, supply = std::move(parts.supply)](const std::stop_token& stopping) {
      catalog_ = supply(stopping);
      is_ready_ = catalog_->ok();
      queue_.release();
    });
  }
  thread_ = std::jthread([this] { run(); });
}

Writer::~Writer() { stop(); }

void Writer::submit(Command command, CommandContext context, std::function<void(Outcome)> reply) {
  queue_.put(PendingCommand{std::move(command), std::move(context), std::move(reply)});
}

void Writer::submit(MakeCommand make, CommandContext context, std::function<void(Outcome)> reply) {
  queue_.put(PendingCommand{{}, std::move(context), std::move(reply), std::move(make)});
}

void Writer::query(Query query) { queue_.put(CommandQueue::Query{std::move(query)}); }

void Writer::sync_soon(std::function<void(Result<void>)> done) { queue_.put(SyncRequest{std::move(done)}); }

Result<void> Writer::append_uses(std::span<Record> records) { return committer_.append_uses(records); }

void Writer::stop() {
  is_ready_ = false;
  queue_.stop(supply_patience_);
  supplier_.request_stop();
  if (supplier_.joinable()) supplier_.join();
  if (thread_.joinable()) thread_.join();
}

Result<void> Writer::sync_uses() { return committer_.sync_uses(); }

const projections::Catalog* Writer::catalog() const {
  const bool is_in_log = catalog_ && catalog_->ok() && !committer_.failure();
  return is_in_log ? &**catalog_ : nullptr;
}

std::optional<Error> Writer::failure() const {
  if (auto failure = committer_.failure()) return failure;
  if (!catalog_ || catalog_->ok() || catalog_->error().code == ErrorCode::kStopping) return std::nullopt;
  return catalog_->error();
}

void Writer::run() {
  using Clock = std::chrono::steady_clock;
  auto sync_due = Clock::now() + kUseSyncInterval;
  for (bool goes_on = true; goes_on;) {
    auto items = queue_.take(sync_due);
    goes_on = items.has_value();
    const bool is_idle = !items || items->empty();
    if (!is_idle) work_on(*std::move(items));
    if (is_idle || Clock::now() >= sync_due) {
      // The committer keeps a failure, as the answer to every later command.
      if (!committer_.sync_uses()) is_ready_ = false;
      sync_due = Clock::now() + kUseSyncInterval;
    }
  }
}

void Writer::work_on(std::vector<CommandQueue::Item> items) {
  Batch batch;
  std::vector<Reply> refused;
  for (CommandQueue::Item& item : items) {
    if (auto* request = std::get_if<SyncRequest>(&item)) {
      batch.syncs.push_back(std::move(*request));
    } else if (!catalog_->ok()) {
      answer_without_catalog(std::move(item), refused);
    } else if (auto* pending = std::get_if<PendingCommand>(&item)) {
      stage(std::move(*pending), batch);
    } else {
      // A query sees everything submitted before, and everything seen is durable.
      commit(std::exchange(batch, Batch{}));
      answer(std::get<CommandQueue::Query>(item));
    }
  }
  if (!refused.empty()) publish_({}, std::move(refused));
  commit(std::move(batch));
}

void Writer::answer_without_catalog(CommandQueue::Item item, std::vector<Reply>& replies) const {
  if (is_refresh(item)) return;  // as while the catalog was being made
  const Error& why = catalog_->error();
  if (auto* pending = std::get_if<PendingCommand>(&item)) {
    replies.emplace_back([reply = std::move(pending->reply), why] { reply(Outcome{why}); });
  } else {
    answer_with_error(std::move(item), why);
  }
}

void Writer::answer(const CommandQueue::Query& query) const {
  if (const auto failure = committer_.failure()) {
    query.answer(*failure);
  } else {
    query.answer(View{**catalog_, committer_.end().position});
  }
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
  // The record will not be dated before the last record, and neither must the times in the events be.
  const Timestamp now = std::max(clock_(), committer_.end().time);
  auto decided = decide(**catalog_, pending.command, now, pending.context.expected_version);
  if (!decided) return decided.error();
  Done done;
  done.count(decided->events);
  done.report = std::move(decided->report);
  // A record with the idempotency id lets the log recognise the command again.
  const bool is_noted = decided->events.empty() && !pending.context.idempotency_id.empty();
  if (is_noted) decided->events.emplace_back(CommandHadNoEffect{});
  auto records = records_of(std::move(decided->events), pending.context, pending.command, now);
  for (Record& record : records) {
    const auto applied = (*catalog_)->apply(record);
    ENSURE(applied.ok(), "a decision follows from the state it was made on");
    if (&record != &records.front()) give_way();
    batch.records.push_back(std::move(record));
  }
  describe(decided->entity, pending.command, done);
  return done;
}

std::optional<Outcome> Writer::answer_repeat(const PendingCommand& pending) const {
  auto repeat = find_repeat(log_, index_, pending.context.idempotency_id, pending.command);
  if (!repeat) return std::nullopt;
  auto* done = std::get_if<Done>(&repeat->outcome);
  if (done != nullptr && done->first != kBeforeFirst) describe(repeat->entity, pending.command, *done);
  return std::move(repeat->outcome);
}

void Writer::commit(Batch batch) {
  if (batch.staged.empty() && batch.syncs.empty()) return;
  // The sync of a commit includes the uses appended before.
  const bool commits = !batch.records.empty() || batch.syncs.empty();
  const auto written = commits ? committer_.commit(batch.records) : committer_.sync_uses();
  const Position durable = committer_.end().position;
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
  if (!written) {
    is_ready_ = false;
    batch.records.clear();
  }
  publish_(std::move(batch.records), std::move(replies));
}

void Writer::describe(const std::optional<EntityRef>& entity, const Command& command, Done& done) const {
  using projections::RowKind;
  const projections::Catalog& catalog = **catalog_;
  if (std::holds_alternative<ChangePolicy>(command)) {
    done.entity = projections::row_of(catalog, RowKind::kPolicy, 0);
  } else if (entity) {
    done.place = projections::place_of(catalog, *entity);
    done.entity = projections::row_of(catalog, projections::row_kind_of(entity->kind), done.place);
  }
}

}  // namespace keyledger::commands
