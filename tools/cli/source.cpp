#include "tools/cli/source.h"

#include <iostream>
#include <optional>
#include <utility>

#include "ledger/disk/directory.h"
#include "net/service/queries.h"
#include "tools/offline/fold_log.h"
#include "tools/offline/snapshots.h"

namespace keyledger::tools::cli {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every answer
using net::Answer;
using projections::State;

namespace {

void warn_on_standard_error(const std::string& warning) { std::cerr << "keyledger: " << warning << "\n"; }

class OnlineSource final : public Source {
 public:
  explicit OnlineSource(std::unique_ptr<net::Client> client) : client_(std::move(client)) {}

  Answer<Position> list(net::AskList ask, const EachRows& each) override {
    return client_->rows(std::move(ask), each);
  }
  Answer<Position> keys_of_client(net::AskKeysOfClient ask, const EachRows& each) override {
    return client_->rows(std::move(ask), each);
  }
  Answer<Position> state(net::AskState ask, const EachRows& each) override {
    return client_->rows(ask, each);
  }
  Answer<std::uint64_t> history(net::AskHistory ask, const EachHistory& each) override {
    return client_->history(std::move(ask), each);
  }
  Answer<net::ActiveKeyAnswer> active_key(std::string client) override {
    return client_->active_key(std::move(client));
  }
  Answer<net::Stats> stats() override { return client_->stats(); }

 private:
  std::unique_ptr<net::Client> client_;
};

class OfflineSource final : public Source {
 public:
  OfflineSource(std::unique_ptr<LedgerDirectory> directory, Clock clock, program::IsTerminal standard_error)
      : directory_(std::move(directory)),
        head_(directory_->index().head()),
        clock_(std::move(clock)),
        standard_error_(standard_error) {}

  Answer<Position> list(net::AskList ask, const EachRows& each) override { return rows_of(ask, each); }

  Answer<Position> keys_of_client(net::AskKeysOfClient ask, const EachRows& each) override {
    return rows_of(ask, each);
  }

  // A past state has a fold of its own, from the nearest snapshot.
  Answer<Position> state(net::AskState ask, const EachRows& each) override {
    const auto limit = net::fold_limit_of(ask, head_.position);
    if (!limit) return net::failure_of(limit.error());
    const auto send = [&](const State& state) -> Answer<Position> {
      net::StateQuery query(ask.contents, ask.at.value_or(clock_()));
      while (!query.is_done()) each(query.next(state).rows);
      return state.position();
    };
    if (!ask.position && !ask.at) return with_state(send);
    const auto past = fold(*limit);
    if (!past) return net::failure_of(past.error());
    return send(*past);
  }

  Answer<std::uint64_t> history(net::AskHistory ask, const EachHistory& each) override {
    return with_state([&](const State& state) -> Answer<std::uint64_t> {
      net::HistoryQuery query(std::move(ask), head_.position);
      if (const auto resolved = query.resolve(state.catalog); !resolved) {
        return net::failure_of(resolved.error());
      }
      std::uint64_t chunks = 0;
      for (; !query.is_done(); ++chunks) {
        if (!query.has_rows()) {
          if (const auto read = query.read(directory_->log(), directory_->index()); !read)
            return net::failure_of(read.error());
          query.name(state.catalog);
        }
        each(query.next());
      }
      return chunks;
    });
  }

  Answer<net::ActiveKeyAnswer> active_key(std::string client) override {
    return with_state([&](const State& state) -> Answer<net::ActiveKeyAnswer> {
      auto answer = net::active_key_of(state.access, {std::move(client)}, clock_());
      if (!answer) return net::failure_of(answer.error());
      return std::move(*answer);
    });
  }

  Answer<net::Stats> stats() override {
    return with_state([&](const State& state) -> Answer<net::Stats> {
      return net::stats_of(state.catalog, to_string(directory_->id()), head_);
    });
  }

 private:
  // Returns the answer of `make` for the state at the head. The first call folds the state.
  template <typename Make>
  auto with_state(const Make& make) -> decltype(make(std::declval<const State&>())) {
    if (!state_) {
      auto folded = fold({.position = head_.position});
      if (!folded) return net::failure_of(folded.error());
      state_ = std::move(*folded);
    }
    return make(*state_);
  }

  // Shows a progress bar if folding takes long.
  Result<State> fold(const projections::FoldLimit& limit) {
    output::ProgressBar progress(std::cerr, standard_error_, clock_,
                                 {.label = "folding", .unit = "events", .total = limit.position.value()});
    return offline::fold_log(directory_->log(), limit, progress,
                             offline::newest_snapshot(*directory_, {}, limit, warn_on_standard_error));
  }

  template <typename Ask>
  Answer<Position> rows_of(const Ask& ask, const EachRows& each) {
    return with_state([&](const State& state) -> Answer<Position> {
      auto query = net::RowQuery::begin(state.catalog, ask);
      if (!query) return net::failure_of(query.error());
      while (!query->is_done()) each(query->complete(state.access, clock_(), query->read(state.catalog)));
      return state.position();
    });
  }

  std::unique_ptr<LedgerDirectory> directory_;
  LogHead head_;  // of the log when the directory was opened
  Clock clock_;
  program::IsTerminal standard_error_;
  std::optional<State> state_;  // at the head
};

}  // namespace

std::unique_ptr<Source> online_source(std::unique_ptr<net::Client> client) {
  return std::make_unique<OnlineSource>(std::move(client));
}

Result<std::unique_ptr<Source>> offline_source(const std::filesystem::path& directory, const Clock& clock,
                                               program::IsTerminal standard_error) {
  auto opened = open_ledger_to_read(directory);
  if (!opened) return opened.error();
  return std::unique_ptr<Source>(std::make_unique<OfflineSource>(std::move(*opened), clock, standard_error));
}

}  // namespace keyledger::tools::cli
