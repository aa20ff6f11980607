#pragma once
// MadeTalk: a random but well-formed HTTP/1 conversation, written from the grammars of RFC 9110 and
// RFC 9112 with everything legal that they allow and few programs send. Folded lines are left out:
// they are no longer legal.

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace spider::test {

enum class Made : std::uint8_t {
  requests,
  unusual_methods,
  heads,
  old_versions,
  blanks_around_values,
  empty_values,
  bytes_above_ascii,
  lengths,
  chunked,
  chunk_extensions,
  quoted_extensions,
  trailers,
  interim,
  no_content,
  not_modified,
  until_close,
  empty_reasons,
  pipelines,
  count
};
using MadeCounts = std::array<std::uint64_t, static_cast<std::size_t>(Made::count)>;

class MadeTalk {
 public:
  struct Step {
    bool client;
    std::string text;
  };
  // What was written, for a check that Beast reads what was meant.
  struct Exchange {
    std::string method;
    std::string request_body;
    std::string response_body;
    unsigned interim = 0;
  };

  MadeTalk(std::uint64_t seed, MadeCounts& made) : random_(seed), made_(made) {
    const std::size_t wanted = 1 + upto(4);
    const bool pipeline = wanted > 1 && chance(20);
    if (pipeline) count(Made::pipelines);
    std::vector<Step> answers;
    for (std::size_t i = 0; i < wanted; ++i) {
      exchanges.emplace_back();
      steps.push_back({true, request(exchanges.back())});
      Step answer{false, response(exchanges.back(), i + 1 == wanted)};
      (pipeline ? answers : steps).push_back(std::move(answer));
    }
    for (Step& answer : answers) steps.push_back(std::move(answer));
  }

  std::uint64_t upto(std::uint64_t most) { return random_() % (most + 1); }
  bool chance(unsigned percent) { return random_() % 100 < percent; }

  std::vector<Step> steps;
  std::vector<Exchange> exchanges;

 private:
  template <std::size_t kCount>
  std::string_view one_of(const std::string_view (&list)[kCount]) {
    return list[upto(kCount - 1)];
  }
  void count(Made what) { ++made_[static_cast<std::size_t>(what)]; }

  std::string of(std::string_view alphabet, std::size_t bytes) {
    std::string out;
    while (out.size() < bytes) out += alphabet[upto(alphabet.size() - 1)];
    return out;
  }
  // RFC 9110 5.6.2
  std::string token(std::size_t most) {
    return of("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
              1 + upto(most - 1));
  }
  std::string blanks(std::size_t most) { return of(" \t", upto(most)); }
  std::string bytes(std::size_t most) {
    std::string out(upto(most), '\0');
    for (char& c : out) c = static_cast<char>(random_() & 0xFFU);
    return out;
  }
  // RFC 9110 5.5: visible characters and obs-text, blanks only inside.
  std::string value() {
    if (chance(5)) {
      count(Made::empty_values);
      return {};
    }
    std::string out;
    const std::size_t words = 1 + upto(4);
    for (std::size_t i = 0; i < words; ++i) {
      if (i > 0) out += of(" \t", 1 + upto(1));
      for (std::size_t n = 1 + upto(12); n > 0; --n) {
        const bool high = chance(3);
        if (high) count(Made::bytes_above_ascii);
        out += static_cast<char>(high ? 0x80 + upto(0x7F) : 0x21 + upto(0x5D));
      }
    }
    return out;
  }
  std::string field(std::string_view name, std::string_view value) {
    const std::string before = chance(70) ? " " : blanks(3);
    const std::string after = chance(80) ? "" : blanks(3);
    if (before != " " || !after.empty()) count(Made::blanks_around_values);
    return std::string(name) + ':' + before + std::string(value) + after + "\r\n";
  }
  std::string fields(std::size_t most) {
    std::string out;
    std::string name = token(16);
    for (std::size_t i = upto(most); i > 0; --i) {
      if (!chance(15)) name = token(16);  // else the same once more
      out += field(name, value());
    }
    return out;
  }
  std::string version() {
    if (!chance(10)) return "HTTP/1.1";
    count(Made::old_versions);
    return "HTTP/1.0";
  }

  // RFC 9112 7.1.1, with the blanks that a recipient must take.
  std::string extensions() {
    std::string out;
    for (std::size_t i = chance(30) ? 1 + upto(2) : 0; i > 0; --i) {
      count(Made::chunk_extensions);
      const bool wide = chance(20);
      out += wide ? " ; " : ";";
      out += token(6);
      if (chance(30)) continue;
      out += wide ? " = " : "=";
      if (chance(50)) {
        out += token(6);
        continue;
      }
      count(Made::quoted_extensions);
      out += '"' + of("abc ;=,:/[]{}()<>@?\t", upto(8)) + (chance(30) ? "\\\"x\\\\" : "") + '"';
    }
    return out;
  }
  std::string chunked_body(const std::string& body) {
    count(Made::chunked);
    std::string out;
    std::size_t at = 0;
    while (at < body.size()) {
      const std::size_t n = 1 + upto(std::min<std::size_t>(body.size() - at, 90) - 1);
      out += std::string(chance(10) ? upto(4) : 0, '0') + hex(n) + extensions() + "\r\n";
      out += body.substr(at, n) + "\r\n";
      at += n;
    }
    out += std::string(1 + (chance(10) ? upto(3) : 0), '0') + extensions() + "\r\n";
    const std::string trailers = chance(30) ? fields(3) : std::string();
    if (!trailers.empty()) count(Made::trailers);
    return out + trailers + "\r\n";
  }
  std::string hex(std::size_t n) {
    const std::string_view digits = chance(50) ? "0123456789abcdef" : "0123456789ABCDEF";
    std::string out;
    for (; n > 0; n /= 16) out.insert(out.begin(), digits[n % 16]);
    return out;
  }
  // Headers in any order: `framing` somewhere among others.
  std::string head(const std::string& start_line, const std::string& framing) {
    return start_line + "\r\n" + fields(5) + framing + fields(5) + "\r\n";
  }
  std::string coding() {
    static constexpr std::string_view kNames[] = {"Transfer-Encoding", "transfer-encoding",
                                                  "TRANSFER-ENCODING"};
    static constexpr std::string_view kValues[] = {"chunked", "Chunked", "CHUNKED"};
    return field(one_of(kNames), one_of(kValues));
  }
  std::string length(std::size_t n) {
    static constexpr std::string_view kNames[] = {"Content-Length", "content-length",
                                                  "CONTENT-length"};
    return field(one_of(kNames), std::to_string(n));
  }

  std::string request(Exchange& told) {
    static constexpr std::string_view kMethods[] = {
        "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "PROPFIND", "TRACE", "HEAD"};
    static constexpr std::string_view kForms[] = {"/", "http://h.example:8080/", "*", "/%20/",
                                                  "//"};
    count(Made::requests);
    told.method = one_of(kMethods);
    if (chance(10)) {
      told.method = of("ABCDEFGHIJKLMNOPQRSTUVWXYZ-_", 3 + upto(9));
      count(Made::unusual_methods);
    }
    if (told.method == "HEAD") count(Made::heads);
    std::string target(one_of(kForms));
    if (target != "*") target += of("abcXYZ019-._~!$&'()*+,;=:@/?%[]", upto(40));
    const std::string line = told.method + ' ' + target + ' ' + version();
    const std::string host = field("Host", "h.example");
    if (told.method == "TRACE" || told.method == "HEAD" || chance(50)) return head(line, host);
    told.request_body = bytes(300);
    // RFC 9112 6.1: who says 1.0 has no transfer codings.
    if (chance(50) && line.back() == '1')
      return head(line, host + coding()) + chunked_body(told.request_body);
    count(Made::lengths);
    return head(line, length(told.request_body.size()) + host) + told.request_body;
  }

  std::string response(Exchange& told, bool last) {
    std::string out;
    for (std::size_t i = chance(15) ? 1 + upto(1) : 0; i > 0; --i) {
      static constexpr std::string_view kInterim[] = {"100 Continue", "102 Processing",
                                                      "103 Early Hints", "100 "};
      count(Made::interim);
      ++told.interim;
      out += head("HTTP/1.1 " + std::string(one_of(kInterim)), "");
    }
    return out + final_response(told, last);
  }
  std::string final_response(Exchange& told, bool last) {
    static constexpr std::string_view kStatuses[] = {"200", "201", "206", "301", "404",
                                                     "500", "599", "204", "304", "451"};
    static constexpr std::string_view kReasons[] = {"OK", "Not Found", "", "a  b\tc", "\xE4h"};
    const std::string status(one_of(kStatuses));
    const std::string reason(one_of(kReasons));
    if (reason.empty()) count(Made::empty_reasons);
    const std::string line = version() + ' ' + status + ' ' + reason;
    // RFC 9112 6.3: these end with their head, whatever it says of a body.
    if (status == "204" || status == "304" || told.method == "HEAD") {
      if (status == "204") count(Made::no_content);
      if (status == "304") count(Made::not_modified);
      if (status == "204") return head(line, "");
      return head(line, chance(60) ? (chance(50) ? length(upto(999)) : coding()) : "");
    }
    told.response_body = bytes(400);
    if (last && chance(20)) {
      count(Made::until_close);
      return head(line, field("Connection", "close")) + told.response_body;
    }
    if (chance(50) && line[7] == '1')
      return head(line, coding()) + chunked_body(told.response_body);
    count(Made::lengths);
    return head(line, length(told.response_body.size())) + told.response_body;
  }

  std::mt19937_64 random_;
  MadeCounts& made_;
};

}  // namespace spider::test
