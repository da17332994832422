// Requests and responses as plain values: the C++ side of net/wire/wire.capnp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "commands/writer.h"
#include "ledger/values/address.h"
#include "ledger/values/error.h"
#include "ledger/values/secret.h"
#include "net/service/row_filter.h"
#include "projections/history.h"
#include "projections/rows.h"
#include "projections/verdict.h"

namespace keyledger::net {

// Limits of a connection.
constexpr std::size_t kQuestionsPerRequestMax = 16'384;
constexpr std::size_t kImportPartObjectsMax = 4'096;
constexpr std::size_t kImportSourceBytesMax = commands::kReasonBytesMax;
constexpr std::size_t kFailureMessageBytesMax = 4'000;

// ---- Requests ----

enum class AnswerForm : std::uint8_t { kVerdict, kVerdicts };

// The texts of a question belong to the decoded frame.
struct AskVerdicts {
  std::span<const projections::Question> questions;
  AnswerForm form = AnswerForm::kVerdict;

  friend bool operator==(const AskVerdicts& a, const AskVerdicts& b) {
    return a.form == b.form && std::ranges::equal(a.questions, b.questions);
  }
};

struct AskActiveKey {
  std::string client;

  friend bool operator==(const AskActiveKey&, const AskActiveKey&) = default;
};

struct AskKeysOfClient {
  std::string client;

  friend bool operator==(const AskKeysOfClient&, const AskKeysOfClient&) = default;
};

struct RunCommand {
  commands::Command command;
  std::string reason;
  std::string idempotency_id;
  std::string token_prefix;                       // createKey, rotateKey; empty: the default
  std::string import_source;                      // importKeys
  bool more = false;                              // importKeys: further parts follow
  std::optional<std::uint32_t> expected_version;  // of the command's key

  friend bool operator==(const RunCommand&, const RunCommand&) = default;
};

// The order of rows: by the time at which the entities came into the ledger.
enum class RowOrder : std::uint8_t { kOldestFirst = 0, kNewestFirst = 1 };

struct AskList {
  projections::RowKind kind{};
  std::string name = {};  // empty: all
  RowFilter filter = {};
  RowOrder order = RowOrder::kOldestFirst;
  // A page begins after the row with the id or name `after` (empty: with the first row), and has at most
  // `limit` rows (0: no limit).
  std::string after = {};
  std::uint32_t limit = 0;

  friend bool operator==(const AskList&, const AskList&) = default;
};

struct AskHistory {
  std::optional<ledger::EntityRef::Kind> kind;  // none: the whole log
  std::string entity;
  ledger::UsesInHistory uses = ledger::UsesInHistory::kLeaveOut;
  std::optional<ledger::Timestamp> since;
  std::optional<ledger::Timestamp> until;

  friend bool operator==(const AskHistory&, const AskHistory&) = default;
};

// kRows asks for the rows of a state. kExport asks for everything needed to make the state anew: the policy
// comes before the rows, and keys have digests.
enum class StateContents : std::uint8_t { kRows = 0, kExport = 1 };

struct AskState {
  std::optional<ledger::Position> position;
  std::optional<ledger::Timestamp> at;
  StateContents contents = StateContents::kRows;

  friend bool operator==(const AskState&, const AskState&) = default;
};

struct AskStats {
  friend bool operator==(const AskStats&, const AskStats&) = default;
};
struct AskStateDigest {
  friend bool operator==(const AskStateDigest&, const AskStateDigest&) = default;
};

// Asks for the daemon's version, readiness and limits.
struct AskHello {
  friend bool operator==(const AskHello&, const AskHello&) = default;
};

using RequestBody = std::variant<AskVerdicts, AskActiveKey, AskKeysOfClient, RunCommand, AskList, AskHistory,
                                 AskState, AskStats, AskStateDigest, AskHello>;

struct Request {
  std::uint64_t id = 0;
  ledger::Position min_position;
  RequestBody body;

  friend bool operator==(const Request&, const Request&) = default;
};

// ---- Responses ----

struct Failure {
  std::uint16_t code = 0;
  std::string name;
  std::string message;
  std::string advice;

  bool is_refusal() const { return code < 2000; }

  friend bool operator==(const Failure&, const Failure&) = default;
};

Failure failure_of(const ledger::Refusal& refusal);
Failure failure_of(const ledger::Error& error);

struct VerdictAnswer {
  ledger::VerdictReason reason{};
  bool lifetime_exceeded = false;
  std::optional<ledger::Timestamp> superseded_until;
  std::int64_t retry_after = 0;  // microseconds
  std::optional<ledger::Timestamp> expiry;
  ledger::Position position;
  std::string key_id;     // empty: the token belongs to no key
  std::string client_id;  // empty: no client was named or found
  std::string owner;
  std::string account;
  std::string reason_name;
  std::string message;

  bool allowed() const { return reason == ledger::VerdictReason::kAllowed; }

  friend bool operator==(const VerdictAnswer&, const VerdictAnswer&) = default;
};

struct ActiveKeyAnswer {
  projections::ActiveKeys counts;
  ledger::Position position;

  friend bool operator==(const ActiveKeyAnswer&, const ActiveKeyAnswer&) = default;
};

struct DoneAnswer {
  commands::Done done;
  ledger::Secret secret;  // empty unless the command made a secret

  friend bool operator==(const DoneAnswer&, const DoneAnswer&) = default;
};

struct RowsAnswer {
  ledger::Position position;
  std::vector<projections::Row> rows;

  friend bool operator==(const RowsAnswer&, const RowsAnswer&) = default;
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
  std::uint64_t hot_state_bytes = 0;  // memory taken by the keys to be authenticated; 0: not known

  friend bool operator==(const Stats&, const Stats&) = default;
};

struct StateDigestAnswer {
  ledger::Position position;
  ledger::Hash digest{};
  std::string ledger_id;

  friend bool operator==(const StateDigestAnswer&, const StateDigestAnswer&) = default;
};

// The limits of a protocol, as told to clients.
struct ProtocolLimits {
  std::uint64_t frame_bytes = 0;
  std::uint32_t questions_per_request = 0;
  std::uint32_t import_part_objects = 0;  // of each kind
  std::uint32_t requests_in_flight = 0;   // on a connection
  std::uint32_t streams_at_once = 0;      // likewise
  std::uint32_t idle_seconds = 0;         // until a still connection is closed, at least

  friend bool operator==(const ProtocolLimits&, const ProtocolLimits&) = default;
};

struct HelloAnswer {
  std::uint32_t revision = 0;  // of the protocol
  std::string version;         // of the program
  std::string ledger_id;
  ledger::Position position;
  bool commands_ready = false;  // false: commands, lists and counts wait, or fail
  ProtocolLimits limits;

  friend bool operator==(const HelloAnswer&, const HelloAnswer&) = default;
};

using ResponseBody =
    std::variant<Failure, std::vector<VerdictAnswer>, ActiveKeyAnswer, DoneAnswer, RowsAnswer,
                 std::vector<projections::HistoryRow>, Stats, StateDigestAnswer, HelloAnswer>;

struct Response {
  std::uint64_t id = 0;
  bool more = false;
  ResponseBody body;

  friend bool operator==(const Response&, const Response&) = default;
};

}  // namespace keyledger::net
