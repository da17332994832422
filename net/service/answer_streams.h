// The long answers: lists, histories and past states, as streams of chunks.
#pragma once

#include <memory>

#include "net/service/answer_stream.h"
#include "net/service/messages.h"
#include "net/service/parts.h"

namespace keyledger::net {

// In rows: so many are encoded at a time, while no verdict is given. With the longest texts that a row of
// history may have, they fit into a frame.
constexpr std::size_t kHistoryRowsPerChunkMax = 256;
// In bytes: lists within rows above which a chunk takes no further row.
constexpr std::size_t kRowListBytesPerChunk = std::size_t{256} << 10;

// The parts outlive the stream.
std::shared_ptr<AnswerStream> make_list_stream(const ServiceParts& parts, AskList ask);
std::shared_ptr<AnswerStream> make_keys_of_client_stream(const ServiceParts& parts, AskKeysOfClient ask);
std::shared_ptr<AnswerStream> make_history_stream(const ServiceParts& parts, AskHistory ask);
std::shared_ptr<AnswerStream> make_state_stream(const ServiceParts& parts, AskState ask);

}  // namespace keyledger::net
