// Does what the entries of a plan ask for, in their order, over one connection.
//
// Commands are sent without waiting for the answers of those before; the daemon decides them in the
// order in which they are sent. A manifest depends on answers, so that it waits for all before it. A
// refusal stops nothing; what comes after a lost connection, or after a report that cannot be written,
// is not sent. One thread.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>

#include "net/client.h"
#include "tools/apply/input.h"
#include "tools/apply/report.h"

namespace keyledger::tools::apply {

// Sent and not answered yet. So little fits into the buffers of a socket: writing never waits for a
// daemon that itself waits for its answers to be read.
constexpr std::size_t kApplyInFlightMax = 128;
constexpr std::size_t kApplyBytesInFlightMax = 65'536;

struct ApplyOptions {
  std::string account;  // where what a manifest makes belongs; may be empty
  std::string reason;   // of entries that have none
  // Of the commands that have none: each gets it with ".N", its number in the input from 1. May be
  // empty.
  std::string idempotency_key;
  ledger::Timestamp now;  // at which the plan was made
};

// The command of a step as it is sent; `number` as above.
net::RunCommand with_defaults(net::RunCommand run, const ApplyOptions& options, std::size_t number);

class ApplyRun {
 public:
  // Client and report outlive the run.
  ApplyRun(net::Client& client, ApplyReport& report, ApplyOptions options)
      : client_(client), report_(report), options_(std::move(options)) {}
  ApplyRun(const ApplyRun&) = delete;
  ApplyRun& operator=(const ApplyRun&) = delete;

  // Once. The entries are those of a plan without faults.
  void run(std::span<const ApplyEntry> entries);

  // How the connection was lost, if it was.
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
  std::deque<Pending> pending_;  // with consecutive ids
  std::size_t pending_bytes_ = 0;
  std::uint64_t last_id_ = 0;
  std::optional<net::Failure> lost_;
};

}  // namespace keyledger::tools::apply
