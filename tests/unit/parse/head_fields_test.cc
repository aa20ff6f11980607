// What framing, pairing and listing need of a head, read by every way this processor has: the same.
#include "parse/decoders/http1/head_fields.h"

#include <array>
#include <memory>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>

#include "spider/parse/meaning.h"

namespace spider::parse::http1 {
namespace {

constexpr std::array<std::string_view, 24> kLines = {
    "Host: h.example",
    "host:\t other.example \t",
    "Content-Length: 12",
    "content-length: 12, 12",
    "Content-Length: 1x",
    "Transfer-Encoding: gzip, chunked",
    "transfer-encoding: chunked, gzip",
    "Content-Type: text/html; charset=utf-8",
    "Content-Encoding: gzip",
    "Content-Encoding : br",
    "Connection: close",
    "Upgrade: websocket",
    "X-Forwarded-For: 192.0.2.1, 198.51.100.7",
    "Forwarded: for=192.0.2.1;by=198.51.100.7",
    "Authorization: Basic dXNlcjpwYXNz",
    "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "Location: /elsewhere",
    "no colon in it",
    " folded: to what is before",
    "\tand so is this",
    "\rbare",
    "Odd\rName: bare \r inside",
    ": no name",
    "C:",
};

struct Read {
  std::uint64_t codes;
  std::uint64_t length;
  std::vector<bool> framing;
  std::vector<std::uint32_t> places;
  bool marked;
  bool operator==(const Read&) const = default;
};

Read read(std::string_view head, std::uint32_t prefix, const meaning::Wanted& wanted, bool wide) {
  std::size_t held = 0;
  Message m(held);
  m.head.append(base::as_bytes(head));
  m.prefix_bytes = prefix;
  read_fields(m, wanted, wide);
  const Framing& f = m.framing;
  Read out{m.codes,
           f.length,
           {f.has_length, f.length_bad, f.has_coding, f.chunked},
           {},
           m.marks.tell_of(m.head.text())};
  for (const TextRef& text : {m.method, m.target, m.host, m.type, m.encoding})
    out.places.insert(out.places.end(), {text.at, text.bytes});
  for (const auto& mark : m.marks.lines())
    out.places.insert(out.places.end(), {mark.begin, mark.colon, mark.stop});
  return out;
}

TEST_CASE("the fields of a head are the same whichever way it is read", "[parse][http1]") {
  const MeaningReader reader{ParseConfig{}};
  std::mt19937 random(39);
  std::size_t telling = 0;
  std::size_t odd = 0;
  for (int round = 0; round < 40'000; ++round) {
    const bool response = random() % 2 == 0;
    std::string head = response ? "HTTP/1.1 200 OK" : "POST /a?b HTTP/1.1";
    const auto ends = random() % 8;  // 0: with bare line feeds
    const auto end_line = [&] { head += ends == 0 && random() % 3 == 0 ? "\n" : "\r\n"; };
    end_line();
    for (auto lines = random() % 14; lines != 0; --lines) {
      if (random() % 3 == 0) {
        // Of any length, so that what follows begins anywhere in a block.
        head += "X-" + std::string(random() % 90, 'a') + ": " + std::string(random() % 150, 'b');
      } else {
        head += kLines[random() % kLines.size()];
      }
      if (random() % 60 == 0) head.insert(head.size() - random() % 4, 1, "\0\n:\r"[random() % 4]);
      end_line();
    }
    if (random() % 10 != 0) head += "\r\n";
    if (random() % 10 == 0) head.resize(head.size() - random() % head.size());
    const std::uint32_t prefix = response ? 12 : 0;
    CAPTURE(round, head);
    const Read narrow = read(head, prefix, reader.wanted(), false);
    if (base::has_wide_registers()) REQUIRE(read(head, prefix, reader.wanted(), true) == narrow);
    telling += narrow.framing[0] || narrow.framing[2] ? 1U : 0U;
    odd += narrow.codes != 0 ? 1U : 0U;
  }
  CHECK(telling > 10'000);
  CHECK((odd > 10'000 && odd < 39'000));
}

// What is expected is written down once, so that two ways cannot be wrong together.
TEST_CASE("a head's fields are found by every way", "[parse][http1]") {
  const MeaningReader reader{ParseConfig{}};
  for (const bool wide : {false, true}) {
    if (wide && !base::has_wide_registers()) continue;
    for (std::size_t before = 0; before < 70; ++before) {
      CAPTURE(wide, before);
      std::size_t held = 0;
      Message m(held);
      m.head.append(base::as_bytes("PUT / HTTP/1.1\r\nX: " + std::string(before, 'x') +
                                   "\r\nHost: h.example\r\nContent-Length: 77\r\n"
                                   "Content-Type: text/plain\r\n\r\n"));
      read_fields(m, reader.wanted(), wide);
      CHECK(m.host.in(m.head.text()) == "h.example");
      CHECK(m.type.in(m.head.text()) == "text/plain");
      CHECK(m.framing.has_length);
      CHECK(m.framing.length == 77);
      CHECK(m.codes == 0);
    }
  }
}

}  // namespace
}  // namespace spider::parse::http1
