// How fast the writer packs and stores communications, and what they take on disk. The records look
// like those of an API with JSON bodies: long heads full of random identifiers, a few hosts, four
// requests to a connection. Counters: bytes on disk per communication by family.

#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "spider/store/store.h"
#include "spider/store/store_reader.h"
#include "spider/store/store_writer.h"

namespace {

using namespace spider;

class Traffic {
 public:
  explicit Traffic(std::uint64_t seed) : random_(seed) {}

  // One batch of about `body_bytes` of bodies.
  std::unique_ptr<model::RecordBatch> batch(model::SourceId source, std::size_t body_bytes) {
    auto out = std::make_unique<model::RecordBatch>(std::size_t{4} << 20U, body_bytes + 65'536, 64);
    out->source = source;
    while (out->bodies.used() < body_bytes) add(*out);
    return out;
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  std::string hex(std::size_t digits) {
    std::string out;
    while (out.size() < digits) out += fmt::format("{:016x}", random_());
    out.resize(digits);
    return out;
  }
  std::string json(std::size_t bytes) {
    static constexpr const char* kWords[] = {"order",   "account", "invoice", "customer",
                                             "product", "session", "status"};
    std::string out = "{\"rid\":\"" + hex(16) + "\",\"items\":[";
    while (out.size() < bytes)
      out += fmt::format(
          "{{\"id\":{},\"{}\":\"{}-{}\",\"amount\":{}.{},\"uuid\":\"{}-{}\",\"created\":null}},",
          below(16'777'216), kWords[below(7)], kWords[below(7)], hex(8), below(50'000), below(100),
          hex(8), hex(4));
    return out + "]}";
  }
  void add(model::RecordBatch& b) {
    static constexpr const char* kAgents[] = {
        "axios/1.6.0", "okhttp/4.11.0", "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Firefox/119.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15"};
    if (below(7) == 0 || session_.number == 0) {
      session_ = {b.source, clock_, ++packets_};
      ordinal_ = 0;
      client_ = below(500);
      server_ = below(20);
      cookie_ = hex(32);
    }
    clock_ = clock_ + base::Duration{static_cast<std::int64_t>(1'000 * below(24))};
    model::Communication c;
    c.session = session_;
    c.ordinal = ordinal_++;
    c.client = {model::IpAddress::v4(0x0A000000U + static_cast<std::uint32_t>(client_)),
                static_cast<std::uint16_t>(20'000 + session_.number % 40'000)};
    c.server = {model::IpAddress::v4(0x0A010000U + static_cast<std::uint32_t>(server_)), 80};
    c.start = clock_;
    const auto wait =
        static_cast<std::int64_t>(1'000 * (below(20) == 0 ? below(900'000) : below(30'000)));
    c.end = clock_ + base::Duration{wait + 40'000};
    c.method = below(4) == 0 ? "POST" : "GET";
    const std::string rid = hex(28);
    const std::string target =
        fmt::format("/api/v{}/devices/{}?expand=region&page={}&_=1700000000000", below(3) + 1,
                    below(1'000'000), below(50));
    const std::string host = fmt::format("api{}.example.com", server_);
    c.target = b.text.put(target);
    c.host = b.text.put(host);
    c.status = below(10) == 0 ? 404 : 200;
    c.response_type = "application/json";
    c.request.present = c.response.present = true;
    c.request.first_byte = c.request.last_byte = c.start;
    c.request.head = b.text.put(fmt::format(
        "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: keep-alive\r\nUser-Agent: {}\r\nAccept: "
        "application/json, text/plain, */*\r\n"
        "Referer: http://www{}.example.com/app/invoice\r\nAccept-Encoding: gzip, "
        "deflate\r\nAccept-Language: en-US,en;q=0.9\r\n"
        "X-Request-Id: {}\r\nCookie: sid={}; _ga=GA1.2.11189547.1700000000; theme=dark\r\n\r\n",
        c.method, target, host, kAgents[client_ % 4], server_, rid, cookie_));
    c.response.head =
        b.text.put(fmt::format("HTTP/1.1 {} OK\r\nServer: nginx/1.22.1\r\nDate: Tue, 14 Nov 2023 "
                               "22:13:00 GMT\r\nContent-Type: application/json; charset=utf-8\r\n"
                               "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\nVary: "
                               "Accept-Encoding\r\nX-Powered-By: Express\r\nETag: W/\"{}\"\r\n"
                               "X-Request-Id: {}\r\nCache-Control: private, max-age=0\r\n\r\n",
                               c.status, hex(27), rid));
    c.response.first_byte = c.start + base::Duration{wait};
    c.response.last_byte = c.end;
    c.request.first_packet = c.request.last_packet = ++packets_;
    c.response.first_packet = ++packets_;
    packets_ += below(3);
    c.response.last_packet = packets_;
    const std::string body = json(200 + below(below(8) == 0 ? 12'000 : 2'200));
    const model::BodyExtent extent{0, static_cast<std::uint32_t>(b.bodies.used()),
                                   static_cast<std::uint32_t>(body.size())};
    static_cast<void>(b.bodies.put(std::string_view(body)));
    c.response.body = b.text.put_values(std::span<const model::BodyExtent>(&extent, 1));
    c.response.body_bytes = body.size();
    c.response.wire_bytes = c.response.head.size() + body.size() + 12;
    c.request.wire_bytes = c.request.head.size();
    b.communications.push_back(c);
  }

  std::mt19937_64 random_;
  base::Time clock_ = base::Time::from_us(1'700'000'000'000'000);
  model::SessionId session_{};
  std::uint32_t ordinal_ = 0;
  std::uint64_t packets_ = 0;
  std::uint64_t client_ = 0;
  std::uint64_t server_ = 0;
  std::string cookie_;
};

void write_communications(benchmark::State& state) {
  const auto folder =
      std::filesystem::temp_directory_path() / fmt::format("spider-bench-{}", ::getpid());
  const bool bodies = state.range(0) != 0;
  Traffic traffic(1);
  std::vector<std::unique_ptr<model::RecordBatch>> batches;
  std::size_t communications = 0;
  std::size_t text = 0;
  std::size_t body = 0;
  for (int i = 0; i < 180; ++i) {
    batches.push_back(traffic.batch(model::SourceId{1}, std::size_t{2} << 20U));
    communications += batches.back()->communications.size();
    body += batches.back()->bodies.used();
    text += batches.back()->text.used();
    if (!bodies) {
      batches.back()->bodies.clear();
      for (auto& c : batches.back()->communications) c.response.body = {};
    }
  }
  for (auto _ : state) {
    state.PauseTiming();
    std::filesystem::remove_all(folder);
    store::StoreConfig config;
    config.path = folder.string();
    auto store = store::Store::open(config).value();
    static_cast<void>(store->source("bench", "UPLOAD"));
    state.ResumeTiming();
    for (auto& b : batches) {
      b->body_pack = store->next_pack_id();
      for (const auto& c : b->communications)
        for (const auto& e : c.response.body) const_cast<model::BodyExtent&>(e).pack = b->body_pack;
      if (!store->writer().add(*b)) state.SkipWithError("add");
    }
    if (!store->writer().commit()) state.SkipWithError("commit");
    if (state.range(1) != 0 && !store->writer().flush()) state.SkipWithError("flush");
    state.PauseTiming();
    if (state.range(1) != 0)
      for (const auto& size : store->reader().sizes())
        if (size.bytes / communications > 0)
          state.counters[size.family] =
              static_cast<double>(size.bytes) / static_cast<double>(communications);
    store.reset();
    state.ResumeTiming();
  }
  std::filesystem::remove_all(folder);
  state.counters["communications"] = static_cast<double>(communications);
  state.counters["head_bytes"] = static_cast<double>(text) / static_cast<double>(communications);
  state.counters["body_bytes"] = static_cast<double>(body) / static_cast<double>(communications);
  state.SetItemsProcessed(static_cast<std::int64_t>(communications) * state.iterations());
}
BENCHMARK(write_communications)
    ->ArgNames({"bodies", "flush"})
    ->Args({0, 0})
    ->Args({0, 1})
    ->Args({1, 0})
    ->Args({1, 1})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
