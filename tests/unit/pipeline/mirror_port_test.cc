// A capture of a mirror port that shows every packet twice tells the same as one that shows it
// once.
#include <catch2/catch.hpp>

#include "import_capture.h"
#include "support/temp_folder.h"

using namespace spider;
using namespace spider::test;
using model::Quality;

namespace {

// How the second sight of a packet differs from the first.
enum class Sight : std::uint8_t { same, tagged, routed, tunnelled };

// Conversations between numbered hosts; each packet is written once, or twice with the copy in
// between the next packets.
class Mirror {
 public:
  Mirror(bool twice, Sight sight) : twice_(twice), sight_(sight) {}

  void send(bool client, unsigned flags, std::uint32_t seq, std::uint32_t ack,
            std::string_view text) {
    ++id_;
    time_.ns += 40'000;
    write(time_, frame(Sight::same, client, flags, seq, ack, text));
    if (twice_) late_.push_back({time_.ns + 70'000, frame(sight_, client, flags, seq, ack, text)});
  }
  // A GET and its answer in three segments; `lost`: the second was sent again.
  void talk(std::uint16_t port, bool lost) {
    port_ = port;
    const std::string body(1500, 'x');
    const std::string get = "GET /" + std::to_string(port) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n";
    const auto n = static_cast<std::uint32_t>(get.size());
    const auto h = static_cast<std::uint32_t>(head.size());
    send(true, model::kSyn, 100, 0, "");
    send(false, model::kSyn | model::kAck, 500, 101, "");
    send(true, model::kAck, 101, 501, "");
    send(true, model::kAck | model::kPsh, 101, 501, get);
    send(false, model::kAck, 501, 101 + n, head);
    send(false, model::kAck, 501 + h, 101 + n, body);
    if (lost) {
      for (int i = 0; i < 3; ++i) send(true, model::kAck, 101 + n, 501 + h, "");
      send(false, model::kAck, 501 + h, 101 + n, body);
    }
    send(false, model::kAck, 2001 + h, 101 + n, body);
    send(true, model::kFin | model::kAck, 101 + n, 3501 + h, "");
    send(false, model::kFin | model::kAck, 3501 + h, 102 + n, "");
    send(true, model::kAck, 102 + n, 3502 + h, "");
  }
  void write(const std::filesystem::path& path) {
    write(base::Time::max(), {});
    out_.write(path);
  }

 private:
  struct Late {
    std::int64_t time_ns;
    Buffer bytes;
  };
  void write(base::Time time, const Buffer& bytes) {
    while (!late_.empty() && late_.front().time_ns <= time.ns) {
      out_.add(base::Time{late_.front().time_ns}, late_.front().bytes);
      late_.erase(late_.begin());
    }
    if (!bytes.empty()) out_.add(time, bytes);
  }
  [[nodiscard]] Buffer frame(Sight sight, bool client, unsigned flags, std::uint32_t seq,
                             std::uint32_t ack, std::string_view text) const {
    PacketBuilder b;
    b.ethernet();
    if (sight == Sight::tagged) b.vlan(12);
    if (sight == Sight::tunnelled)
      b.ipv4("203.0.113.1", "203.0.113.2").udp(5555, 4789).raw({8, 0, 0, 0, 0, 0, 9, 0}).ethernet();
    b.ipv4(client ? "10.0.0.1" : "10.0.0.2", client ? "10.0.0.2" : "10.0.0.1").ip_id(id_);
    if (sight == Sight::routed) b.ttl(63);
    b.tcp(client ? port_ : 80, client ? 80 : port_).seq(seq);
    if ((flags & model::kAck) != 0) b.ack(ack);
    return b.flags(flags).payload(text).build();
  }

  PcapWriter out_{PcapOptions{.nanoseconds = true}};
  bool twice_;
  Sight sight_;
  std::vector<Late> late_;
  base::Time time_{1'700'000'000'000'000'000};
  std::uint16_t id_ = 0;
  std::uint16_t port_ = 0;
};

struct Told {
  std::vector<std::string> communications;  // packet numbers and what follows from them taken out
  model::QualityCounts books;
};

Told tell(const std::filesystem::path& folder, bool twice, Sight sight) {
  Mirror mirror(twice, sight);
  for (std::uint16_t port = 40'000; port < 40'020; ++port) mirror.talk(port, port == 40'007);
  const auto capture = folder / "mirror.pcap";
  mirror.write(capture);

  const auto imported = import_into_store(capture);
  Told out;
  out.books = imported->result.books;
  const auto snapshot = imported->store->reader().snapshot();
  query::Names names({});
  const auto done = query::QueryEngine(*snapshot).each_communication(
      {}, query::Order::oldest_first, [&](query::CommunicationRow row) {
        row.id.session_number = row.session.number = 0;
        query::JsonWriter json(out.communications.emplace_back());
        json.begin_object();
        query::write_communication(json, row, names, query::TimeForm::both);
        json.end_object();
        return true;
      });
  REQUIRE(done);
  return out;
}

}  // namespace

TEST_CASE("a mirror port that shows every packet twice changes no field of a communication",
          "[pipeline]") {
  const Sight sight = GENERATE(Sight::same, Sight::tagged, Sight::routed, Sight::tunnelled);
  TempFolder folder;
  const Told once = tell(folder.path(), false, sight);
  const Told twice = tell(folder.path(), true, sight);

  REQUIRE(once.communications.size() == 20);
  CHECK(once.communications == twice.communications);
  std::size_t clean = 0;
  std::size_t resent = 0;
  for (const std::string& line : twice.communications) {
    clean += line.find("\"retransmitted_bytes\":0") != std::string::npos ? 1U : 0U;
    resent += line.find("\"retransmitted_bytes\":1500") != std::string::npos ? 1U : 0U;
  }
  CHECK(clean == 19);
  CHECK(resent == 1);  // the one that really was sent again

  const std::uint64_t packets = once.books[Quality::packets_received];
  CHECK(once.books[Quality::mirror_duplicate] == 0);
  CHECK(once.books[Quality::tcp_packets] == packets);
  CHECK(twice.books[Quality::packets_received] == 2 * packets);
  CHECK(twice.books[Quality::tcp_packets] == packets);
  CHECK(twice.books[Quality::mirror_duplicate] == packets);
  for (const Quality q : {Quality::tcp_payload_bytes, Quality::delivered_bytes,
                          Quality::duplicate_bytes, Quality::sessions_opened})
    CHECK(twice.books[q] == once.books[q]);
}
