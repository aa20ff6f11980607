// Any DNS message: the reader ends, reads nothing behind its input, keeps its bounds, says nothing
// but host names and addresses that stand in the message, and says the same again.

#include <algorithm>
#include <memory>
#include <string>

#include "spider/parse/dns.h"

#include "support/demand.h"
#include "support/guarded_bytes.h"

using namespace spider;
using test::demand;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes);

namespace {

bool stands_in(const model::IpAddress& ip, base::Bytes message) {
  const auto* const begin = ip.bytes.data() + (ip.is_v4() ? 12 : 0);
  model::IpAddress wire = ip;
  if (ip.is_mapped_v6()) wire.bytes[0] = 0;
  const auto* const from = ip.is_mapped_v6() ? wire.bytes.data() : begin;
  const std::size_t size = ip.is_v4() ? 4 : 16;
  return std::search(message.begin(), message.end(), from, from + size) != message.end();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  constexpr std::size_t kBytesMax = 65'536;
  if (bytes > kBytesMax) return 0;
  static test::GuardedBytes guarded(kBytesMax);
  static const auto answer = std::make_unique<parse::DnsAnswer>();
  const base::Bytes message = guarded.place({data, bytes});
  const parse::DnsOutcome outcome = parse::read_dns_answer(message, *answer);
  if (outcome == parse::DnsOutcome::named) {
    const std::string_view name = answer->name();
    demand(!name.empty() && name.size() <= parse::kDnsNameMax - 2, "a name out of bounds");
    demand(name.front() != '.' && name.back() != '.' && name.find("..") == name.npos,
           "a label without letters");
    demand(std::all_of(name.begin(), name.end(),
                       [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                                c == '_' || c == '.';
                       }),
           "no host is called so");
    demand(answer->count > 0 && answer->count <= parse::kDnsAddressesMax,
           "addresses out of bounds");
    for (std::size_t i = 0; i < answer->count; ++i)
      demand(stands_in(answer->addresses[i], message), "an address that nobody sent");
  }
  static const auto again = std::make_unique<parse::DnsAnswer>();
  demand(parse::read_dns_answer(message, *again) == outcome, "another outcome");
  if (outcome == parse::DnsOutcome::named)
    demand(again->name() == answer->name() && again->count == answer->count, "another answer");
  return 0;
}
