// Rooms: folders with a library each. A source may include the rooms that the target of the source's room
// links, so that the CMakeLists.txt files are the only table of allowed edges.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/structure/sources.h"

namespace keyledger::tests {
namespace {

struct Room {
  std::vector<std::string> links;          // includers of the room's headers may include these, too
  std::vector<std::string> private_links;  // for the room's own sources only
};

using Rooms = std::map<std::string, Room, std::less<>>;  // by target

// "keyledger_ledger_rocks" of "ledger/rocks".
std::string target_of(std::string_view folder) {
  std::string target = "keyledger_" + std::string(folder);
  std::replace(target.begin(), target.end(), '/', '_');
  return target;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string_view line : split(text, '\n')) {
    for (const std::string_view word : split(line.substr(0, line.find('#')), ' ')) {
      if (!word.empty()) words.emplace_back(word);
    }
  }
  return words;
}

// Adds the target of a call `keyledger_library(NAME SOURCES ... LINKS ... PRIVATE_LINKS ...)`, given the text
// between the parentheses.
void add_library(Rooms& rooms, std::string_view arguments) {
  const std::vector<std::string> words = words_of(arguments);
  if (words.empty()) return;
  Room room;
  std::string part;
  for (const std::string& word : words) {
    if (contains(std::vector<std::string>{"SOURCES", "LINKS", "PRIVATE_LINKS"}, word)) {
      part = word;
    } else if (part == "LINKS") {
      room.links.push_back(word);
    } else if (part == "PRIVATE_LINKS") {
      room.private_links.push_back(word);
    }
  }
  rooms.emplace(words.front(), std::move(room));
}

Rooms rooms_in(const Sources& sources) {
  Rooms rooms;
  for (const Source& source : sources) {
    if (!source.path.ends_with("/CMakeLists.txt")) continue;
    constexpr std::string_view kCall = "keyledger_library(";
    for (std::size_t at = source.text.find(kCall); at != std::string::npos;
         at = source.text.find(kCall, at + 1)) {
      const std::size_t begin = at + kCall.size();
      add_library(rooms, std::string_view(source.text).substr(begin, source.text.find(')', begin) - begin));
    }
  }
  return rooms;
}

// Adds `target` and the rooms that headers of `target` may include.
void add_public(const Rooms& rooms, const std::string& target, std::set<std::string, std::less<>>& reached) {
  if (!reached.insert(target).second) return;
  const auto room = rooms.find(target);
  if (room == rooms.end()) return;
  for (const std::string& link : room->second.links) add_public(rooms, link, reached);
}

// Returns the rooms that a source of `target` may include. Private links are for sources and internal
// headers, because any room that links `target` may include the other headers.
std::set<std::string, std::less<>> includable(const Rooms& rooms, const std::string& target,
                                              bool with_private_links) {
  std::set<std::string, std::less<>> reached;
  add_public(rooms, target, reached);
  const auto room = rooms.find(target);
  if (room == rooms.end() || !with_private_links) return reached;
  for (const std::string& link : room->second.private_links) add_public(rooms, link, reached);
  return reached;
}

bool is_own_matter(const Source& source) {
  return !source.path.ends_with(".h") || source.text.find("Internal to") != std::string::npos;
}

Complaints room_complaints(const Rooms& rooms, const Source& source) {
  if (source.path.starts_with("tests/")) return {};
  const std::string own = target_of(folder_of(source.path));
  if (!rooms.contains(own)) return {"the folder has no keyledger_library of its name: " + own};
  const auto allowed = includable(rooms, own, is_own_matter(source));
  Complaints complaints;
  for (const std::string_view include : own_includes(source)) {
    const std::string target = target_of(folder_of(include));
    if (!allowed.contains(target)) {
      complaints.push_back(own + " does not link " + target +
                           ", whose header is included: " + std::string(include));
    }
  }
  return complaints;
}

TEST_CASE("a room includes only the rooms that its target links") {
  const Sources all = all_sources();
  const Rooms rooms = rooms_in(all);
  CHECK(rooms.size() > 15);
  for (const Source& source : all) {
    if (!is_code(source.path)) continue;
    for (const std::string& complaint : room_complaints(rooms, source)) {
      FAIL_CHECK(source.path + ": " + complaint);
    }
  }
}

TEST_CASE("the links of a room are read from its CMakeLists.txt") {
  const Rooms rooms = rooms_in({{"net/CMakeLists.txt",
                                 "# A comment.\nkeyledger_library(keyledger_net\n  SOURCES\n    a.cpp b.cpp\n"
                                 "  LINKS keyledger_ledger  # keyledger_tools\n    keyledger_commands\n"
                                 "  PRIVATE_LINKS fmt::fmt)\nother(keyledger_x)\n"}});
  REQUIRE(rooms.size() == 1);
  const Room& room = rooms.at("keyledger_net");
  CHECK(room.links == std::vector<std::string>{"keyledger_ledger", "keyledger_commands"});
  CHECK(room.private_links == std::vector<std::string>{"fmt::fmt"});
}

TEST_CASE("links reach further rooms through public links only") {
  const Rooms rooms = {{"keyledger_a", {}},
                       {"keyledger_a_b", {{"keyledger_a"}, {}}},
                       {"keyledger_c", {{}, {"keyledger_a_b"}}},
                       {"keyledger_d", {{"keyledger_c"}, {}}}};
  const auto complaints = [&](const std::string& path, const std::string& include) {
    return room_complaints(rooms, {path, "#include \"" + include + "\"\n"}).size();
  };
  CHECK(complaints("a/b/x.h", "a/y.h") == 0);
  CHECK(complaints("a/y.h", "a/b/x.h") == 1);
  CHECK(complaints("c/z.cpp", "a/b/x.h") == 0);
  CHECK(complaints("c/z.cpp", "a/y.h") == 0);
  CHECK(complaints("c/z.h", "a/y.h") == 1);
  CHECK(complaints("d/w.cpp", "c/z.h") == 0);
  CHECK(complaints("d/w.cpp", "a/y.h") == 1);
  CHECK(complaints("e/w.cpp", "vector") == 1);
  CHECK(complaints("tests/w.cpp", "a/b/x.h") == 0);
}

}  // namespace
}  // namespace keyledger::tests
