// gen_capture: a capture file of HTTP traffic that never happened, the same for the same arguments,
// and the truth about it.
//
//   gen_capture --out F.pcap [--profile small|large|noise|mixed] [--mib N] [--seed N]
//               [--truth F.json] [--manifest F.tsv] [--frames F.tsv] [--drop N] [--duplicate N]
//               [--reorder N]      (N per thousand)
//
// --drop leaves frames out, as an overloaded capture does; --duplicate repeats TCP frames a little
// later, as a retransmission looks; --frames tells of each frame written its connection and the
// exchange whose bytes it carries (-1 for none), in the order of the file; --reorder lets a frame
// be overtaken by its successor.

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "generator/conversation.h"
#include "generator/random.h"
#include "generator/wire.h"

namespace {

using spider::bench::Conversation;
using spider::bench::Exchange;
using spider::bench::Frame;
using spider::bench::Profile;
using spider::bench::Random;

struct Options {
  std::string out;
  std::string truth;
  std::string manifest;
  std::string frames;
  Profile profile = Profile::small;
  std::uint64_t mib = 16;
  std::uint64_t seed = 1;
  std::uint64_t drop = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t reorder = 0;
  std::uint64_t at_once = 0;  // conversations; 0: as many as a small service sees
};

struct Truth {
  std::uint64_t packets = 0;
  std::uint64_t tcp_packets = 0;
  std::uint64_t packet_bytes = 0;
  std::uint64_t dropped = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
  std::uint64_t connections = 0;
  std::uint64_t communications = 0;
  std::uint64_t intact = 0;
  std::uint64_t request_body_bytes = 0;
  std::uint64_t response_body_bytes = 0;
  std::map<std::uint32_t, std::uint64_t> by_status;
};

// A conversation (or noise) on its way into the file.
struct Active {
  Conversation conversation;
  std::uint64_t number = 0;
  std::size_t next = 0;
};

struct Turn {
  std::uint64_t time_ns;
  std::size_t slot;
  friend bool operator>(const Turn& a, const Turn& b) noexcept {
    return std::pair(a.time_ns, a.slot) > std::pair(b.time_ns, b.slot);
  }
};

class Generator {
 public:
  Generator(const Options& options, spider::bench::PcapFile& file, std::ofstream& manifest,
            std::ofstream& frames)
      : options_(options),
        random_(options.seed),
        file_(file),
        manifest_(manifest),
        frames_(frames) {}

  // 2026-01-01 00:00:00 UTC, then as many conversations at once as a small service sees.
  Truth run() {
    constexpr std::uint64_t kStart = 1'767'225'600'000'000'000U;
    const std::size_t usual = options_.profile == Profile::large ? 6 : 48;
    const std::size_t at_once = options_.at_once == 0 ? usual : options_.at_once;
    active_.resize(at_once);
    for (std::size_t slot = 0; slot < at_once; ++slot)
      begin(slot, kStart + random_.between(0, 200'000'000));
    while (!turns_.empty()) {
      const std::size_t slot = turns_.top().slot;
      turns_.pop();
      step(slot);
    }
    return truth_;
  }

 private:
  void begin(std::size_t slot, std::uint64_t start_ns) {
    Active& a = active_[slot];
    a = {};
    a.number = ++number_;
    if (options_.profile == Profile::noise && random_.chance(800)) {
      a.conversation.frames = spider::bench::make_noise(random_, number_, start_ns);
    } else {
      a.conversation = make_conversation(random_, options_.profile, number_, start_ns);
      ++truth_.connections;
    }
    disturb(a.conversation);
    if (!a.conversation.frames.empty()) turns_.push({a.conversation.frames.front().time_ns, slot});
  }

  void disturb(Conversation& c) {
    std::vector<Frame> out;
    out.reserve(c.frames.size());
    for (Frame& f : c.frames) {
      if (random_.chance(options_.drop)) {
        ++truth_.dropped;
        if (f.exchange >= 0) c.exchanges[static_cast<std::size_t>(f.exchange)].intact = false;
        continue;
      }
      const bool again = f.tcp && random_.chance(options_.duplicate);
      out.push_back(std::move(f));
      if (again) {
        ++truth_.duplicated;
        out.push_back(out.back());
      }
      // The stamps stay in order: it is the frames that change places.
      if (out.size() >= 2 && random_.chance(options_.reorder)) {
        ++truth_.reordered;
        Frame& last = out.back();
        Frame& before = out[out.size() - 2];
        std::swap(last.bytes, before.bytes);
        std::swap(last.tcp, before.tcp);
        std::swap(last.exchange, before.exchange);
      }
    }
    c.frames = std::move(out);
  }

  void step(std::size_t slot) {
    Active& a = active_[slot];
    const Frame& f = a.conversation.frames[a.next++];
    file_.write(f);
    if (frames_.is_open()) frames_ << fmt::format("{}\t{}\n", a.number, f.exchange);
    ++truth_.packets;
    truth_.tcp_packets += f.tcp ? 1 : 0;
    truth_.packet_bytes += f.bytes.size();
    if (a.next < a.conversation.frames.size()) {
      turns_.push({a.conversation.frames[a.next].time_ns, slot});
      return;
    }
    for (std::size_t i = 0; i < a.conversation.exchanges.size(); ++i) book(a, i);
    if (file_.bytes() < options_.mib << 20U)
      begin(slot, f.time_ns + random_.between(100'000, 40'000'000));
  }

  void book(const Active& a, std::size_t index) {
    const Conversation& c = a.conversation;
    const Exchange& e = c.exchanges[index];
    ++truth_.communications;
    truth_.intact += e.intact ? 1 : 0;
    truth_.request_body_bytes += e.request_body_bytes;
    truth_.response_body_bytes += e.response_body_bytes;
    ++truth_.by_status[e.status];
    if (manifest_.is_open())
      manifest_ << fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n",
                               e.start_ns / 1'000, e.end_ns / 1'000, c.client.text(), c.client.port,
                               c.server.text(), c.server.port, e.method, e.path, e.status,
                               e.request_body_bytes, e.response_body_bytes, e.intact ? 1 : 0,
                               a.number, index, e.answer_ns / 1'000);
  }

  const Options& options_;
  Random random_;
  spider::bench::PcapFile& file_;
  std::ofstream& manifest_;
  std::ofstream& frames_;
  std::vector<Active> active_;
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns_;
  std::uint64_t number_ = 0;
  Truth truth_;
};

std::string to_json(const Truth& t) {
  std::string statuses;
  for (const auto& [status, count] : t.by_status)
    statuses += fmt::format("{}\"{}\": {}", statuses.empty() ? "" : ", ", status, count);
  return fmt::format(
      "{{\"packets\": {}, \"tcp_packets\": {}, \"packet_bytes\": {}, \"dropped\": {}, "
      "\"duplicated\": {}, \"reordered\": {},\n \"connections\": {}, \"communications\": {}, "
      "\"intact\": {}, \"request_body_bytes\": {}, \"response_body_bytes\": {},\n "
      "\"by_status\": {{{}}}}}\n",
      t.packets, t.tcp_packets, t.packet_bytes, t.dropped, t.duplicated, t.reordered, t.connections,
      t.communications, t.intact, t.request_body_bytes, t.response_body_bytes, statuses);
}

bool parse_number(std::string_view text, std::uint64_t& out) {
  return std::from_chars(text.data(), text.data() + text.size(), out).ptr ==
             text.data() + text.size() &&
         !text.empty();
}

bool parse_option(std::string_view key, std::string_view value, Options& o) {
  if (key == "--out") return o.out = value, true;
  if (key == "--truth") return o.truth = value, true;
  if (key == "--manifest") return o.manifest = value, true;
  if (key == "--frames") return o.frames = value, true;
  if (key == "--mib") return parse_number(value, o.mib);
  if (key == "--seed") return parse_number(value, o.seed);
  if (key == "--drop") return parse_number(value, o.drop);
  if (key == "--duplicate") return parse_number(value, o.duplicate);
  if (key == "--reorder") return parse_number(value, o.reorder);
  if (key == "--at-once") return parse_number(value, o.at_once);
  if (key != "--profile") return false;
  if (value == "small") return o.profile = Profile::small, true;
  if (value == "large") return o.profile = Profile::large, true;
  if (value == "noise") return o.profile = Profile::noise, true;
  if (value == "mixed") return o.profile = Profile::mixed, true;
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  bool good = argc % 2 == 1;
  for (int i = 1; good && i + 1 < argc; i += 2) good = parse_option(argv[i], argv[i + 1], options);
  if (!good || options.out.empty()) {
    fmt::print(
        stderr,
        "usage: gen_capture --out F.pcap [--profile small|large|noise|mixed] [--mib N] [--seed N]\n"
        "       [--truth F.json] [--manifest F.tsv] [--frames F.tsv] [--drop N] [--duplicate N] "
        "[--reorder N] [--at-once CONVERSATIONS]\n");
    return 2;
  }
  spider::bench::PcapFile file(options.out);
  std::ofstream manifest;
  if (!options.manifest.empty()) manifest.open(options.manifest);
  std::ofstream frames;
  if (!options.frames.empty()) frames.open(options.frames);
  if (file.failed()) {
    fmt::print(stderr, "gen_capture: cannot write {}\n", options.out);
    return 1;
  }
  const Truth truth = Generator(options, file, manifest, frames).run();
  if (!file.close()) {
    fmt::print(stderr, "gen_capture: the disk refused {}\n", options.out);
    return 1;
  }
  if (options.truth.empty())
    fmt::print("{}", to_json(truth));
  else
    std::ofstream(options.truth) << to_json(truth);
  return 0;
}
