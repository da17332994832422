// The long answers: lists, histories and past states, as streams of chunks.
#pragma once

#include <memory>

#include "net/service/service.h"

namespace keyledger::net {

// In rows: so many are encoded at a time, while no verdict is given. With the longest texts that a row of
// history may have, they fit into a frame.
constexpr std::size_t kHistoryRowsPerChunkMax = 256;
// In bytes: lists within rows above which a chunk takes no further row.
constexpr std::size_t kRowListBytesPerChunk = std::size_t{256} << 10;

// `parts` are the service's, and outlive the stream.
std::shared_ptr<AnswerStream> make_list_stream(const Service::Parts& parts, AskList ask);
std::shared_ptr<AnswerStream> make_keys_of_client_stream(const Service::Parts& parts, AskKeysOfClient ask);
std::shared_ptr<AnswerStream> make_history_stream(const Service::Parts& parts, AskHistory ask);
std::shared_ptr<AnswerStream> make_state_stream(const Service::Parts& parts, AskState ask);

}  // namespace keyledger::net
