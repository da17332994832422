// RawConnection: a connection that sends any bytes, well-formed or not, and receives the responses.
//
// Calls block; one thread.
#pragma once

#include <boost/asio/connect.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "net/endpoint.h"
#include "net/wire/codec.h"
#include "net/wire/frame.h"

namespace keyledger::net {

class RawConnection {
 public:
  explicit RawConnection(const Endpoint& endpoint) { connect(endpoint); }

  // Returns a connection before connect(), which then needs no further descriptor.
  static std::unique_ptr<RawConnection> to_unix_socket() {
    std::unique_ptr<RawConnection> connection(new RawConnection);
    connection->socket_.open(boost::asio::local::stream_protocol());
    return connection;
  }

  void connect(const Endpoint& endpoint) {
    if (const auto* path = std::get_if<UnixEndpoint>(&endpoint)) {
      socket_.connect(boost::asio::local::stream_protocol::endpoint(path->path));
    } else {
      const auto& tcp = std::get<TcpEndpoint>(endpoint);
      socket_.connect(boost::asio::ip::tcp::endpoint(boost::asio::ip::make_address(tcp.host), tcp.port));
    }
  }

  // Returns the next connection that the acceptor accepts.
  static std::unique_ptr<RawConnection> accept(boost::asio::local::stream_protocol::acceptor& acceptor) {
    std::unique_ptr<RawConnection> connection(new RawConnection);
    boost::asio::local::stream_protocol::socket socket(connection->context_);
    acceptor.accept(socket);
    connection->socket_ = std::move(socket);
    return connection;
  }

  // Sends bytes; returns false if the other side has gone.
  bool send(std::span<const std::byte> bytes) {
    boost::system::error_code error;
    boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), error);
    return !error;
  }
  bool send(const std::vector<std::uint64_t>& words) { return send(std::as_bytes(std::span(words))); }
  bool send(const Request& request) {
    Bytes bytes;
    encode_request(request, bytes);
    return send(bytes);
  }
  bool send(const Response& response) {
    Bytes bytes;
    encode_response(response, bytes);
    return send(bytes);
  }

  // Closes the sending half; the other side's bytes can still be received.
  void finish_sending() {
    boost::system::error_code ignored;
    socket_.shutdown(boost::asio::socket_base::shutdown_send, ignored);
  }

  void close() { socket_.close(); }

  // Breaks off like a killed process with unread answers.
  void reset() {
    socket_.set_option(boost::asio::socket_base::linger(true, 0));
    socket_.close();
  }

  // Returns the next frame; nothing once the other side has closed the connection.
  std::optional<std::vector<std::uint64_t>> receive_frame() {
    for (;;) {
      const auto frame = input_.next();
      if (!frame) throw std::runtime_error(frame.error().message());
      if (frame->has_value()) return std::vector<std::uint64_t>((*frame)->begin(), (*frame)->end());
      const auto room = input_.prepare();
      boost::system::error_code error;
      const std::size_t size = socket_.read_some(boost::asio::buffer(room.data(), room.size()), error);
      if (error) return std::nullopt;
      input_.commit(size);
    }
  }

  std::optional<Response> receive() {
    const auto frame = receive_frame();
    if (!frame) return std::nullopt;
    auto response = decode_response(*frame);
    if (!response) throw std::runtime_error(response.error().message());
    return std::move(*response);
  }

  // Like receive(); throws if no answer comes.
  Response answer() {
    auto response = receive();
    if (!response) throw std::runtime_error("the connection was closed before the answer");
    return std::move(*response);
  }

 private:
  RawConnection() = default;

  boost::asio::io_context context_{1};
  boost::asio::generic::stream_protocol::socket socket_{context_};
  FrameBuffer input_;
};

}  // namespace keyledger::net
