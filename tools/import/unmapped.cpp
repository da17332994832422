#include "tools/import/unmapped.h"

#include <fmt/format.h>

namespace keyledger::tools::import {

Unmapped unmapped_at(const DumpPlace& place, DumpField field, std::string reason) {
  return {.file = std::string(place.file),
          .object = place.number,
          .line = place.line,
          .model = std::string(place.model),
          .field = std::string(name_of(field)),
          .reason = std::move(reason)};
}

std::string text_of(const Unmapped& unmapped) {
  const DumpPlace place{
      .file = unmapped.file, .number = unmapped.object, .line = unmapped.line, .model = unmapped.model};
  const std::string more = unmapped.objects == 1 ? "" : fmt::format(" and {} more", unmapped.objects - 1);
  return fmt::format("{}{}: field \"{}\": {}", place.text(), more, unmapped.field, unmapped.reason);
}

boost::json::object json_of(const Unmapped& unmapped) {
  return {{"file", unmapped.file},      {"object", unmapped.object}, {"line", unmapped.line},
          {"model", unmapped.model},    {"field", unmapped.field},   {"reason", unmapped.reason},
          {"objects", unmapped.objects}};
}

}  // namespace keyledger::tools::import
