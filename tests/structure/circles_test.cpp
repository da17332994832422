// Circles: components including each other, directly or by way of other components. A component is a header
// with its source, because a source cannot be used without the header.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/structure/sources.h"

namespace keyledger::tests {
namespace {

using Names = std::set<std::string>;
using Graph = std::map<std::string, Names>;

// The components that may still lie on a circle. Components of an opened circle must leave the list.
constexpr std::array<std::string_view, 20> kKnown = {"commands/decide",
                                                     "commands/decide_parts",
                                                     "ledger/codec/event_codec",
                                                     "ledger/codec/key_event_codec",
                                                     "ledger/codec/record_codec",
                                                     "ledger/codec/use_block_codec",
                                                     "ledger/rocks/archiving",
                                                     "ledger/rocks/cursor",
                                                     "ledger/rocks/entity_index",
                                                     "ledger/rocks/log",
                                                     "ledger/rocks/store",
                                                     "ledger/rocks/tree",
                                                     "ledger/rocks/use_index",
                                                     "ledger/rocks/use_indexer",
                                                     "net/service/answer_streams",
                                                     "net/service/service",
                                                     "tests/support/ledger_model",
                                                     "tests/support/ledger_model_attempt",
                                                     "tools/import/dump_objects",
                                                     "tools/import/structure_capture"};

Graph graph_of(const Sources& sources) {
  Graph graph;
  for (const Source& source : sources) {
    const std::string from(component_of(source.path));
    Names& targets = graph[from];
    for (const std::string_view include : own_includes(source)) {
      const std::string to(component_of(include));
      if (to != from) targets.insert(to);
    }
  }
  return graph;
}

Names reachable_from(const Graph& graph, const std::string& start) {
  Names reached;
  std::vector<std::string> open = {start};
  while (!open.empty()) {
    const auto node = graph.find(open.back());
    open.pop_back();
    if (node == graph.end()) continue;
    for (const std::string& target : node->second) {
      if (reached.insert(target).second) open.push_back(target);
    }
  }
  return reached;
}

// Returns the sets of components in which each component reaches every other component by includes.
std::set<Names> circles_in(const Graph& graph) {
  std::map<std::string, Names> reached;
  for (const auto& [name, targets] : graph) reached[name] = reachable_from(graph, name);
  std::set<Names> circles;
  for (const auto& [name, targets] : reached) {
    if (!targets.contains(name)) continue;
    Names circle;
    for (const std::string& target : targets) {
      if (const auto back = reached.find(target); back != reached.end() && back->second.contains(name)) {
        circle.insert(target);
      }
    }
    circles.insert(circle);
  }
  return circles;
}

template <typename Known>
Complaints circle_complaints(const Sources& sources, const Known& known) {
  Complaints complaints;
  Names on_circles;
  for (const Names& circle : circles_in(graph_of(sources))) {
    on_circles.insert(circle.begin(), circle.end());
    if (std::all_of(circle.begin(), circle.end(), [&](const auto& name) { return contains(known, name); })) {
      continue;
    }
    std::string list;
    for (const std::string& name : circle) list += "\n  " + name;
    complaints.push_back("these components include each other:" + list);
  }
  for (const std::string_view name : known) {
    if (!on_circles.contains(std::string(name))) {
      complaints.push_back(std::string(name) + " lies on no circle any more: take it from the list");
    }
  }
  return complaints;
}

TEST_CASE("no component includes itself by way of others") {
  for (const std::string& complaint : circle_complaints(all_code(), kKnown)) FAIL_CHECK(complaint);
}

TEST_CASE("a circle is found with all its components") {
  const Sources sources = {{"a.h", "#include \"b.h\"\n"},
                           {"b.cpp", "#include \"b.h\"\n#include \"c.h\"\n"},
                           {"c.h", "#include \"a.h\"\n#include \"d.h\"\n"},
                           {"d.h", "#include <vector>\n"}};
  CHECK(circles_in(graph_of(sources)) == std::set<Names>{{"a", "b", "c"}});
  CHECK(circle_complaints(sources, std::vector<std::string>{}).size() == 1);
  CHECK(circle_complaints(sources, std::vector<std::string>{"a", "b"}).size() == 1);
  CHECK(circle_complaints(sources, std::vector<std::string>{"a", "b", "c"}) == Complaints{});
  CHECK(circle_complaints(sources, std::vector<std::string>{"a", "b", "c", "d"}).size() == 1);
}

}  // namespace
}  // namespace keyledger::tests
