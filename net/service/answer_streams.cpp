#include "net/service/answer_streams.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "net/service/queries.h"
#include "projections/state.h"

namespace keyledger::net {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every answer
using commands::Writer;
using projections::Catalog;

namespace {

using Done = std::function<void(Chunk)>;

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

 private:
  const ServiceParts& parts_;
};

// Rows of the live state.
class RowStream : public SteppedStream {
 public:
  // Begins the query; called once, on the writer's thread.
  using Begin = std::function<Result<RowQuery, Refusal>(const Catalog&)>;

  RowStream(const ServiceParts& parts, Begin begin) : SteppedStream(parts), begin_(std::move(begin)) {}

  void next(Done done) override {
    on_writer(done, [this, done](const Writer::View& view) {
      if (!query_) {
        auto begun = std::exchange(begin_, nullptr)(view.catalog);
        if (!begun) return finish(done, failed(failure_of(begun.error())));
        query_ = std::move(*begun);
      }
      on_home([this, done, as_of = view.position, rows = query_->read(view.catalog)]() mutable {
        if (parts().authenticator.settled_position() < as_of) {
          return done(failed(
              failure_of(Error{ErrorCode::kWriteFailed, "the state could not be updated from the log"})));
        }
        done(complete(std::move(rows)));
      });
    });
  }

 private:
  Chunk complete(RowQuery::Incomplete rows) {
    auto& authenticator = parts().authenticator;
    const Timestamp now = authenticator.now();
    const auto reading = authenticator.read();
    RowsAnswer answer{.position = authenticator.access().position()};
    answer.rows = query_->complete(authenticator.access(), now, std::move(rows));
    return {.body = std::move(answer), .last = query_->is_done()};
  }

  Begin begin_;
  std::optional<RowQuery> query_;
};

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
      if (auto folded = fold(); !folded) return finish(done, failed(failure_of(folded.error())));
      auto answer = query_.next(*state_);
      finish(done, {.body = std::move(answer), .last = query_.is_done()});
    });
  }

 private:
  Result<void> fold() {
    if (state_) return {};
    projections::State state = parts().begin_past_state(limit_);
    const Position after = state.position();
    if (auto folded = fold_log(parts().log, after, limit_, state); !folded) return folded.error();
    state_ = std::move(state);
    return {};
  }

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

std::shared_ptr<AnswerStream> make_list_stream(const ServiceParts& parts, AskList ask) {
  return std::make_shared<RowStream>(
      parts, [ask = std::move(ask)](const Catalog& catalog) { return RowQuery::begin(catalog, ask); });
}

std::shared_ptr<AnswerStream> make_keys_of_client_stream(const ServiceParts& parts, AskKeysOfClient ask) {
  return std::make_shared<RowStream>(
      parts, [ask = std::move(ask)](const Catalog& catalog) { return RowQuery::begin(catalog, ask); });
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
