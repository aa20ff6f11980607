#include "store/row_buffer.h"

#include <algorithm>

namespace spider::store {
namespace {

std::string_view bytes_of(const model::IpAddress& a) {
  return {reinterpret_cast<const char*>(a.bytes.data()), a.bytes.size()};
}

std::int64_t between(base::Time from, base::Time to) { return (to - from).ns; }

// Of an enumeration whose 0 says that there is none.
template <class Word>
std::int64_t word_or_none(Word word) {
  const auto number = static_cast<std::int64_t>(word);
  return number == 0 ? kNone : number;
}

}  // namespace

void RowBuffer::put_codes(std::span<const std::uint16_t> codes) {
  std::array<char, 2 * model::kCodesMax> bytes{};
  std::size_t used = 0;
  for (std::size_t i = 0; i < codes.size() && codes[i] != 0; ++i) {
    bytes[used++] = static_cast<char>(codes[i] >> 8U);
    bytes[used++] = static_cast<char>(codes[i] & 0xFFU);
  }
  put_text(ColumnId::codes, {bytes.data(), used});
}

void RowBuffer::put_text(ColumnId id, std::string_view value) {
  Texts& t = texts_[static_cast<std::size_t>(id)];
  t.bytes += value;
  t.ends.push_back(static_cast<std::uint32_t>(t.bytes.size()));
  text_bytes_ += value.size();
}

void RowBuffer::put_sparse(ColumnId id, std::string_view value) {
  if (value.empty()) return;
  Texts& t = texts_[static_cast<std::size_t>(id)];
  t.ends.resize(rows() - 1, static_cast<std::uint32_t>(t.bytes.size()));
  put_text(id, value);
}

void RowBuffer::put_sparse(ColumnId id, std::int64_t value) {
  if (value == kNone) return;
  std::vector<std::int64_t>& run = sparse_[static_cast<std::size_t>(id)];
  run.resize(rows() - 1, kNone);
  run.push_back(value);
}

void RowBuffer::put_meaning(const model::Meaning& m) {
  put_sparse(ColumnId::origin, m.origin);
  put_sparse(ColumnId::origin_header, word_or_none(m.origin_header));
  put_sparse(ColumnId::via, m.via);
  put_sparse(ColumnId::identity_kind, word_or_none(m.identity_kind));
  put_sparse(ColumnId::identity, m.identity);
  put_sparse(ColumnId::claims, m.claims);
  put_sparse(ColumnId::correlation, m.correlation);
  put_sparse(ColumnId::location, m.location);
}

void RowBuffer::add(const model::Communication& c) {
  const model::HttpMessage& q = c.request;
  const model::HttpMessage& r = c.response;
  dense_.begin_row();
  put(ColumnId::start, c.start.ns);
  put(ColumnId::duration, std::max<std::int64_t>(0, between(c.start, c.end)));
  put_unsigned(ColumnId::session_number, c.session.number);
  put(ColumnId::session_start, c.session.start.ns);
  put(ColumnId::ordinal, c.ordinal);
  put_text(ColumnId::client_ip, bytes_of(c.client.ip));
  put(ColumnId::client_port, c.client.port);
  put_text(ColumnId::server_ip, bytes_of(c.server.ip));
  put(ColumnId::server_port, c.server.port);
  put(ColumnId::connect, c.connect.ns < 0 ? kNone : c.connect.ns);
  put_unsigned(ColumnId::retransmitted_bytes, q.retransmitted_bytes + r.retransmitted_bytes);
  put_unsigned(ColumnId::missing_bytes, q.missing_bytes + r.missing_bytes);
  put_text(ColumnId::method, c.method);
  put_text(ColumnId::host, c.host);
  put_text(ColumnId::target, c.target);
  put(ColumnId::status, c.status);
  put(ColumnId::state, static_cast<std::int64_t>(c.state));
  put(ColumnId::flags, std::int64_t{q.flags} | std::int64_t{r.flags} << 16);
  put_codes(c.codes);
  put_text(ColumnId::request_type, c.request_type);
  put_text(ColumnId::response_type, c.response_type);
  put_text(ColumnId::response_encoding, c.response_encoding);
  put_unsigned(ColumnId::request_body_bytes, q.body_bytes);
  put_unsigned(ColumnId::response_body_bytes, r.body_bytes);
  put_unsigned(ColumnId::request_wire_bytes, q.wire_bytes);
  put_unsigned(ColumnId::response_wire_bytes, r.wire_bytes);
  put(ColumnId::request_transfer, q.present ? between(q.first_byte, q.last_byte) : kNone);
  put(ColumnId::wait, q.present && r.present ? between(q.last_byte, r.first_byte) : kNone);
  put(ColumnId::response_transfer, r.present ? between(r.first_byte, r.last_byte) : kNone);
  put(ColumnId::http_minor, c.http_minor);
  put_meaning(c.meaning);
  put_sparse(ColumnId::ended_after, c.ended_after ? c.ended_after->ns : kNone);

  std::uint64_t low = 0;
  std::uint64_t high = 0;
  for (const model::HttpMessage* m : {&q, &r})
    for (const model::BodyExtent& e : m->body) {
      low = low == 0 ? e.pack : std::min(low, e.pack);
      high = std::max(high, e.pack);
    }
  pack_mins_.push_back(low);
  pack_maxs_.push_back(high);
  details_.append(c);
}

void RowBuffer::add(const model::SessionRecord& record, std::span<const model::ParseNote> notes) {
  const model::TcpSession& s = record.session;
  const model::StreamStats& c = s.client_stats;
  const model::StreamStats& v = s.server_stats;
  dense_.begin_row();
  put(ColumnId::start, s.start.ns);
  put(ColumnId::duration, std::max<std::int64_t>(0, between(s.start, s.end)));
  put_unsigned(ColumnId::session_number, s.id.number);
  put_text(ColumnId::client_ip, bytes_of(s.client.ip));
  put(ColumnId::client_port, s.client.port);
  put_text(ColumnId::server_ip, bytes_of(s.server.ip));
  put(ColumnId::server_port, s.server.port);
  // Stamps in disorder tell nothing of how long it took.
  const bool connected = s.syn_time != base::Time::min() && s.handshake_time != base::Time::min() &&
                         s.handshake_time >= s.syn_time;
  put(ColumnId::connect, connected ? between(s.syn_time, s.handshake_time) : kNone);
  put_unsigned(ColumnId::retransmitted_bytes, c.duplicate_bytes + v.duplicate_bytes);
  put_unsigned(ColumnId::missing_bytes, c.gap_bytes + v.gap_bytes);
  put(ColumnId::close, static_cast<std::int64_t>(s.close));
  put(ColumnId::mid_stream, s.mid_stream ? 1 : 0);
  put(ColumnId::vlan, s.vlan);
  put_text(ColumnId::decoder, record.decoder);
  put(ColumnId::communications, record.communications);
  put_unsigned(ColumnId::client_packets, c.packets);
  put_unsigned(ColumnId::server_packets, v.packets);
  put_unsigned(ColumnId::client_bytes, c.delivered_bytes);
  put_unsigned(ColumnId::server_bytes, v.delivered_bytes);
  put_unsigned(ColumnId::gaps, c.gaps + v.gaps);
  put_unsigned(ColumnId::retransmissions, c.retransmissions + v.retransmissions);
  put(ColumnId::packets_saved, record.packet_pack_first != 0 ? 1 : 0);
  static_assert(model::kSessionCodesMax <= model::kCodesMax);
  put_codes(s.codes);
  put_sparse(ColumnId::outer, record.outer);
  pack_mins_.push_back(0);
  pack_maxs_.push_back(0);
  details_.append(record, notes);
}

void RowBuffer::set_first_block(std::uint32_t first, std::uint64_t block) {
  std::vector<std::int64_t>& run = sparse_[static_cast<std::size_t>(ColumnId::first_block)];
  run.resize(first, kNone);
  run.resize(rows(), static_cast<std::int64_t>(block));
}

void RowBuffer::clear() noexcept {
  dense_.clear();
  for (auto& run : sparse_) run.clear();
  for (Texts& t : texts_) {
    t.bytes.clear();
    t.ends.clear();
  }
  pack_mins_.clear();
  pack_maxs_.clear();
  text_bytes_ = 0;
  details_.restart();
}

}  // namespace spider::store
