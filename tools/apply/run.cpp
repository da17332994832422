#include "tools/apply/run.h"

#include "tools/apply/manifest_run.h"

namespace keyledger::tools::apply {

using ledger::Error;
using ledger::ErrorCode;
using net::Failure;
using net::failure_of;

namespace {

bool is_lost(std::uint16_t code) {
  return code == static_cast<std::uint16_t>(ErrorCode::kDisconnected) ||
         code == static_cast<std::uint16_t>(ErrorCode::kProtocol);
}

std::size_t bytes_of(const ApplyEntry& entry) {
  const auto* line = std::get_if<std::string_view>(&entry.content);
  constexpr std::size_t kBytesOfDocument = 1'024;
  return line == nullptr ? kBytesOfDocument : line->size();
}

}  // namespace

net::RunCommand with_defaults(net::RunCommand run, const ApplyOptions& options, std::size_t number) {
  if (run.reason.empty()) run.reason = options.reason;
  if (run.idempotency_id.empty() && !options.idempotency_key.empty()) {
    run.idempotency_id = options.idempotency_key + "." + std::to_string(number);
  }
  if (auto* import = std::get_if<commands::ImportKeys>(&run.command)) import->take = options.take;
  return run;
}

void ApplyRun::run(const ApplyPlan& plan) {
  std::size_t number = 0;
  for (const ApplyEntry& entry : plan.entries) {
    ++number;
    ApplyStep step = step_of(entry, plan, options_.now);
    if (is_over()) {
      drain();
      report_.write(entry.place, step.name, {.result = ApplyResult::kNotSent});
    } else if (auto* command = std::get_if<net::RunCommand>(&step.action)) {
      send(entry, std::move(step.name), with_defaults(std::move(*command), options_, number));
    } else {
      apply(entry.place, step.name, std::get<SmarterManifest>(step.action));
    }
  }
  drain();
}

void ApplyRun::send(const ApplyEntry& entry, std::string name, net::RunCommand run) {
  const std::size_t bytes = bytes_of(entry);
  while (!lost_ && !pending_.empty() &&
         (pending_.size() >= kApplyInFlightMax || pending_bytes_ + bytes > kApplyBytesInFlightMax)) {
    receive_one();
  }
  if (is_over()) {
    drain();
    return report_.write(entry.place, name, {.result = ApplyResult::kNotSent});
  }
  pending_.push_back({.id = ++last_id_, .place = entry.place, .name = std::move(name), .bytes = bytes});
  pending_bytes_ += bytes;
  const auto sent = client_.send({.id = last_id_, .body = std::move(run)});
  // Answers that arrived before the connection ended can still be read.
  while (!sent && !lost_) receive_one();
}

void ApplyRun::apply(const InputPlace& place, const std::string& name, const SmarterManifest& manifest) {
  drain();
  if (is_over()) return report_.write(place, name, {.result = ApplyResult::kNotSent});
  ApplyOutcome outcome = ManifestRun(client_, options_.account, options_.reason).apply(manifest);
  if (is_lost(outcome.code)) {
    lost_ = Failure{.code = outcome.code, .name = outcome.error, .message = outcome.message};
    outcome.result = ApplyResult::kUnknown;
  }
  report_.write(place, name, outcome);
}

void ApplyRun::receive_one() {
  auto response = client_.receive();
  if (!response) return lose(failure_of(response.error()));
  auto* failure = std::get_if<Failure>(&response->body);
  const std::uint64_t first = pending_.empty() ? last_id_ + 1 : pending_.front().id;
  if (response->id < first || response->id > last_id_) {
    return lose(failure != nullptr
                    ? std::move(*failure)
                    : failure_of(Error{ErrorCode::kProtocol, "an answer came without a question"}));
  }
  std::optional<ApplyOutcome>& outcome = pending_[response->id - first].outcome;
  auto* done = std::get_if<net::DoneAnswer>(&response->body);
  if (failure != nullptr) {
    outcome = outcome_of(*failure);
  } else if (done != nullptr) {
    outcome = outcome_of(std::move(*done));
  } else {
    return lose(failure_of(Error{ErrorCode::kProtocol, "the answer does not belong to the question"}));
  }
  write_answered();
}

void ApplyRun::write_answered() {
  while (!pending_.empty() && pending_.front().outcome) {
    const Pending& front = pending_.front();
    report_.write(front.place, front.name, *front.outcome);
    pending_bytes_ -= front.bytes;
    pending_.pop_front();
  }
}

void ApplyRun::drain() {
  while (!lost_ && !pending_.empty()) receive_one();
}

// Reports commands without an answer as unknown, because the daemon may have done such commands.
void ApplyRun::lose(Failure failure) {
  for (Pending& each : pending_) {
    if (each.outcome) continue;
    each.outcome = outcome_of(failure);
    each.outcome->result = ApplyResult::kUnknown;
  }
  lost_ = std::move(failure);
  write_answered();
}

}  // namespace keyledger::tools::apply
