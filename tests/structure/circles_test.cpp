// Circles: components that include each other, directly or by way of others. A component is a header with its
// source, because a source cannot be used without the header.
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

Complaints circle_complaints(const Sources& sources) {
  Complaints complaints;
  for (const Names& circle : circles_in(graph_of(sources))) {
    std::string list;
    for (const std::string& name : circle) list += "\n  " + name;
    complaints.push_back("these components include each other:" + list);
  }
  return complaints;
}

TEST_CASE("no component includes itself by way of others") {
  for (const std::string& complaint : circle_complaints(all_code())) FAIL_CHECK(complaint);
}

TEST_CASE("a circle is found with all its components") {
  const Sources sources = {{"a.h", "#include \"b.h\"\n"},
                           {"b.cpp", "#include \"b.h\"\n#include \"c.h\"\n"},
                           {"c.h", "#include \"a.h\"\n#include \"d.h\"\n"},
                           {"d.h", "#include <vector>\n"}};
  CHECK(circles_in(graph_of(sources)) == std::set<Names>{{"a", "b", "c"}});
  CHECK(circle_complaints(sources).size() == 1);
  CHECK(circle_complaints({{"a.h", "#include \"b.h\"\n"}, {"b.h", ""}}) == Complaints{});
}

}  // namespace
}  // namespace keyledger::tests
