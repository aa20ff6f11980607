// The saved packets of a session, as JSON and as a capture file.

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/query/base64.h"
#include "spider/query/engine.h"
#include "spider/store/codes.h"

#include "api/messages.h"
#include "api/not_saved.h"
#include "api/pcap_writer.h"
#include "api/router.h"

namespace spider::api {
namespace {

constexpr std::uint64_t kPageDefault = 1'000;
constexpr std::uint64_t kPageMax = 10'000;
constexpr std::size_t kPageFrameBytes = 8U << 20U;
// Packs looked at for one piece of a capture file.
constexpr std::uint64_t kPacksAtOnce = 16;

struct SessionPackets {
  std::shared_ptr<const store::StoreSnapshot> snapshot;
  model::SessionId id;
  std::uint64_t pack_first = 0;
  std::uint64_t pack_last = 0;
  base::Time removed_before = base::Time::min();  // some of its packets may be from before
};

// Whether any of them is left.
[[nodiscard]] base::Result<bool> any_left(const SessionPackets& packets) {
  bool any = false;
  SPIDER_TRY(packets.snapshot->session_packets(packets.id.source, packets.id.number,
                                               packets.pack_first, packets.pack_last,
                                               [&](const store::PacketView&) {
                                                 any = true;
                                                 return false;
                                               }));
  return any;
}

[[nodiscard]] base::Result<SessionPackets> find(const Context& context, const Request& request) {
  SPIDER_TRY_LET(id, session_id(request));
  SessionPackets out;
  out.snapshot = context.snapshot();
  out.id = id;
  SPIDER_TRY_LET(detail, query::QueryEngine(*out.snapshot).detail(id));
  if (detail.packet_pack_first == 0)
    return base::fail(
        codes::packets_not_saved,
        fmt::format("The packets of session {} were not saved. {}", model::to_text(id),
                    not_saved_text(context.names().whisperer(id.source), model::Saved::packets,
                                   off_of(context, id.source, id.start, model::Saved::packets))));
  out.pack_first = detail.packet_pack_first;
  out.pack_last = detail.packet_pack_last;
  const auto source = context.parts.store.find_source(id.source);
  const base::Time mark =
      source ? source->removed_before[static_cast<std::size_t>(model::KeptKind::packets)]
             : base::Time::min();
  if (mark <= id.start) return out;
  out.removed_before = mark;
  SPIDER_TRY_LET(left, any_left(out));
  if (!left)
    return base::fail(store::codes::removed,
                      fmt::format("The packets of session {} were removed with all of its "
                                  "whisperer's that came before {}.",
                                  model::to_text(id), base::to_iso(mark)));
  return out;
}

}  // namespace

base::Result<Answer> get_packets(const Context& context, const Request& request) {
  const Parameters& p = request.parameters;
  SPIDER_TRY(p.only({"after", "limit", "bytes", "time"}));
  SPIDER_TRY_LET(form, time_form(p));
  SPIDER_TRY_LET(after, p.number("after", 0, 0, UINT64_MAX));
  SPIDER_TRY_LET(limit, p.number("limit", kPageDefault, 1, kPageMax));
  SPIDER_TRY_LET(without_frames, p.choice("bytes", {"base64", "none"}));
  SPIDER_TRY_LET(found, find(context, request));

  Answer answer;
  answer.cache = "no-store";
  query::JsonWriter json(answer.body);
  json.begin_object().field("session_id", model::to_text(found.id)).key("items").begin_array();
  std::uint64_t count = 0;
  std::uint64_t last = 0;
  bool more = false;
  std::string frame;
  const auto visit = [&](const store::PacketView& packet) {
    if (packet.number <= after) return true;
    more = count == limit || answer.body.size() > kPageFrameBytes;
    if (more) return false;
    json.begin_object();
    json.field("number", packet.number);
    query::write_time(json, "time", packet.time, form);
    json.field("captured_bytes", std::uint64_t{packet.frame.size()});
    json.field("wire_bytes", std::uint64_t{packet.wire_bytes});
    json.field("link_type", std::uint64_t{packet.link_type});
    if (without_frames == 0) {
      frame.clear();
      query::append_base64(frame, packet.frame);
      json.field("frame", frame);
    }
    json.end_object();
    last = packet.number;
    ++count;
    return true;
  };
  SPIDER_TRY(found.snapshot->session_packets(found.id.source, found.id.number, found.pack_first,
                                             found.pack_last, visit));
  json.end_array().field("count", count).field("more", more);
  if (found.removed_before != base::Time::min())
    query::write_time(json, "removed_before", found.removed_before, form);
  write_unreadable(json, *found.snapshot);
  const std::string session = fmt::format("{}tcp-sessions/{}", kBase, model::to_text(found.id));
  json.key("_links").begin_object();
  write_link(json, "self", request.target);
  if (more) write_link(json, "next", request.path + p.with({{"after", std::to_string(last)}}));
  write_link(json, "session", session);
  json.key("packets_pcap").begin_object().field("href", session + "/packets.pcap");
  json.field("type", "application/vnd.tcpdump.pcap").end_object();
  json.end_object().end_object();
  return answer;
}

base::Result<Answer> get_packets_pcap(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({}));
  SPIDER_TRY_LET(found, find(context, request));
  struct Walk {
    SessionPackets packets;
    std::uint64_t next_pack;
    bool begun = false;
    std::uint16_t link_type = 0;
  };
  auto walk = std::make_shared<Walk>(Walk{found, found.pack_first, false, 0});
  Answer answer;
  answer.type = "application/vnd.tcpdump.pcap";
  answer.cache = "no-store";
  answer.headers.emplace_back("Content-Disposition", fmt::format("attachment; filename=\"{}.pcap\"",
                                                                 model::to_text(found.id)));
  answer.pieces = [walk](std::string& piece) -> base::Result<bool> {
    const SessionPackets& packets = walk->packets;
    const std::uint64_t last = std::min(walk->next_pack + kPacksAtOnce - 1, packets.pack_last);
    const auto visit = [&](const store::PacketView& packet) {
      if (!walk->begun) {
        walk->link_type = packet.link_type;
        PcapWriter::file_header(piece, packet.link_type);
        walk->begun = true;
      }
      // One file, one link type; a session over two kinds of interface is told from its JSON.
      if (packet.link_type == walk->link_type)
        PcapWriter::packet(piece, packet.time, packet.wire_bytes, packet.frame);
      return true;
    };
    SPIDER_TRY(packets.snapshot->session_packets(packets.id.source, packets.id.number,
                                                 walk->next_pack, last, visit));
    // A capture file cannot say what it lacks: it ends here, visibly cut.
    if (const store::Unreadable lost = packets.snapshot->unreadable(); lost.count > 0)
      return base::fail(store::codes::store_corrupt, lost.named.front());
    walk->next_pack = last + 1;
    if (last >= packets.pack_last && !walk->begun) PcapWriter::file_header(piece, 1);
    return last < packets.pack_last;
  };
  return answer;
}

}  // namespace spider::api
