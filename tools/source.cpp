#include "tools/source.h"

#include <iostream>

#include "ledger/ledger_directory.h"
#include "ledger/log_search.h"
#include "projections/lookup.h"
#include "projections/verdict.h"
#include "tools/fold_log.h"
#include "tools/snapshots.h"

namespace keyledger::tools {

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
  OfflineSource(std::unique_ptr<LedgerDirectory> directory, State state, Clock clock,
                IsTerminal standard_error)
      : directory_(std::move(directory)),
        state_(std::move(state)),
        clock_(std::move(clock)),
        standard_error_(standard_error) {}

  Answer<Position> list(net::AskList ask, const EachRows& each) override {
    if (ask.name.empty()) return all_rows(state_, ask.kind, clock_(), each);
    const auto entity = look_up(state_.catalog, projections::entity_kind_of(ask.kind), ask.name);
    if (!entity) return net::failure_of(entity.error());
    each({row_at(state_, ask.kind, place_of(state_.catalog, *entity), clock_())});
    return state_.position();
  }

  Answer<Position> keys_of_client(net::AskKeysOfClient ask, const EachRows& each) override {
    const auto entity = look_up(state_.catalog, EntityRef::Kind::kClient, ask.client);
    if (!entity) return net::failure_of(entity.error());
    const ClientNumber client{static_cast<std::uint32_t>(entity->number)};
    for (const KeyNumber key : state_.catalog.client(client).keys) {
      each({row_at(state_, RowKind::kKeys, key.value() - 1, clock_())});
    }
    return state_.position();
  }

  Answer<Position> state(net::AskState ask, const EachRows& each) override {
    if (!ask.position && !ask.at) return every_row(state_, clock_(), ask.contents, each);
    if (ask.position && state_.position() < *ask.position) {
      return net::failure_of(Error{ErrorCode::kNoSuchPosition, std::to_string(ask.position->value())});
    }
    projections::FoldLimit limit{.position = ask.position.value_or(state_.position())};
    if (ask.at) limit.time = *ask.at;
    ProgressBar progress(std::cerr, standard_error_, clock_,
                         {.label = "folding", .unit = "events", .total = limit.position.value()});
    const auto past = fold_log(directory_->log(), limit, progress,
                               newest_snapshot(*directory_, {}, limit, warn_on_standard_error));
    if (!past) return net::failure_of(past.error());
    return every_row(*past, ask.at.value_or(clock_()), ask.contents, each);
  }

  Answer<std::uint64_t> history(net::AskHistory ask, const EachHistory& each) override {
    projections::HistoryFilter filter{.uses = ask.uses, .since = ask.since, .until = ask.until};
    if (ask.kind) {
      const auto entity = look_up(state_.catalog, *ask.kind, ask.entity);
      if (!entity) return net::failure_of(entity.error());
      filter.entities = with_belongings(state_.catalog, *entity);
    }
    const auto read = read_history(filter, each);
    if (!read) return net::failure_of(read.error());
    return std::uint64_t{1};
  }

  Answer<net::ActiveKeyAnswer> active_key(std::string client) override {
    net::ActiveKeyAnswer answer{.position = state_.position()};
    const ClientNumber number = find_client_alone(state_.access, client);
    answer.found = number != kNoClient;
    if (answer.found) answer.counts = active_keys_of(state_.access, number, clock_());
    return answer;
  }

  Answer<net::Stats> stats() override {
    return net::Stats{.ledger_id = to_string(directory_->id()),
                      .head = directory_->log().head(),
                      .accounts = state_.catalog.accounts().size(),
                      .users = state_.catalog.users(),
                      .clients = state_.catalog.clients(),
                      .keys = state_.catalog.keys()};
  }

 private:
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

  static Position every_row(const State& state, Timestamp now, net::StateContents contents,
                            const EachRows& each) {
    const bool is_export = contents == net::StateContents::kExport;
    if (is_export) all_rows(state, RowKind::kPolicy, now, each);
    for (const RowKind kind : {RowKind::kAccounts, RowKind::kUsers, RowKind::kClients, RowKind::kKeys}) {
      all_rows(state, kind, now, each, is_export ? Digests::kInclude : Digests::kLeaveOut);
    }
    return state.position();
  }

  Result<void> read_history(const projections::HistoryFilter& filter, const EachHistory& each) const {
    Position from{1};
    if (filter.since) {
      const auto since = first_position_since(directory_->log(), *filter.since);
      if (!since) return since.error();
      from = *since;
    }
    auto cursor = filter.entities.empty()
                      ? directory_->log().read(from)
                      : directory_->log().read_entities(filter.entities, filter.uses, from);
    if (!cursor) return cursor.error();
    for (;;) {
      auto record = (*cursor)->next();
      if (!record) return record.error();
      if (!record->has_value()) return {};
      std::vector<projections::HistoryRow> rows;
      append_rows(state_.catalog, **record, filter, rows);
      if (!rows.empty()) each(std::move(rows));
    }
  }

  std::unique_ptr<LedgerDirectory> directory_;
  State state_;
  Clock clock_;
  IsTerminal standard_error_;
};

}  // namespace

std::unique_ptr<Source> online_source(std::unique_ptr<net::Client> client) {
  return std::make_unique<OnlineSource>(std::move(client));
}

Result<std::unique_ptr<Source>> offline_source(const std::filesystem::path& directory, const Clock& clock,
                                               IsTerminal standard_error) {
  auto opened = open_ledger_to_read(directory);
  if (!opened) return opened.error();
  const Position head = (*opened)->log().head().position;
  ProgressBar progress(std::cerr, standard_error, clock,
                       {.label = "folding", .unit = "events", .total = head.value()});
  // A daemon beside may have gone on since, and have left a snapshot of it.
  auto state = fold_log((*opened)->log(), {}, progress,
                        newest_snapshot(**opened, {}, {.position = head}, warn_on_standard_error));
  if (!state) return state.error();
  return std::unique_ptr<Source>(
      std::make_unique<OfflineSource>(std::move(*opened), std::move(*state), clock, standard_error));
}

}  // namespace keyledger::tools
