#include "tools/apply/yaml_documents.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>
#include <optional>

#include "ledger/values/printable_text.h"

namespace keyledger::tools::apply {
namespace {

using boost::json::value;

constexpr std::string_view kStandardTag = "tag:yaml.org,2002:";

template <std::size_t count>
bool is_one_of(std::string_view text, const std::array<std::string_view, count>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::optional<bool> truth_of(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kTrue = {"true", "True", "TRUE", "yes", "Yes",
                                                            "YES",  "on",   "On",   "ON"};
  static constexpr std::array<std::string_view, 9> kFalse = {"false", "False", "FALSE", "no", "No",
                                                             "NO",    "off",   "Off",   "OFF"};
  if (is_one_of(text, kTrue)) return true;
  if (is_one_of(text, kFalse)) return false;
  return std::nullopt;
}

// Returns the whole text as a number, or nothing if the text is not a number.
template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

value plain_value(const std::string& text) {
  if (const auto truth = truth_of(text)) return *truth;
  std::string_view digits = text;
  if (digits.starts_with('+') || digits.starts_with('-')) digits.remove_prefix(1);
  if (digits.empty() || digits.front() < '0' || digits.front() > '9') return value(text);
  if (digits.size() > 1 && digits.front() == '0' && digits[1] != '.') return value(text);
  const std::string_view signless = text.starts_with('+') ? digits : std::string_view(text);
  if (const auto whole = number_of<std::int64_t>(signless)) return *whole;
  if (digits.find_first_not_of("0123456789.eE+-") != digits.npos) return value(text);
  if (const auto real = number_of<double>(signless)) return *real;
  return value(text);
}

// A fault, thrown because YAML nests; converted() catches all of them.
struct Unusable {
  std::string what;
};

class Converter {
 public:
  value convert(const YAML::Node& node, std::size_t depth = 1) {
    if (depth > kYamlDepthMax) throw Unusable{"the document is nested too deeply"};
    if (++values_ > kYamlValuesMax) throw Unusable{"the document is too large"};
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        return scalar(node);
      case YAML::NodeType::Sequence:
        return sequence(node, depth);
      case YAML::NodeType::Map:
        return mapping(node, depth);
      case YAML::NodeType::Null:
      case YAML::NodeType::Undefined:
        break;
    }
    return nullptr;
  }

 private:
  static value scalar(const YAML::Node& node) {
    const std::string& tag = node.Tag();
    if (tag == "!" || tag == std::string(kStandardTag) + "str") return value(node.Scalar());
    if (!tag.empty() && tag != "?") throw Unusable{"the tag " + ledger::quoted(tag) + " is not understood"};
    return plain_value(node.Scalar());
  }

  value sequence(const YAML::Node& node, std::size_t depth) {
    boost::json::array elements;
    for (const YAML::Node& element : node) elements.push_back(convert(element, depth + 1));
    return elements;
  }

  value mapping(const YAML::Node& node, std::size_t depth) {
    boost::json::object fields;
    for (const auto& field : node) {
      if (!field.first.IsScalar()) throw Unusable{"a key is not a text"};
      const std::string& name = field.first.Scalar();
      if (fields.contains(name)) throw Unusable{ledger::quoted(name) + " occurs twice"};
      fields[name] = convert(field.second, depth + 1);
    }
    return fields;
  }

  std::size_t values_ = 0;
};

ledger::Result<value, std::string> converted(const YAML::Node& node) {
  try {
    return Converter().convert(node);
  } catch (const Unusable& unusable) {
    return unusable.what;
  }
}

std::size_t line_of(const YAML::Mark& mark) {
  return mark.line < 0 ? 1 : static_cast<std::size_t>(mark.line) + 1;
}

}  // namespace

ledger::Result<std::vector<YamlDocument>, YamlFault> read_yaml_documents(const std::string& text) {
  try {
    std::vector<YamlDocument> documents;
    for (const YAML::Node& node : YAML::LoadAll(text)) {
      if (node.IsDefined() && !node.IsNull()) {
        documents.push_back({.line = line_of(node.Mark()), .content = converted(node)});
      }
    }
    return documents;
  } catch (const YAML::Exception& exception) {
    return YamlFault{.line = line_of(exception.mark), .what = "this is not YAML: " + exception.msg};
  }
}

}  // namespace keyledger::tools::apply
