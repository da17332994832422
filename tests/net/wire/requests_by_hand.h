// Requests that our encoder does not write, made with the library, and the check that a request is refused.
#pragma once

#include <capnp/message.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "net/wire/codec.h"
#include "net/wire/support.h"
#include "net/wire/wire.capnp.h"
#include "tests/net/wire/examples.h"

namespace keyledger::net {

using Words = std::vector<std::uint64_t>;

inline Words frame_of(capnp::MessageBuilder& message) {
  Bytes bytes;
  append_frame(message, bytes);
  return examples::words_of(bytes);
}

// Returns the frame of a request with the id 77 that `fill` completes.
template <typename Fill>
Words request_with(Fill fill) {
  capnp::MallocMessageBuilder message;
  auto request = message.initRoot<wire::Request>();
  request.setId(77);
  fill(request);
  return frame_of(message);
}

inline void check_request_refused(const Words& frame, const std::string& code, const std::string& what) {
  RequestDecoder decoder;
  const auto decoded = decoder.decode(frame);
  REQUIRE(!decoded.ok());
  CHECK(decoded.error().name == code);
  CHECK_THAT(decoded.error().message, Catch::Contains(what));
}

}  // namespace keyledger::net
