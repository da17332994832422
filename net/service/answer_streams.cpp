#include "net/service/answer_streams.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "ledger/log_search.h"
#include "projections/lookup.h"
#include "projections/state.h"

namespace keyledger::net {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every answer
using commands::Writer;
using projections::Catalog;
using projections::Digests;
using projections::Row;
using projections::RowKind;

namespace {

constexpr std::size_t kRowsPerChunk = 256;
// How much of the log one chunk may read: an answer with few rows still moves on, and can be dropped.
constexpr std::size_t kRecordsPerChunk = 1'024;

using Done = std::function<void(Chunk)>;

// Most rows are small, but a key may be assigned to very many clients.
std::size_t list_bytes_in(const Row& row) {
  std::size_t bytes = 0;
  const auto add = [&](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) bytes += text.size() + sizeof(std::uint64_t);
  };
  if (const auto* key = std::get_if<projections::KeyRow>(&row)) {
    add(key->clients);
    for (const Annotation& note : key->annotations) bytes += note.name.size() + note.value.size();
    bytes += key->digests.size() * sizeof(projections::DigestOfKey);
  }
  if (const auto* user = std::get_if<projections::UserRow>(&row)) add(user->accounts);
  return bytes;
}

Chunk failed(Failure failure) { return {.body = std::move(failure), .last = true}; }

// What every stream needs to move between the threads. A stream lives as long as a step of it is under way.
class SteppedStream : public AnswerStream, public std::enable_shared_from_this<SteppedStream> {
 public:
  explicit SteppedStream(Service& service) : parts_(service.parts()) {}

 protected:
  const Service::Parts& parts() const { return parts_; }

  // Runs a step on the thread that owns the hot state.
  template <typename Step>
  void on_home(Step step) {
    // The step may hold what only moves; a std::function would copy.
    auto moved = std::make_shared<Step>(std::move(step));
    Service::post(parts_, [self = shared_from_this(), moved] { (*moved)(); });
  }

  template <typename Step>
  void on_reader(Step step) {
    boost::asio::post(parts_.readers,
                      [self = shared_from_this(), step = std::move(step)]() mutable { step(); });
  }

  // Runs a step on the writer's thread with the catalog.
  template <typename Step>
  void on_writer(const Done& done, Step step) {
    parts_.writer.query(
        [this, self = shared_from_this(), done, step = std::move(step)](const Result<Writer::View>& view) {
          if (!view) return finish(done, failed(failure_of(view.error())));
          step(*view);
        });
  }

  void finish(const Done& done, Chunk chunk) {
    on_home([done, chunk = std::make_shared<Chunk>(std::move(chunk))] { done(std::move(*chunk)); });
  }

 private:
  const Service::Parts& parts_;
};

// Rows of the live catalog: all of a kind, or those at chosen places.
class ListStream : public SteppedStream {
 public:
  // Where the rows are; called once, on the writer's thread.
  using Choose = std::function<Result<std::vector<std::size_t>, Refusal>(const Catalog&)>;

  ListStream(Service& service, RowKind kind, Choose choose)
      : SteppedStream(service), kind_(kind), choose_(std::move(choose)) {}

  void next(Done done) override {
    on_writer(done, [this, done](const Writer::View& view) {
      if (choose_) {
        auto chosen = std::exchange(choose_, nullptr)(view.catalog);
        if (!chosen) return finish(done, failed(failure_of(chosen.error())));
        places_ = std::move(*chosen);
      }
      std::vector<Row> rows;
      const std::size_t first = next_;
      const std::size_t end = std::min(next_ + kRowsPerChunk, places_.size());
      for (std::size_t bytes = 0; next_ < end && bytes < kRowListBytesPerChunk; ++next_) {
        rows.push_back(row_of(view.catalog, kind_, places_[next_]));
        bytes += list_bytes_in(rows.back());
      }
      on_home([this, done, first, as_of = view.position, rows = std::move(rows)]() mutable {
        if (parts().authenticator.settled_position() < as_of) {
          return done(
              failed(failure_of(Error{ErrorCode::kWriteFailed, "the state could not follow the log"})));
        }
        complete_and_send(done, first, std::move(rows));
      });
    });
  }

 private:
  void complete_and_send(const Done& done, std::size_t first, std::vector<Row> rows) {
    auto& authenticator = parts().authenticator;
    const Timestamp now = authenticator.now();
    const auto reading = authenticator.read();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      complete(authenticator.access(), places_[first + i], now, rows[i]);
    }
    const bool last = next_ == places_.size();
    done({.body = RowsAnswer{.position = authenticator.access().position(), .rows = std::move(rows)},
          .last = last});
  }

  RowKind kind_;
  Choose choose_;
  std::vector<std::size_t> places_;
  std::size_t next_ = 0;
};

class HistoryStream : public SteppedStream {
 public:
  // `end`: the position that the answer reaches; everything up to it is durable and published.
  HistoryStream(Service& service, AskHistory ask, Position end)
      : SteppedStream(service), ask_(std::move(ask)), end_(end) {}

  void next(Done done) override {
    if (taken_ < named_.size()) return finish(done, take_rows());
    if (cursor_) return on_reader([this, done] { read_some(done); });
    on_writer(done, [this, done](const Writer::View& view) {
      filter_ = {.uses = ask_.uses, .since = ask_.since, .until = ask_.until};
      if (ask_.kind) {
        const auto entity = look_up(view.catalog, *ask_.kind, ask_.entity);
        if (!entity) return finish(done, failed(failure_of(entity.error())));
        filter_.entities = with_belongings(view.catalog, *entity);
      }
      on_reader([this, done] {
        if (auto opened = open(); !opened) return finish(done, failed(failure_of(opened.error())));
        read_some(done);
      });
    });
  }

 private:
  Result<void> open() {
    Position from{1};
    if (filter_.since) {
      const auto since = first_position_since(parts().log, *filter_.since);
      if (!since) return since.error();
      from = *since;
    }
    auto cursor = filter_.entities.empty()
                      ? parts().log.read(from)
                      : parts().index.read_entities(filter_.entities, filter_.uses, from);
    if (!cursor) return cursor.error();
    cursor_ = std::move(*cursor);
    return {};
  }

  void read_some(const Done& done) {
    auto records = std::make_shared<std::vector<Record>>();
    std::size_t rows = 0;
    bool last = false;
    while (!last && rows < kRowsPerChunk && records->size() < kRecordsPerChunk) {
      auto record = cursor_->next();
      if (!record) return finish(done, failed(failure_of(record.error())));
      last = !record->has_value() || end_ < (*record)->position;
      if (last) break;
      rows += filter_.uses == UsesInHistory::kInclude ? positions_of(**record) : (*record)->events.size();
      records->push_back(std::move(**record));
    }
    on_writer(done, [this, done, records, last](const Writer::View& view) {
      named_.clear();
      taken_ = 0;
      for (const Record& record : *records) append_rows(view.catalog, record, filter_, named_);
      is_read_ = last;
      finish(done, take_rows());
    });
  }

  // One record may have more rows than a frame holds, and one row much to say of a key.
  Chunk take_rows() {
    const auto first = named_.begin() + static_cast<std::ptrdiff_t>(taken_);
    const std::size_t most = std::min(named_.size(), taken_ + kHistoryRowsPerChunkMax);
    for (std::size_t bytes = 0; taken_ < most && bytes < kRowListBytesPerChunk; ++taken_) {
      for (const auto& [name, value] : named_[taken_].details) bytes += name.size() + value.size();
    }
    const auto end = named_.begin() + static_cast<std::ptrdiff_t>(taken_);
    return {.body = std::vector(std::make_move_iterator(first), std::make_move_iterator(end)),
            .last = is_read_ && taken_ == named_.size()};
  }

  AskHistory ask_;
  Position end_;
  projections::HistoryFilter filter_;
  std::unique_ptr<RecordCursor> cursor_;
  std::vector<projections::HistoryRow> named_;  // of what was read last
  std::size_t taken_ = 0;
  bool is_read_ = false;  // to the end
};

// A past state is folded on the reader's thread, from a state before it and the log, apart from the live one,
// and then read out.
class StateStream : public SteppedStream {
 public:
  StateStream(Service& service, projections::FoldLimit limit, Timestamp now, StateContents contents)
      : SteppedStream(service),
        limit_(limit),
        now_(now),
        digests_(contents == StateContents::kExport ? Digests::kInclude : Digests::kLeaveOut),
        kind_(contents == StateContents::kExport ? 0 : 1) {}

  void next(Done done) override {
    on_reader([this, done] {
      if (auto folded = fold(); !folded) return finish(done, failed(failure_of(folded.error())));
      finish(done, take_rows());
    });
  }

 private:
  Result<void> fold() {
    if (folded_) return {};
    state_ = parts().begin_past_state(limit_);
    auto cursor = parts().log.read(state_.position().next());
    if (!cursor) return cursor.error();
    for (;;) {
      const auto progress = fold_some(**cursor, limit_, kRecordsPerChunk, state_);
      if (!progress) return progress.error();
      if (*progress == projections::FoldProgress::kDone) break;
    }
    folded_ = true;
    return {};
  }

  Chunk take_rows() {
    RowsAnswer answer{.position = state_.position()};
    std::size_t bytes = 0;
    while (answer.rows.size() < kRowsPerChunk && bytes < kRowListBytesPerChunk && kind_ < kKinds.size()) {
      if (place_ == rows_in(state_.catalog, kKinds[kind_])) {
        ++kind_;
        place_ = 0;
        continue;
      }
      Row row = row_of(state_.catalog, kKinds[kind_], place_);
      complete(state_.access, place_, now_, row, digests_);
      bytes += list_bytes_in(row);
      answer.rows.push_back(std::move(row));
      ++place_;
    }
    return {.body = std::move(answer), .last = kind_ == kKinds.size()};
  }

  // The first is for exports only.
  static constexpr std::array kKinds = {RowKind::kPolicy, RowKind::kAccounts, RowKind::kUsers,
                                        RowKind::kClients, RowKind::kKeys};

  projections::FoldLimit limit_;
  Timestamp now_;
  projections::State state_;
  Digests digests_;
  bool folded_ = false;
  std::size_t kind_;  // of kKinds
  std::size_t place_ = 0;
};

// An answer that is known at once.
class FailedStream : public AnswerStream {
 public:
  explicit FailedStream(Failure failure) : failure_(std::move(failure)) {}
  void next(Done done) override { done(failed(std::move(failure_))); }

 private:
  Failure failure_;
};

}  // namespace

std::shared_ptr<AnswerStream> make_list_stream(Service& service, AskList ask) {
  const RowKind kind = ask.kind;
  return std::make_shared<ListStream>(
      service, kind,
      [ask = std::move(ask)](const Catalog& catalog) -> Result<std::vector<std::size_t>, Refusal> {
        std::vector<std::size_t> places;
        if (ask.name.empty()) {
          places.resize(rows_in(catalog, ask.kind));
          for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
          return places;
        }
        const auto entity = look_up(catalog, projections::entity_kind_of(ask.kind), ask.name);
        if (!entity) return entity.error();
        places.push_back(place_of(catalog, *entity));
        return places;
      });
}

std::shared_ptr<AnswerStream> make_keys_of_client_stream(Service& service, AskKeysOfClient ask) {
  return std::make_shared<ListStream>(
      service, RowKind::kKeys,
      [ask = std::move(ask)](const Catalog& catalog) -> Result<std::vector<std::size_t>, Refusal> {
        const auto entity = look_up(catalog, EntityRef::Kind::kClient, ask.client);
        if (!entity) return entity.error();
        std::vector<std::size_t> places;
        const ClientNumber client{static_cast<std::uint32_t>(entity->number)};
        for (const KeyNumber key : catalog.client(client).keys) places.push_back(key.value() - 1);
        return places;
      });
}

std::shared_ptr<AnswerStream> make_history_stream(Service& service, AskHistory ask) {
  return std::make_shared<HistoryStream>(service, std::move(ask), service.authenticator().settled_position());
}

std::shared_ptr<AnswerStream> make_state_stream(Service& service, AskState ask) {
  const Position head = service.authenticator().settled_position();
  projections::FoldLimit limit{.position = head};
  if (ask.position && head < *ask.position) {
    return std::make_shared<FailedStream>(
        failure_of(Error{ErrorCode::kNoSuchPosition, std::to_string(ask.position->value())}));
  }
  if (ask.position) limit.position = *ask.position;
  if (ask.at) limit.time = *ask.at;
  return std::make_shared<StateStream>(service, limit, ask.at.value_or(service.authenticator().now()),
                                       ask.contents);
}

}  // namespace keyledger::net
