#include "support/packet_builder.h"

#include <cstring>
#include <stdexcept>
#include <string>

#include <arpa/inet.h>

namespace spider::test {
namespace {

constexpr std::uint16_t kEtherIpv4 = 0x0800;
constexpr std::uint16_t kEtherIpv6 = 0x86DD;
constexpr std::uint16_t kEtherMpls = 0x8847;

void set_be16(Buffer& out, std::size_t at, std::uint16_t v) {
  out.at(at) = static_cast<std::uint8_t>(v >> 8U);
  out.at(at + 1) = static_cast<std::uint8_t>(v & 0xFFU);
}
void set_be32(Buffer& out, std::size_t at, std::uint32_t v) {
  set_be16(out, at, static_cast<std::uint16_t>(v >> 16U));
  set_be16(out, at + 2, static_cast<std::uint16_t>(v & 0xFFFFU));
}
std::uint16_t get_be16(const Buffer& in, std::size_t at) {
  return static_cast<std::uint16_t>(in.at(at) << 8U | in.at(at + 1));
}
std::uint32_t get_be32(const Buffer& in, std::size_t at) {
  return static_cast<std::uint32_t>(get_be16(in, at)) << 16U | get_be16(in, at + 2);
}
void pad(Buffer& out, std::size_t multiple) {
  while (out.size() % multiple != 0) out.push_back(0);
}

std::uint32_t sum16(base::Bytes bytes, std::uint32_t sum) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    sum += i % 2 == 0 ? static_cast<std::uint32_t>(bytes[i]) << 8U : bytes[i];
  return sum;
}
std::uint16_t fold(std::uint32_t sum) {
  while (sum > 0xFFFFU) sum = (sum & 0xFFFFU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum & 0xFFFFU);
}

}  // namespace

void put_be16(Buffer& out, std::uint16_t v) {
  out.push_back(static_cast<std::uint8_t>(v >> 8U));
  out.push_back(static_cast<std::uint8_t>(v & 0xFFU));
}
void put_be32(Buffer& out, std::uint32_t v) {
  put_be16(out, static_cast<std::uint16_t>(v >> 16U));
  put_be16(out, static_cast<std::uint16_t>(v & 0xFFFFU));
}
void put(Buffer& out, base::Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }
void put(Buffer& out, std::string_view text) { put(out, base::as_bytes(text)); }

PacketBuilder& PacketBuilder::add(Kind kind, Buffer header) {
  layers_.push_back({kind, std::move(header), std::nullopt, std::nullopt, 0});
  return *this;
}
PacketBuilder::Layer& PacketBuilder::latest() {
  if (layers_.empty()) throw std::logic_error("PacketBuilder: no layer yet");
  return layers_.back();
}
PacketBuilder::Layer& PacketBuilder::latest(Kind kind) {
  for (std::size_t i = layers_.size(); i-- > 0;)
    if (layers_[i].kind == kind) return layers_[i];
  throw std::logic_error("PacketBuilder: no layer of that kind yet");
}

PacketBuilder& PacketBuilder::ethernet() {
  return add(Kind::ethernet, {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0, 0});
}

PacketBuilder& PacketBuilder::vlan(std::uint16_t id, std::uint16_t tpid) {
  latest().next = tpid;
  Buffer header;
  put_be16(header, id);
  put_be16(header, 0);
  return add(Kind::vlan, std::move(header));
}

PacketBuilder& PacketBuilder::mpls(std::uint32_t label, bool last) {
  Buffer header;
  put_be32(header, label << 12U | (last ? 0x100U : 0U) | 64U);
  return add(Kind::mpls, std::move(header));
}

PacketBuilder& PacketBuilder::ipv4(std::string_view from, std::string_view to) {
  return ip(*model::parse_ip(from), *model::parse_ip(to));
}

PacketBuilder& PacketBuilder::ipv6(std::string_view from, std::string_view to) {
  return ip(*model::parse_ip(from), *model::parse_ip(to));
}

PacketBuilder& PacketBuilder::ip(const model::IpAddress& from, const model::IpAddress& to) {
  if (from.is_v4()) {
    Buffer header = {0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, 0, 0, 0};
    put(header, base::Bytes(from.bytes).subspan(12));
    put(header, base::Bytes(to.bytes).subspan(12));
    return add(Kind::ipv4, std::move(header));
  }
  Buffer header = {0x60, 0, 0, 0, 0, 0, 59, 64};
  put(header, base::Bytes(from.bytes));
  put(header, base::Bytes(to.bytes));
  return add(Kind::ipv6, std::move(header));
}

PacketBuilder& PacketBuilder::ip_id(std::uint16_t v) {
  Buffer& header = latest(Kind::ipv4).header;
  header[4] = static_cast<std::uint8_t>(v >> 8U);
  header[5] = static_cast<std::uint8_t>(v);
  return *this;
}

PacketBuilder& PacketBuilder::ttl(std::uint8_t v) {
  latest(Kind::ipv4).header[8] = v;
  return *this;
}

PacketBuilder& PacketBuilder::udp(std::uint16_t from, std::uint16_t to) {
  Buffer header;
  put_be16(header, from);
  put_be16(header, to);
  put_be32(header, 0);
  return add(Kind::udp, std::move(header));
}

PacketBuilder& PacketBuilder::tcp(std::uint16_t from, std::uint16_t to) {
  Buffer header;
  put_be16(header, from);
  put_be16(header, to);
  put_be32(header, 0);
  put_be32(header, 0);
  put_be16(header, 0x5010);  // five words, ACK
  put_be16(header, 65'535);
  put_be32(header, 0);
  return add(Kind::tcp, std::move(header));
}

PacketBuilder& PacketBuilder::raw(base::Bytes bytes) {
  return add(Kind::raw, Buffer(bytes.begin(), bytes.end()));
}
PacketBuilder& PacketBuilder::raw(std::initializer_list<std::uint8_t> bytes) {
  return add(Kind::raw, Buffer(bytes));
}
PacketBuilder& PacketBuilder::payload(std::string_view text) { return raw(base::as_bytes(text)); }
PacketBuilder& PacketBuilder::payload(base::Bytes bytes) { return raw(bytes); }

PacketBuilder& PacketBuilder::next(std::uint16_t type) {
  latest().next = type;
  return *this;
}
PacketBuilder& PacketBuilder::seq(std::uint32_t v) {
  set_be32(latest(Kind::tcp).header, 4, v);
  return *this;
}
PacketBuilder& PacketBuilder::ack(std::uint32_t v) {
  Layer& tcp = latest(Kind::tcp);
  set_be32(tcp.header, 8, v);
  tcp.header.at(13) = static_cast<std::uint8_t>(tcp.header.at(13) | model::kAck);
  return *this;
}
PacketBuilder& PacketBuilder::flags(unsigned v) {
  latest(Kind::tcp).header.at(13) = static_cast<std::uint8_t>(v);
  return *this;
}
PacketBuilder& PacketBuilder::window(std::uint16_t v) {
  set_be16(latest(Kind::tcp).header, 14, v);
  return *this;
}
PacketBuilder& PacketBuilder::tcp_options(base::Bytes bytes) {
  Buffer& header = latest(Kind::tcp).header;
  put(header, bytes);
  pad(header, 4);
  header.at(12) = static_cast<std::uint8_t>(header.size() / 4 << 4U);
  return *this;
}
PacketBuilder& PacketBuilder::ipv4_options(base::Bytes bytes) {
  Buffer& header = latest(Kind::ipv4).header;
  put(header, bytes);
  pad(header, 4);
  header.at(0) = static_cast<std::uint8_t>(0x40U | header.size() / 4);
  return *this;
}

PacketBuilder& PacketBuilder::fragment(std::uint32_t id, std::uint32_t offset_bytes, bool more) {
  const auto units = static_cast<std::uint16_t>(offset_bytes / 8);
  if (latest().kind == Kind::ipv4) {
    set_be16(latest().header, 4, static_cast<std::uint16_t>(id));
    set_be16(latest().header, 6, static_cast<std::uint16_t>((more ? 0x2000U : 0U) | units));
    return *this;
  }
  Buffer header = {0, 0};
  put_be16(header, static_cast<std::uint16_t>(unsigned{units} << 3U | (more ? 1U : 0U)));
  put_be32(header, id);
  add(Kind::extension, std::move(header));
  latest().own_protocol = 44;
  return *this;
}

PacketBuilder& PacketBuilder::extension(std::uint8_t protocol, base::Bytes body) {
  Buffer header = {0, 0};
  put(header, body);
  pad(header, 8);
  header.at(1) = static_cast<std::uint8_t>(header.size() / 8 - 1);
  add(Kind::extension, std::move(header));
  latest().own_protocol = protocol;
  return *this;
}

PacketBuilder& PacketBuilder::length(std::uint16_t v) {
  latest().length = v;
  return *this;
}
PacketBuilder& PacketBuilder::trailer(std::size_t bytes) {
  trailer_ = bytes;
  return *this;
}

// Fills what depends on the layers inside: type, length and checksum.
void PacketBuilder::finish(Layer& layer, const Layer* inner, const Buffer& body) {
  Buffer& h = layer.header;
  const auto ether_type = [&]() -> std::uint16_t {
    if (layer.next) return *layer.next;
    if (inner == nullptr) return 0xFFFF;
    if (inner->kind == Kind::ipv4) return kEtherIpv4;
    if (inner->kind == Kind::ipv6) return kEtherIpv6;
    return inner->kind == Kind::mpls ? kEtherMpls : std::uint16_t{0xFFFF};
  };
  const auto protocol = [&]() -> std::uint8_t {
    if (layer.next) return static_cast<std::uint8_t>(*layer.next);
    if (inner == nullptr) return 59;
    switch (inner->kind) {
      case Kind::ipv4:
        return 4;
      case Kind::ipv6:
        return 41;
      case Kind::udp:
        return 17;
      case Kind::tcp:
        return 6;
      case Kind::extension:
        return inner->own_protocol;
      default:
        return 59;
    }
  };
  const auto length_or = [&](std::size_t truth) {
    return layer.length.value_or(static_cast<std::uint16_t>(truth));
  };
  switch (layer.kind) {
    case Kind::ethernet:
      set_be16(h, 12, ether_type());
      return;
    case Kind::vlan:
      set_be16(h, 2, ether_type());
      return;
    case Kind::ipv4:
      set_be16(h, 2, length_or(h.size() + body.size()));
      h.at(9) = protocol();
      set_be16(h, 10, 0);
      set_be16(h, 10, fold(sum16(h, 0)));
      return;
    case Kind::ipv6:
      set_be16(h, 4, length_or(body.size()));
      h.at(6) = protocol();
      return;
    case Kind::extension:
      h.at(0) = protocol();
      return;
    case Kind::udp:
      set_be16(h, 4, length_or(h.size() + body.size()));
      return;
    case Kind::mpls:
    case Kind::tcp:
    case Kind::raw:
      return;
  }
}

Buffer PacketBuilder::build() const {
  Buffer body;
  for (std::size_t i = layers_.size(); i-- > 0;) {
    Layer layer = layers_[i];
    finish(layer, i + 1 < layers_.size() ? &layers_[i + 1] : nullptr, body);
    const bool inner_tcp = i + 1 < layers_.size() && layers_[i + 1].kind == Kind::tcp;
    if (inner_tcp && (layer.kind == Kind::ipv4 || layer.kind == Kind::ipv6)) {
      // The pseudo-header (RFC 9293 section 3.1): addresses, protocol, length.
      const base::Bytes header(layer.header);
      const base::Bytes addresses =
          layer.kind == Kind::ipv4 ? header.subspan(12, 8) : header.subspan(8, 32);
      const auto seed = static_cast<std::uint32_t>(6 + body.size() % 65'536);
      set_be16(body, 16, fold(sum16(body, sum16(addresses, seed))));
    }
    layer.header.insert(layer.header.end(), body.begin(), body.end());
    body = std::move(layer.header);
  }
  body.resize(body.size() + trailer_);
  return body;
}

model::Packet PacketBuilder::packet(base::Time time, std::uint64_t number) const {
  std::size_t tcp = layers_.size();
  while (tcp > 0 && layers_[tcp - 1].kind != Kind::tcp) --tcp;
  std::size_t ip = tcp;
  while (ip > 0 && layers_[ip - 1].kind != Kind::ipv4 && layers_[ip - 1].kind != Kind::ipv6) --ip;
  if (ip == 0) throw std::logic_error("PacketBuilder: packet() needs IP and TCP");
  const Buffer& segment = layers_[tcp - 1].header;
  const base::Bytes header(layers_[ip - 1].header);

  model::Endpoint from;
  model::Endpoint to;
  if (layers_[ip - 1].kind == Kind::ipv4) {
    from.ip = model::IpAddress::v4(get_be32(layers_[ip - 1].header, 12));
    to.ip = model::IpAddress::v4(get_be32(layers_[ip - 1].header, 16));
  } else {
    from.ip = model::IpAddress::v6(header.subspan(8, 16));
    to.ip = model::IpAddress::v6(header.subspan(24, 16));
  }
  from.port = get_be16(segment, 0);
  to.port = get_be16(segment, 2);

  model::Packet p;
  p.time = time;
  p.number = number;
  p.kind = model::PacketKind::tcp;
  p.link_type = 1;
  p.direction = from <= to ? model::Direction::low_to_high : model::Direction::high_to_low;
  p.key = {from <= to ? from : to, from <= to ? to : from, 6};
  p.flow_hash = model::hash(p.key, 0);
  p.lane = static_cast<std::uint8_t>(p.flow_hash % model::kLanes);
  p.seq = get_be32(segment, 4);
  p.ack = get_be32(segment, 8);
  p.tcp_flags = segment.at(13);
  p.window = get_be16(segment, 14);
  std::size_t before = 0;
  std::size_t payload = 0;
  for (std::size_t i = 0; i < layers_.size(); ++i)
    (i < tcp ? before : payload) += layers_[i].header.size();
  p.payload_offset = static_cast<std::uint32_t>(before);
  p.payload_bytes = static_cast<std::uint32_t>(payload);
  p.payload_wire_bytes = p.payload_bytes;
  p.captured_bytes = static_cast<std::uint32_t>(before + payload + trailer_);
  p.wire_bytes = p.captured_bytes;
  for (const Layer& layer : layers_) {
    if (layer.kind != Kind::vlan) continue;
    p.vlan = static_cast<std::uint16_t>(get_be16(layer.header, 0) & 0x0FFFU);
    break;
  }
  return p;
}

model::Packet& PacketBuilder::append_to(model::PacketBatch& batch, base::Time time,
                                        std::uint64_t number) const {
  const Buffer frame = build();
  return batch.append(packet(time, number), frame);
}

}  // namespace spider::test
