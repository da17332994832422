#include "net/json/text.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <cmath>
#include <iterator>

#include "ledger/values/printable_text.h"

namespace keyledger::net {
namespace {

constexpr std::size_t kIndent = 2;

void append_character(std::string& out, const ledger::CodePoint& point) {
  switch (point.value) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case ledger::CodePoint::kNotUtf8:
      out += "\ufffd";
      return;
    default:
      break;
  }
  if (ledger::steers_terminal(point.value)) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(point.value));
  } else {
    out += point.bytes;
  }
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) append_character(out, ledger::take_code_point(text));
  out += '"';
}

class Printer {
 public:
  Printer(std::string& out, JsonLayout layout, std::size_t depth)
      : out_(out), layout_(layout), depth_(depth) {}

  void print(const boost::json::value& value) {
    const auto end = std::back_inserter(out_);
    switch (value.kind()) {
      case boost::json::kind::null:
        out_ += "null";
        break;
      case boost::json::kind::bool_:
        out_ += value.get_bool() ? "true" : "false";
        break;
      case boost::json::kind::int64:
        fmt::format_to(end, "{}", value.get_int64());
        break;
      case boost::json::kind::uint64:
        fmt::format_to(end, "{}", value.get_uint64());
        break;
      case boost::json::kind::double_:
        print(value.get_double());
        break;
      case boost::json::kind::string:
        append_string(out_, value.get_string());
        break;
      case boost::json::kind::array:
        print(value.get_array());
        break;
      case boost::json::kind::object:
        print(value.get_object());
        break;
    }
  }

  void print(const boost::json::object& object) {
    print_members('{', '}', object, [this](const boost::json::key_value_pair& field) {
      append_string(out_, field.key());
      out_ += layout_ == JsonLayout::kPretty ? ": " : ":";
      print(field.value());
    });
  }

 private:
  void print(double number) {
    if (std::isfinite(number)) {
      fmt::format_to(std::back_inserter(out_), "{}", number);
    } else {
      out_ += "null";
    }
  }

  void print(const boost::json::array& array) {
    print_members('[', ']', array, [this](const boost::json::value& element) { print(element); });
  }

  template <typename Members, typename PrintOne>
  void print_members(char open, char close, const Members& members, const PrintOne& print_one) {
    out_ += open;
    if (!members.empty()) {
      ++depth_;
      bool first = true;
      for (const auto& member : members) {
        if (!first) out_ += ',';
        first = false;
        start_line();
        print_one(member);
      }
      --depth_;
      start_line();
    }
    out_ += close;
  }

  void start_line() {
    if (layout_ == JsonLayout::kCompact) return;
    out_ += '\n';
    out_.append(depth_ * kIndent, ' ');
  }

  std::string& out_;
  JsonLayout layout_;
  std::size_t depth_;
};

}  // namespace

void append_json(std::string& out, const boost::json::value& value, JsonLayout layout, std::size_t depth) {
  Printer(out, layout, depth).print(value);
}

void append_json(std::string& out, const boost::json::object& object, JsonLayout layout, std::size_t depth) {
  Printer(out, layout, depth).print(object);
}

boost::json::value text_or_null(std::string_view text) {
  if (text.empty()) return nullptr;
  return boost::json::string_view(text.data(), text.size());
}

}  // namespace keyledger::net
