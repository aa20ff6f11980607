#include "query/export/har_parts.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

#include "spider/model/http_head.h"

namespace spider::query {
namespace {

[[nodiscard]] std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// A scheme and "//" (RFC 3986 section 3).
[[nodiscard]] bool is_absolute(std::string_view target) {
  const std::size_t colon = target.find("://");
  if (colon == std::string_view::npos || colon == 0) return false;
  return std::all_of(target.begin(), target.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
                     });
}

[[nodiscard]] std::string authority(const CommunicationRow& row) {
  if (!row.host.empty()) return row.host;
  const std::string ip = model::to_text(row.server.ip);
  return ip.find(':') == std::string::npos ? fmt::format("{}:{}", ip, row.server.port)
                                           : fmt::format("[{}]:{}", ip, row.server.port);
}

// The next part of `text` up to `mark`; both are taken off.
[[nodiscard]] std::string_view take(std::string_view& text, char mark) {
  const std::size_t end = std::min(text.find(mark), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

void name_and_value(JsonWriter& json, std::string_view pair) {
  const std::string_view name = take(pair, '=');
  json.key("name").captured(model::trim_blanks(name));
  json.key("value").captured(model::trim_blanks(pair));
}

// Calls visit(value) for each header of that name.
template <class Visit>
void each_header(const store::MessageDetail& message, std::string_view name, Visit&& visit) {
  model::HttpHead head(message.head);
  for (model::HttpHeader line; head.next(line);) {
    if (!line.colon || !model::same_header_name(line.name, name)) continue;
    if (line.folded) {
      visit(std::string_view(model::unfold(line.value)));
    } else {
      visit(line.value);
    }
  }
}

void set_cookie(JsonWriter& json, std::string_view value) {
  json.begin_object();
  name_and_value(json, take(value, ';'));
  bool http_only = false;
  bool secure = false;
  while (!value.empty()) {
    std::string_view attribute = take(value, ';');
    const std::string name = lower(model::trim_blanks(take(attribute, '=')));
    const std::string_view text = model::trim_blanks(attribute);
    http_only = http_only || name == "httponly";
    secure = secure || name == "secure";
    if (name == "path" || name == "domain") json.key(name).captured(text);
    if (name == "samesite") json.key("_sameSite").captured(text);
    if (name == "max-age") json.key("_maxAge").captured(text);
    if (name != "expires") continue;
    if (const auto time = parse_http_date(text)) {
      json.field("expires", base::to_iso(*time));
    } else {
      json.key("_expires").captured(text);
    }
  }
  json.field("httpOnly", http_only).field("secure", secure).end_object();
}

[[nodiscard]] bool number(std::string_view text, int low, int high, int& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && out >= low && out <= high;
}

// Days since 1970 of a day of the proleptic Gregorian calendar.
[[nodiscard]] std::int64_t days_of(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = y / 400;  // no year before 0 comes here
  const int of_era = y - era * 400;
  const int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return std::int64_t{era} * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

void list_headers(JsonWriter& json, std::string_view lines) {
  model::HttpHead head(lines);
  for (model::HttpHeader line; head.next(line);) {
    json.begin_object();
    json.key("name").captured(line.name);
    json.key("value").captured(line.folded ? model::unfold(line.value) : std::string(line.value));
    json.end_object();
  }
}

}  // namespace

std::string har_url(const CommunicationRow& row) {
  if (!row.has_request()) return {};
  std::string raw;
  if (is_absolute(row.target)) {
    raw = row.target;
  } else if (row.method == "CONNECT") {
    raw = "http://" + row.target;
  } else if (row.target == "*") {
    raw = "http://" + authority(row);
  } else {
    raw = "http://" + authority(row) + (row.target.starts_with('/') ? "" : "/") + row.target;
  }
  std::string out;
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F && c != '"' && c != '<' && c != '>' && c != '\\') {
      out += c;
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

void har_headers(JsonWriter& json, const store::MessageDetail& message) {
  json.key("headers").begin_array();
  list_headers(json, message.head);
  // HttpHead takes the first line for the start line; trailers have none.
  if (!message.trailers.empty()) list_headers(json, "-\r\n" + message.trailers);
  json.end_array();
}

void har_query(JsonWriter& json, std::string_view target) {
  json.key("queryString").begin_array();
  static_cast<void>(take(target, '?'));
  std::string_view query = take(target, '#');
  while (!query.empty()) {
    std::string_view pair = take(query, '&');
    if (pair.empty()) continue;
    json.begin_object();
    json.key("name").captured(take(pair, '='));
    json.key("value").captured(pair);
    json.end_object();
  }
  json.end_array();
}

void har_request_cookies(JsonWriter& json, const store::MessageDetail& message) {
  json.key("cookies").begin_array();
  each_header(message, "Cookie", [&](std::string_view value) {
    while (!value.empty()) {
      const std::string_view pair = model::trim_blanks(take(value, ';'));
      if (pair.empty()) continue;
      json.begin_object();
      name_and_value(json, pair);
      json.end_object();
    }
  });
  json.end_array();
}

void har_response_cookies(JsonWriter& json, const store::MessageDetail& message) {
  json.key("cookies").begin_array();
  each_header(message, "Set-Cookie", [&](std::string_view value) { set_cookie(json, value); });
  json.end_array();
}

std::optional<base::Time> parse_http_date(std::string_view text) {
  // Words between blanks, commas and hyphens: [weekday] day month year time [GMT], or as asctime()
  // has it: weekday month day time year.
  std::string_view words[6];
  std::size_t count = 0;
  while (!text.empty() && count < 6) {
    const std::size_t end = std::min(text.find_first_of(" ,-"), text.size());
    if (end > 0) words[count++] = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (count < 5) return std::nullopt;
  const bool asctime = words[3].find(':') != std::string_view::npos;
  const std::string_view month_word = asctime ? words[1] : words[2];
  const std::string_view day_word = asctime ? words[2] : words[1];
  const std::string_view time_word = asctime ? words[3] : words[4];
  const std::string_view year_word = asctime ? words[4] : words[3];
  constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
  const std::string month_name = lower(month_word);
  const std::size_t month_at =
      month_name.size() == 3 ? kMonths.find(month_name) : std::string_view::npos;
  if (month_at == std::string_view::npos || month_at % 3 != 0) return std::nullopt;
  int day = 0;
  int year = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (time_word.size() != 8 || time_word[2] != ':' || time_word[5] != ':') return std::nullopt;
  const bool known = number(day_word, 1, 31, day) && number(year_word, 0, 9'999, year) &&
                     number(time_word.substr(0, 2), 0, 23, hour) &&
                     number(time_word.substr(3, 2), 0, 59, minute) &&
                     number(time_word.substr(6, 2), 0, 60, second);
  if (!known) return std::nullopt;
  // RFC 6265 section 5.1.1.
  if (year_word.size() == 2) year += year >= 70 ? 1'900 : 2'000;
  if (year < 1'601 || year > 2'261) return std::nullopt;  // what nanoseconds can tell, about
  const std::int64_t seconds = days_of(year, static_cast<int>(month_at / 3) + 1, day) * 86'400 +
                               hour * 3'600 + minute * 60 + second;
  constexpr std::int64_t kMost = 9'000'000'000;
  if (seconds > kMost || seconds < -kMost) return std::nullopt;
  return base::Time{seconds * 1'000'000'000};
}

std::string har_milliseconds(base::Duration duration) {
  std::string out =
      fmt::format("{}{}.{:06}", duration.ns < 0 ? "-" : "", std::abs(duration.ns / 1'000'000),
                  std::abs(duration.ns % 1'000'000));
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
  return out;
}

}  // namespace spider::query
