#include "net/wire/request_check.h"

#include <capnp/any.h>
#include <capnp/schema.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <string_view>

#include "ledger/values/ensure.h"
#include "net/wire/layout.h"
#include "net/wire/wire.capnp.h"

namespace keyledger::net {

using ledger::Error;
using ledger::ErrorCode;

namespace {

constexpr std::size_t kWordBits = 64;
constexpr std::size_t kDataWordsMax = 32;
constexpr std::size_t kPointersMax = 64;
constexpr std::uint32_t kNoBound = std::numeric_limits<std::uint32_t>::max();

// ---- The shape of the schema ----

struct Shape;

struct PointerField {
  std::string_view name;
  std::uint32_t index = 0;
  bool is_list = false;
  const Shape* shape = nullptr;  // of the struct, or of the list's items; null for a text or data
  std::uint32_t bytes_max = kNoBound;
  std::uint32_t items_max = kNoBound;
};

struct EnumField {
  std::string_view name;
  std::uint32_t offset = 0;  // in units of 16 bits, as the offset of a union's discriminant
  std::uint16_t values = 0;
  std::uint16_t normal = 0;  // the default value, which is stored as zero
};

// A field that must be zero or empty unless a flag is set.
struct Condition {
  std::string_view name;
  std::string_view flag_name;
  std::size_t flag_bit = 0;
  std::size_t first_bit = 0;  // of a number
  std::size_t bits = 0;       // 0: the field is a pointer
  std::uint32_t pointer = 0;
};

// The fields of a struct, of a group, or of one member of a union.
struct Shape {
  std::array<std::uint64_t, kDataWordsMax> known{};  // the bits of the data that fields have
  std::vector<PointerField> pointers;
  std::vector<EnumField> enums;
  std::vector<Condition> conditions;
  std::optional<std::uint32_t> discriminant;  // offset; present if there is a union
  std::vector<Shape> members;                 // of the union, by discriminant
  std::vector<Shape> groups;
};

// All structs that a request can contain.
class Shapes {
 public:
  Shapes() { root_ = shape_of(capnp::Schema::from<wire::Request>()); }

  const Shape& root() const { return *root_; }
  const std::vector<std::string>& without_bound() const { return without_bound_; }

 private:
  const Shape* shape_of(capnp::StructSchema schema) {
    auto& shape = all_[schema.getProto().getId()];
    if (shape) return shape.get();
    shape = std::make_unique<Shape>();
    Shape* const made = shape.get();
    fill(schema, *made);
    return made;
  }

  void fill(capnp::StructSchema schema, Shape& shape) {
    const auto proto = schema.getProto().getStruct();
    ENSURE(proto.getDataWordCount() <= kDataWordsMax, "the data of a struct is small");
    ENSURE(proto.getPointerCount() <= kPointersMax, "a struct has few pointers");
    for (const auto field : schema.getNonUnionFields()) add(schema, field, shape);
    const auto members = schema.getUnionFields();
    if (members.size() == 0) return;
    shape.discriminant = proto.getDiscriminantOffset();
    know(shape, *shape.discriminant * 16, 16);
    shape.members.resize(members.size());
    for (const auto member : members) {
      const std::size_t place = member.getProto().getDiscriminantValue();
      add(schema, member, shape.members.at(place));
    }
  }

  void add(capnp::StructSchema schema, capnp::StructSchema::Field field, Shape& shape) {
    const auto type = field.getType();
    if (field.getProto().isGroup()) return fill(type.asStruct(), shape.groups.emplace_back());
    const auto slot = field.getProto().getSlot();
    const std::string_view name = field.getProto().getName().cStr();
    const std::size_t bits = bits_of(type);
    if (bits > 0) know(shape, slot.getOffset() * bits, bits);
    add_conditions(schema, field, bits, shape);
    if (type.isEnum()) {
      shape.enums.push_back(
          {.name = name,
           .offset = slot.getOffset(),
           .values = static_cast<std::uint16_t>(type.asEnum().getEnumerants().size()),
           .normal = slot.hasDefaultValue() ? slot.getDefaultValue().getEnum() : std::uint16_t{0}});
    }
    if (!is_pointer(type)) return;
    PointerField to{.name = name, .index = slot.getOffset(), .is_list = type.isList()};
    set_bounds(field, to);
    to.shape = to.is_list ? item_of(type.asList().getElementType(), to) : struct_of(type);
    const bool is_text = type.isText() || type.isData();
    if ((is_text && to.bytes_max == kNoBound) || (to.is_list && to.items_max == kNoBound)) {
      without_bound_.push_back(fmt::format("{}.{}", schema.getShortDisplayName().cStr(), name));
    }
    shape.pointers.push_back(to);
  }

  const Shape* struct_of(capnp::Type type) { return type.isStruct() ? shape_of(type.asStruct()) : nullptr; }

  static void add_conditions(capnp::StructSchema schema, capnp::StructSchema::Field field, std::size_t bits,
                             Shape& shape) {
    for (const auto annotation : field.getProto().getAnnotations()) {
      if (annotation.getId() != kOnlyIf) continue;
      const auto flag = schema.getFieldByName(annotation.getValue().getText()).getProto();
      const std::size_t offset = field.getProto().getSlot().getOffset();
      shape.conditions.push_back({.name = field.getProto().getName().cStr(),
                                  .flag_name = flag.getName().cStr(),
                                  .flag_bit = flag.getSlot().getOffset(),
                                  .first_bit = offset * bits,
                                  .bits = bits,
                                  .pointer = static_cast<std::uint32_t>(offset)});
    }
  }

  // A text in a list is read like a struct whose first pointer is the text, because Cap'n Proto takes a list
  // of such structs for a list of texts as well.
  const Shape* item_of(capnp::Type type, const PointerField& list) {
    if (type.isStruct()) return shape_of(type.asStruct());
    ENSURE(type.isText() || type.isData(), "lists hold structs or texts");
    auto& item = items_.emplace_back(std::make_unique<Shape>());
    item->pointers.push_back({.name = "text", .bytes_max = list.bytes_max});
    return item.get();
  }

  static void set_bounds(capnp::StructSchema::Field field, PointerField& to) {
    for (const auto annotation : field.getProto().getAnnotations()) {
      if (annotation.getId() == kBytesAtMost) to.bytes_max = annotation.getValue().getUint32();
      if (annotation.getId() == kItemsAtMost) to.items_max = annotation.getValue().getUint32();
    }
  }

  static bool is_pointer(capnp::Type type) {
    ENSURE(!type.isInterface() && !type.isAnyPointer(), "every pointer of a request has a type");
    return type.isText() || type.isData() || type.isList() || type.isStruct();
  }

  static std::size_t bits_of(capnp::Type type) {
    using Which = capnp::schema::Type;
    switch (type.which()) {
      case Which::BOOL:
        return 1;
      case Which::INT8:
      case Which::UINT8:
        return 8;
      case Which::INT16:
      case Which::UINT16:
      case Which::ENUM:
        return 16;
      case Which::INT32:
      case Which::UINT32:
      case Which::FLOAT32:
        return 32;
      case Which::INT64:
      case Which::UINT64:
      case Which::FLOAT64:
        return kWordBits;
      default:
        return 0;
    }
  }

  // No field crosses a word.
  static void know(Shape& shape, std::size_t first, std::size_t bits) {
    const std::uint64_t mask = bits == kWordBits ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
    shape.known.at(first / kWordBits) |= mask << first % kWordBits;
  }

  // The ids of the annotations in net/wire/wire.capnp.
  static constexpr std::uint64_t kBytesAtMost = 0x8f1d20c1e1b9a7d4;
  static constexpr std::uint64_t kItemsAtMost = 0xb7e04c6d2f8a1935;
  static constexpr std::uint64_t kOnlyIf = 0xd4a3f60b19c7e852;

  std::map<std::uint64_t, std::unique_ptr<Shape>> all_;
  std::vector<std::unique_ptr<Shape>> items_;
  std::vector<std::string> without_bound_;
  const Shape* root_ = nullptr;
};

const Shapes& shapes() {
  static const Shapes kShapes;
  return kShapes;
}

// ---- The walk over a message ----

// The data of a struct, whatever its size is in the message.
class DataWords {
 public:
  explicit DataWords(kj::ArrayPtr<const capnp::byte> bytes) : bytes_(bytes) {}

  std::size_t size() const { return layout::words_of(bytes_.size()); }

  std::uint64_t word(std::size_t at) const {
    std::uint64_t word = 0;
    const std::size_t begin = at * layout::kWord;
    if (begin < bytes_.size()) {
      std::memcpy(&word, bytes_.begin() + begin, std::min(layout::kWord, bytes_.size() - begin));
    }
    return word;
  }

  // A field of `bits` bits.
  std::uint64_t number(std::size_t first_bit, std::size_t bits) const {
    const std::uint64_t from_first = word(first_bit / kWordBits) >> first_bit % kWordBits;
    return bits == kWordBits ? from_first : from_first & ((std::uint64_t{1} << bits) - 1);
  }

  // `offset`: in units of 16 bits.
  std::uint16_t sixteen_bits(std::uint32_t offset) const {
    return static_cast<std::uint16_t>(number(std::size_t{offset} * 16, 16));
  }

 private:
  kj::ArrayPtr<const capnp::byte> bytes_;
};

// The fields that the members of its unions leave to a struct.
struct Known {
  std::array<std::uint64_t, kDataWordsMax> data{};
  std::uint64_t pointers = 0;  // a bit for each index
};

class Walk {
 public:
  std::optional<Error> find_in(capnp::AnyStruct::Reader request) {
    if (check(request, shapes().root())) return std::nullopt;
    return Error{code_, fmt::format("request{} {}", place_, fault_)};
  }

 private:
  // Each function below returns false if it has found a fault. The callers then add to the place of the
  // fault, from the inside to the outside.

  bool check(capnp::AnyStruct::Reader in, const Shape& shape) {
    Known known;
    const DataWords data(in.getDataSection());
    const auto pointers = in.getPointerSection();
    if (!check_fields(data, pointers, shape, known)) return false;
    for (std::size_t i = 0; i < data.size(); ++i) {
      const std::uint64_t mask = i < kDataWordsMax ? known.data[i] : 0;
      if ((data.word(i) & ~mask) != 0) return find(ErrorCode::kNotSupported, kUnknownContent);
    }
    for (unsigned i = 0; i < pointers.size(); ++i) {
      const bool is_known = i < kPointersMax && (known.pointers >> i & 1) != 0;
      if (!is_known && !pointers[i].isNull()) return find(ErrorCode::kNotSupported, kUnknownContent);
    }
    return true;
  }

  bool check_fields(const DataWords& data, capnp::List<capnp::AnyPointer>::Reader pointers,
                    const Shape& shape, Known& known) {
    for (std::size_t i = 0; i < kDataWordsMax; ++i) known.data[i] |= shape.known[i];
    for (const EnumField& field : shape.enums) {
      const auto value = static_cast<std::uint16_t>(data.sixteen_bits(field.offset) ^ field.normal);
      if (value < field.values) continue;
      find(ErrorCode::kNotSupported, fmt::format("has the unknown value {}", value));
      return is_inside(field.name);
    }
    for (const Condition& condition : shape.conditions) {
      if (data.number(condition.flag_bit, 1) != 0 || is_empty(data, pointers, condition)) continue;
      find(ErrorCode::kInputInvalid, fmt::format("is given, but {} is not set", condition.flag_name));
      return is_inside(condition.name);
    }
    for (const PointerField& field : shape.pointers) {
      known.pointers |= std::uint64_t{1} << field.index;
      if (field.index >= pointers.size()) continue;
      if (!check(pointers[field.index], field)) return is_inside(field.name);
    }
    for (const Shape& group : shape.groups) {
      if (!check_fields(data, pointers, group, known)) return false;
    }
    if (!shape.discriminant) return true;
    const std::uint16_t member = data.sixteen_bits(*shape.discriminant);
    if (member >= shape.members.size()) {
      return find(ErrorCode::kNotSupported, fmt::format("has the unknown member {} of a union", member));
    }
    return check_fields(data, pointers, shape.members[member], known);
  }

  // A text without bytes has a pointer, too, and so has a list without items.
  static bool is_empty(const DataWords& data, capnp::List<capnp::AnyPointer>::Reader pointers,
                       const Condition& condition) {
    if (condition.bits > 0) return data.number(condition.first_bit, condition.bits) == 0;
    if (condition.pointer >= pointers.size()) return true;
    const auto pointer = pointers[condition.pointer];
    if (pointer.isNull()) return true;
    if (pointer.isStruct()) return is_zero(pointer.getAs<capnp::AnyStruct>());
    const auto list = pointer.getAs<capnp::AnyList>();
    return list.size() == 0 || (list.getElementSize() == capnp::ElementSize::BYTE && list.size() == 1);
  }

  static bool is_zero(capnp::AnyStruct::Reader in) {
    return std::ranges::all_of(in.getDataSection(), [](capnp::byte each) { return each == 0; });
  }

  bool check(capnp::AnyPointer::Reader in, const PointerField& field) {
    if (in.isNull()) return true;
    if (field.is_list) return check_list(in.getAs<capnp::AnyList>(), field);
    if (field.shape != nullptr) return check(in.getAs<capnp::AnyStruct>(), *field.shape);
    if (field.bytes_max == kNoBound) return true;
    // A text has a zero byte at its end, which does not count.
    const std::size_t bytes = in.getAs<capnp::AnyList>().size();
    if (bytes <= std::size_t{field.bytes_max} + 1) return true;
    return find(ErrorCode::kTooLarge, fmt::format("has more than {} bytes", field.bytes_max));
  }

  bool check_list(capnp::AnyList::Reader list, const PointerField& field) {
    if (list.size() > field.items_max) {
      return find(ErrorCode::kTooLarge, fmt::format("has more than {} items", field.items_max));
    }
    if (list.getElementSize() == capnp::ElementSize::BIT) {
      return find(ErrorCode::kProtocol, "is a list of bits");
    }
    const auto items = list.as<capnp::List<capnp::AnyStruct>>();
    for (unsigned i = 0; i < items.size(); ++i) {
      if (check(items[i], *field.shape)) continue;
      place_.insert(0, fmt::format("[{}]", i));
      return false;
    }
    return true;
  }

  bool find(ErrorCode code, std::string fault) {
    code_ = code;
    fault_ = std::move(fault);
    return false;
  }

  bool is_inside(std::string_view field) {
    place_.insert(0, fmt::format(".{}", field));
    return false;
  }

  static constexpr const char* kUnknownContent = "has content beyond the fields that are known";

  ErrorCode code_{};
  std::string place_;
  std::string fault_;
};

}  // namespace

std::optional<Error> find_fault(capnp::MessageReader& request) {
  return Walk().find_in(request.getRoot<capnp::AnyStruct>());
}

std::vector<std::string> fields_without_bound() { return shapes().without_bound(); }

}  // namespace keyledger::net
