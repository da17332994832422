#include "tools/import/dump_beginning.h"

#include <array>

namespace keyledger::tools::import {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::string_view bytes;
  std::string_view what;
};

constexpr std::string_view kUtf16 =
    "is in UTF-16, not UTF-8: let dumpdata write the file itself, with --output FILE";

constexpr std::array<Magic, 9> kForeign = {{
    {"\x1f\x8b"sv, "is compressed with gzip: unpack it first"},
    {"BZh"sv, "is compressed with bzip2: unpack it first"},
    {"\xfd\x37zXZ"sv, "is compressed with xz: unpack it first"},
    {"\x5d\x00\x00"sv, "is compressed with lzma: unpack it first"},
    {"\x28\xb5\x2f\xfd"sv, "is compressed with zstd: unpack it first"},
    {"PK\x03\x04"sv, "is a zip archive: unpack it first"},
    {"SQLite format 3"sv,
     "is a database: dump it with manage.py dumpdata --format json auth.user knox.authtoken"},
    {"\xff\xfe"sv, kUtf16},
    {"\xfe\xff"sv, kUtf16},
}};

}  // namespace

std::string_view wrong_beginning(std::string_view text) {
  for (const Magic& magic : kForeign) {
    if (text.starts_with(magic.bytes)) return magic.what;
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "is empty";
  text.remove_prefix(first);
  if (text.starts_with('<')) return "looks like XML, not JSON: dump with --format json";
  const bool dashes = text.starts_with("- ") || text.starts_with("---");
  if (dashes || text.starts_with('#') || text.starts_with("%YAML")) {
    return "looks like YAML, not JSON: dump with --format json";
  }
  if (text.starts_with('{'))
    return "begins with an object, not an array (as JSON lines do): dump with --format json";
  return {};
}

}  // namespace keyledger::tools::import
