#include "ledger/disk/marker.h"

#include <catch2/catch.hpp>

#include "ledger/values/entity_ids.h"

namespace keyledger::ledger {
namespace {

const boost::uuids::uuid kId = parse_uuid("0f8fad5b-d9cb-469f-a165-70867728950e").value();

}  // namespace

TEST_CASE("the marker names the format and the id, and is read back") {
  CHECK(marker_text(kId) ==
        "keyledger ledger\nformat: 1\nid: 0f8fad5b-d9cb-469f-a165-70867728950e\nchecksum: "
        "08d3fdb5efb07c14fa9625ba85a1e8899f212fe40ad4ea86764718d21ab956eb\n");
  CHECK(*parse_marker(marker_text(kId)) == kId);
}

TEST_CASE("a marker with any byte changed, or of any other length, is refused") {
  const std::string text = marker_text(kId);
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    CHECK(!parse_marker(damaged).ok());
    CHECK(!parse_marker(text.substr(0, at)).ok());
  }
  CHECK(parse_marker(text + "\n").error().code == ErrorCode::kCorruptDatabase);
}

TEST_CASE("a marker of a later format is told from a damaged one and from another file") {
  CHECK(parse_marker("keyledger ledger\nformat: 2\nwhatever").error().code == ErrorCode::kNewerFormat);
  CHECK(parse_marker("keyledger ledger\nformat: 1\nid: ?\n").error().code == ErrorCode::kCorruptDatabase);
  CHECK(parse_marker("keyledger ledger\n").error().code == ErrorCode::kCorruptDatabase);
  CHECK(parse_marker("double-entry ledger\n").error().code == ErrorCode::kNotALedger);
  CHECK(parse_marker("").error().code == ErrorCode::kNotALedger);
}

}  // namespace keyledger::ledger
