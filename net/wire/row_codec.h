// Encodes and decodes the rows of responses. Internal to net/wire/.
#pragma once

#include "net/wire/wire.capnp.h"
#include "projections/history.h"
#include "projections/rows.h"

namespace keyledger::net {

void encode_row(const projections::Row& row, wire::Row::Builder out);
projections::Row decode_row(wire::Row::Reader in);

void encode_policy(const ledger::Policy& policy, wire::PolicyRow::Builder out);
ledger::Policy decode_policy(wire::PolicyRow::Reader in);

void encode_history_row(const projections::HistoryRow& row, wire::HistoryRow::Builder out);
projections::HistoryRow decode_history_row(wire::HistoryRow::Reader in);

}  // namespace keyledger::net
