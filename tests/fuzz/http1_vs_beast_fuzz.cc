// Boost.Beast's parser as second opinion: a message that it accepts must be read by us with the
// same start line, headers, body and end. First byte of the input: odd for a response.

#include <cstdio>
#include <cstdlib>
#include <string>

#include "support/http1_oracle.h"
#include "support/http1_replay.h"

namespace {
using spider::test::Reading;
using spider::test::ReadingSink;

// Whether the two can be asked the same question about what Beast accepted.
bool comparable(bool response, std::string_view input, const Reading& theirs) {
  std::size_t codings = 0;
  for (const auto& field : theirs.fields) {
    if (spider::model::same_header_name(field.name, "Transfer-Encoding")) {
      // Codings other than chunked alone are ours to judge (RFC 9112 6.3), not Beast's.
      if (++codings > 1 || !spider::model::same_header_name(field.value, "chunked")) return false;
    }
  }
  if (theirs.odd_extension || theirs.body.size() > input.size()) return false;
  if (!response) return theirs.method.size() <= 1'024;  // our bound
  // Interim responses are not told as communications, tunnels have no body.
  return theirs.status >= 200;
}

void compare(bool response, const Reading& theirs, const ReadingSink& ours) {
  std::string what = "not seen";
  if (!ours.exchanges.empty()) {
    const ReadingSink::Exchange& first = ours.exchanges.front();
    if (response ? first.has_response : first.has_request)
      what = difference(response ? first.response : first.request, theirs);
  }
  if (what.empty()) return;
  std::fprintf(stderr, "differs: %s\n", what.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  if (bytes < 2 || bytes > 50'000) return 0;
  const bool response = (data[0] & 1U) != 0;
  const std::string_view text{reinterpret_cast<const char*>(data + 1), bytes - 1};
  Reading theirs;
  if (!(response ? spider::test::beast_reads<false>(text, theirs)
                 : spider::test::beast_reads<true>(text, theirs)))
    return 0;
  if (!comparable(response, text, theirs)) return 0;
  static spider::test::GuardedBytes guarded(65'536);
  ReadingSink ours;
  spider::model::QualityLog quality;
  spider::parse::Parser parser({}, {}, ours, quality);
  spider::model::TcpSession session = spider::test::scripted_session({});
  spider::model::FlowObserver* flow = parser.open(session);
  const auto direction =
      response ? spider::model::Direction::high_to_low : spider::model::Direction::low_to_high;
  flow->on_chunk(direction, {0, guarded.place(spider::base::as_bytes(text)), session.start, 1});
  flow->on_end(direction, session.start, spider::model::StreamEnd::fin);
  parser.close(flow, session);
  compare(response, theirs, ours);
  return 0;
}
