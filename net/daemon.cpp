#include "net/daemon.h"

#include <spdlog/spdlog.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <future>
#include <thread>

#include "net/publications.h"
#include "net/server.h"

namespace keyledger::net {

namespace asio = boost::asio;
using ledger::Record;
using ledger::Result;

struct Daemon::Impl {
  Impl(Parts given, projections::State state)
      : parts(std::move(given)),
        writer({.log = parts.log,
                .catalog = std::move(state.catalog),
                .clock = parts.clock,
                .publish = [this](auto records,
                                  auto replies) { publish(std::move(records), std::move(replies)); },
                .note_durable = parts.note_durable}),
        authenticator(
            std::move(state.access),
            [this](std::span<Record> records) { return writer.append_uses(records); }, parts.clock,
            parts.log.head().time,
            [this](commands::RefreshKeys keys) {
              // Refused only by a writer that stops or has failed; the next use asks again.
              writer.submit(std::move(keys), {}, [](const commands::Outcome&) {});
            }),
        service({.executor = context.get_executor(),
                 .readers = readers,
                 .log = parts.log,
                 .writer = writer,
                 .authenticator = authenticator,
                 .publications = publications,
                 .entropy = parts.entropy,
                 .ledger_id = parts.ledger_id,
                 .version = parts.version}),
        server(context.get_executor(), service, parts.use_durability,
               {.connections = parts.connections_max}) {}

  // On the writer's thread.
  void publish(std::vector<Record> records, std::vector<commands::Writer::Reply> replies) {
    asio::post(context, [this, records = std::move(records), replies = std::move(replies)]() mutable {
      publications.add(std::move(records), std::move(replies));
    });
  }

  void apply(std::span<const Record> records) {
    if (const auto applied = server.apply(records); !applied)
      spdlog::critical("{}", applied.error().message());
  }

  // Runs `step` on the serving thread, after what that thread has to do already, and waits for it.
  void on_serving_thread(const std::function<void()>& step) {
    std::promise<void> done;
    asio::post(context, [&] {
      publications.settle();
      step();
      done.set_value();
    });
    done.get_future().wait();
  }

  Parts parts;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  asio::thread_pool readers{1};
  commands::Writer writer;
  commands::Authenticator authenticator;
  Publications publications{context.get_executor(), [this](auto records) { apply(records); }};
  Service service;
  Server server;
  std::thread serving;
};

Daemon::Daemon(Parts parts, projections::State state)
    : impl_(std::make_unique<Impl>(std::move(parts), std::move(state))) {}

Daemon::~Daemon() { stop(); }

Result<Endpoint> Daemon::listen(const Endpoint& endpoint) { return impl_->server.listen(endpoint); }

void Daemon::start() {
  impl_->server.start_ticking();
  impl_->serving = std::thread([this] { impl_->context.run(); });
}

void Daemon::stop() {
  Impl& impl = *impl_;
  if (!impl.serving.joinable()) return;
  impl.on_serving_thread([&] { impl.server.stop_listening(); });
  // The writer finishes what it has while the serving thread still takes its answers.
  impl.readers.join();
  impl.writer.stop();
  impl.on_serving_thread([&] {
    if (const auto written = impl.authenticator.flush_all(); !written)
      spdlog::critical("{}", written.error().message());
    impl.server.finish_sessions();
  });
  if (const auto synced = impl.writer.sync_uses(); !synced) spdlog::critical("{}", synced.error().message());
  impl.work.reset();
  impl.serving.join();
}

std::optional<StateDigestAnswer> Daemon::closing_digest() const {
  const auto* catalog = impl_->writer.catalog();
  if (catalog == nullptr || impl_->authenticator.failure() != nullptr) return std::nullopt;
  const auto& access = impl_->authenticator.access();
  return StateDigestAnswer{.position = access.position(),
                           .digest = state_digest_of(*catalog, access),
                           .ledger_id = impl_->parts.ledger_id};
}

}  // namespace keyledger::net
