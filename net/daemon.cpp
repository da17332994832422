#include "net/daemon.h"

#include <spdlog/spdlog.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "ledger/host/thread_priority.h"
#include "net/server.h"
#include "net/service/publications.h"

namespace keyledger::net {

namespace asio = boost::asio;
using ledger::Record;
using ledger::Result;

namespace {

BeginPastState past_states_of(const Daemon::Parts& parts) {
  if (parts.begin_past_state) return parts.begin_past_state;
  return [key = parts.hash_key](const projections::FoldLimit&) {
    return projections::State{.catalog = projections::Catalog(key)};
  };
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
              // Refused only by a writer that stops or has failed; the next use asks again.
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
    for (std::size_t i = 0; i < threads.size(); ++i) {
      threads[i]->server.emplace(threads[i]->context.get_executor(), service, authenticator.lane(i), crowd,
                                 parts.use_durability, Server::Limits{.connections = parts.connections_max});
      crowd.servers.push_back(&*threads[i]->server);
    }
  }

  // Servers go before what they refer to.
  ~Impl() {
    for (const auto& each : threads) each->server.reset();
  }

  // A serving thread, with what runs on it.
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

  asio::io_context& home() { return threads.front()->context; }

  // On the writer's thread.
  void publish(std::vector<Record> records, std::vector<commands::Writer::Reply> replies) {
    asio::post(home(), [this, records = std::move(records), replies = std::move(replies)]() mutable {
      publications.add(std::move(records), std::move(replies));
    });
  }

  void apply(std::span<const Record> records) {
    if (const auto applied = crowd.servers.front()->apply(records); !applied)
      spdlog::critical("{}", applied.error().message());
  }

  // Runs `step` on a serving thread, after what that thread has to do already, and waits for it.
  static void on_thread(Serving& serving, const std::function<void()>& step) {
    std::promise<void> done;
    asio::post(serving.context, [&] {
      step();
      done.set_value();
    });
    done.get_future().wait();
  }

  Parts parts;
  // The first is at home.
  std::vector<std::unique_ptr<Serving>> threads = make_threads(parts.threads);
  asio::thread_pool readers{1};
  commands::Writer writer;
  commands::Authenticator authenticator;
  Publications publications{home().get_executor(), [this](auto records) { apply(records); }};
  Service service;
  ServerCrowd crowd;
};

Daemon::Daemon(Parts parts, projections::State state)
    : impl_(std::make_unique<Impl>(std::move(parts), std::move(state.access), std::move(state.catalog),
                                   commands::Writer::Supply{})) {}

Daemon::Daemon(Parts parts, projections::Access access, commands::Writer::Supply catalog)
    : impl_(std::make_unique<Impl>(std::move(parts), std::move(access), std::nullopt, std::move(catalog))) {}

Daemon::~Daemon() { stop(); }

Result<Endpoint> Daemon::listen(const Endpoint& endpoint) {
  return impl_->crowd.servers.front()->listen(endpoint);
}

void Daemon::start() {
  // Long answers have time; what their thread starts, say to read a snapshot, has it from there.
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
  for (const auto& each : impl.threads) impl.on_thread(*each, [&] { each->server->stop_listening(); });
  // The writer finishes what it has while the serving threads still take its answers.
  impl.readers.join();
  impl.writer.stop();
  impl.on_thread(home, [&] { impl.publications.settle(); });
  for (const auto& each : impl.threads) {
    impl.on_thread(*each, [&] {
      if (const auto written = each->server->lane().flush_all(); !written)
        spdlog::critical("{}", written.error().message());
      each->server->finish_sessions();
    });
  }
  if (const auto synced = impl.writer.sync_uses(); !synced) spdlog::critical("{}", synced.error().message());
  for (const auto& each : impl.threads) each->work.reset();
  for (const auto& each : impl.threads) each->thread.join();
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
