// What a load generator says and hears: requests as ready bytes, and where an answer ends.
//
// Plain functions of bytes, so that generating load costs the same little for each protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger::tools {

enum class LoadProtocol { kKeyledger, kRedis };

// One request a token: `authenticate`, or GET of the token.
std::vector<std::string> load_requests(LoadProtocol protocol, const std::vector<std::string>& tokens);

// The length of the answer at the beginning of `bytes` if it has arrived whole. One that is not the wanted
// answer (an allowed verdict, a value) counts in `wrong`.
std::optional<std::size_t> take_answer(LoadProtocol protocol, std::string_view bytes, std::uint64_t& wrong);

}  // namespace keyledger::tools
