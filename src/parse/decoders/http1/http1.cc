// The row of HTTP/1 in the decoder table: how it is recognised, and the pools of one lane.

#include <memory>
#include <vector>

#include "parse/decoder.h"
#include "parse/decoders/http1/connection.h"
#include "parse/decoders/http1/start_line.h"

namespace spider::parse::http1 {
namespace {

[[nodiscard]] Probe probe(base::Bytes first, bool joined) {
  std::string_view text = base::as_text(first);
  // RFC 9112 2.2: blank lines may come first.
  while (!text.empty() && (text.front() == '\r' || text.front() == '\n')) text.remove_prefix(1);
  if (text.empty()) return Probe::maybe;
  StatusPrefix status;
  switch (match_status_prefix(text.substr(0, kStatusPrefixMax), status)) {
    case Match::yes:
      return Probe::server;
    case Match::maybe:
      return Probe::maybe;
    case Match::no:
      break;
  }
  if (!is_token_char(text.front())) return Probe::no;
  // In the middle of a stream any word may stand, or the rest of one whose first letters are
  // missing: only well-known methods are believed.
  if (joined && !begins_with_known_method(text)) return Probe::no;
  const std::size_t end = text.find('\n');
  if (end != std::string_view::npos) {
    RequestLine line;
    const std::string_view first_line = text.substr(0, end + 1);
    return parse_request_line(first_line, line) ||
                   (!joined && parse_bare_request_line(first_line, line))
               ? Probe::client
               : Probe::no;
  }
  return may_become_request_line(text) ? Probe::maybe : Probe::no;
}

class Lane final : public DecoderLane {
 public:
  explicit Lane(LaneContext& lane) : lane_(lane), pool_(lane) {}
  ~Lane() override { lane_.held -= free_.size() * sizeof(Connection); }

  Decoder* open(FlowContext& flow, model::Direction client, std::array<Entry, 2> entry) override {
    std::unique_ptr<Connection> connection;
    if (free_.empty()) {
      connection = std::make_unique<Connection>(lane_, pool_);
      lane_.held += sizeof(Connection);
    } else {
      connection = std::move(free_.back());
      free_.pop_back();
    }
    connection->begin(flow, client, entry);
    return connection.release();
  }
  void close(Decoder* decoder) override {
    std::unique_ptr<Connection> connection(static_cast<Connection*>(decoder));
    connection->end();
    if (free_.size() < kFreeMax && lane_.roomy()) {
      free_.push_back(std::move(connection));
    } else {
      lane_.held -= sizeof(Connection);
    }
  }

 private:
  static constexpr std::size_t kFreeMax = 512;
  LaneContext& lane_;
  ExchangePool pool_;
  std::vector<std::unique_ptr<Connection>> free_;
};

[[nodiscard]] std::unique_ptr<DecoderLane> make(LaneContext& lane) {
  return std::make_unique<Lane>(lane);
}

}  // namespace

const DecoderInfo& info();
const DecoderInfo& info() {
  static constexpr DecoderInfo kInfo{1, "http1", &probe, &make};
  return kInfo;
}

}  // namespace spider::parse::http1
