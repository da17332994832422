// ServiceParts: the objects that the service and its long answers work with.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "commands/authenticator.h"
#include "commands/writer.h"
#include "net/service/publications.h"
#include "projections/state.h"

namespace keyledger::net {

// Fills bytes with randomness fit for secrets; false if the system gives none. Any thread.
using Entropy = std::function<bool(std::span<std::uint8_t>)>;

// Returns the state from which a fold to a past moment begins: a state within the limit, and as near to the
// limit as possible. Runs on the reader's thread.
using BeginPastState = std::function<projections::State(const projections::FoldLimit&)>;

// The references outlive the service.
struct ServiceParts {
  boost::asio::any_io_executor executor;
  boost::asio::thread_pool& readers;
  const ledger::Log& log;
  const ledger::LogIndex& index;  // index of the same log
  commands::Writer& writer;
  commands::Authenticator& authenticator;
  Publications& publications;
  Entropy entropy;
  std::string ledger_id;
  std::string version;
  BeginPastState begin_past_state;
};

// Runs the step on the home thread as soon as the hot state includes everything published. Any thread.
void post_home(const ServiceParts& parts, Publications::Step step);

}  // namespace keyledger::net
