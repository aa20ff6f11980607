#pragma once
// Request and Answer: what a route is asked and what it says, free of Beast, so that routes are
// plain functions.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spider/base/result.h"

#include "api/parameters.h"

namespace spider::api {

class Asking;

struct Request {
  std::string method;
  std::string target;  // as asked, for the link to itself
  std::string path;
  std::vector<std::string> parts;  // what stood for each {} of the route
  Parameters parameters;
  std::string accept;
  std::string range;  // the header Range, of GET and without If-Range
  std::string body;   // of POST and PATCH, up to request_max_bytes
  std::string body_type;
  std::string last_event_id;
  std::shared_ptr<Asking> asking;  // of what may take long; see asking.h
};

// Which content security policy goes with an answer.
enum class Policy : std::uint8_t {
  data,  // nothing may run, nothing may frame it
  body,  // captured bytes: sandboxed, may be framed by our own page
  page,  // our own page
};

struct Answer {
  unsigned status = 200;
  std::string type = "application/json";
  std::string body;
  // Instead of `body`: appends the next piece; false after the last one. Called from one thread at
  // a time.
  std::function<base::Result<bool>(std::string& piece)> pieces;
  std::optional<std::uint64_t> length;  // of all pieces, when it is known
  // Not 0: an answer without an end. After an empty piece it rests so long, and it ends when the
  // client hangs up or the server stops.
  std::chrono::milliseconds rest{0};
  std::vector<std::pair<std::string, std::string>> headers;
  std::string cache = "private, no-cache";
  Policy policy = Policy::data;
};

}  // namespace spider::api
