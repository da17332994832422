// Pins net/wire/layout.h to the schema. A change of the schema that moves a hand-read struct fails to compile
// here; tests/net/wire/layout_test.cpp compares the places of the fields.
#include "net/wire/layout.h"

#include "net/wire/wire.capnp.h"

namespace keyledger::net::layout {
namespace {

template <typename Schema>
constexpr StructSize size_in_schema() {
  return {.data_words = Schema::_capnpPrivate::dataWordSize, .pointers = Schema::_capnpPrivate::pointerCount};
}

static_assert(Request::kSize == size_in_schema<wire::Request>());
static_assert(Question::kSize == size_in_schema<wire::Question>());
static_assert(Response::kSize == size_in_schema<wire::Response>());
static_assert(Verdict::kSize == size_in_schema<wire::Verdict>());

static_assert(Request::kAuthenticate == wire::Request::AUTHENTICATE);
static_assert(Request::kAuthenticateMany == wire::Request::AUTHENTICATE_MANY);
static_assert(Response::kVerdict == wire::Response::VERDICT);
static_assert(Response::kVerdicts == wire::Response::VERDICTS);

static_assert(kWord == sizeof(capnp::word));

}  // namespace
}  // namespace keyledger::net::layout
