// Messages to frames and back (net/wire/wire.capnp).
//
// Decoding trusts no byte: the result of any bytes is a message within its limits, or a failure; no exception
// leaves. A request is refused as a whole if any part of it is unknown (docs/decisions/0029). Encoding
// appends a whole frame to `out`. Pure; a RequestDecoder belongs to a single thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "net/service/messages.h"

namespace keyledger::net {

using Frame = std::span<const std::uint64_t>;
// Counts the versions of the protocol: one more with each addition to net/wire/wire.capnp.
constexpr std::uint32_t kProtocolRevision = 3;

using Bytes = std::vector<std::byte, ledger::CleansingAllocator<std::byte>>;

// A request for verdicts, without its questions.
struct AskedVerdicts {
  std::uint64_t id = 0;
  ledger::Position min_position;
  AnswerForm form = AnswerForm::kVerdict;
  std::size_t count = 0;  // how many questions
};

// Decodes questions in a tenth of the time of RequestDecoder, and appends them to `questions`. The questions
// point into `frame`. Returns nothing and appends nothing if the frame has another request, has structs of
// another size or unknown bits, has a layout that common encoders do not make, or is damaged; RequestDecoder
// then tells these cases apart.
std::optional<AskedVerdicts> decode_questions(Frame frame, std::vector<projections::Question>& questions);

class RequestDecoder {
 public:
  // Questions in the request point into `frame` and into this decoder, and are valid until the next call.
  // Fails with kProtocol if the frame is no message, kNotSupported if a part of the request is unknown,
  // kTooLarge if a part is beyond its bound, and another code if a value cannot be used.
  ledger::Result<Request, Failure> decode(Frame frame);

 private:
  std::vector<projections::Question> questions_;
};

void encode_request(const Request& request, Bytes& out);

// Returns true if the request is a part of an import that further parts follow, whether or not the rest of
// the request can be decoded.
bool is_unfinished_import(Frame frame);

// Returns the id of a request that could not be decoded, for the answer; 0 if the id is not readable either.
std::uint64_t request_id_of(Frame frame);

// Encodes any response but verdicts (ENSURE): VerdictFrames encodes verdicts.
void encode_response(const Response& response, Bytes& out);
ledger::Result<Response> decode_response(Frame frame);

// Frames of verdicts, laid out by hand, byte for byte as Cap'n Proto's builders would. A verdict is written
// as soon as its question is judged, while the key is still in the processor's caches.
class VerdictFrames {
 public:
  // Begins the answer to a request of `count` questions; kVerdict has a single question. The previous frame
  // must be whole.
  void begin(std::uint64_t id, AnswerForm form, std::size_t count);
  // Writes the next verdict of the frame, with names from `access`.
  void add(const projections::Verdict& verdict, const projections::Access& access);
  // Returns how many verdicts are missing in the frame that was begun last.
  std::size_t missing() const { return count_ - written_; }

  // Returns all frames. The last frame must be whole (ENSURE). Further frames are appended to the bytes that
  // the caller leaves here.
  Bytes& bytes();

 private:
  void end();

  Bytes bytes_;
  // About the frame that was begun last:
  std::size_t begin_ = 0;  // where the message begins, in bytes
  std::size_t used_ = 0;   // in words
  std::size_t first_ = 0;  // the struct of the first verdict, in words
  std::size_t count_ = 0;
  std::size_t written_ = 0;
};

// Encodes a frame whose verdicts are all known.
void encode_verdicts(std::uint64_t id, AnswerForm form, std::span<const projections::Verdict> verdicts,
                     const projections::Access& access, Bytes& out);

}  // namespace keyledger::net
