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

// The service outlives the stream.
std::shared_ptr<AnswerStream> make_list_stream(Service& service, AskList ask);
std::shared_ptr<AnswerStream> make_keys_of_client_stream(Service& service, AskKeysOfClient ask);
std::shared_ptr<AnswerStream> make_history_stream(Service& service, AskHistory ask);
std::shared_ptr<AnswerStream> make_state_stream(Service& service, AskState ask);

}  // namespace keyledger::net
