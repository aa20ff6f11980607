#include "store/format/hosts.h"

#include <algorithm>

namespace spider::store::format {
namespace {

// A teller is one of the name before it; of a name that one source told there is none.
enum HostTag : std::uint32_t { kName = 1, kTeller = 2 };

[[nodiscard]] HostTeller only_teller(const HostName& n) {
  return {n.whisperer, n.first, n.last, n.told_by};
}

void take_teller(base::ByteReader& f, std::vector<HostName>& names) {
  HostTeller t;
  const std::uint64_t source = f.varint();
  t.first.ns = f.svarint();
  t.last.ns = f.svarint();
  t.told_by = model::IpAddress::kept(f.bytes(16));
  if (f.failed() || source > 0xFFFF'FFFF || t.last < t.first || names.empty()) return f.fail();
  t.source = static_cast<model::SourceId>(source);
  std::vector<HostTeller>& all = names.back().tellers;
  const bool twice =
      std::any_of(all.begin(), all.end(), [&](const auto& x) { return x.source == t.source; });
  if (twice || all.size() == HostBook::kTellersMax) return f.fail();
  all.push_back(t);
}

}  // namespace

std::string host_key(const model::IpAddress& address) {
  std::string out(kHostPrefix);
  out.append(base::as_text(address.bytes));
  return out;
}

std::optional<model::IpAddress> parse_host_key(std::string_view key) {
  if (!key.starts_with(kHostPrefix) || key.size() != kHostPrefix.size() + 16) return std::nullopt;
  return model::IpAddress::kept(base::as_bytes(key.substr(kHostPrefix.size())));
}

std::string encode_host(const std::vector<HostName>& names) {
  std::string out;
  FieldWriter w(out);
  std::string payload;
  for (const HostName& n : names) {
    payload.clear();
    ByteWriter p(payload);
    p.varint(static_cast<std::uint32_t>(n.whisperer));
    p.svarint(n.first.ns);
    p.svarint(n.last.ns);
    p.bytes(n.told_by.bytes);
    p.text(n.name);
    w.field(kName, payload);
    const bool one = n.tellers.size() == 1 && n.tellers.front() == only_teller(n);
    if (one) continue;
    for (const HostTeller& t : n.tellers) {
      payload.clear();
      ByteWriter q(payload);
      q.varint(static_cast<std::uint32_t>(t.source));
      q.svarint(t.first.ns);
      q.svarint(t.last.ns);
      q.bytes(t.told_by.bytes);
      w.field(kTeller, payload);
    }
  }
  return out;
}

ValueState decode_host(base::Bytes value, std::vector<HostName>& out) {
  out.clear();
  base::ByteReader in(value);
  const ValueState state = open_value(in);
  if (state != ValueState::ok) return state;
  const bool whole = for_each_field(in, [&](std::uint64_t tag, base::ByteReader& f) {
    if (tag == kTeller) return take_teller(f, out);
    if (tag != kName) return;
    HostName n;
    const std::uint64_t whisperer = f.varint();
    n.first.ns = f.svarint();
    n.last.ns = f.svarint();
    n.told_by = model::IpAddress::kept(f.bytes(16));
    const std::string_view name = base::as_text(f.rest());
    const bool twice = std::any_of(out.begin(), out.end(),
                                   [&](const HostName& known) { return known.name == name; });
    if (f.failed() || whisperer > 0xFFFF'FFFF || n.last < n.first || twice ||
        !may_be_host_name(name) || out.size() == HostBook::kNamesMax)
      return f.fail();
    n.whisperer = static_cast<model::SourceId>(whisperer);
    n.name = name;
    out.push_back(std::move(n));
  });
  for (HostName& n : out)
    if (n.tellers.empty()) n.tellers.push_back(only_teller(n));
  return whole && !out.empty() ? ValueState::ok : ValueState::corrupt;
}

}  // namespace spider::store::format
