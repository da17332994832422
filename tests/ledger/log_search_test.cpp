#include "ledger/log_search.h"

#include <catch2/catch.hpp>

#include "tests/ledger/examples.h"
#include "tests/ledger/log_under_test.h"

namespace keyledger::ledger {

TEST_CASE("the first position since a time is that of the first record of that time or later") {
  MemoryLogUnderTest made;
  IndexedLog& log = made.log;
  CHECK(*first_position_since(log, Timestamp{0}) == Position{1});
  append_one(log, examples::fresh(KeyDeleted{KeyNumber{1}}, Timestamp{100}));
  append_one(log, examples::uses(10, 2, Timestamp{200}));
  append_one(log, examples::fresh(KeyDeleted{KeyNumber{1}}, Timestamp{200}));
  append_one(log, examples::fresh(KeyDeleted{KeyNumber{1}}, Timestamp{300}));
  CHECK(*first_position_since(log, Timestamp{0}) == Position{1});
  CHECK(*first_position_since(log, Timestamp{100}) == Position{1});
  CHECK(*first_position_since(log, Timestamp{101}) == Position{2});
  CHECK(*first_position_since(log, Timestamp{200}) == Position{2});
  CHECK(*first_position_since(log, Timestamp{201}) == Position{13});
  CHECK(*first_position_since(log, Timestamp{300}) == Position{13});
  CHECK(*first_position_since(log, Timestamp{301}) == Position{14});
}

TEST_CASE("the head at a position is that of the log which ended with its record") {
  MemoryLogUnderTest made;
  IndexedLog& log = made.log;
  std::vector<LogHead> heads;
  append_one(log, examples::fresh(KeyDeleted{KeyNumber{1}}, Timestamp{100}));
  heads.push_back(log.head());
  append_one(log, examples::uses(10, 2, Timestamp{200}));
  heads.push_back(log.head());
  append_one(log, examples::fresh(KeyDeleted{KeyNumber{1}}, Timestamp{300}));
  heads.push_back(log.head());
  CHECK(*head_at(log, log, Position{1}) == heads[0]);
  for (std::uint64_t position = 2; position <= 11; ++position) {
    CHECK(*head_at(log, log, Position{position}) == heads[1]);
  }
  CHECK(*head_at(log, log, Position{12}) == heads[2]);
}

}  // namespace keyledger::ledger
