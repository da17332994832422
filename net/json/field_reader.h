// FieldReader: takes the fields of a JSON object one by one, strictly, and notes every mistake.
//
// A caller takes every known field and then asks for the complaints: a field that nobody took is a mistake,
// too. A missing or wrong field reads as nothing (or as an empty value), and the reader notes a complaint.
// The object must outlive the reader. One thread.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/events.h"
#include "ledger/values/address_range.h"
#include "ledger/values/rate_limit.h"
#include "ledger/values/timestamp.h"

namespace keyledger::net {

// Returns a JSON value as messages show values: compact, and cut to 60 characters.
std::string shown(const boost::json::value& value);

class FieldReader {
 public:
  // Relative times are counted from `now`.
  FieldReader(const boost::json::object& fields, ledger::Timestamp now) : fields_(fields), now_(now) {}

  // ---- Required fields ----

  std::string text(std::string_view name);
  bool flag(std::string_view name);
  std::vector<std::string> texts(std::string_view name);
  ledger::Timestamp time(std::string_view name);

  // ---- Optional fields; null is wrong unless a comment allows null ----

  std::optional<std::string> text_if_there(std::string_view name);
  std::optional<bool> flag_if_there(std::string_view name);
  std::optional<std::uint32_t> count_if_there(std::string_view name);
  std::optional<std::vector<std::string>> texts_if_there(std::string_view name);
  // Reads an object of texts.
  std::optional<std::vector<ledger::Annotation>> annotations_if_there(std::string_view name);
  // Reads a text such as "1h", or the number 0.
  std::optional<std::int64_t> duration_if_there(std::string_view name);
  std::optional<std::vector<ledger::AddressRange>> ranges_if_there(std::string_view name);
  // null is allowed here, and means never, or no limit.
  std::optional<std::optional<ledger::Timestamp>> time_or_never_if_there(std::string_view name);
  std::optional<std::optional<ledger::RateLimit>> limit_or_none_if_there(std::string_view name);

  bool has(std::string_view name) const { return fields_.contains(key(name)); }
  // Returns the field itself; a null pointer if the object lacks the field.
  const boost::json::value* take(std::string_view name);

  void complain(std::string what) { complaints_.push_back(std::move(what)); }
  // Notes a complaint if the object lacks the field.
  void require(std::string_view name);
  // Returns all mistakes in one line; empty if there are no mistakes.
  std::string complaints_so_far() const;
  // Returns all mistakes, with a complaint about each field that nobody took, because `what` has no field by
  // the name.
  std::string complaints(std::string_view what);

 private:
  static boost::json::string_view key(std::string_view name) { return {name.data(), name.size()}; }
  void complain(std::string_view name, std::string_view expected, const boost::json::value& instead);

  const boost::json::object& fields_;
  ledger::Timestamp now_;
  std::set<std::string, std::less<>> taken_;
  std::vector<std::string> complaints_;
};

}  // namespace keyledger::net
