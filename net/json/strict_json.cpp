#include "net/json/strict_json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <set>
#include <vector>

#include "ledger/values/printable_text.h"

namespace keyledger::net {
namespace {

using boost::json::error_code;
using boost::json::string_view;

// Looks at names only. Boost.JSON's own parser keeps the last value of a name without a word.
struct NameWatcher {
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);

  std::vector<std::set<std::string>> names;  // of the objects that are open
  std::string name;
  std::string twice;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_object_begin(error_code&) { return names.emplace_back(), true; }
  bool on_object_end(std::size_t, error_code&) { return names.pop_back(), true; }
  bool on_key_part(string_view part, std::size_t, error_code&) { return name += part, true; }
  bool on_key(string_view part, std::size_t, error_code& error) {
    name += part;
    if (!names.back().insert(name).second) {
      twice = name;
      error = boost::json::error::syntax;
    }
    name.clear();
    return !error;
  }
  bool on_string_part(string_view, std::size_t, error_code&) { return true; }
  bool on_string(string_view, std::size_t, error_code&) { return true; }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, string_view, error_code&) { return true; }
  bool on_uint64(std::uint64_t, string_view, error_code&) { return true; }
  bool on_double(double, string_view, error_code&) { return true; }
  bool on_bool(bool, error_code&) { return true; }
  bool on_null(error_code&) { return true; }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }
};

}  // namespace

ledger::Result<boost::json::value, std::string> parse_strict_json(std::string_view text) {
  error_code error;
  boost::json::value value = boost::json::parse(string_view(text.data(), text.size()), error);
  if (error) return "this is not JSON: " + error.message();
  boost::json::basic_parser<NameWatcher> watcher(boost::json::parse_options{});
  watcher.write_some(false, text.data(), text.size(), error);
  if (const std::string& twice = watcher.handler().twice; !twice.empty() || error) {
    return ledger::quoted(twice) + " occurs twice";
  }
  return value;
}

}  // namespace keyledger::net
