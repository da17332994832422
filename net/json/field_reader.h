// FieldReader: takes the fields of a JSON object one by one, strictly, and notes everything that is
// wrong with them. Whoever has taken all that he knows asks for the complaints: a field that nobody
// took is one.
//
// A field that is missing or wrong reads as nothing (or as an empty value), with the complaint noted.
// The object outlives the reader. One thread.
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

// A JSON value as a message shows it: compact, and cut to 60 characters.
std::string shown(const boost::json::value& value);

class FieldReader {
 public:
  // `now` is what relative times are counted from.
  FieldReader(const boost::json::object& fields, ledger::Timestamp now) : fields_(fields), now_(now) {}

  // ---- Fields that must be there ----

  std::string text(std::string_view name);
  bool flag(std::string_view name);
  std::vector<std::string> texts(std::string_view name);
  ledger::Timestamp time(std::string_view name);

  // ---- Fields that need not be there; null is wrong, unless it is said otherwise ----

  std::optional<std::string> text_if_there(std::string_view name);
  std::optional<bool> flag_if_there(std::string_view name);
  std::optional<std::uint32_t> count_if_there(std::string_view name);
  std::optional<std::vector<std::string>> texts_if_there(std::string_view name);
  // An object of texts.
  std::optional<std::vector<ledger::Annotation>> annotations_if_there(std::string_view name);
  // "1h", or the number 0.
  std::optional<std::int64_t> duration_if_there(std::string_view name);
  std::optional<std::vector<ledger::AddressRange>> ranges_if_there(std::string_view name);
  // null is a value of its own: never, no limit.
  std::optional<std::optional<ledger::Timestamp>> time_or_never_if_there(std::string_view name);
  std::optional<std::optional<ledger::RateLimit>> limit_or_none_if_there(std::string_view name);

  bool has(std::string_view name) const { return fields_.contains(key(name)); }
  // The field as it is; null if it is not there.
  const boost::json::value* take(std::string_view name);

  void complain(std::string what) { complaints_.push_back(std::move(what)); }
  // Notes that a field must be there, if it is not.
  void require(std::string_view name);
  // What is wrong, in one line; empty if nothing is.
  std::string complaints_so_far() const;
  // The same at the end: fields that nobody took are no fields of `what`.
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
