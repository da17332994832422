#include "tools/cli/source.h"

#include <iostream>
#include <optional>
#include <utility>

#include "ledger/disk/directory.h"
#include "ledger/log_search.h"
#include "projections/lookup.h"
#include "projections/verdict.h"
#include "tools/offline/fold_log.h"
#include "tools/offline/snapshots.h"

namespace keyledger::tools::cli {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every answer
using net::Answer;
using projections::Digests;
using projections::Row;
using projections::RowKind;
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

  Answer<Position> list(net::AskList ask, const EachRows& each) override {
    return with_state([&](const State& state) -> Answer<Position> {
      if (ask.name.empty()) return all_rows(state, ask.kind, clock_(), each);
      const auto entity = look_up(state.catalog, projections::entity_kind_of(ask.kind), ask.name);
      if (!entity) return net::failure_of(entity.error());
      each({row_at(state, ask.kind, place_of(state.catalog, *entity), clock_())});
      return state.position();
    });
  }

  Answer<Position> keys_of_client(net::AskKeysOfClient ask, const EachRows& each) override {
    return with_state([&](const State& state) -> Answer<Position> {
      const auto entity = look_up(state.catalog, EntityRef::Kind::kClient, ask.client);
      if (!entity) return net::failure_of(entity.error());
      const ClientNumber client{static_cast<std::uint32_t>(entity->number)};
      for (const KeyNumber key : state.catalog.client(client).keys) {
        each({row_at(state, RowKind::kKeys, key.value() - 1, clock_())});
      }
      return state.position();
    });
  }

  // A past state is folded by itself, from the snapshot that is nearest to it.
  Answer<Position> state(net::AskState ask, const EachRows& each) override {
    if (!ask.position && !ask.at) {
      return with_state([&](const State& state) { return every_row(state, clock_(), ask.contents, each); });
    }
    if (ask.position && head_.position < *ask.position) {
      return net::failure_of(Error{ErrorCode::kNoSuchPosition, std::to_string(ask.position->value())});
    }
    projections::FoldLimit limit{.position = ask.position.value_or(head_.position)};
    if (ask.at) limit.time = *ask.at;
    const auto past = fold(limit);
    if (!past) return net::failure_of(past.error());
    return every_row(*past, ask.at.value_or(clock_()), ask.contents, each);
  }

  Answer<std::uint64_t> history(net::AskHistory ask, const EachHistory& each) override {
    return with_state([&](const State& state) -> Answer<std::uint64_t> {
      projections::HistoryFilter filter{.uses = ask.uses, .since = ask.since, .until = ask.until};
      if (ask.kind) {
        const auto entity = look_up(state.catalog, *ask.kind, ask.entity);
        if (!entity) return net::failure_of(entity.error());
        filter.entities = with_belongings(state.catalog, *entity);
      }
      const auto read = read_history(state.catalog, filter, each);
      if (!read) return net::failure_of(read.error());
      return std::uint64_t{1};
    });
  }

  Answer<net::ActiveKeyAnswer> active_key(std::string client) override {
    return with_state([&](const State& state) -> Answer<net::ActiveKeyAnswer> {
      net::ActiveKeyAnswer answer{.position = state.position()};
      const ClientNumber number = find_client_alone(state.access, client);
      answer.found = number != kNoClient;
      if (answer.found) answer.counts = active_keys_of(state.access, number, clock_());
      return answer;
    });
  }

  Answer<net::Stats> stats() override {
    return with_state([&](const State& state) -> Answer<net::Stats> {
      return net::Stats{.ledger_id = to_string(directory_->id()),
                        .head = head_,
                        .accounts = state.catalog.accounts().size(),
                        .users = state.catalog.users(),
                        .clients = state.catalog.clients(),
                        .keys = state.catalog.keys()};
    });
  }

 private:
  // The answer that `make` gives of the state at the head, which is folded when it is first asked for.
  template <typename Make>
  auto with_state(const Make& make) -> decltype(make(std::declval<const State&>())) {
    if (!state_) {
      auto folded = fold({.position = head_.position});
      if (!folded) return net::failure_of(folded.error());
      state_ = std::move(*folded);
    }
    return make(*state_);
  }

  // With a bar if it takes long.
  Result<State> fold(const projections::FoldLimit& limit) {
    output::ProgressBar progress(std::cerr, standard_error_, clock_,
                                 {.label = "folding", .unit = "events", .total = limit.position.value()});
    return offline::fold_log(directory_->log(), limit, progress,
                             offline::newest_snapshot(*directory_, {}, limit, warn_on_standard_error));
  }

  static Row row_at(const State& state, RowKind kind, std::size_t place, Timestamp now,
                    Digests digests = Digests::kLeaveOut) {
    Row row = row_of(state.catalog, kind, place);
    complete(state.access, place, now, row, digests);
    return row;
  }

  static Position all_rows(const State& state, RowKind kind, Timestamp now, const EachRows& each,
                           Digests digests = Digests::kLeaveOut) {
    for (std::size_t place = 0; place < rows_in(state.catalog, kind); ++place) {
      each({row_at(state, kind, place, now, digests)});
    }
    return state.position();
  }

  static Answer<Position> every_row(const State& state, Timestamp now, net::StateContents contents,
                                    const EachRows& each) {
    const bool is_export = contents == net::StateContents::kExport;
    if (is_export) all_rows(state, RowKind::kPolicy, now, each);
    for (const RowKind kind : {RowKind::kAccounts, RowKind::kUsers, RowKind::kClients, RowKind::kKeys}) {
      all_rows(state, kind, now, each, is_export ? Digests::kInclude : Digests::kLeaveOut);
    }
    return state.position();
  }

  Result<void> read_history(const projections::Catalog& catalog, const projections::HistoryFilter& filter,
                            const EachHistory& each) const {
    Position from{1};
    if (filter.since) {
      const auto since = first_position_since(directory_->log(), *filter.since);
      if (!since) return since.error();
      from = *since;
    }
    auto cursor = filter.entities.empty()
                      ? directory_->log().read(from)
                      : directory_->index().read_entities(filter.entities, filter.uses, from);
    if (!cursor) return cursor.error();
    for (;;) {
      auto record = (*cursor)->next();
      if (!record) return record.error();
      if (!record->has_value()) return {};
      std::vector<projections::HistoryRow> rows;
      append_rows(catalog, **record, filter, rows);
      if (!rows.empty()) each(std::move(rows));
    }
  }

  std::unique_ptr<LedgerDirectory> directory_;
  LogHead head_;  // when it was opened
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
