#include "net/service/queries.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "ledger/log_search.h"
#include "projections/lookup.h"
#include "projections/verdict.h"

namespace keyledger::net {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every answer
using projections::Access;
using projections::Catalog;
using projections::Digests;
using projections::Row;
using projections::RowKind;

namespace {

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

Result<std::size_t, Refusal> find_place(const Catalog& catalog, RowKind kind, const std::string& name) {
  const auto entity = look_up(catalog, projections::entity_kind_of(kind), name);
  if (!entity) return entity.error();
  return place_of(catalog, *entity);
}

// The kinds of rows of a state. The first is for exports only.
constexpr std::array kKindsOfState = {RowKind::kPolicy, RowKind::kAccounts, RowKind::kUsers,
                                      RowKind::kClients, RowKind::kKeys};

}  // namespace

Result<RowQuery, Refusal> RowQuery::begin(const Catalog& catalog, AskList ask) {
  ENSURE(applies_to(ask.filter, ask.kind), "rows of this kind have what the filter compares");
  ENSURE(ask.kind != RowKind::kPolicy || (ask.name.empty() && ask.after.empty()), "the policy has no name");
  RowQuery query(std::move(ask));
  const AskList& asked = query.ask_;
  query.places_ = query.end_ = rows_in(catalog, asked.kind);
  query.left_ = asked.limit == 0 ? std::numeric_limits<std::size_t>::max() : asked.limit;
  if (const auto& permission = asked.filter.permission) {
    const auto place = find_place(catalog, RowKind::kUsers, permission->user);
    if (!place) return place.error();
    query.user_ = std::get<projections::UserRow>(row_of(catalog, RowKind::kUsers, *place));
  }
  if (!asked.name.empty()) {
    const auto place = find_place(catalog, asked.kind, asked.name);
    if (!place) return place.error();
    query.choose({*place});
  }
  if (auto skipped = query.skip_to_page(catalog); !skipped) return skipped.error();
  return query;
}

Result<RowQuery, Refusal> RowQuery::begin(const Catalog& catalog, const AskKeysOfClient& ask) {
  const auto place = find_place(catalog, RowKind::kClients, ask.client);
  if (!place) return place.error();
  // A verdict does not know a removed client, whatever it is called by, and neither does this list.
  if (catalog.client(ClientNumber{static_cast<std::uint32_t>(*place + 1)}).removed) {
    return Refusal{RefusalCode::kClientUnknown, ask.client};
  }
  auto query = begin(catalog, AskList{.kind = RowKind::kKeys});
  if (!query) return query.error();
  std::vector<std::size_t> places;
  const ClientNumber client{static_cast<std::uint32_t>(*place + 1)};
  for (const KeyNumber key : catalog.client(client).keys) places.push_back(key.value() - 1);
  query->choose(std::move(places));
  return query;
}

void RowQuery::choose(std::vector<std::size_t> places) {
  places_ = end_ = places.size();
  chosen_ = std::move(places);
}

// Begins after the row that the page before ended with.
Result<void, Refusal> RowQuery::skip_to_page(const Catalog& catalog) {
  if (ask_.after.empty()) return {};
  const auto place = find_place(catalog, ask_.kind, ask_.after);
  if (!place) return place.error();
  const bool is_ascending = ask_.order == RowOrder::kOldestFirst;
  // Among the places in ascending order, the page ends or begins here.
  std::size_t up_to = is_ascending ? *place + 1 : *place;
  if (chosen_) {
    up_to = static_cast<std::size_t>(std::ranges::lower_bound(*chosen_, up_to) - chosen_->begin());
  }
  next_ = is_ascending ? up_to : places_ - up_to;
  return {};
}

std::size_t RowQuery::place_at(std::size_t index) const {
  if (ask_.order == RowOrder::kNewestFirst) index = places_ - 1 - index;
  return chosen_ ? (*chosen_)[index] : index;
}

RowQuery::Incomplete RowQuery::read(const Catalog& catalog) {
  return examine(catalog, std::min(end_, next_ + kRowsExaminedPerStep), std::min(kRowsPerChunk, left_),
                 kRowListBytesPerChunk);
}

RowQuery::Incomplete RowQuery::examine(const Catalog& catalog, std::size_t end, std::size_t rows_max,
                                       std::size_t bytes_max) {
  Incomplete found;
  for (std::size_t bytes = 0; next_ < end && found.rows.size() < rows_max && bytes < bytes_max; ++next_) {
    const std::size_t place = place_at(next_);
    Row row = row_of(catalog, ask_.kind, place);
    if (!accepts(ask_.filter, user_, row)) continue;
    bytes += list_bytes_in(row);
    found.rows.push_back(std::move(row));
    found.places.push_back(place);
  }
  return found;
}

std::optional<RowQuery::Incomplete> RowQuery::read_at_once(const Catalog& catalog) {
  const std::size_t wanted = std::min(end_ - next_, left_);
  if (wanted > kRowsExaminedPerStep) return std::nullopt;
  // The filter by status comes later, and may leave more rows out.
  const std::size_t rows_max = ask_.filter.status ? kRowsExaminedPerStep : left_;
  return examine(catalog, std::min(end_, next_ + kRowsExaminedPerStep), rows_max, kRowListBytesAtOnce);
}

std::optional<std::vector<Row>> RowQuery::complete_at_once(const Access& access, Timestamp now,
                                                           Incomplete incomplete) {
  const std::size_t wanted = left_;
  auto rows = complete(access, now, std::move(incomplete));
  if (rows.size() < wanted && !is_done()) return std::nullopt;
  if (rows.size() > wanted) rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(wanted), rows.end());
  return rows;
}

std::vector<Row> take_chunk(std::vector<Row>& rows) {
  std::size_t count = 0;
  for (std::size_t bytes = 0; count < rows.size() && count < kRowsPerChunk && bytes < kRowListBytesPerChunk;
       ++count) {
    bytes += list_bytes_in(rows[count]);
  }
  const auto end = rows.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<Row> chunk(std::make_move_iterator(rows.begin()), std::make_move_iterator(end));
  rows.erase(rows.begin(), end);
  return chunk;
}

std::vector<Row> RowQuery::complete(const Access& access, Timestamp now, Incomplete incomplete) {
  std::vector<Row>& rows = incomplete.rows;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    projections::complete(access, incomplete.places[i], now, rows[i]);
  }
  std::erase_if(rows, [&](const Row& row) { return !accepts_status(ask_.filter, row); });
  left_ -= std::min(left_, rows.size());
  if (left_ == 0) next_ = end_;
  return std::move(rows);
}

Result<projections::FoldLimit> fold_limit_of(const AskState& ask, Position head) {
  if (ask.position && head < *ask.position) {
    return Error{ErrorCode::kNoSuchPosition, std::to_string(ask.position->value())};
  }
  projections::FoldLimit limit{.position = ask.position.value_or(head)};
  if (ask.at) limit.time = *ask.at;
  return limit;
}

StateQuery::StateQuery(StateContents contents, Timestamp now)
    : digests_(contents == StateContents::kExport ? Digests::kInclude : Digests::kLeaveOut),
      now_(now),
      kind_(contents == StateContents::kExport ? 0 : 1) {}

RowsAnswer StateQuery::next(const projections::State& state) {
  RowsAnswer answer{.position = state.position()};
  std::size_t bytes = 0;
  while (answer.rows.size() < kRowsPerChunk && bytes < kRowListBytesPerChunk && !is_done()) {
    const RowKind kind = kKindsOfState[kind_];
    if (place_ == rows_in(state.catalog, kind)) {
      ++kind_;
      place_ = 0;
      continue;
    }
    Row row = row_of(state.catalog, kind, place_);
    complete(state.access, place_, now_, row, digests_);
    bytes += list_bytes_in(row);
    answer.rows.push_back(std::move(row));
    ++place_;
  }
  return answer;
}

bool StateQuery::is_done() const { return kind_ == kKindsOfState.size(); }

Result<void, Refusal> HistoryQuery::resolve(const Catalog& catalog) {
  filter_ = {.uses = ask_.uses, .since = ask_.since, .until = ask_.until};
  if (ask_.kind) {
    const auto entity = look_up(catalog, *ask_.kind, ask_.entity);
    if (!entity) return entity.error();
    filter_.entities = with_belongings(catalog, *entity);
  }
  is_resolved_ = true;
  return {};
}

Result<void> HistoryQuery::open(const Log& log, const LogIndex& index) {
  Position from{1};
  if (filter_.since) {
    const auto since = first_position_since(log, *filter_.since);
    if (!since) return since.error();
    from = *since;
  }
  auto cursor =
      filter_.entities.empty() ? log.read(from) : index.read_entities(filter_.entities, filter_.uses, from);
  if (!cursor) return cursor.error();
  cursor_ = std::move(*cursor);
  return {};
}

Result<void> HistoryQuery::read(const Log& log, const LogIndex& index) {
  ENSURE(is_resolved_, "the entity is looked up before records are read");
  if (!cursor_) {
    if (auto opened = open(log, index); !opened) return opened;
  }
  std::size_t rows = 0;
  while (rows < kRowsPerChunk && records_.size() < kRecordsPerStep) {
    auto record = cursor_->next();
    if (!record) return record.error();
    is_read_ = !record->has_value() || end_ < (*record)->position;
    if (is_read_) break;
    rows += filter_.uses == UsesInHistory::kInclude ? positions_of(**record) : (*record)->events.size();
    records_.push_back(std::move(**record));
  }
  return {};
}

void HistoryQuery::name(const Catalog& catalog) {
  rows_.clear();
  taken_ = 0;
  for (const Record& record : std::exchange(records_, {})) append_rows(catalog, record, filter_, rows_);
}

// One record may have more rows than a frame holds, and one row much to say of a key.
std::vector<projections::HistoryRow> HistoryQuery::next() {
  std::vector<projections::HistoryRow> rows;
  for (std::size_t bytes = 0;
       has_rows() && rows.size() < kHistoryRowsPerChunkMax && bytes < kRowListBytesPerChunk; ++taken_) {
    for (const auto& [name, value] : rows_[taken_].details) bytes += name.size() + value.size();
    rows.push_back(std::move(rows_[taken_]));
  }
  return rows;
}

Result<ActiveKeyAnswer, Refusal> active_key_of(const Access& access, const AskActiveKey& ask, Timestamp now) {
  const auto named = find_named_client(access, ask.client);
  if (named.is_ambiguous) return Refusal{RefusalCode::kNameAmbiguous, ask.client};
  if (named.client == kNoClient) return Refusal{RefusalCode::kClientUnknown, ask.client};
  return ActiveKeyAnswer{.counts = active_keys_of(access, named.client, now), .position = access.position()};
}

Stats stats_of(const Catalog& catalog, std::string ledger_id, const LogHead& head) {
  return {.ledger_id = std::move(ledger_id),
          .head = head,
          .accounts = catalog.accounts().size(),
          .users = catalog.users(),
          .clients = catalog.clients(),
          .keys = catalog.keys()};
}

}  // namespace keyledger::net
