#include "tools/load/crowd.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <thread>
#include <vector>

#include "net/client.h"
#include "net/wire/codec.h"
#include "tools/load/socket.h"

namespace keyledger::tools::load {
namespace {

enum class Fate : std::uint8_t { kAnswered, kRefused, kSilent };

// A single read is enough, because the answer is small, and a refusing server closes the connection.
bool is_answer(int socket) {
  std::array<std::uint64_t, 512> words{};
  const ssize_t size = ::recv(socket, words.data(), sizeof words, 0);
  if (size <= 0) return false;
  const auto response =
      net::decode_response(std::span(words).first(static_cast<std::size_t>(size) / sizeof words[0]));
  return response.ok() && std::holds_alternative<net::Stats>(response->body);
}

Fate ask(int socket, const net::Bytes& request, int patience_ms) {
  if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) < 0) return Fate::kRefused;
  pollfd wait{.fd = socket, .events = POLLIN, .revents = 0};
  if (::poll(&wait, 1, patience_ms) == 0) return Fate::kSilent;
  return is_answer(socket) ? Fate::kAnswered : Fate::kRefused;
}

}  // namespace

ledger::Result<CrowdResult> gather_crowd(const net::Endpoint& endpoint, std::size_t connections,
                                         int patience_ms) {
  net::Bytes request;
  net::encode_request({.id = 1, .body = net::AskStats{}}, request);
  CrowdResult result;
  std::vector<ledger::FileDescriptor> open;
  open.reserve(connections);
  for (std::size_t i = 0; i < connections; ++i) {
    auto socket = open_connection(endpoint);
    if (!socket) {
      if (i == 0) return socket.error();
      ++result.refused;
      continue;
    }
    const Fate fate = ask(socket->number(), request, patience_ms);
    if (fate == Fate::kRefused) ++result.refused;
    if (fate == Fate::kSilent) ++result.silent;
    if (fate == Fate::kAnswered) ++result.answered;
    if (fate != Fate::kRefused) open.push_back(std::move(*socket));
  }
  return result;
}

bool wait_for_verdict(const net::Endpoint& endpoint, std::string_view token, std::chrono::seconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < end) {
    if (auto client = net::Client::connect(endpoint)) {
      const auto verdict = (*client)->authenticate({.token = token});
      if (verdict.ok() && verdict->allowed()) return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

}  // namespace keyledger::tools::load
