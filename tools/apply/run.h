// ApplyRun: carries out the entries of a plan, in order, over one connection.
//
// Commands are sent without waiting for earlier answers; the daemon decides commands in the order of arrival.
// A manifest depends on answers and therefore waits for all earlier entries. A refusal stops nothing. After a
// lost connection, or a report that cannot be written, no further entry is sent. One thread.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>

#include "net/client.h"
#include "tools/apply/input.h"
#include "tools/apply/report.h"

namespace keyledger::tools::apply {

// Limits of commands sent and not yet answered. These amounts fit into a socket's buffers. Writing therefore
// never waits for a daemon that in turn waits for the client to read answers.
constexpr std::size_t kApplyInFlightMax = 128;
constexpr std::size_t kApplyBytesInFlightMax = 65'536;

struct ApplyOptions {
  std::string account;  // the account of new entities in manifests; may be empty
  std::string reason;   // for entries without a reason
  // For commands without an idempotency key: each receives this text and ".N", the entry's number in the
  // input from 1. May be empty.
  std::string idempotency_key;
  ledger::Timestamp now;              // the time at which the plan was made
  commands::DifferenceSet take = {};  // of the records of an export
};

// Returns the command with the defaults of `options`; `number` is the entry's number in the input, from 1.
net::RunCommand with_defaults(net::RunCommand run, const ApplyOptions& options, std::size_t number);

class ApplyRun {
 public:
  // Client and report must outlive the run.
  ApplyRun(net::Client& client, ApplyReport& report, ApplyOptions options)
      : client_(client), report_(report), options_(std::move(options)) {}
  ApplyRun(const ApplyRun&) = delete;
  ApplyRun& operator=(const ApplyRun&) = delete;

  // Carries out the entries of a plan without faults. Call once.
  void run(const ApplyPlan& plan);

  // Returns the failure that ended the connection, if the connection was lost.
  const std::optional<net::Failure>& lost() const { return lost_; }

 private:
  struct Pending {
    std::uint64_t id = 0;
    InputPlace place;
    std::string name;
    std::size_t bytes = 0;
    std::optional<ApplyOutcome> outcome;
  };

  void send(const ApplyEntry& entry, std::string name, net::RunCommand run);
  void apply(const InputPlace& place, const std::string& name, const SmarterManifest& manifest);
  void receive_one();
  void drain();
  void write_answered();
  void lose(net::Failure failure);
  bool is_over() const { return lost_ || !report_.is_written(); }

  net::Client& client_;
  ApplyReport& report_;
  ApplyOptions options_;
  std::deque<Pending> pending_;  // their ids are consecutive
  std::size_t pending_bytes_ = 0;
  std::uint64_t last_id_ = 0;
  std::optional<net::Failure> lost_;
};

}  // namespace keyledger::tools::apply
