// Communications as the packets that carried them. Which packets these are: docs/export.md.

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "spider/query/codes.h"
#include "spider/store/codes.h"

#include "query/export/pcapng.h"
#include "query/export/writer.h"

namespace spider::query {
namespace {

// Ids of packs that are looked at for one piece: some MiB of frames at most.
constexpr std::uint64_t kPacksAtOnce = 16;
// Sessions that are remembered at least; those that have ended are forgotten then.
constexpr std::size_t kSessionsFew = 8'192;

// How far the packets of a session were written.
struct Session {
  bool saved = false;
  base::Time end;
  base::Time handshake = base::Time::min();
  std::uint64_t communications = 0;
  std::uint64_t next_pack = 0;  // the first that may hold packets to be written
  std::uint64_t last_pack = 0;
  std::uint64_t written = 0;       // number of the last packet that was; 0 for none
  std::uint32_t next_ordinal = 0;  // of the communication behind the one written last
};

class PacketsWriter final : public ExportWriter {
 public:
  explicit PacketsWriter(const ExportParts& parts) : parts_(parts) {}

  base::Result<void> ready(const std::vector<ExportRow>& rows) override;
  void begin(std::string& out) override {
    PcapngWriter(out).section("Spider " + parts_.request.version);
  }
  base::Result<void> row(const ExportRow& row, std::string& out) override;
  base::Result<bool> more(std::string& out) override;
  base::Result<void> end(std::string& out) override;

 private:
  // What is being written: the packets of one communication.
  struct Part {
    model::SessionId session;
    std::string comment;      // for its first packet
    std::uint64_t from = 0;   // packets from here to `last` are written
    std::uint64_t first = 0;  // the first that carried a byte
    std::uint64_t last = 0;
    std::uint64_t pack = 0;
  };
  [[nodiscard]] base::Result<Session*> session_of(const ExportRow& row);
  [[nodiscard]] std::uint32_t interface(std::string& out, model::SourceId source,
                                        std::uint16_t link_type);
  void forget_ended(base::Time now);

  const ExportParts parts_;
  std::map<model::SessionId, Session> sessions_;
  std::map<std::pair<model::SourceId, std::uint16_t>, std::uint32_t> interfaces_;
  std::size_t forget_at_ = kSessionsFew;
  std::optional<Part> part_;
  std::uint64_t rows_ = 0;
  std::uint64_t without_ = 0;  // communications whose packets are not there
  std::uint64_t packets_ = 0;
  base::Time last_time_;
};

void PacketsWriter::forget_ended(base::Time now) {
  if (sessions_.size() < forget_at_) return;
  std::erase_if(sessions_, [&](const auto& entry) { return entry.second.end < now; });
  // Those that last are as many as were open at once; not each new one looks at all of them.
  forget_at_ = std::max(kSessionsFew, 2 * sessions_.size());
}

base::Result<Session*> PacketsWriter::session_of(const ExportRow& row) {
  const model::SessionId& id = row.row.session;
  if (const auto known = sessions_.find(id); known != sessions_.end()) return &known->second;
  forget_ended(row.row.id.start);
  Session out;
  out.end = row.row.end;
  const auto place = parts_.snapshot.find(id);
  if (place) {
    const auto detail = parts_.snapshot.session_detail(*place->block, place->row);
    if (detail) {
      out.saved = detail->packet_pack_first != 0;
      out.end = detail->session.end;
      out.handshake = detail->session.handshake_time;
      out.communications = detail->communications;
      out.next_pack = detail->packet_pack_first;
      out.last_pack = detail->packet_pack_last;
    } else if (!parts_.snapshot.pass_over(detail.error())) {
      return tl::unexpected(detail.error());
    }
  } else if (!store::is_absent(place.error()) && !parts_.snapshot.pass_over(place.error())) {
    return tl::unexpected(place.error());
  }
  return &sessions_.emplace(id, out).first->second;
}

// Of the first rows none has packets: rather said than an empty file.
base::Result<void> PacketsWriter::ready(const std::vector<ExportRow>& rows) {
  for (const ExportRow& row : rows) {
    SPIDER_TRY_LET(session, session_of(row));
    if (session->saved) return {};
  }
  if (rows.empty()) return {};
  return base::fail(
      codes::no_packets,
      fmt::format("No packets of the first {} communications are stored.", rows.size()));
}

std::uint32_t PacketsWriter::interface(std::string& out, model::SourceId source,
                                       std::uint16_t link_type) {
  const auto [at, fresh] = interfaces_.emplace(std::pair(source, link_type),
                                               static_cast<std::uint32_t>(interfaces_.size()));
  if (fresh) PcapngWriter(out).interface(link_type, parts_.names.whisperer(source));
  return at->second;
}

base::Result<void> PacketsWriter::row(const ExportRow& row, std::string& out) {
  ++rows_;
  SPIDER_TRY_LET(session, session_of(row));
  const auto detail = parts_.snapshot.http_detail(*row.place.block, row.place.row);
  if (!detail && !parts_.snapshot.pass_over(detail.error())) return tl::unexpected(detail.error());
  if (!detail || !session->saved) {
    ++without_;
    return {};
  }
  Part part;
  part.session = row.row.session;
  part.comment = "Spider: " + model::to_text(row.row.id);
  part.first = UINT64_MAX;
  for (const store::MessageDetail* m : {&detail->request, &detail->response}) {
    if (!m->present) continue;
    part.first = std::min(part.first, m->first_packet);
    part.last = std::max(part.last, m->last_packet);
  }
  // Behind the last communication of a session comes its end.
  if (row.row.id.ordinal + 1 >= session->communications) part.last = UINT64_MAX;
  // What lies between two communications in a row carried nothing of others.
  const std::uint32_t ordinal = row.row.id.ordinal;
  part.from = ordinal == session->next_ordinal ? session->written + 1 : part.first;
  session->next_ordinal = ordinal + 1;
  part.pack = session->next_pack;
  part_ = std::move(part);
  SPIDER_TRY_LET(more_left, more(out));
  static_cast<void>(more_left);  // asked for again
  return {};
}

base::Result<bool> PacketsWriter::more(std::string& out) {
  if (!part_) return false;
  Session& session = sessions_.at(part_->session);
  const model::SourceId source = part_->session.source;
  const std::uint64_t last_pack = std::min(part_->pack + kPacksAtOnce - 1, session.last_pack);
  bool reached = false;  // a packet behind the part
  const auto visit = [&](const store::PacketView& packet) {
    reached = packet.number > part_->last;
    if (reached) return false;
    const bool opening = session.handshake != base::Time::min() && packet.time <= session.handshake;
    if (packet.number <= session.written || (packet.number < part_->from && !opening)) return true;
    const std::uint32_t at = interface(out, source, packet.link_type);
    const bool first = packet.number >= part_->first && !part_->comment.empty();
    PcapngWriter(out).packet(at, packet.time, packet.wire_bytes, packet.frame,
                             first ? std::string_view(part_->comment) : std::string_view{});
    if (first) part_->comment.clear();
    session.written = packet.number;
    last_time_ = packet.time;
    ++packets_;
    return true;
  };
  SPIDER_TRY(parts_.snapshot.session_packets(source, part_->session.number, part_->pack, last_pack,
                                             visit));
  session.next_pack = part_->pack;
  part_->pack = last_pack + 1;
  if (reached || last_pack >= session.last_pack) {
    // Not one packet of its own: retention took them, or they are damaged.
    if (!part_->comment.empty() && session.written < part_->first) ++without_;
    part_.reset();
  }
  return part_.has_value();
}

base::Result<void> PacketsWriter::end(std::string& out) {
  if (packets_ == 0 && rows_ > 0)
    return base::fail(codes::no_packets,
                      fmt::format("No packets of {} communications are stored.", rows_));
  const store::Unreadable lost = parts_.snapshot.unreadable();
  if (without_ == 0 && parts_.missing == 0 && lost.count == 0) return {};
  if (interfaces_.empty()) return {};
  PcapngWriter(out).remark(
      0, last_time_,
      fmt::format("Spider: of {} communications the packets of {} are not stored; {} of the listed "
                  "are not; {} stored values are damaged.",
                  rows_, without_, parts_.missing, lost.count));
  return {};
}

}  // namespace

std::unique_ptr<ExportWriter> packets_writer(const ExportParts& parts) {
  return std::make_unique<PacketsWriter>(parts);
}

}  // namespace spider::query
