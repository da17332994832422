// The columns of tables and CSV for each kind of row. Their fields are described in net/json/rows.h.
#pragma once

#include <vector>

#include "projections/rows.h"
#include "tools/output/output.h"

namespace keyledger::tools::output {

// Returns the columns for rows of this kind.
std::vector<Column> columns_of(projections::RowKind kind);
// Returns the columns for the rows of a history.
std::vector<Column> history_columns();

}  // namespace keyledger::tools::output
