// Bodies as they were saved, or with the content coding taken off.
//
// The bytes come from anybody on the network and are looked at in a browser: nothing of them may
// run under our origin. So the answer's type is one that no browser executes, sniffing is off, and
// the policy is a sandbox without scripts.

#include <algorithm>

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/query/content.h"
#include "spider/query/engine.h"

#include "api/byte_range.h"
#include "api/messages.h"
#include "api/not_saved.h"
#include "api/problem.h"
#include "api/router.h"

namespace spider::api {
namespace {

constexpr std::size_t kPieceBytes = 256U << 10U;
constexpr std::size_t kHeaderBytesMax = 256;

struct SafeType {
  std::string type;
  bool shown = false;  // a browser may show it; otherwise it is offered for saving
  std::string suffix = "bin";
};

// A charset's name that cannot smuggle anything into our header.
[[nodiscard]] std::string charset_of(std::string_view content_type) {
  std::string lower(content_type);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  std::size_t at = lower.find("charset=");
  if (at == std::string::npos) return "utf-8";
  at += 8;
  if (at < lower.size() && lower[at] == '"') ++at;
  std::size_t end = at;
  const auto fit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  while (end < lower.size() && end - at < 40 && fit(lower[end])) ++end;
  return end == at ? "utf-8" : lower.substr(at, end - at);
}

[[nodiscard]] SafeType safe_type(std::string_view content_type) {
  const std::string media = media_type(content_type);
  static constexpr std::pair<std::string_view, std::string_view> kImages[] = {
      {"image/png", "png"},   {"image/jpeg", "jpg"},  {"image/gif", "gif"},
      {"image/webp", "webp"}, {"image/avif", "avif"}, {"image/bmp", "bmp"},
  };
  for (const auto& image : kImages)
    if (media == image.first) return {media, true, std::string(image.second)};
  const bool text = media.starts_with("text/") || media.ends_with("+json") ||
                    media.ends_with("+xml") || media == "application/json" ||
                    media == "application/xml" || media == "application/javascript" ||
                    media == "application/x-ndjson" || media == "application/yaml" ||
                    media == "application/x-www-form-urlencoded" || media == "application/graphql";
  if (text) return {"text/plain; charset=" + charset_of(content_type), true, "txt"};
  return {"application/octet-stream", false, "bin"};
}

// What is left of captured text that may stand in one of our headers.
[[nodiscard]] std::string header_safe(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kHeaderBytesMax))
    if (c >= 0x20 && c < 0x7F) out += c;
  return out;
}

struct Saved {
  std::shared_ptr<const store::StoreSnapshot> snapshot;
  model::CommunicationId id;
  store::MessageDetail message;
};

[[nodiscard]] std::string why_unsaved(const Context& context, const model::CommunicationId& id,
                                      const store::MessageDetail& message) {
  if (body_state(message) != "not_saved") return "body_max_bytes of its whisperer is 0.";
  return not_saved_text(context.names().whisperer(id.source), model::Saved::bodies,
                        off_of(context, id.source, id.start, model::Saved::bodies));
}

[[nodiscard]] std::string none_saved(const Context& context, const model::CommunicationId& id,
                                     const store::MessageDetail& message) {
  if (message.body_bytes > 0)
    return fmt::format("The body of {} bytes was not saved. {}", message.body_bytes,
                       why_unsaved(context, id, message));
  if (!message.holes.empty())
    return fmt::format("No byte of the body was captured; {} were sent.", message.missing_bytes);
  if (message.missing_bytes > 0)
    return "No byte of a body was captured; whether there was one is not known.";
  return "The message has no body.";
}

[[nodiscard]] base::Result<Saved> find_body(const Context& context, const Request& request,
                                            bool of_request) {
  SPIDER_TRY_LET(id, communication_id(request));
  Saved out{context.snapshot(), id, {}};
  SPIDER_TRY_LET(detail, query::QueryEngine(*out.snapshot).detail(id));
  out.message = std::move(of_request ? detail.request : detail.response);
  if (!out.message.present)
    return base::fail(codes::body_not_saved, "This side of the exchange was not captured.");
  if (out.message.saved_body_bytes() == 0)
    return base::fail(codes::body_not_saved, none_saved(context, id, out.message));
  // Before the first byte is on its way: then it would be too late to say so.
  SPIDER_TRY(check_body(context, *out.snapshot, id.source, out.message));
  return out;
}

// The saved bytes piece by piece: a body of a gigabyte costs a piece of memory.
void raw_pieces(Answer& answer, const std::shared_ptr<const Saved>& saved, const ByteRange& range) {
  answer.length = range.size;
  auto left = std::make_shared<ByteRange>(range);
  answer.pieces = [saved, left](std::string& piece) -> base::Result<bool> {
    std::vector<std::uint8_t> bytes;
    SPIDER_TRY(saved->snapshot->read_body(saved->id.source, saved->message.body, left->first,
                                          std::min<std::uint64_t>(kPieceBytes, left->size), bytes));
    piece += base::as_text(bytes);
    left->first += bytes.size();
    left->size -= bytes.size();
    return !bytes.empty() && left->size > 0;
  };
}

// "2822+1448,9000+10": where in the body, and how many.
[[nodiscard]] std::string hole_list(const store::MessageDetail& message) {
  std::string out;
  for (const model::BodyHole& hole : message.holes)
    out += fmt::format("{}{}+{}", out.empty() ? "" : ",", hole.offset, hole.bytes);
  return out;
}

// Returns the outcome's name. Behind a hole no coding can be read on: what is before it is decoded.
[[nodiscard]] base::Result<std::string> decoded_body(const Context& context, const Saved& saved,
                                                     std::string& out) {
  const std::uint64_t limit = context.config.decoded_body_max_bytes;
  const store::MessageDetail& message = saved.message;
  const std::string coding = header(message, "Content-Encoding");
  const std::uint64_t readable =
      coding.empty() ? message.saved_body_bytes() : query::bytes_before_hole(message);
  if (readable == 0)
    return base::fail(codes::body_not_decodable,
                      fmt::format("The first {} bytes of the body were never captured: what is "
                                  "behind them cannot be decoded ({}).",
                                  message.holes.front().bytes, header_safe(coding)));
  std::vector<std::uint8_t> raw;
  SPIDER_TRY(saved.snapshot->read_body(saved.id.source, message.body, 0, readable, raw));
  query::DecodedContent content =
      query::decode_content(raw, coding, static_cast<std::size_t>(limit));
  switch (content.outcome) {
    case query::ContentOutcome::whole:
    case query::ContentOutcome::cut:
      break;
    case query::ContentOutcome::limited:
      return base::fail(
          codes::body_too_large,
          fmt::format("{} saved bytes decode to more than {} bytes.", raw.size(), limit));
    case query::ContentOutcome::corrupt:
      // Without the places of its holes nobody knows whether the sender is to blame.
      if (message.missing_bytes > 0 && message.holes.empty())
        return base::fail(
            codes::body_not_decodable,
            fmt::format("The body does not decode as {} (after {} decoded bytes): {} bytes of it "
                        "were never captured.",
                        header_safe(content.coding), content.bytes.size(), message.missing_bytes));
      return base::fail(codes::body_not_decodable,
                        fmt::format("The body is not valid {} (after {} decoded bytes).",
                                    header_safe(content.coding), content.bytes.size()));
    case query::ContentOutcome::unsupported:
      return base::fail(
          codes::body_not_decodable,
          fmt::format("The content coding '{}' is not known.", header_safe(content.coding)));
  }
  out.assign(base::as_text(content.bytes));
  return std::string(query::name(content.outcome));
}

[[nodiscard]] Answer unsatisfiable(std::string_view range, std::uint64_t length) {
  Answer answer = problem(
      {codes::no_such_range, fmt::format("Range: {} asks for no byte of the {} that there are.",
                                         header_safe(range), length)});
  answer.headers.emplace_back("Content-Range", content_range({}, length));
  return answer;
}

[[nodiscard]] base::Result<Answer> get_body(const Context& context, const Request& request,
                                            bool of_request) {
  SPIDER_TRY(request.parameters.only({"decoded", "download"}));
  SPIDER_TRY_LET(decoded, request.parameters.flag("decoded"));
  SPIDER_TRY_LET(download, request.parameters.flag("download"));
  SPIDER_TRY_LET(found, find_body(context, request, of_request));
  const auto saved = std::make_shared<const Saved>(std::move(found));
  const std::string content_type = header(saved->message, "Content-Type");
  const bool coded = !decoded && !header(saved->message, "Content-Encoding").empty();
  const SafeType type =
      coded ? SafeType{"application/octet-stream", false, "bin"} : safe_type(content_type);
  Answer answer;
  answer.type = type.type;
  answer.cache = "no-store";
  answer.policy = Policy::body;
  answer.headers.emplace_back("Accept-Ranges", "bytes");
  std::uint64_t length = saved->message.saved_body_bytes();
  if (decoded) {
    SPIDER_TRY_LET(outcome, decoded_body(context, *saved, answer.body));
    answer.headers.emplace_back("X-Body-Decoded", outcome);
    length = answer.body.size();
  }
  const auto range = read_range(request.range, length);
  if (range && range->size == 0) return unsatisfiable(request.range, length);
  if (range) {
    answer.status = 206;
    answer.headers.emplace_back("Content-Range", content_range(*range, length));
    if (decoded) answer.body = answer.body.substr(range->first, range->size);
  }
  if (!decoded) raw_pieces(answer, saved, range.value_or(ByteRange{0, length}));
  answer.headers.emplace_back("X-Body-State", std::string(body_state(saved->message)));
  const std::uint64_t missing = saved->message.missing_bytes;
  if (missing > 0) answer.headers.emplace_back("X-Body-Missing", std::to_string(missing));
  if (!saved->message.holes.empty())
    answer.headers.emplace_back("X-Body-Holes", hole_list(saved->message));
  if (!content_type.empty())
    answer.headers.emplace_back("X-Captured-Content-Type", header_safe(content_type));
  answer.headers.emplace_back(
      "Content-Disposition",
      fmt::format("{}; filename=\"{}-{}{}.{}\"", download || !type.shown ? "attachment" : "inline",
                  model::to_text(saved->id), of_request ? "request" : "response",
                  missing > 0 ? fmt::format("-{}-bytes-missing", missing) : "", type.suffix));
  return answer;
}

}  // namespace

base::Result<Answer> get_request_body(const Context& context, const Request& request) {
  return get_body(context, request, true);
}
base::Result<Answer> get_response_body(const Context& context, const Request& request) {
  return get_body(context, request, false);
}

}  // namespace spider::api
