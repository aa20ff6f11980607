// Seeded conversations of odd pieces in any order, held against the laws of support/http1_laws.h.

#include "support/http1_laws.h"

#include <catch2/catch.hpp>

namespace spider::test {
namespace {

constexpr std::string_view kClient[] = {
    ">GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ">POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
    ">POST /y HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: x\r\n\r\n",
    ">HEAD /h HTTP/1.0\r\n\r\nGET /p HTTP/1.1\r\n\r\n",
    ">CONNECT h:1 HTTP/1.1\r\n\r\n",
    ">GET /a b HTTP/1.1\nX: y\n fold\n\n",
    ">\r\n",
    ">junk\n",
    ">POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
    ">GET /half HTT",
    ">P/1.1\r\n",
};
constexpr std::string_view kServer[] = {
    "<HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "<HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "<10;x=y\r\n0123456789abcdef\r\n0\r\n\r\n",
    "<HTTP/1.1 204 No Content\r\n\r\n",
    "<HTTP/1.1 100 Continue\r\n\r\n",
    "<HTTP/1.0 200\n\nuntil",
    "<HTTP/1.1 101 Up\r\n\r\n",
    "<HTTP/1.",
    "<1 304 Not\r\n\r\n",
    "<zz\r\n",
    "<HTTP/1.HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n",
    "<HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
};

std::string random_input(std::mt19937_64& random, bool gaps) {
  std::string input;
  if (gaps && random() % 4 == 0) input += "m\xFE";
  const std::size_t steps = 1 + random() % 14;
  for (std::size_t i = 0; i < steps; ++i) {
    switch (random() % (gaps ? 12 : 10)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        input += kClient[random() % std::size(kClient)];
        break;
      case 5:
      case 6:
      case 7:
      case 8:
        input += kServer[random() % std::size(kServer)];
        break;
      case 9:
        input += random() % 3 == 0   ? "e"
                 : random() % 2 == 0 ? "f"
                 : random() % 3 == 0 ? "s"
                                     : "aQQ";
        break;
      default:
        input += (random() % 2 == 0 ? "g" : "h") + std::string(random() % 6, 'x');
    }
    input += '\xFE';
  }
  // Now and then a byte is not what it should be.
  if (random() % 3 == 0) input[random() % input.size()] = static_cast<char>(random());
  return input;
}

TEST_CASE("cuts never change what a conversation without gaps says", "[parse][property]") {
  for (std::uint64_t seed = 1; seed <= 4'000; ++seed) {
    std::mt19937_64 random(seed);
    const std::string input = random_input(random, false);
    INFO("seed " << seed << ": " << escaped(input, 2'000));
    REQUIRE(check_laws(script_of(input), seed) == "");
  }
}

TEST_CASE("pieces of packets never change what a conversation with gaps says",
          "[parse][property]") {
  for (std::uint64_t seed = 1; seed <= 4'000; ++seed) {
    std::mt19937_64 random(seed);
    const std::string input = random_input(random, true);
    INFO("seed " << seed << ": " << escaped(input, 2'000));
    REQUIRE(check_laws(script_of(input), seed) == "");
  }
}

}  // namespace
}  // namespace spider::test
