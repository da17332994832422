#include "net/service/answer_streams.h"

#include <boost/asio/post.hpp>
#include <future>
#include <optional>
#include <utility>

#include "net/service/queries.h"
#include "projections/state.h"

namespace keyledger::net {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every answer
using commands::Writer;
using projections::Catalog;

namespace {

using Done = std::function<void(Chunk)>;

Error read_slowly() {
  return {ErrorCode::kOverloaded, "the list was read slowly, and other lists were asked for"};
}

Chunk failed(Failure failure) { return {.body = std::move(failure), .last = true}; }

// Moves the steps of a stream between the threads. A stream lives as long as one of its steps is under way.
class SteppedStream : public AnswerStream, public std::enable_shared_from_this<SteppedStream> {
 public:
  explicit SteppedStream(const ServiceParts& parts) : parts_(parts) {}

 protected:
  const ServiceParts& parts() const { return parts_; }

  // Runs a step on the thread that owns the hot state.
  template <typename Step>
  void on_home(Step step) {
    // The step may hold values that only move; a std::function would copy the step.
    auto moved = std::make_shared<Step>(std::move(step));
    post_home(parts_, [self = shared_from_this(), moved] { (*moved)(); });
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

  // Returns the state at the limit. Runs on the reader's thread.
  Result<projections::State> fold_to(const projections::FoldLimit& limit) const {
    projections::State state = parts_.begin_past_state(limit);
    const Position after = state.position();
    if (auto folded = fold_log(parts_.log, after, limit, state); !folded) return folded.error();
    return state;
  }

 private:
  const ServiceParts& parts_;
};

// Rows of one state. A short list is read in a single step. The rows of a longer list come from a state of
// their own, folded apart from the live state, because the live state changes between two steps.
class RowStream : public SteppedStream {
 public:
  // Begins the query on a catalog.
  using Begin = std::function<Result<RowQuery, Refusal>(const Catalog&)>;

  RowStream(const ServiceParts& parts, UnfinishedLists& lists, Begin begin)
      : SteppedStream(parts), lists_(lists), begin_(std::move(begin)) {}

  void next(Done done) override {
    if (rows_) return done(next_of_rows());
    if (limit_) return on_reader([this, done] { read_past(done); });
    on_writer(done, [this, done](const Writer::View& view) { begin(view, done); });
  }

 private:
  // The writer's thread waits for the home thread, so that catalog and hot state are of one position.
  void begin(const Writer::View& view, const Done& done) {
    auto begun = begin_(view.catalog);
    if (!begun) return finish(done, failed(failure_of(begun.error())));
    auto rows = begun->read_at_once(view.catalog);
    if (!rows) return on_home([this, done, as_of = view.position] { begin_past(as_of, done); });
    const auto finished = std::make_shared<std::promise<void>>();
    on_home([&, finished, as_of = view.position, done = done] {
      const bool is_answered = complete(*begun, std::move(*rows), as_of);
      finished->set_value();
      // Nothing of the writer's thread may be used from here on.
      if (is_answered) return done(next_of_rows());
      begin_past(as_of, done);
    });
    finished->get_future().wait();
  }

  // Returns whether the rows of the single step are the whole answer.
  bool complete(RowQuery& query, RowQuery::Incomplete incomplete, Position as_of) {
    auto& authenticator = parts().authenticator;
    if (authenticator.settled_position() < as_of) return false;
    const Timestamp now = authenticator.now();
    const auto reading = authenticator.read();
    auto rows = query.complete_at_once(authenticator.access(), now, std::move(incomplete));
    if (!rows) return false;
    rows_ = lists_.rows.keep({.position = authenticator.access().position(), .rows = std::move(*rows)});
    return true;
  }

  Chunk next_of_rows() {
    if (!lists_.rows.touch(rows_)) return failed(failure_of(read_slowly()));
    RowsAnswer& left = **rows_;
    RowsAnswer answer{.position = left.position, .rows = take_chunk(left.rows)};
    const bool is_last = left.rows.empty();
    if (is_last) rows_->reset();
    return {.body = std::move(answer), .last = is_last};
  }

  void begin_past(Position as_of, const Done& done) {
    auto& authenticator = parts().authenticator;
    limit_ = {.position = authenticator.settled_position()};
    if (limit_->position < as_of) {
      return done(
          failed(failure_of(Error{ErrorCode::kWriteFailed, "the state could not be updated from the log"})));
    }
    now_ = authenticator.now();
    on_reader([this, done] { read_past(done); });
  }

  void read_past(const Done& done) {
    if (!state_) {
      auto folded = fold_to(*limit_);
      if (!folded) return finish(done, failed(failure_of(folded.error())));
      state_ = lists_.states.keep(std::move(*folded));
      auto begun = begin_((*state_)->catalog);
      if (!begun) return finish(done, failed(failure_of(begun.error())));
      query_ = std::move(*begun);
    }
    if (!lists_.states.touch(state_)) return finish(done, failed(failure_of(read_slowly())));
    const projections::State& state = **state_;
    RowsAnswer answer{.position = state.position()};
    answer.rows = query_->complete(state.access, now_, query_->read(state.catalog));
    // A large state is freed here, and not by a thread that serves verdicts.
    if (query_->is_done()) state_->reset();
    finish(done, {.body = std::move(answer), .last = query_->is_done()});
  }

  UnfinishedLists& lists_;
  Begin begin_;
  // After a single step:
  KeptLists<RowsAnswer>::Kept rows_;
  // Otherwise:
  std::optional<projections::FoldLimit> limit_;
  Timestamp now_;
  KeptLists<projections::State>::Kept state_;
  std::optional<RowQuery> query_;
};

template <typename Ask>
std::shared_ptr<AnswerStream> make_row_stream(const ServiceParts& parts, UnfinishedLists& lists, Ask ask) {
  return std::make_shared<RowStream>(
      parts, lists, [ask = std::move(ask)](const Catalog& catalog) { return RowQuery::begin(catalog, ask); });
}

class HistoryStream : public SteppedStream {
 public:
  // `end`: the last position of the answer. Everything up to `end` is durable and published.
  HistoryStream(const ServiceParts& parts, AskHistory ask, Position end)
      : SteppedStream(parts), query_(std::move(ask), end) {}

  void next(Done done) override {
    if (query_.has_rows()) return finish(done, chunk());
    if (query_.is_resolved()) return on_reader([this, done] { read(done); });
    on_writer(done, [this, done](const Writer::View& view) {
      if (auto resolved = query_.resolve(view.catalog); !resolved) {
        return finish(done, failed(failure_of(resolved.error())));
      }
      on_reader([this, done] { read(done); });
    });
  }

 private:
  void read(const Done& done) {
    if (auto read = query_.read(parts().log, parts().index); !read)
      return finish(done, failed(failure_of(read.error())));
    on_writer(done, [this, done](const Writer::View& view) {
      query_.name(view.catalog);
      finish(done, chunk());
    });
  }

  Chunk chunk() {
    auto rows = query_.next();
    return {.body = std::move(rows), .last = query_.is_done()};
  }

  HistoryQuery query_;
};

// A past state is folded on the reader's thread, from an earlier state and the log, apart from the live
// state, and then read out.
class StateStream : public SteppedStream {
 public:
  StateStream(const ServiceParts& parts, projections::FoldLimit limit, StateQuery query)
      : SteppedStream(parts), limit_(limit), query_(query) {}

  void next(Done done) override {
    on_reader([this, done] {
      if (!state_) {
        auto state = fold_to(limit_);
        if (!state) return finish(done, failed(failure_of(state.error())));
        state_ = std::move(*state);
      }
      auto answer = query_.next(*state_);
      finish(done, {.body = std::move(answer), .last = query_.is_done()});
    });
  }

 private:
  projections::FoldLimit limit_;
  StateQuery query_;
  std::optional<projections::State> state_;
};

// A stream that fails at once.
class FailedStream : public AnswerStream {
 public:
  explicit FailedStream(Failure failure) : failure_(std::move(failure)) {}
  void next(Done done) override { done(failed(std::move(failure_))); }

 private:
  Failure failure_;
};

}  // namespace

std::shared_ptr<AnswerStream> make_list_stream(const ServiceParts& parts, UnfinishedLists& lists,
                                               AskList ask) {
  return make_row_stream(parts, lists, std::move(ask));
}

std::shared_ptr<AnswerStream> make_keys_of_client_stream(const ServiceParts& parts, UnfinishedLists& lists,
                                                         AskKeysOfClient ask) {
  return make_row_stream(parts, lists, std::move(ask));
}

std::shared_ptr<AnswerStream> make_history_stream(const ServiceParts& parts, AskHistory ask) {
  return std::make_shared<HistoryStream>(parts, std::move(ask), parts.authenticator.settled_position());
}

std::shared_ptr<AnswerStream> make_state_stream(const ServiceParts& parts, AskState ask) {
  auto& authenticator = parts.authenticator;
  const auto limit = fold_limit_of(ask, authenticator.settled_position());
  if (!limit) return std::make_shared<FailedStream>(failure_of(limit.error()));
  const StateQuery query(ask.contents, ask.at.value_or(authenticator.now()));
  return std::make_shared<StateStream>(parts, *limit, query);
}

}  // namespace keyledger::net
