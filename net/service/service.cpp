#include "net/service/service.h"

#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cstring>
#include <future>

#include "ledger/values/token.h"
#include "net/service/answer_streams.h"
#include "net/service/queries.h"
#include "projections/state.h"

namespace keyledger::net {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every answer
using commands::Done;
using commands::Writer;

namespace {

ResponseBody body_of(commands::Outcome outcome, Secret secret) {
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) return failure_of(*refusal);
  if (const auto* error = std::get_if<Error>(&outcome)) return failure_of(*error);
  Done& done = std::get<Done>(outcome);
  if (done.repeated) secret = Secret{};  // the secret was drawn for this attempt and belongs to no key
  return DoneAnswer{.done = std::move(done), .secret = std::move(secret)};
}

template <typename Tag>
Result<void> draw_id(const Entropy& entropy, UuidOf<Tag>& id) {
  std::array<std::uint8_t, 16> bytes{};
  if (!entropy(bytes)) return Error{ErrorCode::kRandomness, ""};
  id.uuid = uuid_from_random(bytes);
  return {};
}

template <typename T>
void append(std::vector<T>& part, std::vector<T>& whole) {
  whole.insert(whole.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
}

// Puts an import together from its parts, and draws ids for the keys and clients that the import may make.
Result<commands::Command> whole_import(commands::ImportKeys import, std::vector<commands::ImportKeys> more,
                                       const Entropy& entropy) {
  for (commands::ImportKeys& part : more) {
    append(part.users, import.users);
    append(part.keys, import.keys);
    append(part.accounts, import.accounts);
    append(part.clients, import.clients);
  }
  for (commands::ImportedKey& key : import.keys) {
    if (auto drawn = draw_id(entropy, key.new_key_id); !drawn) return drawn.error();
  }
  for (commands::ImportedClient& client : import.clients) {
    if (auto drawn = draw_id(entropy, client.new_client_id); !drawn) return drawn.error();
  }
  return commands::Command{std::move(import)};
}

// Draws the random values of a command; whole_import() draws the values of an import.
struct Drawer {
  const Entropy& entropy;
  std::string_view prefix;
  Secret& secret;

  Result<void> operator()(commands::OpenAccount& open) const {
    std::uint64_t number = 0;
    std::array<std::uint8_t, sizeof number> bytes{};
    if (!entropy(bytes)) return Error{ErrorCode::kRandomness, ""};
    std::memcpy(&number, bytes.data(), bytes.size());
    open.new_number = AccountNumber{number % kAccountNumberEnd};
    return {};
  }
  Result<void> operator()(commands::RegisterClient& client) const {
    return draw_id(entropy, client.new_client_id);
  }
  Result<void> operator()(commands::CreateKey& create) const {
    if (auto drawn = draw_id(entropy, create.new_key_id); !drawn) return drawn;
    return draw(create.digest);
  }
  Result<void> operator()(commands::RotateKey& rotate) const { return draw(rotate.digest); }
  Result<void> operator()(auto&) const { return {}; }

 private:
  Result<void> draw(KeyDigest& digest) const {
    TokenEntropy bytes{};
    if (!entropy(bytes)) return Error{ErrorCode::kRandomness, ""};
    secret = make_token(prefix, bytes);
    cleanse(bytes.data(), bytes.size());
    digest = sha256_digest(secret.expose());
    return {};
  }
};

}  // namespace

Service::Service(Parts parts) : parts_(std::move(parts)) {}

void Service::run(const Principal& principal, RunCommand run, std::vector<commands::ImportKeys> more,
                  std::function<void(ResponseBody)> done) {
  if (run.token_prefix.empty()) run.token_prefix = kTokenPrefix;
  if (!is_token_prefix(run.token_prefix)) {
    return done(failure_of(Refusal{RefusalCode::kPrefixInvalid, run.token_prefix}));
  }
  auto secret = std::make_shared<Secret>();  // std::function copies; the secret itself is never copied
  const Drawer drawer{parts_.entropy, run.token_prefix, *secret};
  if (auto drawn = std::visit(drawer, run.command); !drawn) return done(failure_of(drawn.error()));
  commands::CommandContext context{.actor = principal.actor,
                                   .origin = principal.origin,
                                   .reason = std::move(run.reason),
                                   .idempotency_id = std::move(run.idempotency_id),
                                   .expected_version = run.expected_version};
  auto reply = [this, secret, done = std::move(done)](commands::Outcome outcome) {
    if (auto* what = std::get_if<Done>(&outcome)) complete_entity(*what);
    done(body_of(std::move(outcome), std::move(*secret)));
  };
  auto* import = std::get_if<commands::ImportKeys>(&run.command);
  if (import == nullptr) {
    return parts_.writer.submit(std::move(run.command), std::move(context), std::move(reply));
  }
  context.actor = ImportActor{std::move(run.import_source)};
  if (import->mode == commands::ImportMode::kCompare) context.idempotency_id.clear();  // nothing to repeat
  // The writer's thread puts the import together, because a large import takes as long as thousands of
  // verdicts.
  auto make = [&entropy = parts_.entropy, first = std::move(*import), more = std::move(more)]() mutable {
    return whole_import(std::move(first), std::move(more), entropy);
  };
  parts_.writer.submit(std::move(make), std::move(context), std::move(reply));
}

// A command is done when its events are on the disk. If a later write has failed, the hot state does not
// follow the log any more, and the present state of the entity is not known.
void Service::complete_entity(Done& done) {
  if (!done.entity) return;
  auto& authenticator = parts_.authenticator;
  if (authenticator.settled_position() < done.position) return done.entity.reset();
  const auto reading = authenticator.read();
  complete(authenticator.access(), done.place, authenticator.now(), *done.entity);
}

void Service::stats(const Principal& /*principal*/, std::function<void(ResponseBody)> done) {
  parts_.writer.query([this, done = std::move(done)](const Result<Writer::View>& view) {
    ResponseBody body;
    if (!view) {
      body = failure_of(view.error());
    } else {
      Stats stats = stats_of(view->catalog, parts_.ledger_id, parts_.index.head());
      stats.version = parts_.version;
      stats.process_id = static_cast<std::uint32_t>(getpid());
      body = std::move(stats);
    }
    post_home(parts_, [this, done, body = std::make_shared<ResponseBody>(std::move(body))] {
      if (auto* stats = std::get_if<Stats>(body.get())) {
        const auto reading = parts_.authenticator.read();
        stats->hot_state_bytes = parts_.authenticator.access().key_memory_bytes();
      }
      done(std::move(*body));
    });
  });
}

// The digest needs both halves of the state at the same position. The writer's thread therefore waits while
// the home thread applies all publications, writes all uses, and takes the digest of both halves.
void Service::state_digest(const Principal& /*principal*/, std::function<void(ResponseBody)> done) {
  parts_.writer.query([this, done = std::move(done)](const Result<Writer::View>& view) {
    if (!view) {
      // A writer that stops answers on the caller's thread, and that thread must not wait for itself.
      return post_home(parts_, [done, error = view.error()] { done(failure_of(error)); });
    }
    std::promise<void> finished;
    boost::asio::post(parts_.executor, [&] {
      parts_.publications.settle();
      const auto written = parts_.authenticator.flush_all();
      if (!written) {
        done(failure_of(written.error()));
      } else {
        const auto reading = parts_.authenticator.read();
        const auto& access = parts_.authenticator.access();
        done(StateDigestAnswer{.position = access.position(),
                               .digest = state_digest_of(view->catalog, access),
                               .ledger_id = parts_.ledger_id});
      }
      finished.set_value();
    });
    finished.get_future().wait();
  });
}

ResponseBody Service::active_key(const Principal& /*principal*/, const AskActiveKey& ask) {
  if (const Error* failure = parts_.authenticator.failure()) return failure_of(*failure);
  const auto reading = parts_.authenticator.read();
  auto answer = active_key_of(parts_.authenticator.access(), ask, parts_.authenticator.now());
  if (!answer) return failure_of(answer.error());
  return std::move(*answer);
}

HelloAnswer Service::hello(const Principal& /*principal*/) {
  const auto reading = parts_.authenticator.read();
  return {.version = parts_.version,
          .ledger_id = parts_.ledger_id,
          .position = parts_.authenticator.access().position(),
          .commands_ready = parts_.writer.is_ready() && parts_.authenticator.failure() == nullptr};
}

void Service::sync_soon(std::function<void(Result<void>)> done) { parts_.writer.sync_soon(std::move(done)); }

std::shared_ptr<AnswerStream> Service::list(const Principal& /*principal*/, AskList ask) {
  return make_list_stream(parts_, lists_, std::move(ask));
}

std::shared_ptr<AnswerStream> Service::keys_of_client(const Principal& /*principal*/, AskKeysOfClient ask) {
  return make_keys_of_client_stream(parts_, lists_, std::move(ask));
}

std::shared_ptr<AnswerStream> Service::history(const Principal& /*principal*/, AskHistory ask) {
  return make_history_stream(parts_, std::move(ask));
}

std::shared_ptr<AnswerStream> Service::state(const Principal& /*principal*/, AskState ask) {
  return make_state_stream(parts_, std::move(ask));
}

}  // namespace keyledger::net
