// How fast a lane's parser reads HTTP/1: whole exchanges as a busy service has them, heads alone,
// large bodies, flows of another protocol.

#include <cstdint>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "spider/parse/parser.h"

namespace {
using namespace spider;

class Nowhere final : public model::CommunicationSink {
 public:
  model::BodyExtent save_body(base::Bytes bytes) override {
    const model::BodyExtent extent{1, at_, static_cast<std::uint32_t>(bytes.size())};
    at_ += extent.bytes;
    return extent;
  }
  void on_communication(const model::Communication& c) override { benchmark::DoNotOptimize(&c); }
  void on_session(const model::TcpSession&, std::string_view, std::uint32_t,
                  std::span<const model::ParseNote>) override {}

 private:
  std::uint32_t at_ = 0;
};

const std::string kRequest =
    "GET /catalogue/items/4711?page=2&sort=price HTTP/1.1\r\nHost: shop.example:8080\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n"
    "Connection: keep-alive\r\nCookie: session=0123456789abcdef0123456789abcdef; "
    "theme=dark\r\n\r\n";

std::string response(std::size_t body) {
  return "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 04:00:00 GMT\r\n"
         "Content-Type: application/json; charset=utf-8\r\nCache-Control: no-cache\r\n"
         "X-Request-Id: 6f1c1f8e-3a52-4a8e-9d0b-0a5f6b1f2c3d\r\nContent-Length: " +
         std::to_string(body) + "\r\n\r\n" + std::string(body, 'x');
}

struct Feed {
  Feed() : parser(config, whisperer, sink, quality) {
    session.syn_time = session.handshake_time = base::Time::min();
    flow = parser.open(session);
  }
  ~Feed() { parser.close(flow, session); }
  void send(bool client, std::string_view text) {
    // As TCP would carry it.
    for (std::size_t i = 0; i < text.size(); i += 1448) {
      const std::string_view piece = text.substr(i, 1448);
      std::uint64_t& at = offset[client ? 0 : 1];
      flow->on_chunk(client ? model::Direction::low_to_high : model::Direction::high_to_low,
                     {at, base::as_bytes(piece), base::Time{clock}, ++packet});
      at += piece.size();
      clock += 1'000;
    }
  }

  parse::ParseConfig config;
  model::WhispererConfig whisperer;
  Nowhere sink;
  model::QualityLog quality;
  parse::Parser parser;
  model::TcpSession session;
  model::FlowObserver* flow = nullptr;
  std::uint64_t offset[2] = {0, 0};
  std::uint64_t packet = 0;
  std::int64_t clock = 0;
};

void exchanges(benchmark::State& state) {
  Feed feed;
  const std::string answer = response(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    feed.send(true, kRequest);
    feed.send(false, answer);
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(kRequest.size() + answer.size()));
}
BENCHMARK(exchanges)->Arg(0)->Arg(200)->Arg(4'000)->Arg(100'000);

void heads_in_one_byte_segments(benchmark::State& state) {
  Feed feed;
  const std::string answer = response(0);
  for (auto _ : state) {
    for (const char& c : kRequest) feed.send(true, {&c, 1});
    for (const char& c : answer) feed.send(false, {&c, 1});
  }
  state.SetItemsProcessed(2 * state.iterations());
}
BENCHMARK(heads_in_one_byte_segments);

void chunked(benchmark::State& state) {
  Feed feed;
  std::string answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 64; ++i) answer += "80\r\n" + std::string(128, 'x') + "\r\n";
  answer += "0\r\n\r\n";
  for (auto _ : state) {
    feed.send(true, kRequest);
    feed.send(false, answer);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(answer.size()));
}
BENCHMARK(chunked);

void short_connections(benchmark::State& state) {
  Nowhere sink;
  model::QualityLog quality;
  parse::Parser parser({}, {}, sink, quality);
  const std::string answer = response(0);
  for (auto _ : state) {
    model::TcpSession session;
    session.syn_time = session.handshake_time = base::Time::min();
    model::FlowObserver* flow = parser.open(session);
    flow->on_chunk(model::Direction::low_to_high, {0, base::as_bytes(kRequest), {}, 1});
    flow->on_chunk(model::Direction::high_to_low, {0, base::as_bytes(answer), {}, 2});
    parser.close(flow, session);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(short_connections);

void opaque_packets(benchmark::State& state) {
  Feed feed;
  feed.send(true, "\x16\x03\x01");
  feed.send(false, "\x16\x03\x03");
  const std::string packet(1448, '\x17');
  for (auto _ : state) feed.send(false, packet);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(opaque_packets);

}  // namespace
