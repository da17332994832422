#include "tests/structure/scopes.h"

#include <array>
#include <catch2/catch.hpp>
#include <optional>

namespace keyledger::tests {
namespace {

enum class Opens { kNamespace, kType, kFunction, kInitialiser };

// Lines and runs of blanks become one blank.
std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n';
    if (!blank) line += c;
    if (blank && !line.empty() && line.back() != ' ') line += ' ';
  }
  if (line.ends_with(' ')) line.pop_back();
  return line;
}

// "struct A final : B" of "template <typename T> struct A final : B".
std::string_view without_template(std::string_view head) {
  if (!head.starts_with("template ")) return head;
  int depth = 0;
  for (std::size_t at = head.find('<'); at < head.size(); ++at) {
    if (head[at] == '<') ++depth;
    if (head[at] == '>' && --depth == 0) return head.substr(std::min(at + 2, head.size()));
  }
  return head;
}

std::optional<std::string_view> after_keyword(std::string_view head,
                                              std::initializer_list<std::string_view> keywords) {
  for (const std::string_view keyword : keywords) {
    if (head == keyword) return std::string_view{};
    if (head.starts_with(keyword) && head[keyword.size()] == ' ') return head.substr(keyword.size() + 1);
  }
  return std::nullopt;
}

// Returns the name of the type that `head` begins to define.
std::optional<std::string_view> type_name(std::string_view head) {
  auto rest = after_keyword(without_template(head),
                            {"class", "struct", "union", "enum class", "enum struct", "enum"});
  if (!rest) return std::nullopt;
  while (const auto behind = after_keyword(*rest, {"[[nodiscard]]", "alignas(64)"})) rest = behind;
  std::size_t end = rest->find_first_of(" :");
  while (end != rest->npos && rest->substr(end).starts_with("::")) end = rest->find_first_of(" :", end + 2);
  return rest->substr(0, end);
}

Opens what_opens(std::string_view code, std::size_t brace, std::string_view head) {
  if (after_keyword(head, {"namespace", "extern"})) return Opens::kNamespace;
  if (type_name(head) && head.find('(') == head.npos) return Opens::kType;
  const bool follows_blank = brace == 0 || code[brace - 1] == ' ' || code[brace - 1] == '\n';
  const bool is_block = follows_blank && !head.ends_with('=') && head.find('(') != head.npos;
  return is_block ? Opens::kFunction : Opens::kInitialiser;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : code_(code_only(text)) {}

  Scopes scan() {
    for (; at_ < code_.size(); ++at_) step();
    return std::move(found_);
  }

 private:
  struct Open {
    Opens what;
    std::string name;
  };

  void step() {
    const char c = code_[at_];
    if (c == '(') ++parentheses_;
    if (c == ')') --parentheses_;
    if (c == '{') open();
    if (c == '}' && !open_.empty()) open_.pop_back();
    if ((c == ';' || c == '}') && parentheses_ == 0) begin_ = at_ + 1;
    if (c == ':' && begins_access()) begin_ = at_ + 1;
  }

  // "public:" and "private:" are no part of the next declaration.
  bool begins_access() const {
    const std::string head = this->head();
    return head == "public" || head == "private" || head == "protected";
  }

  std::string head() const { return on_one_line(std::string_view(code_).substr(begin_, at_ - begin_)); }

  void open() {
    const std::string head = this->head();
    const Opens what = parentheses_ > 0 ? Opens::kInitialiser : what_opens(code_, at_, head);
    if (what == Opens::kInitialiser) {
      at_ = matching_brace();
      return;
    }
    if (what == Opens::kFunction) {
      add_function(head);
      begin_ = at_ + 1;
      return;
    }
    std::string name;
    if (const auto type = type_name(head); what == Opens::kType && type) {
      name = *type;
      if (!name.empty()) found_.types.push_back({space(), name});
    } else if (const auto space = after_keyword(head, {"namespace"})) {
      name = *space;
    }
    open_.push_back({what, name});
    begin_ = at_ + 1;
  }

  // Moves to the function's closing brace, because the inside of a function is of no interest.
  void add_function(const std::string& head) {
    const std::size_t first = std::min(code_.find_first_not_of(" \n", begin_), at_);
    const std::size_t end = matching_brace();
    const auto line_of = [&](std::size_t at) {
      const auto offset = static_cast<std::ptrdiff_t>(at);
      return static_cast<std::size_t>(std::count(code_.begin(), code_.begin() + offset, '\n')) + 1;
    };
    found_.functions.push_back({head, line_of(first), line_of(end) - line_of(first) + 1});
    at_ = end;
  }

  std::size_t matching_brace() const {
    int depth = 0;
    for (std::size_t at = at_; at < code_.size(); ++at) {
      if (code_[at] == '{') ++depth;
      if (code_[at] == '}' && --depth == 0) return at;
    }
    return code_.size() - 1;
  }

  // Returns an empty text in an unnamed namespace, because every file has an unnamed namespace of its own.
  std::string space() const {
    std::string name;
    for (const Open& open : open_) {
      if (open.name.empty()) return {};
      name += (name.empty() ? "" : "::") + open.name;
    }
    return name;
  }

  std::string code_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;  // of the declaration that is being read
  int parentheses_ = 0;
  std::vector<Open> open_;
  Scopes found_;
};

}  // namespace

Scopes scopes_of(const Source& source) { return Scanner(source.text).scan(); }

TEST_CASE("functions are found with their lengths") {
  const Scopes scopes = scopes_of({"a.cpp",
                                   "namespace a {\n"
                                   "const int kNumbers[] = {\n  1,\n};\n"
                                   "struct A final : B {\n"
                                   "  A() : a_{1}, b_(2) {}\n"
                                   "  int one(int a = {}) const { return 1; }\n"
                                   " private:\n"
                                   "  int a_{1};\n"
                                   "};\n"
                                   "template <typename T>\n"
                                   "int three(\n    T a) {\n  if (a) {\n  }\n}\n"
                                   "TEST_CASE(\"}\") {\n}\n"
                                   "}  // namespace a\n"});
  REQUIRE(scopes.functions.size() == 4);
  CHECK(scopes.functions[0].head == "A() : a_{1}, b_(2)");
  CHECK(scopes.functions[0].lines == 1);
  CHECK(scopes.functions[1].head == "int one(int a = {}) const");
  CHECK(scopes.functions[2].first_line == 11);
  CHECK(scopes.functions[2].lines == 6);
  CHECK(scopes.functions[3].lines == 2);
}

TEST_CASE("types are found with their namespaces") {
  const Scopes scopes =
      scopes_of({"a.cpp",
                 "namespace a {\nclass Declared;\nstruct A {\n  enum class B : int { kC };\n};\n"
                 "namespace b {\ntemplate <typename T>\nclass [[nodiscard]] C::Inner : D {};\n}\n"
                 "namespace {\nstruct D {};\n}\nvoid f() {\n  struct Local {};\n}\n}\n"});
  REQUIRE(scopes.types.size() == 4);
  CHECK((scopes.types[0].space == "a" && scopes.types[0].name == "A"));
  CHECK((scopes.types[1].space == "a::A" && scopes.types[1].name == "B"));
  CHECK((scopes.types[2].space == "a::b" && scopes.types[2].name == "C::Inner"));
  CHECK((scopes.types[3].space.empty() && scopes.types[3].name == "D"));
}

}  // namespace keyledger::tests
