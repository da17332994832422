// Requests of a client newer than this program: the structs are larger, and may use new fields.
#include <capnp/any.h>
#include <capnp/message.h>

#include <catch2/catch.hpp>
#include <functional>
#include <limits>
#include <set>

#include "net/wire/codec.h"
#include "net/wire/layout.h"
#include "net/wire/request_check.h"
#include "net/wire/support.h"
#include "net/wire/wire.capnp.h"
#include "tests/net/wire/examples.h"
#include "tests/net/wire/requests_by_hand.h"

namespace keyledger::net {
namespace {

using layout::Pointer;
using layout::StructSize;

enum class Extra : std::uint8_t { kZero, kData, kPointer };

// Writes a message again, as a later schema would: every struct has one more word of data and one more
// pointer. The struct of the chosen number has content in these.
class Enlarged {
 public:
  static constexpr std::size_t kNobody = std::numeric_limits<std::size_t>::max();

  Enlarged(Frame frame, Extra extra, std::size_t chosen) : extra_(extra), chosen_(chosen) {
    FrameReader reader(frame);
    words_.push_back(0);
    put_struct(0, reader.getRoot<capnp::AnyStruct>());
  }

  std::size_t structs() const { return structs_; }

  Words frame() const {
    Words frame{layout::header_of_frame(words_.size())};
    frame.insert(frame.end(), words_.begin(), words_.end());
    return frame;
  }

 private:
  static StructSize size_of(capnp::AnyStruct::Reader in) {
    return {.data_words = layout::words_of(in.getDataSection().size()) + 1,
            .pointers = in.getPointerSection().size() + 1};
  }

  std::size_t allocate(std::size_t words) {
    words_.resize(words_.size() + words);
    return words_.size() - words;
  }

  void put_struct(std::size_t pointer, capnp::AnyStruct::Reader in) {
    const std::size_t at = allocate(size_of(in).words());
    words_[pointer] = Pointer::to_struct(at - pointer - 1, size_of(in)).word();
    fill(at, in, size_of(in));
  }

  void fill(std::size_t at, capnp::AnyStruct::Reader in, const StructSize& size) {
    const bool is_chosen = structs_++ == chosen_;
    const auto data = in.getDataSection();
    std::memcpy(words_.data() + at, data.begin(), data.size());
    const std::size_t pointers = at + size.data_words;
    for (unsigned i = 0; i < in.getPointerSection().size(); ++i) {
      put_pointer(pointers + i, in.getPointerSection()[i]);
    }
    if (is_chosen && extra_ == Extra::kData) words_[pointers - 1] = std::uint64_t{1} << 63;
    if (is_chosen && extra_ == Extra::kPointer) {
      const std::size_t last = pointers + size.pointers - 1;
      const std::size_t text = allocate(1);
      words_[last] = Pointer::to_bytes(text - last - 1, 1).word();
    }
  }

  void put_pointer(std::size_t pointer, capnp::AnyPointer::Reader in) {
    if (in.isNull()) return;
    if (in.isStruct()) return put_struct(pointer, in.getAs<capnp::AnyStruct>());
    const auto list = in.getAs<capnp::AnyList>();
    if (list.getElementSize() == capnp::ElementSize::BYTE) return put_bytes(pointer, list);
    const auto items = list.as<capnp::List<capnp::AnyStruct>>();
    const StructSize each = items.size() == 0 ? StructSize{1, 1} : size_of(items[0]);
    const std::size_t tag = allocate(1 + items.size() * each.words());
    words_[pointer] = Pointer::to_structs(tag - pointer - 1, items.size() * each.words()).word();
    words_[tag] = Pointer::tag(items.size(), each).word();
    for (unsigned i = 0; i < items.size(); ++i) fill(tag + 1 + i * each.words(), items[i], each);
  }

  void put_bytes(std::size_t pointer, capnp::AnyList::Reader list) {
    const auto bytes = list.getRawBytes();
    const std::size_t at = allocate(layout::words_of(bytes.size()));
    words_[pointer] = Pointer::to_bytes(at - pointer - 1, bytes.size()).word();
    std::memcpy(words_.data() + at, bytes.begin(), bytes.size());
  }

  Extra extra_;
  std::size_t chosen_;
  std::size_t structs_ = 0;
  Words words_;
};

template <typename Builder>
capnp::AnyStruct::Builder any(Builder builder) {
  return capnp::AnyStruct::Builder(std::move(builder));
}

Failure failure_of_decoding(const Words& frame) {
  std::vector<projections::Question> questions;
  CHECK(!decode_questions(frame, questions));
  RequestDecoder decoder;
  const auto decoded = decoder.decode(frame);
  return decoded ? Failure{} : decoded.error();
}

void check_not_supported(const Words& frame, const std::string& place) {
  const Failure failure = failure_of_decoding(frame);
  CHECK(failure.name == "not_supported");
  CHECK_THAT(failure.message, Catch::Contains(place));
  CHECK(request_id_of(frame) == 77);
}

}  // namespace

TEST_CASE("C2: a request of a newer client that uses nothing new is understood") {
  const auto questions_asked = examples::questions();
  for (const auto& [name, request] : examples::requests(questions_asked)) {
    CAPTURE(name);
    const Words frame = Enlarged(examples::frame_of(request), Extra::kZero, Enlarged::kNobody).frame();
    std::vector<projections::Question> questions;
    CHECK(!decode_questions(frame, questions));  // left to the slow decoder
    RequestDecoder decoder;
    const auto decoded = decoder.decode(frame);
    if (!decoded) FAIL(decoded.error().message);
    CHECK(*decoded == request);
  }
}

TEST_CASE("C2: content that is unknown is refused in every struct of every request") {
  const auto questions = examples::questions();
  for (const auto& [name, request] : examples::requests(questions)) {
    const Words plain = examples::frame_of(request);
    const std::size_t structs = Enlarged(plain, Extra::kZero, Enlarged::kNobody).structs();
    for (std::size_t chosen = 0; chosen < structs; ++chosen) {
      for (const Extra extra : {Extra::kData, Extra::kPointer}) {
        CAPTURE(name, chosen, static_cast<int>(extra));
        const Failure failure = failure_of_decoding(Enlarged(plain, extra, chosen).frame());
        CHECK(failure.name == "not_supported");
        CHECK_THAT(failure.message, Catch::EndsWith("has content beyond the fields that are known"));
      }
    }
  }
}

TEST_CASE("C2: the refusal names the place of the unknown content") {
  const auto flag_after = [](auto in, std::size_t byte, std::uint8_t bit) {
    any(in).getDataSection()[byte] |= static_cast<std::uint8_t>(1U << bit);
  };
  // Bits beside the known ones of a word.
  check_not_supported(request_with([&](auto request) {
                        auto question = request.initAuthenticate();
                        question.setHasToken(true);
                        question.setToken("t");
                        flag_after(question, 0, 1);
                      }),
                      "request.authenticate has");
  check_not_supported(request_with([&](auto request) {
                        auto many = request.initAuthenticateMany(3);
                        flag_after(many[1], 7, 7);
                      }),
                      "request.authenticateMany[1] has");
  check_not_supported(request_with([&](auto request) {
                        auto key = request.initCommand().initImportKeys().initKeys(2)[1];
                        flag_after(key.initRotations(1)[0], 1, 6);
                      }),
                      "request.command.importKeys.keys[1].rotations[0] has");
  check_not_supported(request_with([&](auto request) {
                        flag_after(request.initCommand().initCreateKey().initLimit(), 4, 0);
                      }),
                      "request.command.createKey.limit has");
  // After the number of the union's member.
  check_not_supported(request_with([&](auto request) {
                        request.initAuthenticate();
                        flag_after(request, 18, 0);
                      }),
                      "request has");
}

TEST_CASE("C2: content of a member that the union does not have is unknown") {
  check_not_supported(request_with([](auto request) {
                        request.setActiveKey("bot");
                        any(request).getDataSection()[16] = 7;  // stats, without content
                      }),
                      "request has");
}

TEST_CASE("C2: a list of texts whose items have more than a text is refused") {
  // Cap'n Proto takes a list of structs for a list of texts, and reads the first pointer of each struct.
  for (const std::uint64_t second : {std::uint64_t{0}, Pointer::to_bytes(0, 1).word()}) {
    const Words frame = request_with([&](auto request) {
      auto create = request.initCommand().initCreateKey();
      auto items = any(create).getPointerSection()[4].initAsListOfAnyStruct(0, 2, 1);
      items[0].getPointerSection()[0].template setAs<capnp::Text>("prod");
      if (second != 0) items[0].getPointerSection()[1].template setAs<capnp::Text>("except on Sundays");
    });
    if (second != 0) {
      check_not_supported(frame, "request.command.createKey.tags[0] has");
      continue;
    }
    RequestDecoder decoder;
    const auto decoded = decoder.decode(frame);
    REQUIRE(decoded.ok());
    const auto& run = std::get<RunCommand>(decoded->body);
    CHECK(std::get<commands::CreateKey>(run.command).tags == std::vector<std::string>{"prod"});
  }
}

TEST_CASE("C1: every unknown value of an enum is refused") {
  for (const std::uint16_t value : {std::uint16_t{3}, std::uint16_t{4}, std::uint16_t{0xfffd}}) {
    const auto change = static_cast<wire::Change>(value);
    CAPTURE(value);
    const std::pair<Words, std::string> cases[] = {
        {request_with([&](auto out) { out.initCommand().initChangePolicy().setEnforceLifetime(change); }),
         "request.command.changePolicy.enforceLifetime"},
        {request_with([&](auto out) { out.initCommand().initSetUser().setStaff(change); }),
         "request.command.setUser.staff"},
        {request_with([&](auto out) { out.initCommand().initSetUser().setActive(change); }),
         "request.command.setUser.active"},
        {request_with([&](auto out) { out.initCommand().initEditKey().setActive(change); }),
         "request.command.editKey.active"},
        {request_with(
             [&](auto out) { out.initSelect().setPermission(static_cast<wire::Permission>(value)); }),
         "request.select.permission"},
        {request_with([&](auto out) { out.initSelect().setOrder(static_cast<wire::RowOrder>(value)); }),
         "request.select.order"},
        {request_with([&](auto out) { out.initList().setKind(static_cast<wire::RowKind>(value + 2)); }),
         "request.list.kind"},
        {request_with([&](auto out) {
           out.initHistory().setEntityKind(static_cast<wire::History::EntityKind>(value + 2));
         }),
         "request.history.entityKind"}};
    for (const auto& [frame, place] : cases) check_not_supported(frame, place);
  }
}

TEST_CASE("C1: every unknown member of a union is refused") {
  check_not_supported(request_with([](auto request) { any(request).getDataSection()[16] = 12; }),
                      "request has the unknown member 12");
  check_not_supported(request_with([](auto request) {
                        auto command = request.initCommand();
                        any(command).getDataSection()[0] = 99;
                      }),
                      "request.command has the unknown member 99");
}

TEST_CASE("C2: a value without the flag that belongs to the value is refused, because it would be ignored") {
  const auto check_refused = [](const Words& frame, const std::string& fault) {
    const Failure failure = failure_of_decoding(frame);
    CHECK(failure.name == "input_invalid");
    CHECK_THAT(failure.message, Catch::EndsWith(fault));
  };
  check_refused(request_with([](auto out) { out.initCommand().initCreateKey().setExpiry(5); }),
                "request.command.createKey.expiry is given, but expires is not set");
  check_refused(request_with([](auto out) { out.initAuthenticate().setToken("t"); }),
                "request.authenticate.token is given, but hasToken is not set");
  check_refused(request_with([](auto out) { out.initCommand().setVersion(5); }),
                "request.command.version is given, but expectsVersion is not set");
  check_refused(request_with([](auto out) { out.initCommand().initEditKey().initAllow(1).set(0, "::/0"); }),
                "request.command.editKey.allow is given, but hasAllow is not set");
  check_refused(request_with([](auto out) { out.initCommand().initEditKey().initLimit().setRequests(1); }),
                "request.command.editKey.limit is given, but hasLimit is not set");
  check_refused(request_with([](auto out) { out.initState().setPosition(5); }),
                "request.state.position is given, but hasPosition is not set");
  // Empty values are as good as none.
  const auto empty = request_with([](auto out) {
    auto edit = out.initCommand().initEditKey();
    edit.setName("");
    edit.initTags(0);
    edit.initLimit();
  });
  RequestDecoder decoder;
  CHECK(decoder.decode(empty).ok());
}

TEST_CASE("F2: a text or a list beyond its bound is refused before it is copied") {
  const auto check_too_large = [](const Words& frame, const std::string& place) {
    const Failure failure = failure_of_decoding(frame);
    CHECK(failure.name == "too_large");
    CHECK_THAT(failure.message, Catch::Contains(place));
  };
  const std::string long_text(1 << 20, 'x');
  check_too_large(request_with([&](auto out) { out.initCommand().initCreateKey().setName(long_text); }),
                  "request.command.createKey.name has more than 1024 bytes");
  check_too_large(request_with([&](auto out) { out.initCommand().setReason(long_text); }),
                  "request.command.reason has");
  check_too_large(request_with([&](auto out) { out.initCommand().setDeleteKey(long_text); }),
                  "request.command.deleteKey has");
  check_too_large(request_with([&](auto out) { out.setActiveKey(long_text); }), "request.activeKey has");
  check_too_large(
      request_with([&](auto out) { out.initCommand().initCreateKey().initTags(2).set(1, long_text); }),
      "request.command.createKey.tags[1].text has");
  check_too_large(request_with([&](auto out) { out.initCommand().initCreateKey().initTags(2'000); }),
                  "request.command.createKey.tags has more than 1024 items");
  const auto longest = request_with(
      [&](auto out) { out.initCommand().initCreateKey().setName(long_text.substr(0, 1'024).c_str()); });
  RequestDecoder decoder;
  CHECK(decoder.decode(longest).ok());
}

TEST_CASE("F2: every text and list of a request has a bound, but the texts that are never copied") {
  const auto all = fields_without_bound();
  CHECK(std::set<std::string>(all.begin(), all.end()) ==
        std::set<std::string>{"Question.token", "Question.client", "Question.address"});
}

TEST_CASE("F8: an address range with text behind a zero byte is refused") {
  const std::string hidden("10.0.0.1\0evil", 13);
  const auto frame = request_with([&](auto out) {
    auto allow = out.initCommand().initCreateKey().initAllow(2);
    allow.set(0, "10.0.0.0/8");
    auto text = allow.init(1, static_cast<unsigned>(hidden.size()));
    std::copy(hidden.begin(), hidden.end(), text.begin());
  });
  const Failure failure = failure_of_decoding(frame);
  CHECK(failure.name == "address_range_invalid");
  CHECK_THAT(failure.message, Catch::Contains("item 2"));
}

}  // namespace keyledger::net
