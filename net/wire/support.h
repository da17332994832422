// Reads and writes Cap'n Proto text, data and frames, for the codecs of requests and responses.
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <fmt/format.h>
#include <kj/exception.h>

#include <string>
#include <string_view>
#include <vector>

#include "ledger/values/address.h"
#include "ledger/values/error.h"
#include "net/wire/codec.h"
#include "net/wire/frame.h"

namespace keyledger::net {

inline std::string_view view(capnp::Text::Reader text) { return {text.cStr(), text.size()}; }
inline std::string string(capnp::Text::Reader text) { return std::string(view(text)); }
inline capnp::Text::Reader text(const std::string& text) { return {text.c_str(), text.size()}; }

inline std::span<const std::uint8_t> bytes(capnp::Data::Reader data) { return {data.begin(), data.size()}; }
inline capnp::Data::Reader data(std::span<const std::uint8_t> bytes) { return {bytes.data(), bytes.size()}; }
inline capnp::Data::Reader data(std::string_view bytes) {
  return {reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size()};
}

// Decoding walks over a message about once, and Cap'n Proto counts somewhat more, so that twice the size is
// enough. The limit also binds the memory of a decoded message to the size on the wire: Cap'n Proto counts
// elements without bytes, and each of many pointers to the same text.
constexpr std::size_t kWalksMax = 2;
constexpr std::size_t kSlackWords = 1'024;

// Thrown by a decoder that refuses a field; read_message() returns the failure.
struct Rejected {
  Failure why;
};

// Returns a reader over the frame, which must outlive the reader. Reading throws kj::Exception where the
// frame is not a message.
class FrameReader : public capnp::FlatArrayMessageReader {
 public:
  explicit FrameReader(Frame frame)
      : FlatArrayMessageReader(kj::arrayPtr(reinterpret_cast<const capnp::word*>(frame.data()), frame.size()),
                               options_for(frame)) {}

 private:
  static capnp::ReaderOptions options_for(Frame frame) {
    capnp::ReaderOptions options;
    options.traversalLimitInWords = frame.size() * kWalksMax + kSlackWords;
    options.nestingLimit = 16;
    return options;
  }
};

// Returns the result of `read`, or the failure for what `read` throws. The texts of the library's exceptions
// are dropped, because they are about the library's code and may quote bytes of a token.
template <typename T, typename Read>
ledger::Result<T, Failure> read_message(Read read) {
  try {
    return read();
  } catch (const Rejected& rejected) {
    return rejected.why;
  } catch (const kj::Exception&) {
    return failure_of(ledger::Error{ledger::ErrorCode::kProtocol,
                                    "the message is damaged, or refers to the same bytes very often"});
  }
}

// Appends the message in the stream framing.
void append_frame(capnp::MessageBuilder& message, Bytes& out);

}  // namespace keyledger::net
