// Live capture, on pairs of virtual interfaces in a network namespace of the test's own. Without
// the right to make one, the same calls must end in no_right_to_capture.

#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "spider/capture/codes.h"

#include "unit/capture/collect.h"

using namespace spider;
using Catch::Matchers::Contains;
using model::Quality;
using test::Buffer;
using test::PacketBuilder;
namespace codes = capture::codes;

namespace {

void run(const char* command) {
  INFO(command);
  REQUIRE(std::system(command) == 0);
}

model::WhispererConfig on(const std::string& interface) {
  model::WhispererConfig w;
  w.interface = interface;
  w.buffer_mib = 4;
  return w;
}

// Runs `body` on a thread in a new network namespace with the pair spider0 - spider1, both up.
void with_veth(const std::function<void()>& body) {
  bool permitted = false;
  std::thread([&] {
    permitted = unshare(CLONE_NEWNET) == 0;
    if (!permitted) return;
    run("ip link add spider0 type veth peer name spider1");
    // No neighbour discovery: only the test's own packets.
    run("ip link set spider0 addrgenmode none; ip link set spider1 addrgenmode none");
    run("ip link set lo up; ip link set spider0 up; ip link set spider1 up");
    body();
  }).join();
  if (permitted) return;
  const auto source = capture::open_live(on("lo"), {});
  REQUIRE_FALSE(source);
  CHECK(source.error().code == codes::no_right_to_capture);
  CHECK_THAT(source.error().detail, Contains("setcap cap_net_raw,cap_net_admin+ep"));
}

// Sends frames out of an interface, as they are.
class Sender {
 public:
  explicit Sender(const char* interface) : fd_(socket(AF_PACKET, SOCK_RAW, 0)) {
    REQUIRE(fd_ >= 0);
    address_.sll_family = AF_PACKET;
    address_.sll_protocol = htons(ETH_P_ALL);
    address_.sll_ifindex = static_cast<int>(if_nametoindex(interface));
    REQUIRE(bind(fd_, reinterpret_cast<const sockaddr*>(&address_), sizeof(address_)) == 0);
  }
  ~Sender() { close(fd_); }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  void send(const Buffer& frame) const {
    REQUIRE(::send(fd_, frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size()));
  }

 private:
  int fd_;
  sockaddr_ll address_{};
};

Buffer frame(std::string_view payload, std::uint16_t port = 80) {
  return PacketBuilder()
      .ethernet()
      .ipv4("10.0.0.1", "10.0.0.2")
      .tcp(40'000, port)
      .payload(payload)
      .build();
}

struct Live {
  explicit Live(const model::WhispererConfig& whisperer) {
    auto opened = capture::open_live(whisperer, {});
    INFO((opened ? std::string() : opened.error().detail));
    REQUIRE(opened);
    source = std::move(opened->front());
  }
  // Polls until `packets` have come or ten seconds have gone; returns how long it took.
  std::chrono::milliseconds wait_for(std::size_t packets) {
    const auto begin = std::chrono::steady_clock::now();
    const auto took = [&] {
      return std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::steady_clock::now() - begin);
    };
    while (sink.packets.size() < packets && took() < std::chrono::seconds(10))
      REQUIRE(source->poll(sink, quality));
    return took();
  }

  std::unique_ptr<capture::PacketSource> source;
  test::CollectSink sink;
  model::QualityLog quality;
};

}  // namespace

// The limits of time are far from what is seen, for machines with much else to do.
TEST_CASE("a packet on a line that falls silent is seen soon, with its bytes and its time",
          "[capture]") {
  with_veth([] {
    Live live(on("spider0"));
    const Sender sender("spider1");
    const base::Time before = base::Time::now();
    sender.send(frame("live"));
    const auto took = live.wait_for(1);
    const base::Time after = base::Time::now();
    REQUIRE(live.sink.payloads() == std::vector<std::string>{"live"});
    CHECK(took < std::chrono::seconds(5));
    const model::Packet& p = live.sink.packets[0].packet;
    CHECK(p.time >= before);
    CHECK(p.time <= after);
    CHECK(p.number == 1);
    CHECK(p.link_type == 1);
    CHECK(live.sink.packets[0].frame == frame("live"));
    live.source->finish(live.quality);
    const auto books = test::sum(live.quality);
    CHECK(books[Quality::packets_received] == 1);
    CHECK(test::unaccounted(books, live.sink) == 0);
    CHECK(live.source->bytes_read() == frame("live").size());
  });
}

TEST_CASE("a silent line blocks a poll briefly and its clock follows the wall clock", "[capture]") {
  with_veth([] {
    Live live(on("spider0"));
    const auto begin = std::chrono::steady_clock::now();
    const auto outcome = live.source->poll(live.sink, live.quality);
    REQUIRE(outcome);
    CHECK(*outcome == capture::PollOutcome::idle);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(3));
    const base::Duration behind = base::Time::now() - live.source->clock();
    CHECK(behind >= base::Duration::from_ms(200));
    CHECK(behind < base::Duration::from_s(10));
  });
}

TEST_CASE("the kernel leaves out empty segments, on an interface and on all", "[capture]") {
  for (const char* interface : {"spider0", "any"}) {
    with_veth([interface] {
      auto whisperer = on(interface);
      whisperer.skip_empty_packets = true;
      whisperer.filter = "tcp port 80";
      whisperer.snaplen = 256;
      if (whisperer.interface == "any") whisperer.direction = "in";
      Live live(whisperer);
      const Sender sender("spider1");
      const auto send = [&](PacketBuilder below, std::string_view payload, unsigned flags = 0x10) {
        sender.send(below.tcp(40'000, 80).ack(1).flags(flags).payload(payload).build());
      };
      const auto v4 = PacketBuilder().ethernet().ipv4("10.0.0.1", "10.0.0.2");
      const auto v6 = PacketBuilder().ethernet().ipv6("2001:db8::1", "2001:db8::2");
      for (const PacketBuilder& below : {v4, v6}) {
        send(below, "");
        send(below, "", 0x02);
        send(below, "", 0x11);
        send(below, std::string(300, 'x'));
        send(below, "");
      }
      sender.send(frame("last"));
      live.wait_for(7);
      live.source->finish(live.quality);
      REQUIRE(live.sink.packets.size() == 7);
      CHECK(live.sink.packets[2].packet.captured_bytes == 256);
      CHECK(live.sink.payloads().back() == "last");
      const auto books = test::sum(live.quality);
      CHECK(books[Quality::skipped_empty] == 0);
      CHECK(books[Quality::packets_received] == 7);
    });
  }
}

TEST_CASE("empty segments that the kernel cannot see are left out by Spider", "[capture]") {
  with_veth([] {
    auto whisperer = on("spider0");
    whisperer.skip_empty_packets = true;
    Live live(whisperer);
    const Sender sender("spider1");
    const auto tunnelled = [](std::string_view payload) {
      return PacketBuilder()
          .ethernet()
          .ipv4("10.0.0.1", "10.0.0.2")
          .ipv4("192.0.2.1", "192.0.2.2")
          .tcp(40'000, 80)
          .ack(1)
          .payload(payload)
          .build();
    };
    sender.send(tunnelled(""));
    sender.send(tunnelled("last"));
    live.wait_for(1);
    CHECK(live.sink.payloads() == std::vector<std::string>{"last"});
    live.source->finish(live.quality);
    const auto books = test::sum(live.quality);
    CHECK(books[Quality::skipped_empty] == 1);
    CHECK(books[Quality::packets_received] == 2);
    CHECK(test::unaccounted(books, live.sink) == 0);
  });
}

TEST_CASE("filter, snaplen and direction are applied to the live line", "[capture]") {
  with_veth([] {
    auto whisperer = on("spider0");
    whisperer.filter = "tcp port 80";
    whisperer.snaplen = 64;
    whisperer.direction = "in";
    Live live(whisperer);
    const Sender there("spider1");
    const Sender here("spider0");
    there.send(frame("other port", 81));
    here.send(frame("outgoing"));
    there.send(frame(std::string(100, 'x')));
    there.send(frame("last"));
    live.wait_for(2);
    REQUIRE(live.sink.packets.size() == 2);
    const model::Packet& cut = live.sink.packets[0].packet;
    CHECK(cut.captured_bytes == 64);
    CHECK(cut.payload_wire_bytes == 100);
    CHECK(cut.payload_bytes == 10);
    CHECK(test::sum(live.quality)[Quality::snaplen_cut] == 1);
    CHECK(live.sink.payloads().back() == "last");
  });
}

TEST_CASE("the any device sees every interface", "[capture]") {
  with_veth([] {
    Live live(on("any"));
    const Sender sender("spider1");
    sender.send(frame("everywhere"));
    // Once on its way out of spider1, once on its way into spider0.
    live.wait_for(2);
    CHECK(live.sink.payloads() == std::vector<std::string>{"everywhere", "everywhere"});
    CHECK(live.sink.packets[0].packet.link_type == 113);
  });
}

TEST_CASE("a burst beyond the kernel's buffer is booked as kernel drops", "[capture]") {
  with_veth([] {
    auto whisperer = on("spider0");
    whisperer.buffer_mib = 1;
    Live live(whisperer);
    const Sender sender("spider1");
    const Buffer big = frame(std::string(1'400, 'x'));
    constexpr std::uint64_t kSent = 5'000;
    for (std::uint64_t i = 0; i < kSent; ++i) sender.send(big);
    for (int i = 0; i < 5; ++i) REQUIRE(live.source->poll(live.sink, live.quality));
    live.source->finish(live.quality);
    const auto books = test::sum(live.quality);
    CHECK(books[Quality::kernel_dropped] > 0);
    CHECK(books[Quality::packets_received] + books[Quality::kernel_dropped] == kSent);
    // Differences: nothing is booked twice.
    live.source->finish(live.quality);
    CHECK(test::sum(live.quality)[Quality::kernel_dropped] == books[Quality::kernel_dropped]);
  });
}

TEST_CASE("an interface that vanishes or comes back anew ends the source with its code",
          "[capture]") {
  for (const bool remade : {false, true}) {
    with_veth([remade] {
      Live live(on("spider0"));
      run("ip link del spider0");
      if (remade) run("ip link add spider0 type veth peer name spider1");
      base::Code code;
      for (int i = 0; i < 40 && code == base::Code(); ++i) {
        const auto outcome = live.source->poll(live.sink, live.quality);
        if (!outcome) code = outcome.error().code;
      }
      CHECK(code == codes::interface_vanished);
      live.source->finish(live.quality);
    });
  }
}

TEST_CASE("an interface that is set down ends the source with its code, and nothing is lost",
          "[capture]") {
  with_veth([] {
    Live live(on("spider0"));
    const Sender sender("spider1");
    sender.send(frame("before"));
    run("ip link set spider0 down");
    base::Code code;
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (code == base::Code() && std::chrono::steady_clock::now() < end) {
      const auto outcome = live.source->poll(live.sink, live.quality);
      if (!outcome) code = outcome.error().code;
    }
    CHECK(code == codes::interface_down);
    CHECK(live.sink.payloads() == std::vector<std::string>{"before"});
    const auto closed = capture::open_live(on("spider0"), {});
    REQUIRE_FALSE(closed);
    CHECK(closed.error().detail.find("ip link set spider0 up") != std::string::npos);
    run("ip link set spider0 up");
    CHECK(capture::open_live(on("spider0"), {}));
  });
}

TEST_CASE("fan-out gives each conversation to one source, and none to two", "[capture]") {
  with_veth([] {
    auto whisperer = on("spider0");
    whisperer.threads = 3;
    auto sources = capture::open_live(whisperer, {});
    REQUIRE(sources);
    REQUIRE(sources->size() == 3);
    const Sender sender("spider1");
    constexpr std::uint16_t kFlows = 50;
    for (std::uint16_t i = 0; i < kFlows; ++i) {
      const auto port = static_cast<std::uint16_t>(41'000 + i);
      const auto there = [&] {
        return PacketBuilder().ethernet().ipv4("10.0.0.1", "10.0.0.2").tcp(port, 80);
      };
      sender.send(there().payload("request").build());
      sender.send(PacketBuilder().ethernet().ipv4("10.0.0.2", "10.0.0.1").tcp(80, port).build());
    }
    std::array<test::CollectSink, 3> sinks;
    model::QualityLog quality;
    for (int round = 0; round < 5; ++round)
      for (std::size_t i = 0; i < 3; ++i) REQUIRE((*sources)[i]->poll(sinks[i], quality));
    std::size_t all = 0;
    std::map<model::FlowKey, std::set<std::size_t>> who;
    for (std::size_t i = 0; i < 3; ++i) {
      all += sinks[i].packets.size();
      for (const auto& p : sinks[i].packets) who[p.packet.key].insert(i);
      CHECK(sinks[i].packets.size() < 2U * kFlows);
    }
    CHECK(all == 2U * kFlows);
    CHECK(who.size() == kFlows);
    for (const auto& [key, sources_of_key] : who) CHECK(sources_of_key.size() == 1);
  });
}

TEST_CASE("what cannot be opened says why", "[capture]") {
  with_veth([] {
    const auto missing = capture::open_live(on("nosuch0"), {});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == codes::interface_not_found);
    CHECK_THAT(missing.error().detail,
               Contains("nosuch0") && Contains("any, ") && Contains("spider0") && Contains("lo"));
    auto bad_filter = on("spider0");
    bad_filter.filter = "tcp prot 80";
    const auto filter = capture::open_live(bad_filter, {});
    REQUIRE_FALSE(filter);
    CHECK(filter.error().code == codes::filter_invalid);
    CHECK_THAT(filter.error().detail, Contains("tcp prot 80") && Contains("syntax error"));
    run("ip link set spider1 down; ip link set spider0 down");
    const auto down = capture::open_live(on("spider0"), {});
    REQUIRE_FALSE(down);
    CHECK(down.error().code == codes::capture_failed);
    CHECK_THAT(down.error().detail, Contains("ip link set spider0 up"));
  });
}

TEST_CASE("a whisperer is checked without capturing", "[capture]") {
  CHECK(capture::check_whisperer(on("any")));
  CHECK(capture::check_whisperer(on("lo")));
  const auto missing = capture::check_whisperer(on("nosuch0"));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == codes::interface_not_found);
  auto filter = on("lo");
  filter.filter = "host";
  CHECK(capture::check_whisperer(filter).error().code == codes::filter_invalid);
  auto direction = on("lo");
  direction.direction = "sideways";
  CHECK_THAT(capture::check_whisperer(direction).error().detail, Contains("in, out or both"));
  auto file = on("");
  file.type = "FILE";
  file.path = "/nonexistent/x.pcap";
  CHECK(capture::check_whisperer(file).error().code == codes::file_unreadable);
  file.path = "-";
  CHECK(capture::check_whisperer(file));
}
