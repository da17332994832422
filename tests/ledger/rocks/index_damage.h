// Damages the indexes of a ledger, for tests of other folders.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "ledger/rocks/store.h"

namespace keyledger::tests {

// Removes all rows of the entity index that are about single entities.
inline void forget_entity_rows(const std::filesystem::path& ledger) {
  const auto store = ledger::RocksStore::open(ledger / "log", ledger::RocksMode::kWrite);
  REQUIRE(store.ok());
  const auto rows = (*store)->iterate((*store)->entities());
  rocksdb::WriteBatch batch;
  for (rows->SeekToFirst(); rows->Valid(); rows->Next())
    REQUIRE(batch.Delete((*store)->entities(), rows->key()).ok());
  REQUIRE((*store)->db().Write({}, &batch).ok());
}

}  // namespace keyledger::tests
