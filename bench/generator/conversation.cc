#include "generator/conversation.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace spider::bench {
namespace {

constexpr std::size_t kSegmentBytes = 1'460;

// Text that compresses about as well as JSON does, cut from one long piece.
std::string_view filler(Random& random, std::size_t bytes) {
  static const std::string text = [] {
    Random own(7);
    std::string t;
    while (t.size() < 9U << 20U)
      t += fmt::format(R"({{"id":{},"name":"item-{:x}","price":{}.{:02},"in_stock":{}}},)",
                       own.between(1, 999'999), own.next() & 0xFFFFFFU, own.between(1, 500),
                       own.between(0, 99), own.chance(700));
    return t;
  }();
  const std::size_t most = std::min(bytes, text.size() / 2);
  return std::string_view(text).substr(random.between(0, text.size() - most - 1), most);
}

// Lays the frames of one connection one behind the other.
class Line {
 public:
  Line(Random& random, Conversation& out, std::uint64_t start_ns)
      : random_(random),
        out_(out),
        now_(start_ns),
        seq_{static_cast<std::uint32_t>(random.next()), static_cast<std::uint32_t>(random.next())} {
  }

  [[nodiscard]] std::uint64_t now() const noexcept { return now_; }
  void wait(std::uint64_t low_us, std::uint64_t high_us) {
    now_ += random_.between(low_us, high_us) * 1'000;
  }

  void handshake() {
    flags(0, kSynOnly);
    ++seq_[0];
    wait(100, 600);
    flags(1, kSynAck);
    ++seq_[1];
    wait(20, 100);
    flags(0, kAckOnly);
  }
  void close(bool reset) {
    wait(10, 400);
    if (reset) return flags(0, kRstAck);
    flags(0, kFinAck);
    ++seq_[0];
    wait(20, 200);
    flags(1, kFinAck);
    ++seq_[1];
    wait(10, 50);
    flags(0, kAckOnly);
  }
  // Sends bytes from one side (0 client, 1 server); the other acknowledges every second segment.
  void send(std::size_t side, std::string_view bytes, std::int32_t exchange) {
    unsigned unacknowledged = 0;
    for (std::size_t at = 0; at < bytes.size(); at += kSegmentBytes) {
      const std::string_view piece = bytes.substr(at, kSegmentBytes);
      const bool last = at + piece.size() == bytes.size();
      now_ += random_.between(1, 12) * 1'000;
      frame(side, {seq_[side], seq_[1 - side], last ? kPushAck : kAckOnly}, piece, exchange);
      seq_[side] += static_cast<std::uint32_t>(piece.size());
      if (++unacknowledged == 2) {
        now_ += random_.between(1, 8) * 1'000;
        flags(1 - side, kAckOnly);
        unacknowledged = 0;
      }
    }
  }

 private:
  void flags(std::size_t side, std::uint8_t f) {
    const bool first = f == kSynOnly;
    frame(side, {seq_[side], first ? 0 : seq_[1 - side], f}, {}, -1);
  }
  void frame(std::size_t side, const TcpHeader& header, std::string_view payload,
             std::int32_t exchange) {
    const Host& from = side == 0 ? out_.client : out_.server;
    const Host& to = side == 0 ? out_.server : out_.client;
    out_.frames.push_back({now_, tcp_frame(from, to, header, payload), true, exchange});
  }

  Random& random_;
  Conversation& out_;
  std::uint64_t now_;
  std::array<std::uint32_t, 2> seq_;
};

std::size_t body_bytes(Random& random, Profile profile) {
  if (profile == Profile::mixed && random.chance(10)) return random.between(60'000, 400'000);
  if (profile == Profile::large) return random.between(200'000, 4'000'000);
  // Mostly short, sometimes a page.
  return random.chance(900) ? random.between(20, 2'500) : random.between(2'500, 60'000);
}

std::uint32_t pick_status(Random& random) {
  static constexpr std::array<std::uint32_t, 12> kStatus{200, 200, 200, 200, 200, 200,
                                                         201, 204, 304, 404, 302, 500};
  return kStatus[random.between(0, kStatus.size() - 1)];
}

std::string request_of(Random& random, Profile profile, std::string_view host, Exchange& e) {
  static constexpr std::array<std::string_view, 6> kMethods{"GET", "GET",  "GET",
                                                            "GET", "POST", "PUT"};
  static constexpr std::array<std::string_view, 6> kPlaces{"users", "orders", "items",
                                                           "carts", "search", "prices"};
  e.method = kMethods[random.between(0, kMethods.size() - 1)];
  e.path = fmt::format("/api/v2/{}/{}?page={}", kPlaces[random.between(0, kPlaces.size() - 1)],
                       random.between(1, 50'000), random.between(1, 40));
  std::string out = fmt::format(
      "{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: shop-front/4.{}\r\nAccept: application/json\r\n"
      "Accept-Encoding: gzip\r\nX-Request-ID: {:016x}{:016x}\r\n"
      "Authorization: Bearer {:016x}{:016x}{:016x}\r\n",
      e.method, e.path, host, random.between(0, 9), random.next(), random.next(), random.next(),
      random.next(), random.next());
  if (e.method == "GET") return out + "\r\n";
  const std::size_t bytes = profile == Profile::large && random.chance(200)
                                ? body_bytes(random, profile)
                                : random.between(10, 1'500);
  const std::string_view body = filler(random, bytes);
  e.request_body_bytes = body.size();
  out += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.size());
  return out.append(body);
}

std::string response_of(Random& random, Profile profile, Exchange& e) {
  e.status = pick_status(random);
  std::string out = fmt::format(
      "HTTP/1.1 {} Because\r\nServer: shop/1.9\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
      "Content-Type: application/json; charset=utf-8\r\nCache-Control: no-store\r\n"
      "X-Served-By: node-{}\r\n",
      e.status, random.between(1, 12));
  if (e.status == 204 || e.status == 304) return out + "\r\n";
  const std::string_view body = filler(random, body_bytes(random, profile));
  e.response_body_bytes = body.size();
  if (!random.chance(300)) {
    out += fmt::format("Content-Length: {}\r\n\r\n", body.size());
    return out.append(body);
  }
  out += "Transfer-Encoding: chunked\r\n\r\n";
  const std::size_t step = random.between(200, 16'000);
  for (std::size_t at = 0; at < body.size(); at += step) {
    const std::string_view piece = body.substr(at, step);
    out += fmt::format("{:x}\r\n", piece.size());
    out.append(piece).append("\r\n");
  }
  return out + "0\r\n\r\n";
}

// One connection's exchanges, in the ways that connections have.
class Talk {
 public:
  Talk(Random& random, Conversation& out, Line& line, Profile profile, std::string host)
      : random_(random), out_(out), line_(line), profile_(profile), host_(std::move(host)) {}

  // One after the other.
  void turn() {
    line_.wait(50, 30'000);
    ask();
    line_.wait(200, 20'000);
    answer(out_.exchanges.size() - 1);
  }
  // All questions, then all answers.
  void pipeline(std::uint64_t count) {
    const std::size_t first = out_.exchanges.size();
    line_.wait(50, 30'000);
    for (std::uint64_t i = 0; i < count; ++i) ask();
    line_.wait(200, 20'000);
    for (std::size_t i = first; i < out_.exchanges.size(); ++i) answer(i);
  }
  // An upload that waits for leave (RFC 9110 10.1.1).
  void upload() {
    Exchange e;
    e.method = "PUT";
    e.path = fmt::format("/api/v2/files/{}", random_.between(1, 50'000));
    const std::string_view body = filler(random_, random_.between(2'000, 40'000));
    e.request_body_bytes = body.size();
    out_.exchanges.push_back(std::move(e));
    const std::size_t index = out_.exchanges.size() - 1;
    line_.wait(50, 30'000);
    say(0, index,
        fmt::format("PUT {} HTTP/1.1\r\nHost: {}\r\nExpect: 100-continue\r\n"
                    "Content-Length: {}\r\n\r\n",
                    out_.exchanges[index].path, host_, body.size()));
    line_.wait(100, 2'000);
    line_.send(1, "HTTP/1.1 100 Continue\r\n\r\n", -1);  // of no body or head that is told
    line_.wait(10, 200);
    line_.send(0, body, static_cast<std::int32_t>(index));
    line_.wait(200, 20'000);
    answer(index);
  }

 private:
  void ask() {
    Exchange e;
    std::string text = request_of(random_, profile_, host_, e);
    if (profile_ == Profile::mixed && e.method == "GET" && random_.chance(50)) {
      e.method = "HEAD";
      text.replace(0, 3, e.method);
    }
    out_.exchanges.push_back(std::move(e));
    say(0, out_.exchanges.size() - 1, text);
  }
  void answer(std::size_t index) {
    Exchange& e = out_.exchanges[index];
    std::string text = response_of(random_, profile_, e);
    if (e.method == "HEAD") {
      text.resize(text.find("\r\n\r\n") + 4);
      e.response_body_bytes = 0;
    }
    say(1, index, text);
  }
  void say(std::size_t side, std::size_t index, std::string_view text) {
    const std::size_t first = out_.frames.size();
    const auto exchange = static_cast<std::int32_t>(index);
    line_.send(side, text, exchange);
    Exchange& e = out_.exchanges[index];
    (side == 0 ? e.start_ns : e.answer_ns) = out_.frames[first].time_ns;
    for (std::size_t i = first; i < out_.frames.size(); ++i)
      if (out_.frames[i].exchange == exchange) e.end_ns = out_.frames[i].time_ns;
  }

  Random& random_;
  Conversation& out_;
  Line& line_;
  Profile profile_;
  std::string host_;
};

}  // namespace

Conversation make_conversation(Random& random, Profile profile, std::uint64_t number,
                               std::uint64_t start_ns) {
  Conversation out;
  const auto port = static_cast<std::uint16_t>(20'000 + number % 40'000);
  const auto client = static_cast<std::uint32_t>(number / 40'000 + random.between(0, 3) * 65'536);
  const auto server = static_cast<std::uint32_t>(random.between(1, 12));
  if (random.chance(150)) {
    out.client = Host::v6_of(0x00010000U + client, port);
    out.server = Host::v6_of(server, 8080);
  } else {
    out.client = Host::v4(0x0A010000U + client, port);
    out.server = Host::v4(0x0A000000U + server, 80);
  }
  const std::string host = fmt::format("shop-{}.example", server);
  Line line(random, out, start_ns);
  line.handshake();
  Talk talk(random, out, line, profile, host);
  if (profile != Profile::mixed) {
    const std::uint64_t exchanges = random.between(1, profile == Profile::large ? 3 : 12);
    for (std::uint64_t i = 0; i < exchanges; ++i) talk.turn();
  } else {
    const bool pipelines = random.chance(100);
    for (std::uint64_t turns = random.between(1, 30); turns > 0; --turns) {
      if (pipelines && random.chance(600)) {
        talk.pipeline(random.between(2, 5));
      } else if (random.chance(30)) {
        talk.upload();
      } else {
        talk.turn();
      }
    }
  }
  line.close(random.chance(50));
  return out;
}

std::vector<Frame> make_noise(Random& random, std::uint64_t number, std::uint64_t start_ns) {
  std::vector<Frame> out;
  const auto host = static_cast<std::uint32_t>(number % 250 + 1);
  const Host a = Host::v4(0x0A020000U + host, static_cast<std::uint16_t>(30'000 + number % 30'000));
  const Host dns = Host::v4(0x0A000035U, 53);
  const Host tls = Host::v4(0x0A000063U, 443);
  auto seq = static_cast<std::uint32_t>(random.next());
  std::uint64_t now = start_ns;
  const std::uint64_t frames = random.between(20, 120);
  for (std::uint64_t i = 0; i < frames; ++i) {
    now += random.between(2, 3'000) * 1'000;
    const std::uint64_t kind = random.between(0, 99);
    Frame f;
    f.time_ns = now;
    if (kind < 5) {
      f.bytes = arp_frame(0x0A020000U + host);
    } else if (kind < 35) {
      f.bytes = udp_frame(a, dns, filler(random, random.between(30, 300)));
    } else {
      const std::string_view piece = filler(random, random.between(40, kSegmentBytes));
      std::string record = "\x17\x03\x03";  // a TLS application record, as far as anyone can tell
      record += piece;
      record.resize(std::min(record.size(), kSegmentBytes));
      f.bytes = tcp_frame(a, tls, {seq, 1, kPushAck}, record);
      f.tcp = true;
      seq += static_cast<std::uint32_t>(record.size());
    }
    out.push_back(std::move(f));
  }
  return out;
}

}  // namespace spider::bench
