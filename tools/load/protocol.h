// The requests of a load generator as bytes, and the judgement of answers.
//
// Plain functions of bytes, so that load costs equally little for each protocol. Answers are read in place,
// without a copy. An answer counts as right if the answer belongs to the request and is as wanted.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/values/address.h"

namespace keyledger::tools::load {

enum class LoadProtocol : std::uint8_t { kKeyledger, kRedis, kHttp };

struct QuestionForm {
  LoadProtocol protocol = LoadProtocol::kKeyledger;
  std::size_t batch = 0;  // Keyledger: questions to an authenticateMany; 0: authenticate
  std::string client;     // Keyledger: asked with, unless empty
  std::optional<ledger::Address> address;
  std::size_t addresses = 0;  // Keyledger: so many of 10.0.0.0/8 instead, in turn
};

// Requests one after the other, as bytes to send. Request n of Keyledger has the id n.
class PreparedRequests {
 public:
  std::size_t size() const { return ends_.size(); }

  // Returns `count` requests from `first` on; all of them must be prepared (ENSURE).
  std::string_view bytes(std::size_t first, std::size_t count) const;

  void add(std::string_view request);

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

// Returns the requests about these tokens in the same order. A last batch that is not full takes the first
// tokens again. `tokens` must not be empty (ENSURE).
PreparedRequests prepare_requests(const QuestionForm& form, std::span<const std::string_view> tokens);

enum class WantedAnswer : std::uint8_t {
  kAllowed,  // an allowed verdict, a value, status 200
  kDenied,   // a denied verdict, no value, status 401 or 403
  kAny,      // either
};

struct Taken {
  std::size_t bytes = 0;  // 0: the answer has not arrived whole
  std::size_t right = 0;  // verdicts
  std::size_t wrong = 0;  // verdicts, or everything that the request asked if the answer is none to it
  bool is_last = false;   // the server closes the connection behind it (HTTP)
};

// Judges the answer to request `id` of this form at the beginning of `bytes`.
Taken take_answer(const QuestionForm& form, WantedAnswer wanted, std::uint64_t id, std::string_view bytes);

}  // namespace keyledger::tools::load
