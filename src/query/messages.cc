#include "spider/query/messages.h"

#include <algorithm>

#include "spider/model/communication.h"
#include "spider/model/http_head.h"

namespace spider::query {

std::string header(const store::MessageDetail& message, std::string_view name) {
  std::string out;
  model::HttpHead head(message.head);
  for (model::HttpHeader line; head.next(line);) {
    if (!line.colon || !model::same_header_name(line.name, name)) continue;
    if (!out.empty()) out += ", ";
    out += line.folded ? model::unfold(line.value) : std::string(line.value);
  }
  return out;
}

std::string media_type(std::string_view content_type) {
  std::string out(model::trim_blanks(content_type.substr(0, content_type.find_first_of(";,"))));
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool decodable(const store::MessageDetail& message) {
  const std::string coding = media_type(header(message, "Content-Encoding"));
  return coding == "gzip" || coding == "x-gzip" || coding == "deflate" || coding == "br" ||
         coding == "zstd";
}

std::uint64_t bytes_before_hole(const store::MessageDetail& message) {
  const std::uint64_t saved = message.saved_body_bytes();
  return message.holes.empty() ? saved : std::min(saved, message.holes.front().offset);
}

std::string_view body_state(const store::MessageDetail& message) {
  if (message.body_bytes == 0) return "none";
  if ((message.flags & model::kMessageBodyUnsaved) != 0) return "not_saved";
  const std::uint64_t saved = message.saved_body_bytes();
  if (saved == 0) return "not_saved";
  return saved < message.body_bytes ? "capped" : "whole";
}

}  // namespace spider::query
