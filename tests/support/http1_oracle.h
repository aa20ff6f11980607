#pragma once
// Boost.Beast's parser as second opinion about HTTP/1 messages: what it reads and what we read, in
// the same words, and where the two differ.
//
// Only well-formed messages can be compared: Beast refuses what we note as an oddity and go on
// with.

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// A last chunk whose end has not come trips an assertion of Beast's; without it, it asks for more.
#define BOOST_DISABLE_ASSERTS
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "spider/model/communication.h"
#include "spider/model/http_head.h"
#include "spider/model/sinks.h"

namespace spider::test {

struct ReadField {
  std::string name;  // original case
  std::string value;
};

// What both sides say about one message.
struct Reading {
  std::string method;
  std::string target;
  unsigned status = 0;
  std::string reason;
  unsigned minor = 1;
  std::vector<ReadField> fields;  // in wire order
  std::vector<ReadField> trailers;
  std::string body;
  std::size_t bytes = 0;  // up to the message's end
  // Beast takes line ends in a quoted chunk extension; no quoted text may hold them (RFC
  // 9110 5.6.4).
  bool odd_extension = false;
};

// The first thing that two readings say differently; empty for nothing.
[[nodiscard]] inline std::string difference(const Reading& ours, const Reading& theirs) {
  const auto of_fields = [](const std::vector<ReadField>& a, const std::vector<ReadField>& b) {
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
      if (i >= a.size()) return "lacks " + b[i].name;
      if (i >= b.size()) return "has too much " + a[i].name;
      if (a[i].name != b[i].name) return a[i].name + " for " + b[i].name;
      if (a[i].value != b[i].value)
        return a[i].name + " with \"" + a[i].value + "\" for \"" + b[i].value + '"';
    }
    return std::string{};
  };
  if (ours.method != theirs.method) return "method " + ours.method + " for " + theirs.method;
  if (ours.target != theirs.target) return "target " + ours.target + " for " + theirs.target;
  if (ours.status != theirs.status) return "status " + std::to_string(ours.status);
  if (ours.reason != theirs.reason) return "reason " + ours.reason + " for " + theirs.reason;
  if (ours.minor != theirs.minor) return "version 1." + std::to_string(ours.minor);
  if (const auto fields = of_fields(ours.fields, theirs.fields); !fields.empty())
    return "header " + fields;
  if (const auto fields = of_fields(ours.trailers, theirs.trailers); !fields.empty())
    return "trailer " + fields;
  if (ours.body != theirs.body)
    return "body of " + std::to_string(ours.body.size()) + " bytes for " +
           std::to_string(theirs.body.size());
  if (ours.bytes != theirs.bytes)
    return "end at " + std::to_string(ours.bytes) + " for " + std::to_string(theirs.bytes);
  return {};
}

// ---- Beast

template <bool kRequest>
class BeastParser final : public boost::beast::http::basic_parser<kRequest> {
 public:
  using Text = boost::beast::string_view;
  using Error = boost::beast::error_code;

  explicit BeastParser(Reading& out) : out_(out) {
    this->header_limit(60'000);
    this->body_limit(1U << 20U);
    this->eager(true);
  }

 private:
  static std::string copy(Text text) { return {text.data(), text.size()}; }

  void on_request_impl(boost::beast::http::verb, Text method, Text target, int version,
                       Error&) override {
    out_.method = copy(method);
    out_.target = copy(target);
    out_.minor = static_cast<unsigned>(version) % 10;
  }
  void on_response_impl(int status, Text reason, int version, Error&) override {
    out_.status = static_cast<unsigned>(status);
    out_.reason = copy(reason);
    out_.minor = static_cast<unsigned>(version) % 10;
  }
  void on_field_impl(boost::beast::http::field, Text name, Text value, Error&) override {
    (in_body_ ? out_.trailers : out_.fields).push_back({copy(name), copy(value)});
  }
  void on_header_impl(Error&) override { in_body_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  std::size_t on_body_impl(Text body, Error&) override {
    out_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, Text extensions, Error&) override {
    out_.odd_extension =
        out_.odd_extension || std::any_of(extensions.begin(), extensions.end(),
                                          [](char c) { return c == '\r' || c == '\n'; });
  }
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Error&) override {
    out_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_finish_impl(Error&) override {}

  Reading& out_;
  bool in_body_ = false;
};

// The message at the beginning of `input`, behind which the stream ends; false when Beast does not
// take it. `head_only`: the response to a HEAD.
template <bool kRequest>
[[nodiscard]] bool beast_reads(std::string_view input, Reading& out, bool head_only = false) {
  BeastParser<kRequest> parser(out);
  parser.skip(head_only);
  boost::beast::error_code error;
  while (!parser.is_done()) {
    const std::size_t used =
        parser.put(boost::asio::buffer(input.data() + out.bytes, input.size() - out.bytes), error);
    out.bytes += used;
    if (error && error != boost::beast::http::error::need_more) return false;
    if (!parser.is_done() && (used == 0 || out.bytes == input.size())) break;
  }
  if (parser.is_done()) return true;
  if (!parser.is_header_done()) return false;
  error = {};
  parser.put_eof(error);
  return !error && parser.is_done();
}

// ---- we

[[nodiscard]] inline std::vector<ReadField> fields_of(std::string_view head_or_trailers,
                                                      bool start_line) {
  // HttpHead takes a start line off first: trailers get one.
  const std::string text = (start_line ? "" : "x\r\n") + std::string(head_or_trailers);
  model::HttpHead head(text);
  model::HttpHeader header;
  std::vector<ReadField> out;
  while (head.next(header))
    out.push_back({std::string(header.name),
                   header.folded ? model::unfold(header.value) : std::string(header.value)});
  return out;
}

// Keeps what a Parser tells, message by message.
class ReadingSink final : public model::CommunicationSink {
 public:
  struct Exchange {
    bool has_request = false;
    bool has_response = false;
    Reading request;
    Reading response;
    model::CommunicationState state = model::CommunicationState::complete;
    unsigned interim = 0;
    std::vector<std::uint16_t> codes;  // noted
  };

  model::BodyExtent save_body(base::Bytes bytes) override {
    const auto offset = static_cast<std::uint32_t>(pack_.size());
    pack_.append(base::as_text(bytes));
    return {1, offset, static_cast<std::uint32_t>(bytes.size())};
  }
  void on_communication(const model::Communication& c) override {
    Exchange& e = exchanges.emplace_back();
    e.has_request = c.request.present;
    e.has_response = c.response.present;
    e.state = c.state;
    e.interim = c.interim_responses;
    for (const std::uint16_t code : c.codes)
      if (code != 0) e.codes.push_back(code);
    if (c.request.present) {
      read(c.request, e.request);
      e.request.method = c.method;
      e.request.target = c.target;
    }
    if (c.response.present) {
      read(c.response, e.response);
      e.response.status = c.status;
    }
  }
  void on_session(const model::TcpSession&, std::string_view, std::uint32_t,
                  std::span<const model::ParseNote>) override {}

  std::vector<Exchange> exchanges;

 private:
  void read(const model::HttpMessage& m, Reading& out) {
    const model::HttpStartLine line = model::split_start_line(model::HttpHead(m.head).start_line());
    const std::string_view version = line.response ? line.first : line.third;
    out.minor = version.empty() ? 0 : static_cast<unsigned>(version.back() - '0');
    if (line.response) out.reason = line.third;
    out.fields = fields_of(m.head, true);
    out.trailers = fields_of(m.trailers, false);
    for (const model::BodyExtent& e : m.body) out.body += pack_.substr(e.offset, e.bytes);
    out.bytes = m.wire_bytes;
  }

  std::string pack_;
};

}  // namespace spider::test
