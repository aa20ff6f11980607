#include "spider/model/http_head.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace spider::model {
namespace {

std::vector<std::string> lines_of(std::string_view head) {
  std::vector<std::string> out;
  HttpHead reader(head);
  HttpHeader header;
  while (reader.next(header))
    out.push_back(std::string(header.name) + "=" +
                  (header.folded ? unfold(header.value) : std::string(header.value)));
  return out;
}

TEST_CASE("headers come in wire order and original case", "[model]") {
  const std::string_view head =
      "GET / HTTP/1.1\r\nHost:  a.example \r\nX-ONE:1\r\nx-one: 2\r\n\r\n";
  CHECK(HttpHead(head).start_line() == "GET / HTTP/1.1");
  CHECK(lines_of(head) == std::vector<std::string>{"Host=a.example", "X-ONE=1", "x-one=2"});
}

TEST_CASE("bare line feeds end header lines as well", "[model]") {
  CHECK(lines_of("HTTP/1.0 200 OK\nA: b\nC: d\r\n\nnot a header: x\n") ==
        std::vector<std::string>{"A=b", "C=d"});
}

TEST_CASE("a folded value reads as one line", "[model]") {
  CHECK(lines_of("GET / HTTP/1.1\r\nA: one\r\n  two\r\n\tthree\r\nB: x\r\n\r\n") ==
        std::vector<std::string>{"A=one two three", "B=x"});
}

TEST_CASE("a line that begins with a bare carriage return goes on with the one before", "[model]") {
  model::HttpHead head("GET / HTTP/1.1\r\nA: 1\r\n\rB: 2\r\nC: 3\r\n\r\n");
  model::HttpHeader h;
  REQUIRE(head.next(h));
  CHECK(h.name == "A");
  CHECK(h.folded);
  CHECK(model::unfold(h.value) == "1 B: 2");
  REQUIRE(head.next(h));
  CHECK(h.name == "C");
  CHECK(h.value == "3");
  CHECK_FALSE(head.next(h));
}
TEST_CASE("a head cut anywhere still splits", "[model]") {
  const std::string head =
      "GET / HTTP/1.1\r\nHost: a\r\n fold\r\nno colon here\r\n: empty name\r\n\r\n";
  for (std::size_t n = 0; n <= head.size(); ++n) {
    const std::string cut = head.substr(0, n);
    CHECK(lines_of(cut).size() <= 4);
  }
  CHECK(lines_of(head) == std::vector<std::string>{"Host=a fold", "no colon here=", "=empty name"});
}

TEST_CASE("a request target keeps its blanks", "[model]") {
  const HttpStartLine line = split_start_line("GET /a b HTTP/1.0 c HTTP/1.1");
  CHECK(line.first == "GET");
  CHECK(line.second == "/a b HTTP/1.0 c");
  CHECK(line.third == "HTTP/1.1");
  CHECK_FALSE(line.response);
}

TEST_CASE("a status line may lack its reason", "[model]") {
  const HttpStartLine bare = split_start_line("HTTP/1.1 204");
  CHECK(bare.response);
  CHECK(bare.second == "204");
  CHECK(bare.third.empty());
  CHECK(split_start_line("HTTP/1.1 404 Not Found").third == "Not Found");
}

TEST_CASE("names are the same when every letter is, in either case", "[model]") {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (std::size_t length = 1; length < 20; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (int one = 0; one < 256; ++one) {
        for (const int other : {one, one ^ 0x20, one ^ 0x80, one + 1, int{'a'}, int{'Z'}}) {
          std::string a(length, 'q');
          std::string b(length, 'Q');
          a[at] = static_cast<char>(one);
          b[at] = static_cast<char>(other);
          REQUIRE(same_header_name(a, b) == (lower(a[at]) == lower(b[at])));
        }
      }
    }
  }
  CHECK_FALSE(same_header_name("host", "hosts"));
  CHECK(same_header_name("", ""));
}

TEST_CASE("a header is found whatever the case of its name", "[model]") {
  const std::string_view head = "GET / HTTP/1.1\r\nCONTENT-type: text/html\r\nEmpty:\r\n\r\n";
  CHECK(find_header(head, "Content-Type") == "text/html");
  CHECK(find_header(head, "empty").data() != nullptr);
  CHECK(find_header(head, "empty").empty());
  CHECK(find_header(head, "Host").data() == nullptr);
}

}  // namespace
}  // namespace spider::model
