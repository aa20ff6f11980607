#include "store/format/hosts.h"

#include <algorithm>

namespace spider::store::format {
namespace {

enum HostTag : std::uint32_t { kName = 1 };

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
  }
  return out;
}

ValueState decode_host(base::Bytes value, std::vector<HostName>& out) {
  out.clear();
  base::ByteReader in(value);
  const ValueState state = open_value(in);
  if (state != ValueState::ok) return state;
  const bool whole = for_each_field(in, [&](std::uint64_t tag, base::ByteReader& f) {
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
  return whole && !out.empty() ? ValueState::ok : ValueState::corrupt;
}

}  // namespace spider::store::format
