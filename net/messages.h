// What is said over a connection, as plain values: the C++ side of net/wire.capnp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "commands/writer.h"
#include "ledger/address.h"
#include "ledger/error.h"
#include "ledger/secret.h"
#include "projections/history.h"
#include "projections/rows.h"
#include "projections/verdict.h"

namespace keyledger::net {

// Limits of a connection.
constexpr std::size_t kQuestionsPerRequestMax = 16'384;
constexpr std::size_t kImportPartObjectsMax = 65'536;

// ---- Requests ----

enum class AnswerForm : std::uint8_t { kVerdict, kVerdicts };

// The texts of a question belong to the frame that it was decoded from.
struct AskVerdicts {
  std::span<const projections::Question> questions;
  AnswerForm form = AnswerForm::kVerdict;
};

struct AskActiveKey {
  std::string client;
};

struct AskKeysOfClient {
  std::string client;
};

struct RunCommand {
  commands::Command command;
  std::string reason;
  std::string idempotency_id;
  std::string token_prefix;   // createKey; empty: the default
  std::string import_source;  // importKeys
  bool more = false;          // importKeys: further parts follow
};

struct AskList {
  projections::RowKind kind{};
  std::string name;  // empty: all
};

struct AskHistory {
  std::optional<ledger::EntityRef::Kind> kind;  // none: the whole log
  std::string entity;
  ledger::UsesInHistory uses = ledger::UsesInHistory::kLeaveOut;
  std::optional<ledger::Timestamp> since;
  std::optional<ledger::Timestamp> until;
};

struct AskState {
  std::optional<ledger::Position> position;
  std::optional<ledger::Timestamp> at;
};

struct AskStats {};
struct AskStateDigest {};

using RequestBody = std::variant<AskVerdicts, AskActiveKey, AskKeysOfClient, RunCommand, AskList, AskHistory,
                                 AskState, AskStats, AskStateDigest>;

struct Request {
  std::uint64_t id = 0;
  ledger::Position min_position;
  RequestBody body;
};

// ---- Responses ----

struct Failure {
  std::uint16_t code = 0;
  std::string name;
  std::string message;
  std::string advice;

  bool is_refusal() const { return code < 2000; }
};

Failure failure_of(const ledger::Refusal& refusal);
Failure failure_of(const ledger::Error& error);

struct VerdictAnswer {
  ledger::VerdictReason reason{};
  bool lifetime_exceeded = false;
  std::optional<ledger::Timestamp> expiry;
  ledger::Position position;
  std::string key_id;     // empty: the token belongs to no key
  std::string client_id;  // empty: none was named or found
  std::string owner;
  std::string account;
  std::string reason_name;
  std::string message;

  bool allowed() const { return reason == ledger::VerdictReason::kAllowed; }
};

struct ActiveKeyAnswer {
  bool found = false;
  projections::ActiveKeys counts;
  ledger::Position position;
};

struct DoneAnswer {
  commands::Done done;
  ledger::Secret secret;  // empty unless the command made one
};

struct RowsAnswer {
  ledger::Position position;
  std::vector<projections::Row> rows;
};

struct Stats {
  std::string ledger_id;
  ledger::LogHead head;
  std::uint64_t accounts = 0;
  std::uint64_t users = 0;
  std::uint64_t clients = 0;
  std::uint64_t keys = 0;
  std::string version;
  std::uint32_t process_id = 0;
};

struct StateDigestAnswer {
  ledger::Position position;
  ledger::Hash digest{};
  std::string ledger_id;
};

using ResponseBody = std::variant<Failure, std::vector<VerdictAnswer>, ActiveKeyAnswer, DoneAnswer,
                                  RowsAnswer, std::vector<projections::HistoryRow>, Stats, StateDigestAnswer>;

struct Response {
  std::uint64_t id = 0;
  bool more = false;
  ResponseBody body;
};

}  // namespace keyledger::net
