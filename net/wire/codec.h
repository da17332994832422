// Messages to frames and back (net/wire/wire.capnp).
//
// Decoding trusts nothing: whatever the bytes, the answer is a message within its limits or kProtocol; no
// exception leaves. Encoding appends a whole frame to `out`. Pure; a RequestDecoder belongs to one thread.
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
using Bytes = std::vector<std::byte, ledger::CleansingAllocator<std::byte>>;

// A request for verdicts, without its questions.
struct AskedVerdicts {
  std::uint64_t id = 0;
  ledger::Position min_position;
  AnswerForm form = AnswerForm::kVerdict;
  std::size_t count = 0;  // of its questions
};

// Questions, and quickly: a tenth of what RequestDecoder takes. Puts them behind those that are there; they
// point into `frame`. Nothing, and no questions, if the frame asks for something else, is not laid out as
// every encoder lays questions out, or cannot be right: RequestDecoder then says which.
std::optional<AskedVerdicts> decode_questions(Frame frame, std::vector<projections::Question>& questions);

class RequestDecoder {
 public:
  // Questions in the request point into `frame` and into this decoder: they hold until its next call.
  ledger::Result<Request> decode(Frame frame);

 private:
  std::vector<projections::Question> questions_;
};

void encode_request(const Request& request, Bytes& out);

// The id of a request that could not be decoded, for the answer; 0 if even that is unreadable.
std::uint64_t request_id_of(Frame frame);

// Any response but verdicts (ENSURE): those are VerdictFrames.
void encode_response(const Response& response, Bytes& out);
ledger::Result<Response> decode_response(Frame frame);

// Frames of verdicts, laid out by hand, byte for byte as Cap'n Proto's builders would. A verdict is written
// when it has been judged, while what it shows of its key is still near.
class VerdictFrames {
 public:
  // Begins the answer to a request of `count` questions: one for kVerdict. The frame before is whole.
  void begin(std::uint64_t id, AnswerForm form, std::size_t count);
  // Writes the next verdict of the frame, as `access` is now.
  void add(const projections::Verdict& verdict, const projections::Access& access);
  // How many verdicts the frame that was begun has yet to be given.
  std::size_t missing() const { return count_ - written_; }

  // All frames, of which none is begun (ENSURE); the next ones go behind what is left here.
  Bytes& bytes();

 private:
  void end();

  Bytes bytes_;
  // Of the frame that was begun.
  std::size_t begin_ = 0;  // of its message, in bytes
  std::size_t used_ = 0;   // in words
  std::size_t first_ = 0;  // struct of a verdict, likewise
  std::size_t count_ = 0;
  std::size_t written_ = 0;
};

// A frame of verdicts that are all there.
void encode_verdicts(std::uint64_t id, AnswerForm form, std::span<const projections::Verdict> verdicts,
                     const projections::Access& access, Bytes& out);

}  // namespace keyledger::net
