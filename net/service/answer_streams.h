// Streams of the long answers: lists, histories and past states. A stream moves a query
// (net/service/queries.h) between the threads that own the catalog, the hot state and the reading of the log.
#pragma once

#include <memory>

#include "net/service/service.h"

namespace keyledger::net {

// The service must outlive the streams.
std::shared_ptr<AnswerStream> make_list_stream(Service& service, AskList ask);
std::shared_ptr<AnswerStream> make_keys_of_client_stream(Service& service, AskKeysOfClient ask);
std::shared_ptr<AnswerStream> make_history_stream(Service& service, AskHistory ask);
std::shared_ptr<AnswerStream> make_state_stream(Service& service, AskState ask);

}  // namespace keyledger::net
