// gen_attack: traffic that wants to exhaust whoever reads it, as a capture on standard output, with
// ordinary traffic beside it. The same bytes for the same arguments.
//
//   gen_attack NAME COUNT [NORMAL]     COUNT: how much of the attack; NORMAL: ordinary exchanges
//   gen_attack --list                  names, one a line, with what COUNT counts
//
// Ordinary exchanges are spread evenly over the attack: by turns one on a connection of its own and
// one on a connection that lives through all of it. Their Host is normal.example.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

constexpr std::uint32_t kClient = 0x0A000001;
constexpr std::uint32_t kServer = 0xC0A80001;
constexpr unsigned kFin = 1;
constexpr unsigned kSyn = 2;
constexpr unsigned kPsh = 8;
constexpr unsigned kAck = 16;

void be16(std::string& out, unsigned v) {
  out += static_cast<char>(v >> 8U & 0xFFU);
  out += static_cast<char>(v & 0xFFU);
}
void be32(std::string& out, std::uint32_t v) {
  be16(out, v >> 16U);
  be16(out, v & 0xFFFFU);
}
void le32(std::string& out, std::uint32_t v) {
  for (unsigned i = 0; i < 4; ++i) out += static_cast<char>(v >> 8 * i & 0xFFU);
}

// A capture on standard output: raw IP frames, ten microseconds apart.
class Out {
 public:
  Out() { out_.reserve(2U << 20U); }
  ~Out() { flush(); }
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;

  void pcap_header() {
    le32(out_, 0xA1B2C3D4);
    le32(out_, 2U | 4U << 16U);
    le32(out_, 0);
    le32(out_, 0);
    le32(out_, 262'144);
    le32(out_, 101);
  }
  void frame(std::string_view bytes) {
    now_us_ += 10;
    if (pcapng_) {
      const auto padded = static_cast<std::uint32_t>((bytes.size() + 3) / 4 * 4);
      le32(out_, 6);  // an enhanced packet block of the first interface
      le32(out_, 32 + padded);
      le32(out_, 0);
      le32(out_, static_cast<std::uint32_t>(now_us_ >> 32U));
      le32(out_, static_cast<std::uint32_t>(now_us_));
      le32(out_, static_cast<std::uint32_t>(bytes.size()));
      le32(out_, static_cast<std::uint32_t>(bytes.size()));
      out_ += bytes;
      out_.append(padded - bytes.size(), '\0');
      le32(out_, 32 + padded);
    } else {
      le32(out_, static_cast<std::uint32_t>(now_us_ / 1'000'000));
      le32(out_, static_cast<std::uint32_t>(now_us_ % 1'000'000));
      le32(out_, static_cast<std::uint32_t>(bytes.size()));
      le32(out_, static_cast<std::uint32_t>(bytes.size()));
      out_ += bytes;
    }
    if (out_.size() > 1U << 20U) flush();
  }
  void pcapng_header() {
    pcapng_ = true;
    le32(out_, 0x0A0D0D0A);
    le32(out_, 28);
    le32(out_, 0x1A2B3C4D);
    le32(out_, 1);
    out_.append(8, '\xFF');
    le32(out_, 28);
    interface();
  }
  void interface() {
    le32(out_, 1);
    le32(out_, 20);
    le32(out_, 101);
    le32(out_, 262'144);
    le32(out_, 20);
    if (out_.size() > 1U << 20U) flush();
  }

 private:
  void flush() {
    // A reader that went away is its own affair.
    static_cast<void>(std::fwrite(out_.data(), 1, out_.size(), stdout));
    out_.clear();
  }

  std::string out_;
  bool pcapng_ = false;
  std::uint64_t now_us_ = 1'760'000'000'000'000;
};

std::string ip_header(std::uint32_t from, std::uint32_t to, std::size_t content, unsigned id,
                      unsigned fragment, unsigned protocol) {
  std::string out;
  be16(out, 0x4500);
  be16(out, static_cast<unsigned>(20 + content));
  be16(out, id);
  be16(out, fragment);
  be16(out, 64U << 8U | protocol);
  be16(out, 0);
  be32(out, from);
  be32(out, to);
  return out;
}

// One direction each way of a connection; sends what it is told with the right numbers.
struct Connection {
  std::uint32_t client;
  std::uint32_t server;
  std::uint16_t client_port;
  std::uint16_t server_port;
  std::uint32_t client_seq = 1'000;
  std::uint32_t server_seq = 5'000;

  void segment(Out& out, bool from_client, std::uint32_t seq, std::uint32_t ack, unsigned flags,
               std::string_view payload) const {
    std::string f = ip_header(from_client ? client : server, from_client ? server : client,
                              20 + payload.size(), 0, 0, 6);
    be16(f, from_client ? client_port : server_port);
    be16(f, from_client ? server_port : client_port);
    be32(f, seq);
    be32(f, ack);
    be16(f, 0x5000U | flags);
    be16(f, 65'000);
    be32(f, 0);
    f += payload;
    out.frame(f);
  }
  void open(Out& out) {
    segment(out, true, client_seq++, 0, kSyn, {});
    segment(out, false, server_seq++, client_seq, kSyn | kAck, {});
    segment(out, true, client_seq, server_seq, kAck, {});
  }
  void say(Out& out, bool from_client, std::string_view text) {
    std::uint32_t& seq = from_client ? client_seq : server_seq;
    segment(out, from_client, seq, from_client ? server_seq : client_seq, kPsh | kAck, text);
    seq += static_cast<std::uint32_t>(text.size());
  }
  void close(Out& out) {
    segment(out, true, client_seq++, server_seq, kFin | kAck, {});
    segment(out, false, server_seq++, client_seq, kFin | kAck, {});
    segment(out, true, client_seq, server_seq, kAck, {});
  }
};

// Gathers text and says it in full segments.
class Stream {
 public:
  Stream(Out& out, Connection& connection, bool from_client)
      : out_(out), connection_(connection), from_client_(from_client) {}
  void say(std::string_view text) {
    waiting_ += text;
    while (waiting_.size() >= kSegment) {
      connection_.say(out_, from_client_, std::string_view(waiting_).substr(0, kSegment));
      waiting_.erase(0, kSegment);
    }
  }

 private:
  static constexpr std::size_t kSegment = 1'400;
  Out& out_;
  Connection& connection_;
  bool from_client_;
  std::string waiting_;
};

class Normal {
 public:
  Normal(Out& out, std::uint64_t steps, std::uint64_t wanted)
      : out_(out),
        every_(wanted == 0 ? 0 : std::max<std::uint64_t>(1, steps / wanted)),
        wanted_(wanted) {}
  // Before step `i` of the attack.
  void beside(std::uint64_t i) {
    if (every_ == 0 || i % every_ != 0 || made_ == wanted_) return;
    exchange();
  }
  void finish() {
    while (made_ < wanted_) exchange();
    if (kept_open_) kept_.close(out_);
  }

 private:
  void exchange() {
    if (++made_ % 2 == 0) {
      if (!kept_open_) kept_.open(out_);
      kept_open_ = true;
      talk(kept_);
      return;
    }
    Connection own{0x0A010000U + static_cast<std::uint32_t>(made_ >> 14U), kServer + 1,
                   static_cast<std::uint16_t>(20'000 + made_ % 16'384), 80};
    own.open(out_);
    talk(own);
    own.close(out_);
  }
  void talk(Connection& c) {
    c.say(out_, true, "GET /item HTTP/1.1\r\nHost: normal.example\r\n\r\n");
    c.say(out_, false, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  }

  Out& out_;
  std::uint64_t every_;
  std::uint64_t wanted_;
  std::uint64_t made_ = 0;
  Connection kept_{0x0A020001, kServer + 2, 41'000, 80};
  bool kept_open_ = false;
};

using Attack = void (*)(Out&, std::uint64_t, Normal&);

Connection flow(std::uint64_t i) {
  return {0x0B000000U + static_cast<std::uint32_t>(i / 60'000), kServer,
          static_cast<std::uint16_t>(1'024 + i % 60'000), 80};
}

void syn_flood(Out& out, std::uint64_t count, Normal& normal) {
  for (std::uint64_t i = 0; i < count; ++i) {
    normal.beside(i);
    flow(i).segment(out, true, 7, 0, kSyn, {});
  }
}

void half_open(Out& out, std::uint64_t count, Normal& normal) {
  for (std::uint64_t i = 0; i < count; ++i) {
    normal.beside(i);
    flow(i).segment(out, true, 7, 0, kSyn, {});
    flow(i).segment(out, true, 8, 1, kAck, "G");
  }
}

constexpr std::string_view kAsk = "GET /attack HTTP/1.1\r\nHost: attacked.example\r\n\r\n";
constexpr std::string_view kChunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

void lines(Out& out, std::uint64_t count, Normal& normal, bool from_client, std::string_view before,
           std::string_view line) {
  Connection c{kClient, kServer, 40'000, 80};
  c.open(out);
  if (!from_client) c.say(out, true, kAsk);
  Stream stream(out, c, from_client);
  stream.say(before);
  for (std::uint64_t i = 0; i < count; ++i) {
    normal.beside(i);
    stream.say(line);
  }
}

void endless_head(Out& out, std::uint64_t count, Normal& normal) {
  lines(out, count, normal, true, "GET / HTTP/1.1\r\n", "X-Header: some value of it\r\n");
}
void endless_line(Out& out, std::uint64_t count, Normal& normal) {
  lines(out, count, normal, true, "GET /", "another-part-of-the-path/");
}
void chunk_extensions(Out& out, std::uint64_t count, Normal& normal) {
  lines(out, count, normal, false, std::string(kChunked) + "5", ";name=value");
}
void extended_chunks(Out& out, std::uint64_t count, Normal& normal) {
  lines(out, count, normal, false, kChunked, "1;name=value\r\nx\r\n");
}
void endless_trailer(Out& out, std::uint64_t count, Normal& normal) {
  lines(out, count, normal, false, std::string(kChunked) + "1\r\nx\r\n0\r\n",
        "X-Trailer: value\r\n");
}
void interim_flood(Out& out, std::uint64_t count, Normal& normal) {
  lines(out, count, normal, false, {}, "HTTP/1.1 100 Continue\r\n\r\n");
}
void pipelined(Out& out, std::uint64_t count, Normal& normal) {
  lines(out, count, normal, true, {}, kAsk);
}

// Streams that wait for a byte that never comes, by turns.
void holes(Out& out, std::uint64_t count, Normal& normal, std::uint32_t streams,
           std::string_view segment, std::uint32_t apart) {
  for (std::uint32_t s = 0; s < streams; ++s) {
    Connection c = flow(s);
    c.open(out);
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    normal.beside(i);
    const auto round = static_cast<std::uint32_t>(i / streams);
    flow(i % streams).segment(out, true, 1'002 + round * apart, 5'001, kAck, segment);
  }
}
void hole(Out& out, std::uint64_t count, Normal& normal) {
  holes(out, count, normal, 1, std::string(1'400, 'h'), 1'400);
}
void many_holes(Out& out, std::uint64_t count, Normal& normal) {
  holes(out, count, normal, 1'000, std::string(1'400, 'h'), 1'400);
}
void crumbs(Out& out, std::uint64_t count, Normal& normal) {
  holes(out, count, normal, 200, "c", 2);
}

// More is to come, which never does.
void fragment(Out& out, std::uint64_t i, const std::string& content) {
  out.frame(ip_header(0x0C000000U + static_cast<std::uint32_t>(i >> 16U), kServer, content.size(),
                      static_cast<unsigned>(i & 0xFFFFU), 0x2000, 6) +
            content);
}
void fragments(Out& out, std::uint64_t count, Normal& normal) {
  const std::string content(1'200, 'f');
  for (std::uint64_t i = 0; i < count; ++i) {
    normal.beside(i);
    fragment(out, i, content);
  }
}

// IPv6 packets from addresses that differ in their first half only. Chosen, their last half is what
// model::hash multiplies by nothing: all have the same hash there, and the same lane.
std::string ip6_header(std::uint64_t i, bool chosen, std::size_t content, unsigned next) {
  std::string out;
  be32(out, 0x60000000);
  be16(out, static_cast<unsigned>(content));
  be16(out, next << 8U | 64U);
  be32(out, 0x20010DB8);
  be32(out, static_cast<std::uint32_t>(i));
  be32(out, chosen ? 0x93FD5966 : 0);
  be32(out, chosen ? 0xB8FEE8D6 : 1);
  be32(out, 0x3FFF0000);
  be32(out, 0);
  be32(out, 0);
  be32(out, 2);
  return out;
}
void flows6(Out& out, std::uint64_t count, Normal& normal, bool chosen) {
  for (std::uint64_t i = 0; i < count; ++i) {
    normal.beside(i);
    std::string f = ip6_header(i, chosen, 20, 6);
    be32(f, 40'000U << 16U | 80U);
    be32(f, static_cast<std::uint32_t>(i));
    be32(f, 0);
    be32(f, (0x5000U | kSyn) << 16U | 65'000U);
    be32(f, 0);
    out.frame(f);
  }
}
void chosen_flows(Out& out, std::uint64_t count, Normal& normal) {
  flows6(out, count, normal, true);
}
void other_flows(Out& out, std::uint64_t count, Normal& normal) {
  flows6(out, count, normal, false);
}
void fragments6(Out& out, std::uint64_t count, Normal& normal, bool chosen) {
  for (std::uint64_t i = 0; i < count; ++i) {
    normal.beside(i);
    std::string f = ip6_header(i, chosen, 16, 44);
    be32(f, 6U << 24U | 1U);  // TCP, at 0, and more to come
    be32(f, 1);
    f.append(8, 'f');
    out.frame(f);
  }
}
void chosen_fragments(Out& out, std::uint64_t count, Normal& normal) {
  fragments6(out, count, normal, true);
}
void other_fragments(Out& out, std::uint64_t count, Normal& normal) {
  fragments6(out, count, normal, false);
}

void half_head(Out& out, std::uint64_t i, const std::string& head) {
  flow(i).segment(out, true, 7, 0, kSyn, {});
  flow(i).segment(out, true, 8, 1, kAck, head);
}
std::string some_head() {
  return "GET / HTTP/1.1\r\nHost: attacked.example\r\nX: " + std::string(1'300, 'x');
}
void half_heads(Out& out, std::uint64_t count, Normal& normal) {
  const std::string head = some_head();
  for (std::uint64_t i = 0; i < count; ++i) {
    normal.beside(i);
    half_head(out, i, head);
  }
}

// What fills each table, buffer and budget, by turns.
void all_at_once(Out& out, std::uint64_t count, Normal& normal) {
  const std::string head = some_head();
  const std::string content(1'400, 'a');
  Connection asker{kClient, kServer + 3, 40'000, 80};
  asker.open(out);
  for (std::uint64_t i = 0; i < count; ++i) {
    normal.beside(i);
    half_head(out, i, head);
    fragment(out, i, content);
    // A thousand streams with a hole each, opened by their first packet.
    Connection holed{kClient + 1, kServer + 4, static_cast<std::uint16_t>(2'000 + i % 1'000), 80};
    const auto round = static_cast<std::uint32_t>(i / 1'000);
    if (round == 0) holed.open(out);
    holed.segment(out, true, 1'002 + round * 1'400, 5'001, kAck, content);
    asker.say(out, true, kAsk);
  }
}

void distinct_words(Out& out, std::uint64_t count, Normal& normal) {
  Connection c{kClient, kServer, 40'000, 80};
  c.open(out);
  for (std::uint64_t i = 0; i < count; ++i) {
    normal.beside(i);
    const std::string n = std::to_string(i);
    std::string method = "M";
    for (const char digit : n) method += static_cast<char>('A' + (digit - '0'));
    c.say(out, true, method + " /" + n + " HTTP/1.1\r\nHost: host-" + n + ".example\r\n\r\n");
    c.say(out, false, "HTTP/1.1 200 OK\r\nContent-Type: t/" + n + "\r\nContent-Length: 0\r\n\r\n");
  }
}

void interface_blocks(Out& out, std::uint64_t count, Normal& normal) {
  for (std::uint64_t i = 0; i < count; ++i) {
    normal.beside(i);
    out.interface();
  }
}

struct Named {
  std::string_view name;
  Attack run;
  std::string_view counts;
};
constexpr std::array<Named, 21> kAttacks{{
    {"syn_flood", syn_flood, "flows of one SYN"},
    {"half_open", half_open, "sessions of a SYN and one byte"},
    {"endless_head", endless_head, "header lines of one request"},
    {"endless_line", endless_line, "parts of one request line"},
    {"chunk_extensions", chunk_extensions, "extensions of one chunk"},
    {"extended_chunks", extended_chunks, "chunks of one byte with an extension"},
    {"endless_trailer", endless_trailer, "trailer lines of one response"},
    {"interim_flood", interim_flood, "interim responses to one request"},
    {"pipelined", pipelined, "requests on one connection, unanswered"},
    {"hole", hole, "segments behind a hole in one stream"},
    {"many_holes", many_holes, "segments behind holes in 1,000 streams"},
    {"crumbs", crumbs, "segments of one byte with a hole before each, in 200 streams"},
    {"fragments", fragments, "first fragments of datagrams that never become whole"},
    {"chosen_flows", chosen_flows, "flows of one SYN whose addresses share one unkeyed hash"},
    {"other_flows", other_flows, "flows like them from other addresses"},
    {"chosen_fragments", chosen_fragments, "fragments whose addresses share one unkeyed hash"},
    {"other_fragments", other_fragments, "fragments like them from other addresses"},
    {"half_heads", half_heads, "connections that stop within their first head"},
    {"all_at_once", all_at_once, "rounds of the worst of the others"},
    {"distinct_words", distinct_words, "exchanges, each with a method, host and type of its own"},
    {"interface_blocks", interface_blocks, "interfaces of a pcapng file"},
}};

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--list") == 0) {
    for (const Named& a : kAttacks)
      std::printf("%s\t%s\n", std::string(a.name).c_str(), std::string(a.counts).c_str());
    return 0;
  }
  if (argc < 3 || argc > 4) {
    std::fprintf(stderr, "usage: gen_attack NAME COUNT [NORMAL] | --list\n");
    return 2;
  }
  const std::uint64_t count = std::strtoull(argv[2], nullptr, 10);
  const std::uint64_t wanted = argc == 4 ? std::strtoull(argv[3], nullptr, 10) : 0;
  for (const Named& a : kAttacks) {
    if (a.name != argv[1]) continue;
    Out out;
    if (a.name == "interface_blocks") {
      out.pcapng_header();
    } else {
      out.pcap_header();
    }
    Normal normal(out, count, wanted);
    a.run(out, count, normal);
    normal.finish();
    return 0;
  }
  std::fprintf(stderr, "gen_attack: there is no attack '%s'; see --list\n", argv[1]);
  return 2;
}
