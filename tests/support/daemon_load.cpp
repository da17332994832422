#include "tests/support/daemon_load.h"

#include <unordered_map>
#include <utility>

namespace keyledger::tests {

using ledger::VerdictReason;

void Fuse::command_acknowledged() {
  commands_.fetch_sub(1);
  blow_if_due();
}

void Fuse::verdict_received() {
  verdicts_.fetch_sub(1);
  blow_if_due();
}

void Fuse::blow_if_due() {
  if (commands_.load() <= 0 && verdicts_.load() <= 0) ::kill(daemon_, signal_);
}

LoadOperator::LoadOperator(std::string name, std::string account, std::string username, std::string client)
    : name_(std::move(name)),
      account_(std::move(account)),
      username_(std::move(username)),
      client_(std::move(client)) {}

bool LoadOperator::work(net::Client& client, std::mt19937_64& random, Fuse& fuse, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!pending_) pending_ = choose(random);
    const std::size_t key = pending_->key;
    if (!send_pending(client, fuse)) return false;
    if (random() % 2 == 0 && !check_verdict(client, keys_[key], fuse)) return false;
  }
  return true;
}

void LoadOperator::work_until_killed(net::Client& client, std::mt19937_64& random, Fuse& fuse) {
  while (work(client, random, fuse, 1)) {
  }
}

LoadOperator::Pending LoadOperator::choose(std::mt19937_64& random) {
  constexpr std::size_t kKeysMin = 3;
  constexpr std::size_t kKeysMax = 40;
  constexpr unsigned kVerbs = 5;
  Pending pending{.verb = static_cast<Verb>(random() % kVerbs),
                  .idempotency_id = name_ + "-" + std::to_string(commands_++)};
  if (keys_.size() < kKeysMin) pending.verb = Verb::kCreate;
  if (pending.verb == Verb::kCreate && keys_.size() >= kKeysMax) pending.verb = Verb::kDeactivate;
  if (pending.verb == Verb::kCreate) {
    pending.key = keys_.size();
    pending.name = pending.idempotency_id;
  } else {
    pending.key = random() % keys_.size();
    pending.key_id = keys_[pending.key].key_id;
  }
  return pending;
}

net::RunCommand LoadOperator::command_of(const Pending& pending) const {
  net::RunCommand run{.idempotency_id = pending.idempotency_id};
  switch (pending.verb) {
    case Verb::kCreate:
      run.command = commands::CreateKey{.account = account_, .username = username_, .name = pending.name};
      break;
    case Verb::kActivate:
      run.command = commands::ActivateKey{pending.key_id};
      break;
    case Verb::kDeactivate:
      run.command = commands::DeactivateKey{pending.key_id};
      break;
    case Verb::kAssign:
      run.command = commands::AssignKey{pending.key_id, client_};
      break;
    case Verb::kUnassign:
      run.command = commands::UnassignKey{pending.key_id, client_};
      break;
  }
  return run;
}

bool LoadOperator::send_pending(net::Client& client, Fuse& fuse) {
  auto answer = client.run(command_of(*pending_));
  if (!answer) {
    const auto code = static_cast<ledger::ErrorCode>(answer.error().code);
    if (code != ledger::ErrorCode::kDisconnected && code != ledger::ErrorCode::kStopping) {
      journal_.complaints.push_back(pending_->idempotency_id + " was refused: " + answer.error().message);
    }
    return false;
  }
  acknowledge(*std::exchange(pending_, std::nullopt), std::move(*answer));
  fuse.command_acknowledged();
  return true;
}

void LoadOperator::acknowledge(const Pending& pending, net::DoneAnswer answer) {
  if (pending.verb == Verb::kCreate) {
    const auto* row = answer.done.entity ? std::get_if<projections::KeyRow>(&*answer.done.entity) : nullptr;
    if (row == nullptr || row->name != pending.name) {
      journal_.complaints.push_back(pending.idempotency_id + " was not answered with its key");
      return;
    }
    keys_.push_back({.key_id = row->key_id, .token = std::string(answer.secret.expose())});
  }
  OwnedKey& key = keys_[pending.key];
  bool& state = pending.verb == Verb::kAssign || pending.verb == Verb::kUnassign ? key.assigned : key.active;
  const bool before = state;
  std::string event = "KeyCreated";
  if (pending.verb != Verb::kCreate) {
    state = pending.verb == Verb::kActivate || pending.verb == Verb::kAssign;
    event = &state == &key.active ? (state ? "KeyActivated" : "KeyDeactivated")
                                  : (state ? "KeyAssigned" : "KeyUnassigned");
    if (state == before) event.clear();
  }
  if (answer.done.events != (event.empty() ? 0 : 1)) {
    journal_.complaints.push_back(pending.idempotency_id + " acknowledged " +
                                  std::to_string(answer.done.events) + " events for " + event);
  }
  journal_.commands.push_back({.idempotency_id = pending.idempotency_id,
                               .event = std::move(event),
                               .key_id = key.key_id,
                               .first = answer.done.first,
                               .position = answer.done.position});
}

bool LoadOperator::check_verdict(net::Client& client, const OwnedKey& key, Fuse& fuse) {
  if (key.token.empty()) return true;
  ++journal_.asked[key.key_id];
  const auto verdict = client.authenticate({.token = key.token, .client = client_});
  if (!verdict) return false;
  ++journal_.received[key.key_id][verdict->reason];
  const VerdictReason expected = !key.active     ? VerdictReason::kInactive
                                 : !key.assigned ? VerdictReason::kNotAssigned
                                                 : VerdictReason::kAllowed;
  if (verdict->reason != expected || verdict->key_id != key.key_id ||
      (!journal_.commands.empty() && verdict->position < journal_.commands.back().position)) {
    journal_.complaints.push_back("after " + journal_.commands.back().idempotency_id + " the verdict was " +
                                  verdict->reason_name + " at position " +
                                  std::to_string(verdict->position.value()));
  }
  fuse.verdict_received();
  return true;
}

void present_until_killed(net::Client& client, const std::vector<OwnedKey>& keys, std::mt19937_64& random,
                          Fuse& fuse, Journal& journal) {
  constexpr std::size_t kInFlight = 32;
  std::vector<const OwnedKey*> presentable;
  for (const OwnedKey& key : keys) {
    if (!key.token.empty()) presentable.push_back(&key);
  }
  if (presentable.empty()) return;
  std::unordered_map<std::uint64_t, const OwnedKey*> in_flight;
  for (std::uint64_t id = 1;; ++id) {
    const OwnedKey& key = *presentable[random() % presentable.size()];
    const projections::Question question{.token = key.token};
    ++journal.asked[key.key_id];
    in_flight.emplace(id, &key);
    if (!client.send({.id = id, .body = net::AskVerdicts{.questions = std::span(&question, 1)}})) break;
    if (in_flight.size() < kInFlight) continue;
    const auto response = client.receive();
    if (!response) return;
    const auto* verdicts = std::get_if<std::vector<net::VerdictAnswer>>(&response->body);
    const auto asked = in_flight.find(response->id);
    if (verdicts == nullptr || verdicts->size() != 1 || asked == in_flight.end() ||
        verdicts->front().key_id != asked->second->key_id) {
      journal.complaints.push_back("answer " + std::to_string(response->id) + " is to another question");
      return;
    }
    ++journal.received[asked->second->key_id][verdicts->front().reason];
    in_flight.erase(asked);
    fuse.verdict_received();
  }
  // Answers that arrived before the connection ended can still be read.
  for (auto response = client.receive(); response; response = client.receive()) {
    const auto* verdicts = std::get_if<std::vector<net::VerdictAnswer>>(&response->body);
    const auto asked = in_flight.find(response->id);
    if (verdicts == nullptr || asked == in_flight.end()) return;
    ++journal.received[asked->second->key_id][verdicts->front().reason];
    in_flight.erase(asked);
  }
}

}  // namespace keyledger::tests
