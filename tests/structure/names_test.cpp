// Names: a namespace belongs to a folder, a class name stands for one class in a namespace, and a name says
// something.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/structure/scopes.h"
#include "tests/structure/sources.h"

namespace keyledger::tests {
namespace {

// --- The rules ---

// A source opens keyledger::FOLDER or a namespace within; a test may also open the namespace of the tested
// folder.
Complaints namespace_complaints(const Source& source) {
  const std::vector<std::string_view> parts = split(source.path, '/');
  std::vector<std::string> allowed = {"keyledger::" + std::string(parts.front())};
  if (parts.front() == "tests" && parts.size() > 2) allowed.push_back("keyledger::" + std::string(parts[1]));
  constexpr std::string_view kOpening = "namespace keyledger";
  Complaints complaints;
  bool opened = false;
  for (const std::string_view line : split(source.text, '\n')) {
    if (!line.starts_with(kOpening)) continue;
    const std::string_view rest = line.substr(std::string_view("namespace ").size());
    const std::string_view name = rest.substr(0, rest.find_first_of(" {"));
    opened = true;
    if (std::none_of(allowed.begin(), allowed.end(), [&](const std::string& prefix) {
          return name == prefix || name.starts_with(prefix + "::");
        })) {
      complaints.push_back("the namespace is not the folder's: " + std::string(line));
    }
  }
  if (!opened && source.path.ends_with(".h") && source.text.find("\nclass ") != source.text.npos) {
    complaints.push_back("a header declares outside of the folder's namespace");
  }
  return complaints;
}

// "_foo_manager_" of "FooManager" and of "foo_manager".
std::string as_words(std::string_view name) {
  std::string words = "_";
  for (const char c : name) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0 || !is_word(c)) words += '_';
    words += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return words + "_";
}

// True for names of files and types that do not tell their subject.
bool says_nothing(std::string_view name) {
  const std::string words = as_words(name);
  const std::array<std::string_view, 5> empty_words = {"util", "utils", "common", "manager", "managers"};
  return std::any_of(empty_words.begin(), empty_words.end(), [&](std::string_view word) {
    for (std::size_t at = words.find(word); at != words.npos; at = words.find(word, at + 1)) {
      if (!std::isalnum(static_cast<unsigned char>(words[at - 1])) &&
          !std::isalnum(static_cast<unsigned char>(words[at + word.size()]))) {
        return true;
      }
    }
    return false;
  });
}

Complaints name_complaints(const Source& source) {
  Complaints complaints;
  if (says_nothing(source.path)) complaints.push_back("the file's name says nothing");
  for (const std::string_view line : split(source.text, '\n')) {
    for (const std::string_view keyword : {"class ", "struct ", "namespace "}) {
      if (!line.starts_with(keyword)) continue;
      const std::string_view name = line.substr(keyword.size());
      if (says_nothing(name.substr(0, name.find_first_of(" :{;")))) {
        complaints.push_back("the name says nothing: " + std::string(line));
      }
    }
  }
  return complaints;
}

// Two classes of a common name in a common namespace violate the One Definition Rule. The linker need not
// notice, and then a program may run the functions of the first on objects of the second. Unnamed namespaces
// differ from file to file.
Complaints twin_complaints(const Sources& sources) {
  std::map<std::string, std::vector<std::string>> places;
  for (const Source& source : sources) {
    std::set<std::string> here;  // a specialisation of a template has its template's name
    for (const Type& type : scopes_of(source).types) {
      if (!type.space.empty()) here.insert(type.space + "::" + type.name);
    }
    for (const std::string& name : here) places[name].push_back(source.path);
  }
  Complaints complaints;
  for (const auto& [name, paths] : places) {
    if (paths.size() < 2 || name.find('<') != name.npos) continue;
    std::string list;
    for (const std::string& path : paths) list += " " + path;
    complaints.push_back(name + " is defined more than once:" + list);
  }
  return complaints;
}

// --- The repository ---

TEST_CASE("a namespace is its folder's and a name says something") {
  check_each(all_code(), namespace_complaints);
  check_each(all_code(), name_complaints);
}

TEST_CASE("a class name stands for one class in its namespace") {
  for (const std::string& complaint : twin_complaints(all_code())) FAIL_CHECK(complaint);
}

// --- The rules, tested ---

TEST_CASE("a source stands in its folder's namespace") {
  CHECK(namespace_complaints({"net/a.h", "namespace keyledger::ledger {\n"}).size() == 1);
  CHECK(namespace_complaints({"net/a.h", "namespace keyledger {\n"}).size() == 1);
  CHECK(namespace_complaints({"net/a.h", "namespace keyledger::network {\n"}).size() == 1);
  CHECK(namespace_complaints({"net/a.h", "// A.\nclass A {};\n"}).size() == 1);
  CHECK(namespace_complaints({"net/a.h", "namespace keyledger::net {\nclass A;\n}\n"}) == Complaints{});
  CHECK(namespace_complaints({"net/a.cpp", "namespace keyledger::net::wire {\n"}) == Complaints{});
  CHECK(namespace_complaints({"tests/net/a_test.cpp", "namespace keyledger::ledger {\n"}).size() == 1);
}

TEST_CASE("a name says something") {
  CHECK(name_complaints({"net/string_util.h", ""}).size() == 1);
  CHECK(name_complaints({"common/strings.h", ""}).size() == 1);
  CHECK(name_complaints({"net/a.h", "class SessionManager final {\n"}).size() == 1);
  CHECK(name_complaints({"net/a.h", "struct Common;\n"}).size() == 1);
  CHECK(name_complaints({"net/utility_room.h", "struct CommonerNet {};\n"}) == Complaints{});
}

TEST_CASE("two classes of one name in one namespace are found") {
  const Source first = {"tools/a.h", "namespace tools {\nclass Reader {};\n}\n"};
  CHECK(twin_complaints({first, {"tools/b.cpp", "namespace tools {\nstruct Reader {};\n}\n"}}).size() == 1);
  CHECK(twin_complaints({first, {"tools/b.h", "namespace tools {\nclass Reader;\n}\n"}}) == Complaints{});
  CHECK(twin_complaints({first, {"net/b.h", "namespace net {\nclass Reader {};\n}\n"}}) == Complaints{});
  CHECK(
      twin_complaints({first, {"tools/b.h", "namespace tools {\nclass B {\n struct Reader {};\n};\n}\n"}}) ==
      Complaints{});
  CHECK(
      twin_complaints({first, {"tools/b.cpp", "namespace tools {\nnamespace {\nclass Reader {};\n}\n}\n"}}) ==
      Complaints{});
}

}  // namespace
}  // namespace keyledger::tests
