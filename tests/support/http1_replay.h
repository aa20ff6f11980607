#pragma once
// Replays a scripted TCP conversation into a Parser and writes down what it tells, one line of JSON
// per communication. For golden texts, unit tests and fuzzers: the same script may be delivered in
// any cuts.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "spider/parse/codes.h"
#include "spider/parse/parser.h"

#include "support/guarded_bytes.h"

namespace spider::test {

struct Step {
  enum class Kind : std::uint8_t { bytes, gap, end, reset, again } kind = Kind::bytes;
  bool client = true;
  std::string text = {};     // bytes
  std::uint64_t count = 0;   // gap, again
  std::uint64_t offset = 0;  // again
};

struct Script {
  std::vector<Step> steps;
  bool mid_stream = false;
  bool roles_guessed_wrong = false;  // mid-stream: the session has client and server swapped
  parse::ParseConfig config;
  model::WhispererConfig whisperer;
};

enum class Cutting : std::uint8_t {
  same_packet,  // pieces of a packet, as reassembly may hand them over
  new_packets   // the sender's segments are smaller
};

struct Outcome {
  std::vector<std::string> lines;
  std::vector<std::string> notes;
  std::string decoder;
  model::TcpSession session;
  std::size_t held_max = 0;
  std::size_t held_after = 0;
  std::uint64_t parse_errors = 0;
  std::uint64_t complete = 0;
  std::uint64_t partial = 0;
  std::uint64_t body_bytes_capped = 0;
  std::uint64_t extents = 0;
  std::uint64_t body_bytes_saved = 0;
};

[[nodiscard]] inline std::string escaped(std::string_view text, std::size_t max = 64) {
  std::string out = "\"";
  for (const char ch : text.substr(0, max)) {
    const auto c = static_cast<unsigned char>(ch);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += ch;
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c < 0x20 || c >= 0x7F) {
      char hex[8];
      std::snprintf(hex, sizeof hex, "\\u%04x", unsigned{c});
      out += hex;
    } else {
      out += ch;
    }
  }
  if (text.size() > max) out += "...";
  return out + '"';
}

// What a Parser tells, in words.
class TellingSink final : public model::CommunicationSink {
 public:
  explicit TellingSink(Outcome& out) : out_(out) {}

  model::BodyExtent save_body(base::Bytes bytes) override {
    const auto offset = static_cast<std::uint32_t>(pack_.size());
    // Other connections save in between: pieces do not lie together.
    pack_.append(base::as_text(bytes)).push_back('#');
    out_.body_bytes_saved += bytes.size();
    return {1, offset, static_cast<std::uint32_t>(bytes.size())};
  }
  void on_communication(const model::Communication& c) override {
    static constexpr std::string_view kStates[] = {"complete", "partial", "no_response",
                                                   "no_request"};
    std::string o = "{\"n\":" + std::to_string(c.ordinal) + ",\"state\":\"";
    o += kStates[static_cast<std::size_t>(c.state)];
    o += '"';
    if (c.request.present) {
      o += ",\"method\":" + escaped(c.method) + ",\"target\":" + escaped(c.target);
      if (!c.host.empty()) o += ",\"host\":" + escaped(c.host);
    }
    if (c.response.present) o += ",\"status\":" + std::to_string(c.status);
    if (c.http_minor != 1) o += ",\"minor\":" + std::to_string(c.http_minor);
    if (c.interim_responses != 0) o += ",\"interim\":" + std::to_string(c.interim_responses);
    if (!c.response_type.empty()) o += ",\"type\":" + escaped(c.response_type);
    if (!c.response_encoding.empty()) o += ",\"encoding\":" + escaped(c.response_encoding);
    add(o, "request", c.request);
    add(o, "response", c.response);
    add_codes(o, c);
    o += ",\"from\":" + std::to_string(c.start.us() / 1000) +
         ",\"to\":" + std::to_string(c.end.us() / 1000) + "}";
    out_.lines.push_back(std::move(o));
    last_client = c.client;
    last_connect = c.connect;
  }
  void on_session(const model::TcpSession& session, std::string_view decoder, std::uint32_t count,
                  std::span<const model::ParseNote> notes) override {
    out_.session = session;
    out_.decoder = decoder;
    told = count;
    for (const model::ParseNote& n : notes) {
      const auto& row = parse::codes::kRows[n.code - 4001U];
      out_.notes.push_back(std::string(row.name) + " " + std::to_string(n.offset));
    }
  }

  std::uint32_t told = 0;
  model::Endpoint last_client;
  base::Duration last_connect;

 private:
  void add(std::string& o, std::string_view name, const model::HttpMessage& m) {
    if (!m.present) return;
    static constexpr std::string_view kFlags[] = {
        "gap", "cut", "until_close", "chunked", "capped", "unsaved", "upgrade", "framing_odd"};
    std::string saved;
    for (const model::BodyExtent& e : m.body) saved += pack_.substr(e.offset, e.bytes);
    out_.extents += m.body.size();
    o += ",\"";
    o += name;
    o += "\":{\"head\":" + std::to_string(m.head.size());
    if (!saved.empty()) o += ",\"body\":" + escaped(saved, 40);
    if (m.body_bytes != saved.size() || saved.size() > 40)
      o += ",\"bytes\":" + std::to_string(m.body_bytes);
    if (m.body_bytes != saved.size()) o += ",\"saved\":" + std::to_string(saved.size());
    o += ",\"wire\":" + std::to_string(m.wire_bytes);
    if (!m.trailers.empty()) o += ",\"trailers\":" + escaped(m.trailers);
    if (m.missing_bytes != 0) o += ",\"missing\":" + std::to_string(m.missing_bytes);
    std::string holes;
    for (const model::BodyHole& h : m.holes)
      holes +=
          (holes.empty() ? "" : " ") + std::to_string(h.offset) + '+' + std::to_string(h.bytes);
    if (m.more_holes != 0) holes += " and " + std::to_string(m.more_holes);
    if (!holes.empty()) o += ",\"holes\":\"" + holes + '"';
    if (m.retransmitted_bytes != 0) o += ",\"again\":" + std::to_string(m.retransmitted_bytes);
    std::string flags;
    for (unsigned i = 0; i < std::size(kFlags); ++i)
      if ((m.flags >> i & 1U) != 0) flags += (flags.empty() ? "" : " ") + std::string(kFlags[i]);
    if (!flags.empty()) o += ",\"flags\":\"" + flags + '"';
    o += '}';
  }
  static void add_codes(std::string& o, const model::Communication& c) {
    std::string codes;
    for (const std::uint16_t n : c.codes)
      if (n != 0)
        codes += (codes.empty() ? "" : " ") + std::string(parse::codes::kRows[n - 4001U].name);
    if (!codes.empty()) o += ",\"codes\":\"" + codes + '"';
  }

  Outcome& out_;
  std::string pack_;
};

[[nodiscard]] inline model::TcpSession scripted_session(const Script& script) {
  model::TcpSession s;
  s.id = {model::SourceId{1}, base::Time::from_us(0), 1};
  s.client = {model::IpAddress::v4(0x0A000001), 40000};
  s.server = {model::IpAddress::v4(0x0A000002), 80};
  s.start = s.end = base::Time::from_us(0);
  s.syn_time = s.syn_ack_time = s.handshake_time = base::Time::min();
  s.mid_stream = script.mid_stream;
  if (!script.mid_stream) {
    s.syn_time = base::Time::from_us(0);
    s.handshake_time = base::Time::from_us(70);
  }
  if (script.roles_guessed_wrong) {
    std::swap(s.client, s.server);
    s.client_direction = model::Direction::high_to_low;
  }
  return s;
}

// `cuts` gives, for a packet's index among the byte steps and its size, the sizes of its pieces.
template <class Cuts>
[[nodiscard]] Outcome replay(const Script& script, Cutting cutting, Cuts&& cuts) {
  static GuardedBytes guarded(1U << 20U);
  Outcome out;
  TellingSink sink(out);
  model::QualityLog quality;
  parse::Parser parser(script.config, script.whisperer, sink, quality);
  model::TcpSession session = scripted_session(script);
  model::FlowObserver* flow = parser.open(session);
  std::uint64_t offset[2] = {0, 0};
  bool ended[2] = {false, false};
  std::uint64_t packet = 0;
  std::int64_t clock = 0;
  std::size_t index = 0;
  for (const Step& step : script.steps) {
    const auto d = step.client ? model::Direction::low_to_high : model::Direction::high_to_low;
    std::uint64_t& at = offset[model::index(d)];
    ++clock;
    session.end = base::Time::from_us(clock * 1000);
    switch (step.kind) {
      case Step::Kind::bytes: {
        std::size_t from = 0;
        ++packet;
        for (const std::size_t piece : cuts(index, step.text.size())) {
          const base::Bytes bytes = base::as_bytes(std::string_view(step.text).substr(from, piece));
          flow->on_chunk(d, {at, guarded.place(bytes), session.end, packet});
          from += piece;
          at += piece;
          if (cutting == Cutting::new_packets) ++packet;
          out.held_max = std::max(out.held_max, parser.bytes_held());
        }
        ++index;
        break;
      }
      case Step::Kind::gap:
        flow->on_gap(d, {at, step.count, session.end});
        at += step.count;
        break;
      case Step::Kind::end:
      case Step::Kind::reset:
        flow->on_end(
            d, session.end,
            step.kind == Step::Kind::end ? model::StreamEnd::fin : model::StreamEnd::reset);
        ended[model::index(d)] = true;
        break;
      case Step::Kind::again:
        flow->on_retransmission(d, step.offset, step.count);
        break;
    }
  }
  session.close = ended[0] && ended[1] ? model::CloseReason::fin : model::CloseReason::end_of_input;
  parser.close(flow, session);
  out.held_after = parser.bytes_held();
  for (const model::QualityMinute& m : quality.minutes()) {
    out.parse_errors += m.counts[model::Quality::parse_errors];
    out.complete += m.counts[model::Quality::communications_complete];
    out.partial += m.counts[model::Quality::communications_partial];
    out.body_bytes_capped += m.counts[model::Quality::body_bytes_capped];
  }
  return out;
}

[[nodiscard]] inline Outcome replay_whole(const Script& script) {
  return replay(script, Cutting::same_packet,
                [](std::size_t, std::size_t n) { return std::vector<std::size_t>{n}; });
}

}  // namespace spider::test
