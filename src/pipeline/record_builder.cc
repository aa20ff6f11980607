#include "pipeline/record_builder.h"

namespace spider::pipeline {
namespace {

// What one communication needs in the text arena.
[[nodiscard]] std::size_t text_bytes(const model::Communication& c) {
  std::size_t bytes = c.method.size() + c.target.size() + c.host.size() + c.request_type.size() +
                      c.response_type.size() + c.response_encoding.size() + c.meaning.text_bytes();
  for (const model::HttpMessage* m : {&c.request, &c.response})
    bytes += m->head.size() + m->trailers.size() + m->body.size_bytes() +
             alignof(model::BodyExtent) + m->holes.size_bytes() + alignof(model::BodyHole);
  return bytes;
}

void keep(model::Arena& text, model::Meaning& meaning) {
  for (std::string_view* part : {&meaning.origin, &meaning.via, &meaning.identity, &meaning.claims,
                                 &meaning.correlation, &meaning.location})
    if (!part->empty()) *part = text.put(*part);
}

void keep(model::Arena& text, model::HttpMessage& message) {
  message.head = text.put(message.head);
  message.trailers = text.put(message.trailers);
  message.body = text.put_values(message.body);
  message.holes = text.put_values(message.holes);
}

void count(CodeMeter& meter, std::span<const std::uint16_t> codes) {
  for (const std::uint16_t code : codes) {
    if (code == 0) return;
    meter.record(code);
  }
}

}  // namespace

model::RecordBatch& RecordBuilder::batch() {
  if (batch_ == nullptr) {
    batch_ = exchange_.take();
    batch_->source = source_;
    batch_->body_pack = store_.next_pack_id();
    if (whisperer_.save_packets) batch_->packet_pack = store_.next_pack_id();
  }
  return *batch_;
}

void RecordBuilder::hand_over() {
  model::RecordBatch* full = batch_;
  batch_ = nullptr;
  packs_.encode(*full);
  exchange_.hand_over(full);
}

model::RecordBatch& RecordBuilder::with_text_room(std::size_t bytes) {
  if (!batch().text.fits(bytes)) hand_over();
  model::RecordBatch& b = batch();
  // Only heads near their limit, and bodies of very many pieces, are larger than a whole arena.
  if (!b.text.fits(bytes)) b.text.grow(bytes);
  return b;
}

model::BodyExtent RecordBuilder::save_body(base::Bytes bytes) {
  if (!batch().bodies.fits(bytes.size())) hand_over();
  model::RecordBatch& b = batch();
  if (!b.bodies.fits(bytes.size())) b.bodies.grow(bytes.size());
  const auto offset = static_cast<std::uint32_t>(b.bodies.used());
  (void)b.bodies.put(bytes);
  return {b.body_pack, offset, static_cast<std::uint32_t>(bytes.size())};
}

void RecordBuilder::on_communication(const model::Communication& communication) {
  count(codes_, communication.codes);
  model::RecordBatch& b = with_text_room(text_bytes(communication));
  model::Communication& c = b.communications.emplace_back(communication);
  c.method = b.text.put(c.method);
  c.target = b.text.put(c.target);
  c.host = b.text.put(c.host);
  c.request_type = b.text.put(c.request_type);
  c.response_type = b.text.put(c.response_type);
  c.response_encoding = b.text.put(c.response_encoding);
  keep(b.text, c.request);
  keep(b.text, c.response);
  keep(b.text, c.meaning);
  if (b.communications.size() >= kRecordsMax) hand_over();
}

void RecordBuilder::on_session(const model::TcpSession& session, std::string_view decoder,
                               std::uint32_t communications,
                               std::span<const model::ParseNote> notes) {
  count(codes_, session.codes);
  std::uint64_t first_pack = 0;
  if (whisperer_.save_packets) {
    if (const auto it = first_packet_pack_.find(session.id.number);
        it != first_packet_pack_.end()) {
      first_pack = it->second;
      first_packet_pack_.erase(it);
    }
  }
  if (!whisperer_.save_sessions) {
    quality_.add(session.end, model::Quality::sessions_unsaved);
    return;
  }
  const auto outer = outer_.extract(session.id.number);
  model::RecordBatch& b = outer.empty() ? batch() : with_text_room(outer.mapped().size());
  model::SessionRecord& record = b.sessions.emplace_back();
  if (!outer.empty()) record.outer = b.text.put(outer.mapped());
  record.session = session;
  record.decoder = decoder;
  record.communications = communications;
  record.packet_pack_first = first_pack;
  record.packet_pack_last = first_pack == 0 ? 0 : b.packet_pack;
  if (whisperer_.save_parsing) {
    record.notes_first = static_cast<std::uint32_t>(b.notes.size());
    record.notes_count = static_cast<std::uint32_t>(notes.size());
    b.notes.insert(b.notes.end(), notes.begin(), notes.end());
  }
  if (b.sessions.size() >= kRecordsMax) hand_over();
}

void RecordBuilder::note_outer(std::uint64_t session_number, std::string outer) {
  if (whisperer_.save_sessions && !outer.empty())
    outer_.insert_or_assign(session_number, std::move(outer));
}

void RecordBuilder::save_packet(const model::Packet& packet, base::Bytes frame,
                                std::uint64_t session_number, bool first) {
  if (!batch().frames.fits(frame.size()) || batch().packets.size() >= kPacketsMax) hand_over();
  model::RecordBatch& b = batch();
  if (!b.frames.fits(frame.size())) b.frames.grow(frame.size());
  if (first) first_packet_pack_.emplace(session_number, b.packet_pack);
  model::PacketEntry& entry = b.packets.emplace_back();
  entry.session_number = session_number;
  entry.number = packet.number;
  entry.time = packet.time;
  entry.offset = static_cast<std::uint32_t>(b.frames.used());
  entry.captured_bytes = static_cast<std::uint32_t>(frame.size());
  entry.wire_bytes = packet.wire_bytes;
  entry.link_type = packet.link_type;
  (void)b.frames.put(frame);
}

void RecordBuilder::on_names(const model::Packet& packet, std::string_view name,
                             std::span<const model::IpAddress> addresses) {
  model::RecordBatch& b = with_text_room(name.size());
  const std::string_view kept = b.text.put(name);
  const model::FlowKey& key = packet.key;
  const model::IpAddress& told_by =
      packet.direction == model::Direction::low_to_high ? key.low.ip : key.high.ip;
  for (const model::IpAddress& address : addresses)
    b.hosts.push_back({address, told_by, packet.time, kept});
  if (b.hosts.size() >= kRecordsMax) hand_over();
}

void RecordBuilder::flush(model::QualityLog& quality, bool end) {
  if (batch_ == nullptr && quality.empty() && !end) return;
  model::RecordBatch& b = batch();
  b.quality.take(quality);
  b.end_of_source = end;
  hand_over();
}

}  // namespace spider::pipeline
