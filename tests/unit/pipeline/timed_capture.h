#pragma once
// TimedCapture: the packets of one connection, each at a time and with numbers that the test chose,
// written in any format a capture can have; and what a store tells of them afterwards.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "import_capture.h"

namespace spider::test {

struct TimedPacket {
  std::int64_t at = 0;  // ns after kTimedOrigin
  Buffer frame;
};

inline constexpr std::int64_t kTimedOriginS = 1'767'225'600;  // 2026-01-01T00:00:00Z
inline constexpr std::int64_t kTimedOrigin = kTimedOriginS * 1'000'000'000;

class TimedCapture {
 public:
  // Offsets in the streams, counted from the first byte behind the SYN.
  TimedCapture& packet(std::int64_t at, bool client, unsigned flags, std::uint32_t offset,
                       std::uint32_t ack, std::string_view payload = {}) {
    PacketBuilder b;
    b.ethernet().ipv4(client ? kClient : kServer, client ? kServer : kClient);
    // A copy with the same number would be a mirror port's.
    b.ip_id(static_cast<std::uint16_t>(packets_.size() + 1));
    b.tcp(client ? 40'000 : 80, client ? 80 : 40'000);
    b.seq((client ? 1'001U : 5'001U) + offset - ((flags & model::kSyn) != 0 ? 1U : 0U));
    if ((flags & model::kAck) != 0) b.ack((client ? 5'001U : 1'001U) + ack);
    packets_.push_back({at, b.flags(flags).payload(payload).build()});
    return *this;
  }
  TimedCapture& open(std::int64_t syn, std::int64_t syn_ack, std::int64_t ack) {
    packet(syn, true, model::kSyn, 0, 0);
    packet(syn_ack, false, model::kSyn | model::kAck, 0, 0);
    return packet(ack, true, model::kAck, 0, 0);
  }
  // Bytes [from, from + bytes) of what this side says in all; it has seen `ack` of the other.
  TimedCapture& client(std::int64_t at, std::string_view all, std::size_t from, std::size_t bytes,
                       std::size_t ack = 0) {
    return say(at, true, all, from, bytes, ack);
  }
  TimedCapture& server(std::int64_t at, std::string_view all, std::size_t from, std::size_t bytes,
                       std::size_t ack) {
    return say(at, false, all, from, bytes, ack);
  }

  [[nodiscard]] const std::vector<TimedPacket>& packets() const { return packets_; }

  void write_pcap(const std::filesystem::path& path, bool nanoseconds) const {
    PcapOptions options;
    options.nanoseconds = nanoseconds;
    PcapWriter out(options);
    for (const TimedPacket& p : packets_) out.add({kTimedOrigin + p.at}, p.frame);
    out.write(path);
  }
  // In ticks of `ticks_per_s`, as the option's byte `tsresol` says; `at` is in nanoseconds.
  void write_pcapng(const std::filesystem::path& path, int tsresol,
                    std::uint64_t ticks_per_s) const {
    write_ticks(path, tsresol, ticks_per_s, 1'000'000'000 / ticks_per_s);
  }
  // The same, but `at` is in ticks.
  void write_ticks(const std::filesystem::path& path, int tsresol, std::uint64_t ticks_per_s,
                   std::uint64_t units_per_tick = 1) const {
    PcapngWriter out;
    PcapngWriter::Interface interface;
    interface.tsresol = tsresol;
    out.interface(interface);
    for (const TimedPacket& p : packets_)
      out.packet(0, kTimedOriginS * ticks_per_s + static_cast<std::uint64_t>(p.at) / units_per_tick,
                 p.frame);
    out.write(path);
  }

 private:
  static constexpr std::string_view kClient = "10.0.0.1";
  static constexpr std::string_view kServer = "10.0.0.2";

  TimedCapture& say(std::int64_t at, bool client, std::string_view all, std::size_t from,
                    std::size_t bytes, std::size_t ack) {
    return packet(at, client, model::kPsh | model::kAck, static_cast<std::uint32_t>(from),
                  static_cast<std::uint32_t>(ack), all.substr(from, bytes));
  }

  std::vector<TimedPacket> packets_;
};

struct TimedReading {
  std::vector<query::CommunicationRow> rows;
  std::vector<query::SessionRow> sessions;
  std::string json;  // the export, a line each
};

[[nodiscard]] inline TimedReading read_timed(const std::filesystem::path& path) {
  const auto imported = import_into_store(path);
  CHECK_FALSE(imported->result.trouble);
  TimedReading out;
  const auto snapshot = imported->store->reader().snapshot();
  const query::QueryEngine engine(*snapshot);
  REQUIRE(engine.each_communication({}, query::Order::oldest_first,
                                    [&](const query::CommunicationRow& row) {
                                      out.rows.push_back(row);
                                      return true;
                                    }));
  const auto page = engine.sessions({}, query::Order::oldest_first, {}, 100);
  REQUIRE(page);
  out.sessions = page->rows;
  out.json = exported(*imported->store);
  return out;
}

}  // namespace spider::test
