// The long answers: lists, histories and past states, as streams of chunks.
#pragma once

#include <memory>

#include "net/service.h"

namespace keyledger::net {

// The service outlives the stream.
std::shared_ptr<AnswerStream> make_list_stream(Service& service, AskList ask);
std::shared_ptr<AnswerStream> make_keys_of_client_stream(Service& service, AskKeysOfClient ask);
std::shared_ptr<AnswerStream> make_history_stream(Service& service, AskHistory ask);
std::shared_ptr<AnswerStream> make_state_stream(Service& service, AskState ask);

}  // namespace keyledger::net
