#include "parse/meaning/location.h"

#include <catch2/catch.hpp>

using namespace spider::parse::meaning;

namespace {

std::string resolved(std::string_view base, std::string_view reference) {
  std::string out;
  std::string scratch = "left over";
  put_resolved(split_uri(base), split_uri(reference), out, scratch);
  return out;
}

// "" when the request does not tell its target.
std::string target(std::string_view method, std::string_view of_line, std::string_view host,
                   std::string_view reference = "") {
  UriParts base;
  if (!target_uri(method, of_line, host, base)) return "";
  std::string out;
  std::string scratch;
  put_resolved(base, split_uri(reference), out, scratch);
  return out;
}

}  // namespace

TEST_CASE("references resolve as in the examples of RFC 3986 5.4", "[parse][meaning]") {
  constexpr std::string_view kBase = "http://a/b/c/d;p?q";
  constexpr std::pair<std::string_view, std::string_view> kExamples[] = {
      {"g:h", "g:h"},
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q#s"},
      {"g#s", "http://a/b/c/g#s"},
      {"g?y#s", "http://a/b/c/g?y#s"},
      {";x", "http://a/b/c/;x"},
      {"g;x", "http://a/b/c/g;x"},
      {"g;x?y#s", "http://a/b/c/g;x?y#s"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../", "http://a/"},
      {"../../g", "http://a/g"},
      // 5.4.2, abnormal ones.
      {"../../../g", "http://a/g"},
      {"../../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {".g", "http://a/b/c/.g"},
      {"g..", "http://a/b/c/g.."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/./x", "http://a/b/c/g?y/./x"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
      {"g#s/./x", "http://a/b/c/g#s/./x"},
      {"g#s/../x", "http://a/b/c/g#s/../x"},
      {"http:g", "http:g"},
  };
  for (const auto& [reference, expected] : kExamples) {
    INFO(reference);
    CHECK(resolved(kBase, reference) == expected);
  }
}

TEST_CASE("an empty base path gets its slash and dots never eat the authority",
          "[parse][meaning]") {
  CHECK(resolved("http://a", "g") == "http://a/g");
  CHECK(resolved("http://a", "../../g") == "http://a/g");
  CHECK(resolved("http://a?q", "") == "http://a?q");
  CHECK(resolved("http://a/b", "1:2/3") == "http://a/1:2/3");
  CHECK(resolved("http://a/b", "https://c/../d/./e") == "https://c/d/e");
}

TEST_CASE("the target URI comes from the target or from Host", "[parse][meaning]") {
  CHECK(target("GET", "/a/b?c", "h.example:8080") == "http://h.example:8080/a/b?c");
  CHECK(target("GET", "/a/b?c", "h.example", "d") == "http://h.example/a/d");
  CHECK(target("GET", "//evil/x", "h.example", "y") == "http://h.example//evil/y");
  CHECK(target("GET", "https://other/p/q", "h.example", "r") == "https://other/p/r");
  CHECK(target("GET", "http://user:secret@other/p", "h", "r") == "http://other/r");
  CHECK(target("OPTIONS", "*", "h.example", "r") == "http://h.example/r");
  CHECK(target("GET", "/a#b", "[2001:db8::1]:81", "") == "http://[2001:db8::1]:81/a");
}

TEST_CASE("a target URI that the request does not tell is not made up", "[parse][meaning]") {
  CHECK(target("GET", "/a", "").empty());
  CHECK(target("GET", "/a", "h/x").empty());
  CHECK(target("GET", "/a", "a, b").empty());
  CHECK(target("GET", "/a", "user@h").empty());
  CHECK(target("CONNECT", "h:443", "h:443").empty());
  CHECK(target("GET", "a/b", "h").empty());
  CHECK(target("GET", "", "h").empty());
  CHECK(target("", "/a", "h").empty());
}
