#include "tools/output/yaml_text.h"

#include <fmt/format.h>
#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <cmath>
#include <string_view>

#include "ledger/values/ascii_text.h"
#include "ledger/values/ensure.h"
#include "ledger/values/printable_text.h"

namespace keyledger::tools::output {
namespace {

using ledger::is_digit;
using ledger::is_letter;

// Returns true if a reader would take the word for a boolean or null, by YAML 1.2 or by YAML 1.1
// (https://yaml.org/type/bool.html).
bool is_reserved(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kWords = {"true", "false", "yes", "no",  "on",
                                                             "off",  "y",     "n",   "null"};
  return std::ranges::find(kWords, ledger::lower_case(text)) != kWords.end();
}

// Returns true if the text needs no quotes. Numbers, times and YAML's indicators never begin with a letter.
bool is_plain(std::string_view text) {
  if (text.empty() || !is_letter(text.front()) || text.back() == ' ' || is_reserved(text)) return false;
  return std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view(" _-./@").find(c) != std::string_view::npos;
  });
}

bool steers(std::string_view text) {
  while (!text.empty()) {
    if (ledger::steers_terminal(ledger::take_code_point(text).value)) return true;
  }
  return false;
}

// Returns the number with a decimal point, because readers of YAML 1.1 take 1e+20 for a text.
std::string number_text(double number) {
  std::string text = fmt::format("{}", number);
  if (text.find('.') != text.npos) return text;
  return text.insert(std::min(text.find('e'), text.size()), ".0");
}

class YamlPrinter {
 public:
  YamlPrinter() { emitter_.SetNullFormat(YAML::LowerNull); }

  void print(const boost::json::object& object) {
    // In block style the emitter would put empty braces, and empty brackets below, on a line of their own.
    if (object.empty()) emitter_ << YAML::Flow;
    emitter_ << YAML::BeginMap;
    for (const auto& field : object) {
      emitter_ << YAML::Key;
      print_text(field.key());
      emitter_ << YAML::Value;
      print(field.value());
    }
    emitter_ << YAML::EndMap;
  }

  void print_element(const boost::json::object& object) {
    emitter_ << YAML::BeginSeq;
    print(object);
    emitter_ << YAML::EndSeq;
  }

  std::string_view text() const {
    ENSURE(emitter_.good(), emitter_.GetLastError().c_str());
    return {emitter_.c_str(), emitter_.size()};
  }

 private:
  void print(const boost::json::value& value) {
    switch (value.kind()) {
      case boost::json::kind::null:
        emitter_ << YAML::Null;
        break;
      case boost::json::kind::bool_:
        emitter_ << value.get_bool();
        break;
      case boost::json::kind::int64:
        emitter_ << value.get_int64();
        break;
      case boost::json::kind::uint64:
        emitter_ << value.get_uint64();
        break;
      case boost::json::kind::double_:
        print(value.get_double());
        break;
      case boost::json::kind::string:
        print_text(value.get_string());
        break;
      case boost::json::kind::array:
        print(value.get_array());
        break;
      case boost::json::kind::object:
        print(value.get_object());
        break;
    }
  }

  void print(double number) {
    if (std::isfinite(number)) {
      emitter_ << number_text(number);
    } else {
      emitter_ << YAML::Null;
    }
  }

  void print(const boost::json::array& array) {
    if (array.empty()) emitter_ << YAML::Flow;
    emitter_ << YAML::BeginSeq;
    for (const boost::json::value& element : array) print(element);
    emitter_ << YAML::EndSeq;
  }

  void print_text(std::string_view text) {
    if (!is_plain(text)) emitter_ << YAML::DoubleQuoted;
    // The emitter escapes control characters by default, but not the marks that change the direction of
    // writing.
    if (steers(text)) emitter_ << YAML::EscapeNonAscii;
    emitter_ << std::string(text);
  }

  YAML::Emitter emitter_;
};

}  // namespace

void append_yaml(std::string& out, const boost::json::object& object) {
  YamlPrinter printer;
  printer.print(object);
  out += printer.text();
  out += '\n';
}

void append_yaml_element(std::string& out, const boost::json::object& object) {
  YamlPrinter printer;
  printer.print_element(object);
  out += printer.text();
  out += '\n';
}

}  // namespace keyledger::tools::output
