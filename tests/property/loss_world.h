#pragma once
// Conversations of known truth, with packets left out at random, read by reassembly and parser; and
// what came of each exchange. For the loss tests.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "spider/model/packet.h"
#include "spider/parse/codes.h"
#include "spider/parse/parser.h"
#include "spider/reassembly/flow_table.h"

#include "generator/conversation.h"

namespace spider::test {

// What became of the exchanges of many conversations.
struct LossTally {
  std::uint64_t exchanges = 0;
  std::uint64_t intact = 0;        // every packet with their bytes is there
  std::uint64_t intact_found = 0;  // told once, complete, rightly paired, sizes right
  std::uint64_t doubted = 0;       // of those: marked as uncertain all the same
  std::uint64_t cut = 0;           // some of their packets are there
  std::uint64_t cut_kept = 0;      // told in at least one record
  std::uint64_t cut_as_whole = 0;  // told as complete: the packets missing cannot be known
  std::uint64_t wrong = 0;         // records of a request and another one's response
  std::uint64_t wrong_unmarked = 0;
  std::uint64_t invented = 0;  // records of no exchange, or a second one of the same message
};

class LossWorld final : private model::CommunicationSink {
 public:
  explicit LossWorld(std::uint64_t loss_per_mille) : loss_(loss_per_mille) {}

  void run(bench::Profile profile, std::uint64_t seed) {
    seed_ = seed;
    bench::Random random(seed);
    const bench::Conversation talk =
        bench::make_conversation(random, profile, seed, 1'767'225'600'000'000'000U);
    of_packet_.assign(1, -1);
    found_.assign(talk.exchanges.size(), {});
    model::QualityLog quality;
    parse::Parser parser({}, {}, *this, quality);
    reassembly::FlowTable table({}, model::SourceId{1}, parser, quality);
    for (const bench::Frame& f : talk.frames) {
      Found* const exchange =
          f.exchange < 0 ? nullptr : &found_[static_cast<std::size_t>(f.exchange)];
      if (random.chance(loss_)) {
        if (exchange != nullptr) exchange->missing = true;
        continue;
      }
      if (exchange != nullptr) exchange->seen = true;
      of_packet_.push_back(f.exchange);
      const auto [packet, payload] = decode(f, of_packet_.size() - 1);
      table.advance(packet.time);
      table.on_packet(packet, payload);
    }
    // Others go on: time passes, and what never came is given up before the end.
    if (random.chance(500))
      for (std::int64_t tick = 1; tick <= 60; ++tick)
        table.advance(
            base::Time{static_cast<std::int64_t>(talk.frames.back().time_ns) + tick * 100'000'000});
    table.finish();
    for (std::size_t i = 0; i < found_.size(); ++i) book(talk.exchanges[i], found_[i]);
  }

  LossTally tally;
  std::string first_trouble;  // the first exchange that lost nothing and was not told right
  std::string first_wrong;    // the first wrong pair without a mark

 private:
  struct Found {
    bool seen = false;
    bool missing = false;
    unsigned records = 0;
    unsigned whole = 0;  // complete records, request and response both of this exchange
    bool doubted = false;
    std::uint64_t request_body = 0;
    std::uint64_t response_body = 0;
  };

  model::BodyExtent save_body(base::Bytes bytes) override {
    return {1, 0, static_cast<std::uint32_t>(bytes.size())};
  }
  void on_session(const model::TcpSession&, std::string_view, std::uint32_t,
                  std::span<const model::ParseNote>) override {}
  void on_communication(const model::Communication& c) override {
    const int request = c.request.present ? of_packet_.at(c.request.first_packet) : -1;
    const int response = c.response.present ? of_packet_.at(c.response.first_packet) : -1;
    bool doubted = false;
    for (const std::uint16_t code : c.codes)
      doubted = doubted || code == parse::codes::pairing_uncertain.number();
    // Told alone when neither its request nor what followed came by; of no exchange in the truth.
    if (!c.request.present && response < 0 && c.status >= 100 && c.status < 200) return;
    if ((c.request.present && request < 0) || (c.response.present && response < 0)) {
      ++tally.invented;
      return;
    }
    const bool both = c.request.present && c.response.present;
    if (both && request != response) {
      ++tally.wrong;
      tally.wrong_unmarked += doubted ? 0 : 1;
      if (!doubted && first_wrong.empty())
        first_wrong = "seed " + std::to_string(seed_) + ": request " + std::to_string(request) +
                      " with response " + std::to_string(response);
    }
    if (c.request.present) ++found_[static_cast<std::size_t>(request)].records;
    if (c.response.present && request != response)
      ++found_[static_cast<std::size_t>(response)].records;
    if (!both || request != response || c.state != model::CommunicationState::complete) return;
    Found& f = found_[static_cast<std::size_t>(request)];
    ++f.whole;
    f.doubted = doubted;
    f.request_body = c.request.body_bytes;
    f.response_body = c.response.body_bytes;
  }

  void book(const bench::Exchange& e, const Found& f) {
    ++tally.exchanges;
    if (!f.missing) {
      ++tally.intact;
      const bool right = f.whole == 1 && f.records == 1 && f.request_body == e.request_body_bytes &&
                         f.response_body == e.response_body_bytes;
      tally.intact_found += right ? 1 : 0;
      tally.doubted += right && f.doubted ? 1 : 0;
      if (!right && first_trouble.empty()) first_trouble = e.method + " " + e.path;
    } else if (f.seen) {
      ++tally.cut;
      tally.cut_kept += f.records != 0 ? 1 : 0;
      tally.cut_as_whole += f.whole != 0 ? 1 : 0;
    }
  }

  static std::uint32_t get32(const std::uint8_t* at) {
    return static_cast<std::uint32_t>(at[0] << 24U | at[1] << 16U | at[2] << 8U | at[3]);
  }
  static model::Endpoint endpoint(const bench::Host& host, std::uint16_t port) {
    // Families do not matter here, only who is who.
    return {model::IpAddress::v4(get32(host.ip.data() + (host.v6 ? 12 : 0))), port};
  }
  // The generator's frames: Ethernet, IPv4 or IPv6 without options, TCP.
  static std::pair<model::Packet, base::Bytes> decode(const bench::Frame& f, std::uint64_t number) {
    const bool v6 = f.bytes[12] == 0x86;
    const std::uint8_t* const ip = f.bytes.data() + 14;
    const std::uint8_t* const tcp = ip + (v6 ? 40 : 20);
    bench::Host from;
    bench::Host to;
    from.v6 = to.v6 = v6;
    std::copy_n(ip + (v6 ? 8 : 12), v6 ? 16 : 4, from.ip.begin());
    std::copy_n(ip + (v6 ? 24 : 16), v6 ? 16 : 4, to.ip.begin());
    const auto port = [&](std::size_t at) {
      return static_cast<std::uint16_t>(tcp[at] << 8U | tcp[at + 1]);
    };
    const model::Endpoint sender = endpoint(from, port(0));
    const model::Endpoint receiver = endpoint(to, port(2));
    model::Packet p;
    p.time = base::Time{static_cast<std::int64_t>(f.time_ns)};
    p.number = number;
    p.kind = model::PacketKind::tcp;
    p.direction =
        sender <= receiver ? model::Direction::low_to_high : model::Direction::high_to_low;
    p.key = {std::min(sender, receiver), std::max(sender, receiver), 6};
    p.flow_hash = model::hash(p.key, 0);
    p.tcp_flags = tcp[13];
    p.seq = get32(tcp + 4);
    p.ack = get32(tcp + 8);
    p.window = 65'535;
    const std::uint8_t* const payload = tcp + (tcp[12] >> 4U) * 4U;
    const auto bytes = static_cast<std::size_t>(f.bytes.data() + f.bytes.size() - payload);
    p.payload_bytes = p.payload_wire_bytes = static_cast<std::uint32_t>(bytes);
    return {p, base::Bytes(payload, bytes)};
  }

  const std::uint64_t loss_;
  std::uint64_t seed_ = 0;
  std::vector<int> of_packet_;
  std::vector<Found> found_;
};

}  // namespace spider::test
