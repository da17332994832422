#include "tools/import/dump_objects.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <optional>
#include <unordered_set>
#include <utility>

#include "ledger/values/printable_text.h"
#include "tools/import/dump_beginning.h"
#include "tools/import/structure_capture.h"

namespace keyledger::tools::import {
namespace {

using boost::json::error_code;
using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;
using Kind = DumpValue::Kind;

constexpr std::size_t kDepthMax = 200;  // fields of ignored models may contain nested JSON

constexpr std::array<std::string_view, kDumpFields> kFieldNames = {
    "username",     "is_staff",   "is_active",      "user",         "created", "expiry",
    "expires",      "salt",       "account_number", "company_name", "name",    "account",
    "user_profile", "key_id",     "description",    "version",      "tags",    "annotations",
    "last_used_at", "llm_client", "chatbot",        "api_key",      "email",   "digest",
};

Error invalid(const DumpFile& file, std::string_view what) {
  return Error{ErrorCode::kInputInvalid, fmt::format("{}: {}", ledger::printable(file.name), what)};
}

// Collects a text that arrives in parts, up to kTextMax bytes. The buffer is never reallocated, because
// reallocation would leave a copy in memory that nothing erases.
class TextBuffer {
 public:
  TextBuffer() { text_.reserve(DumpValue::kTextMax); }
  TextBuffer(const TextBuffer&) = delete;
  TextBuffer& operator=(const TextBuffer&) = delete;
  ~TextBuffer() { clear(); }

  void add(std::string_view part) {
    const std::size_t room = DumpValue::kTextMax - text_.size();
    too_long_ = too_long_ || part.size() > room;
    text_ += part.substr(0, room);
  }

  void clear() {
    ledger::cleanse(text_.data(), text_.size());
    text_.clear();
    too_long_ = false;
  }

  std::string_view text() const { return text_; }
  bool too_long() const { return too_long_; }

 private:
  std::string text_;
  bool too_long_ = false;
};

// Builds objects from the events of Boost.JSON's parser. `depth_` counts the levels of a dump: 1 is the
// array, 2 an object, 3 its fields, 4 and deeper the JSON inside a field.
class ObjectBuilder {
 public:
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);

  ObjectBuilder(const DumpFile& file, std::string_view chosen_field, const TakeDumpObject& take)
      : file_(file), chosen_field_(chosen_field), take_(take) {}

  // Sets the number of the line that is being parsed.
  void set_line(std::size_t line) { line_ = line; }

  // Returns the reason, if this builder rather than the parser ended the reading.
  const std::optional<Error>& failure() const { return failure_; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_array_begin(error_code& ec) {
    if (depth_ == 1) return refuse_element(ec);
    if (depth_ == 2 && part_ == Part::kFields) return fail(ec, "\"fields\" is not an object");
    begin_structure();
    ++depth_;
    return true;
  }

  bool on_array_end(std::size_t n, error_code&) {
    --depth_;
    if (captured_.is_open()) captured_.end_array(n, depth_ == 3);
    end_other_structure(n);
    return true;
  }

  bool on_object_begin(error_code& ec) {
    if (depth_ == 0) return refuse_document(ec);
    if (depth_ == 1) begin_object();
    if (depth_ == 2 && part_ == Part::kFields) {
      has_fields_ = true;
      field_names_.clear();
    } else {
      begin_structure();
    }
    ++depth_;
    return true;
  }

  bool on_object_end(std::size_t n, error_code& ec) {
    if (--depth_ == 1) return end_object(ec);
    if (captured_.is_open()) captured_.end_object(n, depth_ == 3);
    end_other_structure(n);
    return true;
  }

  bool on_key_part(boost::json::string_view part, std::size_t, error_code&) {
    if (captured_.is_open()) captured_.add_part(part);
    if (names_matter()) text_.add(part);
    return true;
  }

  bool on_key(boost::json::string_view part, std::size_t, error_code& ec) {
    if (captured_.is_open()) captured_.add_key(part);
    if (!names_matter()) return true;
    text_.add(part);
    const std::string name(text_.text());
    const bool too_long = text_.too_long();
    text_.clear();
    if (too_long) return fail(ec, "a field's name is too long");
    auto& names = depth_ == 2 ? part_names_ : field_names_;
    if (!names.insert(name).second) return fail(ec, fmt::format("{} occurs twice", ledger::quoted(name)));
    choose_slot(name);
    return true;
  }

  bool on_string_part(boost::json::string_view part, std::size_t, error_code&) {
    if (captured_.is_open()) captured_.add_part(part);
    if (text_matters()) text_.add(part);
    return true;
  }

  bool on_string(boost::json::string_view part, std::size_t, error_code& ec) {
    if (depth_ == 0) return refuse_document(ec);
    if (depth_ == 1) return refuse_element(ec);
    if (captured_.is_open()) captured_.add_text(part);
    if (!text_matters()) return scalar(ec, Kind::kText);
    text_.add(part);
    if (token_key_is_next_) {
      take_token_key();
    } else {
      note_other_text();
      put(text_.too_long() ? Kind::kTooLong : Kind::kText, text_.text());
    }
    text_.clear();
    return true;
  }

  bool on_number_part(boost::json::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t number, boost::json::string_view, error_code& ec) {
    if (captured_.is_open()) captured_.add_scalar([number](auto& stack) { stack.push_int64(number); });
    return scalar(ec, Kind::kInteger, slot_ == nullptr ? std::string() : std::to_string(number));
  }
  bool on_uint64(std::uint64_t number, boost::json::string_view, error_code& ec) {
    if (captured_.is_open()) captured_.add_scalar([number](auto& stack) { stack.push_uint64(number); });
    return scalar(ec, Kind::kInteger, slot_ == nullptr ? std::string() : std::to_string(number));
  }
  bool on_double(double number, boost::json::string_view, error_code& ec) {
    if (captured_.is_open()) captured_.add_scalar([number](auto& stack) { stack.push_double(number); });
    return scalar(ec, Kind::kOther);
  }
  bool on_bool(bool value, error_code& ec) {
    if (captured_.is_open()) captured_.add_scalar([value](auto& stack) { stack.push_bool(value); });
    return scalar(ec, value ? Kind::kTrue : Kind::kFalse);
  }
  bool on_null(error_code& ec) {
    if (captured_.is_open()) captured_.add_scalar([](auto& stack) { stack.push_null(); });
    return scalar(ec, Kind::kNull);
  }
  bool on_comment_part(boost::json::string_view, error_code&) { return true; }
  bool on_comment(boost::json::string_view, error_code&) { return true; }

 private:
  enum class Part : std::uint8_t { kModel, kPk, kFields, kOther };

  bool names_matter() const { return depth_ == 2 || (depth_ == 3 && part_ == Part::kFields); }
  bool text_matters() const {
    return (depth_ == 2 || depth_ == 3) && (slot_ != nullptr || token_key_is_next_ || other_is_next_);
  }

  // Notes whether the text that was read is empty, or looks like a token, but not the text itself.
  void note_other_text() {
    if (!other_is_next_) return;
    OtherField& other = object_.others.back();
    const std::string_view text = text_.text();
    other.says_something = !text.empty();
    other.is_opaque = text.size() >= OtherField::kOpaqueMin && text.find(' ') == text.npos;
  }

  // Begins an array or an object: the value of a field, or part of that value.
  void begin_structure() {
    DumpValue* const wanted = depth_ == 3 ? slot_ : nullptr;
    if (depth_ == 3) other_is_structure_ = other_is_next_;
    put(other_is_next_ ? Kind::kJson : Kind::kOther);
    if (wanted != nullptr) captured_.open(*wanted);
  }

  // Ends an array or an object with this number of elements or members.
  void end_other_structure(std::size_t parts) {
    if (depth_ != 3 || !other_is_structure_) return;
    object_.others.back().says_something = parts > 0;
    other_is_structure_ = false;
  }

  void begin_object() {
    const std::size_t number = object_.number + 1;
    object_ = DumpObject{};
    object_.number = number;
    object_.line = line_;
    model_ = DumpValue{};
    has_fields_ = false;
    part_names_.clear();
  }

  bool end_object(error_code& ec) {
    if (model_.kind == Kind::kAbsent) return fail(ec, "has no \"model\": this is not an object of a dump");
    if (model_.kind != Kind::kText) return fail(ec, "\"model\" is not a short text");
    if (!has_fields_) return fail(ec, "has no \"fields\"");
    object_.model = model_.text;
    const Result<void> taken = take_(object_);
    return taken ? true : fail_with(ec, taken.error());
  }

  static Part part_named(std::string_view name) {
    if (name == "model") return Part::kModel;
    if (name == "pk") return Part::kPk;
    return name == "fields" ? Part::kFields : Part::kOther;
  }

  // Chooses the place for the value of the field `name`; values of unknown fields are not kept.
  void choose_slot(std::string_view name) {
    slot_ = nullptr;
    token_key_is_next_ = other_is_next_ = false;
    if (depth_ == 2) {
      part_ = part_named(name);
      if (part_ == Part::kModel) slot_ = &model_;
      if (part_ == Part::kPk) slot_ = &object_.pk;
      return;
    }
    const auto* found = std::ranges::find(kFieldNames, name);
    if (found != kFieldNames.end()) {
      slot_ = &object_.fields.at(static_cast<std::size_t>(found - kFieldNames.begin()));
      return;
    }
    token_key_is_next_ = name == "token_key";
    if (token_key_is_next_) return;
    object_.others.push_back({.name = std::string(name)});
    other_is_next_ = true;
    if (name == chosen_field_) slot_ = &object_.chosen;
  }

  bool scalar(error_code& ec, Kind kind, std::string_view text = {}) {
    if (depth_ == 0) return refuse_document(ec);
    if (depth_ == 1) return refuse_element(ec);
    if (depth_ == 2 && part_ == Part::kFields) return fail(ec, "\"fields\" is not an object");
    put(kind, text);
    return true;
  }

  // Stores the value of the current field if the field is wanted; ignores values nested inside a field.
  void put(Kind kind, std::string_view text = {}) {
    if (depth_ == 2 || depth_ == 3) {
      if (token_key_is_next_) object_.token_key_kind = kind;
      if (other_is_next_) put_other(kind);
      if (slot_ != nullptr) *slot_ = DumpValue{.kind = kind, .text = std::string(text), .json = {}};
      slot_ = nullptr;
      token_key_is_next_ = other_is_next_ = false;
    }
  }

  void put_other(Kind kind) {
    OtherField& other = object_.others.back();
    other.kind = kind;
    const bool is_number = kind == Kind::kInteger || kind == Kind::kOther;
    other.says_something = other.says_something || kind == Kind::kTrue || is_number;
  }

  void take_token_key() {
    auto secret = ledger::Secret::from(text_.text());
    const bool kept = secret.has_value() && !text_.too_long();
    if (kept) object_.token_key = std::move(*secret);
    put(kept ? Kind::kText : Kind::kTooLong);
  }

  bool refuse_document(error_code& ec) { return fail_with(ec, invalid(file_, "is JSON, but not an array")); }

  bool refuse_element(error_code& ec) {
    begin_object();
    return fail(ec, "is not a JSON object");
  }

  bool fail(error_code& ec, std::string_view what) {
    if (model_.kind == Kind::kText) object_.model = model_.text;
    return fail_with(ec, invalid(file_, fmt::format("{}: {}", describe(object_), what)));
  }

  bool fail_with(error_code& ec, Error failure) {
    failure_ = std::move(failure);
    ec = boost::json::make_error_code(boost::json::error::exception);
    return false;
  }

  const DumpFile& file_;
  std::string_view chosen_field_;
  const TakeDumpObject& take_;
  std::optional<Error> failure_;

  std::size_t line_ = 1;
  std::size_t depth_ = 0;
  DumpObject object_;
  DumpValue model_;
  Part part_ = Part::kOther;
  bool has_fields_ = false;
  std::unordered_set<std::string> part_names_;
  std::unordered_set<std::string> field_names_;
  TextBuffer text_;
  DumpValue* slot_ = nullptr;  // the place for the next value
  bool token_key_is_next_ = false;
  bool other_is_next_ = false;       // the next value is that of the last of object_.others
  bool other_is_structure_ = false;  // and is an array or an object that has not ended
  StructureCapture captured_;
};

std::string_view explain(const error_code& ec) {
  switch (static_cast<boost::json::error>(ec.value())) {
    case boost::json::error::incomplete:
      return "the JSON ends in the middle";
    case boost::json::error::too_deep:
      return "the JSON is nested too deeply";
    case boost::json::error::exponent_overflow:
      return "a number is too large";
    case boost::json::error::illegal_leading_surrogate:
    case boost::json::error::illegal_trailing_surrogate:
    case boost::json::error::expected_utf16_escape:
      return "half of a surrogate pair is missing";
    case boost::json::error::expected_hex_digit:
      return "\\u needs four hexadecimal digits";
    default:
      return "not JSON";
  }
}

// Returns the offset of the first byte that is not UTF-8, or nothing if the text is valid.
std::optional<std::size_t> find_not_utf8(std::string_view text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t at = text.size() - rest.size();
    if (ledger::take_code_point(rest).value == ledger::CodePoint::kNotUtf8) return at;
  }
  return std::nullopt;
}

// Feeds a file to the parser line by line, so that every event has a line number and every error a column.
class LineReader {
 public:
  LineReader(const DumpFile& file, std::string_view chosen_field, const TakeDumpObject& take)
      : file_(file), parser_(options(), file, chosen_field, take) {}

  Result<void> read() {
    std::string_view rest = file_.text;
    if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
    while (!rest.empty()) {
      const std::size_t length = std::min(rest.find('\n'), rest.size() - 1) + 1;
      line_ = rest.substr(0, length);
      rest.remove_prefix(length);
      parser_.handler().set_line(++line_number_);
      const Result<void> fed = feed();
      if (!fed) return fed.error();
    }
    error_code ec;
    parser_.write_some(false, nullptr, 0, ec);
    if (ec) return failed(ec, line_.find_last_not_of("\r\n") + 1);
    return {};
  }

 private:
  using Parser = boost::json::basic_parser<ObjectBuilder>;

  static boost::json::parse_options options() {
    boost::json::parse_options strict;
    strict.max_depth = kDepthMax;
    return strict;
  }

  Result<void> feed() {
    error_code ec;
    const std::size_t consumed = parser_.write_some(true, line_.data(), line_.size(), ec);
    if (ec) return failed(ec, consumed);
    if (consumed < line_.size()) return at(consumed, "something follows after the end of the array");
    return {};
  }

  Error failed(const error_code& ec, std::size_t consumed) const {
    const auto& failure = parser_.handler().failure();
    if (failure) return *failure;
    const auto not_utf8 = find_not_utf8(line_);
    if (not_utf8 && *not_utf8 <= consumed) return at(*not_utf8, "not UTF-8");
    return at(consumed, explain(ec));
  }

  Error at(std::size_t byte, std::string_view what) const {
    const std::size_t column = ledger::count_code_points(line_.substr(0, byte)) + 1;
    return Error{ErrorCode::kInputInvalid,
                 fmt::format("{}:{}:{}: {}", ledger::printable(file_.name), line_number_, column, what)};
  }

  const DumpFile& file_;
  Parser parser_;
  std::string_view line_;
  std::size_t line_number_ = 0;
};

}  // namespace

std::string_view name_of(DumpField field) { return kFieldNames.at(static_cast<std::size_t>(field)); }

std::string describe(const DumpObject& object) {
  if (object.model.empty()) return fmt::format("object {} (line {})", object.number, object.line);
  return fmt::format("object {} ({}, line {})", object.number, ledger::printable(object.model), object.line);
}

const OtherField* DumpObject::other(std::string_view name) const {
  const auto found = std::ranges::find(others, name, &OtherField::name);
  return found == others.end() ? nullptr : &*found;
}

Result<void> read_dump_objects(const DumpFile& file, std::string_view chosen_field,
                               const TakeDumpObject& take) {
  const std::string_view wrong = wrong_beginning(file.text);
  if (!wrong.empty()) return invalid(file, wrong);
  return LineReader(file, chosen_field, take).read();
}

}  // namespace keyledger::tools::import
