// Seeds a store with a day of communications for the questions of `./dev bench --queries`, through
// the store's own writer, and writes the same rows as CSV for the database beside it.
//
//   seed_store --store DIR [--csv FILE] [--count N] [--seed N] [--days N]
//              [--type UPLOAD|FILE|INTERFACE]
//
// Prints what is in it as JSON: the window, and one communication with a saved body.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "spider/store/store.h"
#include "spider/store/store_writer.h"

#include "queries/day.h"

namespace {

using namespace spider;

constexpr std::size_t kBatchRows = 4'000;
constexpr std::size_t kTextBytes = std::size_t{16} << 20U;
constexpr std::size_t kBodyBytes = std::size_t{8} << 20U;
constexpr base::Time kMidnight = base::Time::from_us(1'760'054'400'000'000);
constexpr std::array<const char*, 4> kAgents = {
    "axios/1.6.0", "okhttp/4.11.0", "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Firefox/119.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15"};

struct Options {
  std::string store;
  std::string csv;
  std::uint64_t count = 10'000'000;
  std::uint64_t seed = 2026;
  std::uint32_t days = 1;
  std::string type = "UPLOAD";  // of the whisperer; retention is of the others
};

class Seeder {
 public:
  Seeder(store::Store& to, model::SourceId source, const Options& options, std::FILE* csv)
      : store_(to), day_(options.seed, options.count, kMidnight, options.days), csv_(csv) {
    batch_.source = source;
    for (std::uint32_t h = 0; h <= bench::kHosts; ++h) hosts_.push_back(bench::host_name(h));
  }

  [[nodiscard]] base::Result<void> run() {
    begin_batch();
    bench::Exchange e;
    while (day_.next(e)) {
      add(e);
      if (batch_.communications.size() >= kBatchRows || !batch_.bodies.fits(65'536))
        SPIDER_TRY(end_batch());
    }
    SPIDER_TRY(end_batch());
    return store_.writer().flush();
  }
  // A communication with a saved body, in the middle of the day.
  [[nodiscard]] const std::string& example() const { return example_; }

 private:
  static model::Endpoint client_of(std::uint32_t client, std::uint16_t port) {
    return {model::IpAddress::v4(0x0A00'0000U + client), port};
  }
  static model::Endpoint server_of(std::uint32_t host) {
    return {model::IpAddress::v4(0x0A80'0000U + host % bench::kServers), 80};
  }
  void begin_batch() {
    const model::SourceId source = batch_.source;
    batch_.clear();
    batch_.source = source;
    batch_.body_pack = store_.next_pack_id();
  }
  [[nodiscard]] base::Result<void> end_batch() {
    for (const bench::Connection& c : day_.closed()) add(c);
    SPIDER_TRY(store_.writer().add(batch_));
    begin_batch();
    if (++batches_ % 4 == 0) return store_.writer().commit();
    return {};
  }
  std::string_view save_body(const bench::Exchange& e) {
    scratch_ = fmt::format("{{\"host\":{},\"items\":[", e.host);
    while (scratch_.size() < e.response_body)
      scratch_ += fmt::format("{{\"id\":{},\"state\":\"open\",\"tag\":\"{:06x}\"}},",
                              day_.below(1'000'000), day_.below(1U << 24U));
    scratch_.resize(e.response_body);
    return batch_.bodies.put(std::string_view(scratch_));
  }
  void add(const bench::Exchange& e);
  void add_heads(const bench::Exchange& e, model::Communication& c);
  void add(const bench::Connection& connection);
  void count(const bench::Exchange& e);
  void write_row(const bench::Exchange& e);

  store::Store& store_;
  bench::Day day_;
  std::FILE* csv_;
  model::RecordBatch batch_{kTextBytes, kBodyBytes, 64};
  std::vector<std::string> hosts_;
  std::string scratch_;
  std::string line_;
  std::string example_;
  std::uint64_t batches_ = 0;
};

void Seeder::add_heads(const bench::Exchange& e, model::Communication& c) {
  const std::uint64_t rid = e.connection * 0x9E37'79B9'7F4A'7C15U + e.ordinal;
  c.request.head = batch_.text.put(fmt::format(
      "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: keep-alive\r\nUser-Agent: {}\r\nAccept: "
      "application/json, text/plain, */*\r\nAccept-Encoding: gzip, deflate\r\nAccept-Language: "
      "en-US,en;q=0.9\r\nX-Request-Id: {:016x}\r\nCookie: sid={:012x}; theme=dark\r\n\r\n",
      c.method, c.target, c.host, kAgents[e.client % 4], rid, e.connection * 7'919));
  if (e.status == 0) return;
  c.response.head = batch_.text.put(
      fmt::format("HTTP/1.1 {} X\r\nServer: nginx/1.22.1\r\nContent-Type: {}\r\nContent-Length: "
                  "{}\r\nConnection: keep-alive\r\nVary: Accept-Encoding\r\nX-Request-Id: "
                  "{:016x}\r\nCache-Control: private, max-age=0\r\n\r\n",
                  e.status, c.response_type, e.response_body, rid));
}

void Seeder::add(const bench::Exchange& e) {
  model::Communication c;
  c.session = {batch_.source, e.connection_start, e.connection};
  c.ordinal = e.ordinal;
  c.client = client_of(e.client, e.client_port);
  c.server = server_of(e.host);
  c.start = e.start;
  c.end = e.end;
  if (e.ordinal == 0) c.connect = base::Duration{(e.start - e.connection_start).ns / 2};
  c.method = bench::kMethods[e.method];
  c.target = batch_.text.put(e.target);
  c.host = hosts_[e.host];
  c.status = e.status;
  c.state =
      e.status == 0 ? model::CommunicationState::no_response : model::CommunicationState::complete;
  if (e.request_body > 0) c.request_type = bench::kTypes[0];
  c.request.present = true;
  c.request.first_byte = c.request.last_byte = e.start;
  c.request.body_bytes = e.request_body;
  if (e.request_body > 0) c.request.flags = model::kMessageBodyUnsaved;
  c.request.first_packet = c.request.last_packet = e.connection + e.ordinal;
  if (e.status != 0) {
    c.response_type = bench::kTypes[e.type];
    c.response.present = true;
    c.response.first_byte = e.first_answer;
    c.response.last_byte = e.end;
    c.response.body_bytes = e.response_body;
    c.response.first_packet = c.response.last_packet = e.connection + e.ordinal + 1;
  }
  add_heads(e, c);
  c.request.wire_bytes = c.request.head.size() + e.request_body;
  c.response.wire_bytes = c.response.head.size() + e.response_body;
  if (e.body_saved) {
    const model::BodyExtent extent{batch_.body_pack,
                                   static_cast<std::uint32_t>(batch_.bodies.used()),
                                   static_cast<std::uint32_t>(e.response_body)};
    static_cast<void>(save_body(e));
    c.response.body = batch_.text.put_values(std::span<const model::BodyExtent>(&extent, 1));
    if (example_.empty() && (e.start - kMidnight).ns > bench::Day::kLength / 2)
      example_ = model::to_text(c.id());
  } else if (e.response_body > 0) {
    c.response.flags = model::kMessageBodyUnsaved;
  }
  batch_.communications.push_back(c);
  count(e);
  write_row(e);
}

void Seeder::add(const bench::Connection& connection) {
  model::SessionRecord record;
  model::TcpSession& s = record.session;
  s.id = {batch_.source, connection.start, connection.number};
  s.client = client_of(connection.client, connection.client_port);
  s.server = server_of(connection.host);
  s.start = s.syn_time = connection.start;
  s.syn_ack_time = s.handshake_time = connection.start + base::Duration{50'000};
  s.end = connection.busy_until;
  s.close = model::CloseReason::fin;
  s.client_stats.payload_bytes = connection.client_bytes;
  s.server_stats.payload_bytes = connection.server_bytes;
  s.client_stats.packets = 3 + connection.exchanges;
  s.server_stats.packets = 2 + connection.server_bytes / 1'448 + connection.exchanges;
  record.decoder = "http1";
  record.communications = connection.exchanges;
  batch_.sessions.push_back(record);
  auto& counts = batch_.quality.at(s.end);
  ++counts[model::Quality::sessions_opened];
  ++counts[model::Quality::sessions_closed];
  ++counts[model::Quality::sessions_stored];
}

void Seeder::count(const bench::Exchange& e) {
  auto& counts = batch_.quality.at(e.end);
  const std::uint64_t packets = 4 + e.response_body / 1'448;
  counts[model::Quality::packets_received] += packets;
  counts[model::Quality::tcp_packets] += packets;
  counts[model::Quality::bytes_received] += 800 + e.request_body + e.response_body;
  ++counts[e.status == 0 ? model::Quality::communications_partial
                         : model::Quality::communications_complete];
  if (e.status == 0) ++counts[model::Quality::partial_no_response];
  ++counts[model::Quality::communications_stored];
}

void Seeder::write_row(const bench::Exchange& e) {
  if (csv_ == nullptr) return;
  line_.clear();
  fmt::format_to(std::back_inserter(line_), "{},{},{},{},10.0.{}.{},{},10.128.0.{},{},{},{},{},{},",
                 e.start.ns, (e.end - e.start).ns, e.connection, e.ordinal, e.client >> 8U,
                 e.client & 255U, e.client_port, e.host % bench::kServers,
                 bench::kMethods[e.method], hosts_[e.host], e.target, e.status,
                 e.status == 0 ? "" : bench::kTypes[e.type]);
  fmt::format_to(std::back_inserter(line_), "{},{},{}\n", e.request_body, e.response_body,
                 (e.first_answer - e.start).ns);
  static_cast<void>(std::fwrite(line_.data(), 1, line_.size(), csv_));
}

[[nodiscard]] base::Time last_midnight(const Options& options) {
  return kMidnight + base::Duration{bench::Day::kLength * options.days};
}

[[nodiscard]] bool parse(int argc, char** argv, Options& out) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const char* value = argv[i + 1];
    if (name == "--store") {
      out.store = value;
    } else if (name == "--csv") {
      out.csv = value;
    } else if (name == "--count") {
      out.count = std::strtoull(value, nullptr, 10);
    } else if (name == "--seed") {
      out.seed = std::strtoull(value, nullptr, 10);
    } else if (name == "--days") {
      out.days = static_cast<std::uint32_t>(std::strtoul(value, nullptr, 10));
    } else if (name == "--type") {
      out.type = value;
    } else {
      return false;
    }
  }
  return argc % 2 == 1 && !out.store.empty() && out.count > 0 && out.days > 0;
}

[[nodiscard]] base::Result<void> seed(const Options& options, std::FILE* csv) {
  store::StoreConfig config;
  config.path = options.store;
  SPIDER_TRY_LET(store, store::Store::open(config));
  SPIDER_TRY_LET(source, store->source("day", options.type));
  static_cast<void>(store->next_run(source));
  Seeder seeder(*store, source, options, csv);
  SPIDER_TRY(seeder.run());
  fmt::print(
      "{{\"communications\":{},\"from_us\":{},\"to_us\":{},\"example\":\"{}\","
      "\"rare_host\":\"{}\",\"rare_status\":{},\"rare\":{}}}\n",
      options.count, kMidnight.ns / 1'000, last_midnight(options).ns / 1'000, seeder.example(),
      bench::kRareHost, bench::kRareStatus, bench::kRareCount);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    fmt::print(stderr,
               "usage: seed_store --store DIR [--csv FILE] [--count N] [--seed N] "
               "[--days N] [--type TYPE]\n");
    return 2;
  }
  std::FILE* csv = options.csv.empty() ? nullptr : std::fopen(options.csv.c_str(), "w");
  if (!options.csv.empty() && csv == nullptr) {
    fmt::print(stderr, "seed_store: {} cannot be written\n", options.csv);
    return 1;
  }
  const auto done = seed(options, csv);
  if (csv != nullptr && std::fclose(csv) != 0) {
    fmt::print(stderr, "seed_store: {} could not be written whole\n", options.csv);
    return 1;
  }
  if (!done) fmt::print(stderr, "seed_store: {}\n", done.error().detail);
  return done ? 0 : 1;
}
