// StructureCapture: rebuilds an array or an object of a dump while the parser reports its parts.
//
// Part of the reader in dump_objects.h. A structure larger than DumpValue::kJsonBytesMax is dropped, to limit
// the memory used for a file. One thread.
#pragma once

#include <boost/json/value_stack.hpp>
#include <cstddef>
#include <string_view>

#include "tools/import/dump_value.h"

namespace keyledger::tools::import {

class StructureCapture {
 public:
  // Starts a capture. `value` receives the result, and must stay at its address until then.
  void open(DumpValue& value) {
    value_ = &value;
    bytes_ = 0;
    stack_.reset();
  }

  bool is_open() const { return value_ != nullptr; }

  // Adds the beginning of a text or key; the next add_text() or add_key() completes it.
  void add_part(std::string_view part) {
    if (has_room(part.size())) stack_.push_chars({part.data(), part.size()});
  }
  // Adds a complete text, or the end of a text.
  void add_text(std::string_view end) {
    if (has_room(end.size() + kValueBytes)) stack_.push_string({end.data(), end.size()});
  }
  // Adds a complete key, or the end of a key.
  void add_key(std::string_view end) {
    if (has_room(end.size())) stack_.push_key({end.data(), end.size()});
  }
  // Adds a number, a boolean or null by calling `push` on the value stack.
  template <typename Push>
  void add_scalar(const Push& push) {
    if (has_room(kValueBytes)) push(stack_);
  }

  // End an array or an object with this number of elements or members. `is_whole` is true for the outermost
  // structure, with which the capture is complete.
  void end_array(std::size_t elements, bool is_whole) {
    if (has_room(kValueBytes)) stack_.push_array(elements);
    if (is_whole) close();
  }
  void end_object(std::size_t members, bool is_whole) {
    if (has_room(kValueBytes)) stack_.push_object(members);
    if (is_whole) close();
  }

 private:
  static constexpr std::size_t kValueBytes = 16;

  bool has_room(std::size_t bytes) {
    bytes_ += bytes;
    if (bytes_ <= DumpValue::kJsonBytesMax) return true;
    value_->kind = DumpValue::Kind::kTooLong;
    value_ = nullptr;
    stack_.reset();
    return false;
  }

  void close() {
    if (value_ == nullptr) return;
    value_->json = stack_.release();
    value_->kind = DumpValue::Kind::kJson;
    value_ = nullptr;
  }

  boost::json::value_stack stack_;
  std::size_t bytes_ = 0;
  DumpValue* value_ = nullptr;
};

}  // namespace keyledger::tools::import
