// Encodes and decodes the report of an import. Internal to net/wire/.
#pragma once

#include "commands/outcome.h"
#include "net/wire/fields.h"

namespace keyledger::net {

void set_classes(commands::DifferenceSet from, wire::ImportKeys::Builder to);
// Rejects a class that this program does not know.
commands::DifferenceSet classes(TextList::Reader from);

// Leaves out a report without contents, so that the answers of other commands do not grow.
void encode_report(const commands::ImportReport& report, wire::Done::Builder out);
// Skips rows and counts of a class or danger that this program does not know.
commands::ImportReport decode_report(wire::Done::Reader in);

}  // namespace keyledger::net
