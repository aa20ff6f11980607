// Any two heads: what they mean is bounded, plain text, and the same whoever read what before.

#include <algorithm>
#include <string>

#include "spider/parse/meaning.h"

#include "support/demand.h"
#include "support/guarded_bytes.h"

using namespace spider;
using test::demand;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes);

namespace {

bool is_plain(std::string_view text, bool list) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) || (list && c == '\n');
  });
}

std::string all_of(const model::Meaning& m) {
  std::string out;
  for (const std::string_view text :
       {m.origin, m.via, m.identity, m.claims, m.correlation, m.location})
    out.append(text).append(1, '\0');
  out += static_cast<char>(m.identity_kind);
  out += static_cast<char>(m.origin_header);
  return out;
}

}  // namespace

// The request's head, a byte 0xFE, the response's.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  constexpr std::size_t kBytesMax = 65'536;
  if (bytes > kBytesMax) return 0;
  static test::GuardedBytes request_bytes(kBytesMax);
  static test::GuardedBytes response_bytes(kBytesMax);
  static parse::MeaningReader reused([] {
    parse::ParseConfig config;
    config.jwt_claims = {"sub", "roles"};
    return config;
  }());
  const std::uint8_t* const end = data + bytes;
  const std::uint8_t* const cut = std::find(data, end, std::uint8_t{0xFE});
  const base::Bytes request = request_bytes.place({data, cut});
  const base::Bytes response = response_bytes.place({cut == end ? end : cut + 1, end});

  const model::Meaning& m = reused.read(base::as_text(request), base::as_text(response));
  demand(m.origin.size() <= 128, "origin too long");
  demand(m.via.size() <= parse::kViaBytesMax, "via too long");
  demand(m.identity.size() <= parse::kIdentityBytesMax, "identity too long");
  demand(m.claims.size() <= parse::kMeaningListBytesMax, "claims too long");
  demand(m.correlation.size() <= parse::kMeaningListBytesMax, "correlation too long");
  demand(m.location.size() <= parse::kLocationBytesMax, "location too long");
  demand(m.origin.empty() == (m.origin_header == model::OriginHeader::none), "origin of nobody");
  demand(m.identity.empty() || m.identity_kind != model::IdentityKind::none, "nobody's identity");
  for (const std::string_view text : {m.origin, m.via, m.identity, m.location})
    demand(is_plain(text, false), "control characters");
  demand(is_plain(m.claims, true) && is_plain(m.correlation, true), "control characters in a list");

  const std::string once = all_of(m);
  static_cast<void>(reused.read({}, {}));
  demand(all_of(reused.read(base::as_text(request), base::as_text(response))) == once,
         "the same heads mean something else the second time");
  return 0;
}
