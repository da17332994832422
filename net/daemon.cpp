#include "net/daemon.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cerrno>
#include <cstring>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "ledger/host/thread_priority.h"
#include "ledger/values/ensure.h"
#include "net/listener.h"
#include "net/server.h"
#include "net/service/publications.h"
#include "net/wire/codec.h"
#include "net/wire_session.h"

namespace keyledger::net {

namespace asio = boost::asio;
using ledger::Error;
using ledger::ErrorCode;
using ledger::Record;
using ledger::Result;

namespace {

BeginPastState past_states_of(const Daemon::Parts& parts) {
  if (parts.begin_past_state) return parts.begin_past_state;
  return [key = parts.hash_key](const projections::FoldLimit&) {
    return projections::State{.catalog = projections::Catalog(key)};
  };
}

// Makes a connection of the arrival's protocol.
std::shared_ptr<Connection> make_connection(Arrival arrival, Service& service, ConnectionHost& host) {
  switch (arrival.protocol) {
    case Protocol::kWire:
      return std::make_shared<WireSession>(Channel(PlainChannel(std::move(arrival.socket))),
                                           std::move(arrival.principal), service, host);
  }
  ENSURE(false, "every protocol has a connection");
}

// Tells a client beyond the connection limit why the connection is closed, if the system takes the answer at
// once.
void refuse_connection(const Arrival& arrival) {
  Bytes answer;
  switch (arrival.protocol) {
    case Protocol::kWire: {
      const Error why{ErrorCode::kConnectionLimit, ""};
      encode_response({.id = 0, .body = failure_of(why)}, answer);
      break;
    }
  }
  static_cast<void>(::send(arrival.socket.number(), answer.data(), answer.size(), MSG_NOSIGNAL));
}

}  // namespace

struct Daemon::Impl {
  Impl(Parts given, projections::Access access, std::optional<projections::Catalog> catalog,
       commands::Writer::Supply supply)
      : parts(std::move(given)),
        writer({.log = parts.log,
                .index = parts.index,
                .catalog = std::move(catalog),
                .clock = parts.clock,
                .publish = [this](auto records,
                                  auto replies) { publish(std::move(records), std::move(replies)); },
                .note_durable = parts.note_durable,
                .supply = std::move(supply),
                .supply_patience = parts.catalog_patience}),
        authenticator(
            std::move(access), [this](std::span<Record> records) { return writer.append_uses(records); },
            parts.clock, parts.log.end().time,
            [this](commands::RefreshKeys keys) {
              // Only a writer that stops or has failed refuses a refresh; the next use asks again.
              writer.submit(std::move(keys), {}, [](const commands::Outcome&) {});
            },
            parts.threads),
        service({.executor = home().get_executor(),
                 .readers = readers,
                 .log = parts.log,
                 .index = parts.index,
                 .writer = writer,
                 .authenticator = authenticator,
                 .publications = publications,
                 .entropy = parts.entropy,
                 .ledger_id = parts.ledger_id,
                 .version = parts.version,
                 .begin_past_state = past_states_of(parts)}) {
    for (std::size_t i = 0; i < threads.size(); ++i) add_server(i);
  }

  // Servers are destroyed first, because they refer to the other members.
  ~Impl() {
    for (const auto& each : threads) each->server.reset();
  }

  // A serving thread, and its server.
  struct Serving {
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    std::optional<Server> server;
    std::thread thread;
  };

  static std::vector<std::unique_ptr<Serving>> make_threads(std::size_t count) {
    std::vector<std::unique_ptr<Serving>> all(count);
    for (auto& each : all) each = std::make_unique<Serving>();
    return all;
  }

  void add_server(std::size_t i) {
    Server& server = threads[i]->server.emplace(
        Server::Parts{.executor = threads[i]->context.get_executor(),
                      .lane = authenticator.lane(i),
                      .crowd = crowd,
                      .durability = parts.use_durability,
                      .sync_soon = [this](auto done) { writer.sync_soon(std::move(done)); },
                      .make_connection =
                          [this](Arrival arrival, ConnectionHost& host) {
                            return make_connection(std::move(arrival), service, host);
                          }});
    crowd.add(server);
  }

  asio::io_context& home() { return threads.front()->context; }

  // Runs on the writer's thread.
  void publish(std::vector<Record> records, std::vector<commands::Writer::Reply> replies) {
    asio::post(home(), [this, records = std::move(records), replies = std::move(replies)]() mutable {
      publications.add(std::move(records), std::move(replies));
    });
  }

  // Folds durable records into the hot state, then resumes the requests that waited for the new positions.
  void apply(std::span<const Record> records) {
    const auto applied = authenticator.apply(records);
    crowd.home().wake_all();
    if (!applied) spdlog::critical("{}", applied.error().message());
  }

  // Runs `step` on a serving thread, after the work that already waits there, and returns when `step` is
  // done.
  static void on_thread(Serving& serving, const std::function<void()>& step) {
    std::promise<void> done;
    asio::post(serving.context, [&] {
      step();
      done.set_value();
    });
    done.get_future().wait();
  }

  Parts parts;
  // The first thread is home.
  std::vector<std::unique_ptr<Serving>> threads = make_threads(parts.threads);
  asio::thread_pool readers{1};
  commands::Writer writer;
  commands::Authenticator authenticator;
  Publications publications{home().get_executor(), [this](auto records) { apply(records); }};
  Service service;
  ServerCrowd crowd{parts.connections_max, refuse_connection};
  Listener listener{home().get_executor(), [this](Arrival arrival) { crowd.admit(std::move(arrival)); }};
};

Daemon::Daemon(Parts parts, projections::State state)
    : impl_(std::make_unique<Impl>(std::move(parts), std::move(state.access), std::move(state.catalog),
                                   commands::Writer::Supply{})) {}

Daemon::Daemon(Parts parts, projections::Access access, commands::Writer::Supply catalog)
    : impl_(std::make_unique<Impl>(std::move(parts), std::move(access), std::nullopt, std::move(catalog))) {}

Daemon::~Daemon() { stop(); }

Result<Endpoint> Daemon::listen(const Endpoint& endpoint) {
  for (const Server* server : impl_->crowd.servers()) {
    if (server->can_serve()) continue;
    return Error{ErrorCode::kCannotListen, fmt::format("{}: {}", to_string(endpoint), std::strerror(EMFILE))};
  }
  return impl_->listener.listen(endpoint);
}

void Daemon::start() {
  // Long answers are not urgent. Threads that the reader's thread starts, say to read a snapshot, inherit the
  // low priority.
  asio::post(impl_->readers, ledger::lower_priority_of_this_thread);
  for (const auto& each : impl_->threads) {
    each->server->start_ticking();
    each->thread = std::thread([&context = each->context] {
      ledger::run_when_woken();
      context.run();
    });
  }
}

void Daemon::stop() {
  Impl& impl = *impl_;
  Impl::Serving& home = *impl.threads.front();
  if (!home.thread.joinable()) return;
  impl.on_thread(home, [&] { impl.listener.stop(); });
  for (const auto& each : impl.threads) impl.on_thread(*each, [&] { each->server->stop_taking(); });
  // The writer finishes its commands while the serving threads still take the answers.
  impl.readers.join();
  impl.writer.stop();
  impl.on_thread(home, [&] { impl.publications.settle(); });
  for (const auto& each : impl.threads) {
    impl.on_thread(*each, [&] {
      if (const auto written = each->server->lane().flush_all(); !written)
        spdlog::critical("{}", written.error().message());
      each->server->finish_connections();
    });
  }
  for (const auto& each : impl.threads) each->work.reset();
  for (const auto& each : impl.threads) each->thread.join();
  // A last question may be judged while connections finish. With `buffered`, nobody else writes the use.
  for (const auto& each : impl.threads) {
    if (const auto written = each->server->lane().flush_all(); !written)
      spdlog::critical("{}", written.error().message());
  }
  if (const auto synced = impl.writer.sync_uses(); !synced) spdlog::critical("{}", synced.error().message());
}

std::optional<Daemon::ClosingState> Daemon::closing_state() const {
  const auto* catalog = impl_->writer.catalog();
  if (catalog == nullptr || impl_->authenticator.failure() != nullptr) return std::nullopt;
  return ClosingState{*catalog, impl_->authenticator.access()};
}

std::optional<StateDigestAnswer> Daemon::closing_digest() const {
  const auto state = closing_state();
  if (!state) return std::nullopt;
  return StateDigestAnswer{.position = state->access.position(),
                           .digest = state_digest_of(state->catalog, state->access),
                           .ledger_id = impl_->parts.ledger_id};
}

std::optional<ledger::Error> Daemon::failure() const {
  if (auto failure = impl_->writer.failure()) return failure;
  const ledger::Error* failure = impl_->authenticator.failure();
  return failure == nullptr ? std::nullopt : std::optional(*failure);
}

}  // namespace keyledger::net
