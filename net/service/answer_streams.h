// Streams of the long answers: lists, histories and past states. A stream moves a query
// (net/service/queries.h) between the threads that own the catalog, the hot state and the reading of the log.
#pragma once

#include <memory>

#include "net/service/answer_stream.h"
#include "net/service/kept_lists.h"
#include "net/service/messages.h"
#include "net/service/parts.h"

namespace keyledger::net {

// `parts` and `lists` are the service's, and must outlive the streams.
std::shared_ptr<AnswerStream> make_list_stream(const ServiceParts& parts, UnfinishedLists& lists,
                                               AskList ask);
std::shared_ptr<AnswerStream> make_keys_of_client_stream(const ServiceParts& parts, UnfinishedLists& lists,
                                                         AskKeysOfClient ask);
std::shared_ptr<AnswerStream> make_history_stream(const ServiceParts& parts, AskHistory ask);
std::shared_ptr<AnswerStream> make_state_stream(const ServiceParts& parts, AskState ask);

}  // namespace keyledger::net
