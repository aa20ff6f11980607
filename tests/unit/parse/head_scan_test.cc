#include "parse/head_scan.h"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "parse/blank_line.h"

namespace spider::parse {
namespace {

struct Known {
  std::string line;
  std::size_t colon;
  bool ended;
  bool operator==(const Known&) const = default;
};

std::vector<Known> by_hand(const std::string& text) {
  std::vector<Known> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t lf = text.find('\n', at);
    const std::string line = text.substr(at, lf == std::string::npos ? lf : lf - at);
    out.push_back({line, line.find(':'), lf != std::string::npos});
    at += line.size() + 1;
  }
  return out;
}

template <class Scan>
std::vector<Known> scanned(Scan& scan) {
  std::vector<Known> out;
  typename Scan::Line line;
  while (scan.next(line))
    out.push_back({std::string(line.begin, line.stop),
                   line.colon == nullptr ? std::string::npos
                                         : static_cast<std::size_t>(line.colon - line.begin),
                   line.ended});
  return out;
}

bool bare_return(const std::string& text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i)
    if (text[i] == '\r' && text[i + 1] != '\n') return true;
  return false;
}
bool bare_feed(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) return true;
  return false;
}

// Where the first blank line begins; npos when there is none.
std::size_t blank_line(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t lf = text.find('\n', at);
    if (lf == std::string::npos) break;
    if (lf == at || (lf == at + 1 && text[at] == '\r')) return at;
    at = lf + 1;
  }
  return std::string::npos;
}

TEST_CASE("whole lines are passed over up to the first blank one", "[parse]") {
  std::mt19937 random(8);
  std::size_t found = 0;
  for (int i = 0; i < 60'000; ++i) {
    const auto plain = random() % 60;
    std::string text(random() % 300, 'x');
    for (char& c : text)
      if (random() % (plain + 1) == 0) c = "\r\n\n\r"[random() % 4];
    const std::size_t blank = blank_line(text);
    const std::size_t at = whole_lines(text);
    REQUIRE(whole_lines(text, false) == at);
    REQUIRE(at <= text.size());
    REQUIRE((at == 0 || text[at - 1] == '\n'));
    REQUIRE(at <= blank);
#ifdef __SSE2__
    const std::size_t blocks = text.size() / 64 * 64;
    // In the blocks nothing is left to be found.
    const std::size_t end = blank == std::string::npos ? blank : text.find('\n', blank);
    if (end < blocks) {
      ++found;
      REQUIRE(at == blank);
    } else if (blocks != 0) {
      const std::size_t last = text.rfind('\n', blocks - 1);
      REQUIRE(at == (last == std::string::npos ? 0 : last + 1));
    }
#endif
  }
  CHECK((found > 1'000 || whole_lines(std::string(64, '\n') + "x") != 0));
}

TEST_CASE("a head scanned in blocks has the lines, colons and odd ends of one read byte by byte",
          "[parse]") {
  std::mt19937 random(7);
  for (int i = 0; i < 60'000; ++i) {
    const std::size_t bytes = random() % 200;
    // From texts of ends alone to texts with hardly any.
    const auto plain = random() % 40;
    std::string text;
    while (text.size() < bytes) {
      if (random() % 40 < plain)
        text.push_back('x');
      else
        text.push_back("\r\n:\0a"[random() % 5]);
    }
    if (random() % 2 == 0 && text.size() > 3) text.replace(text.size() - 2, 2, "\r\n");
    // A block of its own, so that a sanitizer sees a byte read behind it.
    const auto exact = std::make_unique<char[]>(text.size());
    text.copy(exact.get(), text.size());
    const auto check = [&](auto scan) {
      REQUIRE(scanned(scan) == by_hand(text));
      REQUIRE(scan.bare_return() == bare_return(text));
      REQUIRE(scan.bare_feed() == bare_feed(text));
      REQUIRE(scan.null() == (text.find('\0') != std::string::npos));
    };
    const std::string_view view(exact.get(), text.size());
    check(BasicHeadScan<NarrowMasks>(view));
    if (has_wide_registers()) check(BasicHeadScan<WideMasks>(view));
  }
}

TEST_CASE("line ends on the border of two blocks belong together", "[parse]") {
  for (std::size_t before = 60; before < 70; ++before) {
    const std::string text = std::string(before, 'x') + "\r\n" + std::string(before, 'y') + "\r\n";
    HeadScan scan(text);
    CHECK(scanned(scan).size() == 2);
    CHECK_FALSE(scan.bare_return());
    CHECK_FALSE(scan.bare_feed());
  }
}

}  // namespace
}  // namespace spider::parse
