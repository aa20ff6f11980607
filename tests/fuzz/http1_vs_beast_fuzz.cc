// Boost.Beast's parser as second opinion: a message that it accepts must be read by us with the
// same start line, the same body and the same end. First byte of the input: odd for a response.

#include <cstdio>
#include <cstdlib>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "spider/model/http_head.h"

#include "support/http1_replay.h"

namespace {
namespace http = boost::beast::http;
using spider::base::Bytes;

// What both sides say about one message.
struct Reading {
  std::string method;
  std::string target;
  unsigned status = 0;
  std::string body;
  std::size_t bytes = 0;  // up to the message's end
};

class FirstMessage final : public spider::model::CommunicationSink {
 public:
  explicit FirstMessage(bool response) : response_(response) {}
  spider::model::BodyExtent save_body(Bytes bytes) override {
    const auto offset = static_cast<std::uint32_t>(pack_.size());
    pack_.append(spider::base::as_text(bytes));
    return {1, offset, static_cast<std::uint32_t>(bytes.size())};
  }
  void on_communication(const spider::model::Communication& c) override {
    const spider::model::HttpMessage& m = response_ ? c.response : c.request;
    if (!m.present || seen) return;
    seen = true;
    reading.method = c.method;
    reading.target = c.target;
    reading.status = c.status;
    for (const auto& e : m.body) reading.body += pack_.substr(e.offset, e.bytes);
    reading.bytes = m.wire_bytes;
    codes = c.codes;
    folded = m.flags;
  }
  void on_session(const spider::model::TcpSession&, std::string_view, std::uint32_t,
                  std::span<const spider::model::ParseNote>) override {}

  bool seen = false;
  Reading reading;
  std::array<std::uint16_t, spider::model::kCodesMax> codes{};
  std::uint16_t folded = 0;

 private:
  bool response_;
  std::string pack_;
};

template <bool kRequest>
bool beast_reads(std::string_view input, Reading& out) {
  http::parser<kRequest, http::string_body> parser;
  parser.header_limit(60'000);
  parser.body_limit(1U << 20U);
  boost::beast::error_code error;
  const auto put = [&] {
    out.bytes +=
        parser.put(boost::asio::buffer(input.data() + out.bytes, input.size() - out.bytes), error);
    return !error || error == http::error::need_more;
  };
  // The head first: Beast makes room at once for as long a body as it says.
  if (!put() || !parser.is_header_done()) return false;
  if (parser.content_length() && *parser.content_length() > input.size()) return false;
  parser.eager(true);
  if (!parser.is_done() && !put()) return false;
  if (!parser.is_done()) {
    if (error || !parser.is_header_done()) return false;
    parser.put_eof(error);
    if (error || !parser.is_done()) return false;
  }
  const auto& message = parser.get();
  // Codings other than chunked alone are ours to judge (RFC 9112 6.3), not Beast's.
  const auto coding = message.find(http::field::transfer_encoding);
  if (coding != message.end() &&
      !spider::model::same_header_name({coding->value().data(), coding->value().size()}, "chunked"))
    return false;
  if (message.count(http::field::transfer_encoding) > 1) return false;
  if constexpr (kRequest) {
    out.method = std::string(message.method_string());
    out.target = std::string(message.target());
    if (out.method.size() > 1'024) return false;  // our bound
  } else {
    out.status = message.result_int();
    // Interim responses are not told as communications, tunnels have no body.
    if (out.status < 200) return false;
  }
  out.body = message.body();
  return true;
}

void compare(bool response, const Reading& theirs, const FirstMessage& ours) {
  const char* what = nullptr;
  if (!ours.seen) {
    what = "not seen";
  } else if (!response &&
             (ours.reading.method != theirs.method || ours.reading.target != theirs.target)) {
    what = "start line";
  } else if (response && ours.reading.status != theirs.status) {
    what = "status";
  } else if (ours.reading.body != theirs.body) {
    what = "body";
  } else if (ours.reading.bytes != theirs.bytes) {
    what = "end";
  }
  if (what == nullptr) return;
  std::fprintf(stderr, "%s differs: ours %zu bytes body %zu, theirs %zu bytes body %zu\n", what,
               ours.reading.bytes, ours.reading.body.size(), theirs.bytes, theirs.body.size());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  if (bytes < 2 || bytes > 50'000) return 0;
  const bool response = (data[0] & 1U) != 0;
  const std::string_view text{reinterpret_cast<const char*>(data + 1), bytes - 1};
  Reading theirs;
  if (!(response ? beast_reads<false>(text, theirs) : beast_reads<true>(text, theirs))) return 0;
  static spider::test::GuardedBytes guarded(65'536);
  FirstMessage ours(response);
  spider::model::QualityLog quality;
  spider::parse::Parser parser({}, {}, ours, quality);
  spider::model::TcpSession session = spider::test::scripted_session({});
  spider::model::FlowObserver* flow = parser.open(session);
  const auto direction =
      response ? spider::model::Direction::high_to_low : spider::model::Direction::low_to_high;
  flow->on_chunk(direction, {0, guarded.place(spider::base::as_bytes(text)), session.start, 1});
  flow->on_end(direction, session.start);
  parser.close(flow, session);
  compare(response, theirs, ours);
  return 0;
}
