#include "net/service/kept_lists.h"

#include <catch2/catch.hpp>

namespace keyledger::net {

TEST_CASE("a list too many takes the place of the list that has gone on least recently") {
  KeptLists<int> lists(2);
  const auto first = lists.keep(1);
  const auto second = lists.keep(2);
  CHECK(lists.touch(first));
  const auto third = lists.keep(3);
  CHECK(!lists.touch(second));
  CHECK(!second->has_value());
  CHECK(lists.touch(first));
  CHECK(lists.touch(third));
}

TEST_CASE("lists that were dropped or have ended take no place") {
  KeptLists<int> lists(2);
  const auto first = lists.keep(1);
  lists.keep(2);
  const auto ended = lists.keep(3);
  ended->reset();
  const auto last = lists.keep(4);
  CHECK(!lists.touch(ended));
  CHECK(lists.touch(first));
  CHECK(lists.touch(last));
}

}  // namespace keyledger::net
