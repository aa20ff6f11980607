#include "spider/app/config.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include <catch2/catch.hpp>

#include "spider/api/codes.h"

using spider::app::parse_config;
using spider::app::print_config;

namespace {

std::string error_of(const std::string& text) {
  const auto result = parse_config(text, "spider.toml");
  if (result) return "accepted";
  std::string all;
  for (const auto& error : result.error()) all += error.detail + "\n";
  return all;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a folder is no configuration", "[app]") {
  const auto config = spider::app::read_config("/");
  REQUIRE_FALSE(config);
  CHECK(std::string(config.error().front().detail).find("/: cannot be read") == 0);
}

TEST_CASE("the shipped configuration is valid and short", "[app]") {
  std::ifstream in(std::string(SPIDER_SOURCE_DIR) + "/spider.toml");
  std::ostringstream text;
  text << in.rdbuf();
  const auto config = parse_config(text.str(), "spider.toml");
  REQUIRE(config);
  CHECK(config->whisperers.size() == 2);
  CHECK(config->api.listen == "127.0.0.1:8400");
  const std::string content = text.str();
  CHECK(std::count(content.begin(), content.end(), '\n') <= 22);
}

TEST_CASE("an unknown key is refused with its line and the key that was meant", "[app]") {
  const std::string error =
      error_of("[store]\npath = \"x\"\n\n[[whisperer]]\nname = \"a\"\nsave_packet = true\n");
  CHECK(contains(error, "spider.toml:6: [[whisperer]] save_packet"));
  CHECK(contains(error, "did you mean \"save_packets\"?"));
  CHECK(contains(error_of("[stor]\npath = \"x\"\n"), "did you mean \"store\"?"));
}

TEST_CASE("a value of the wrong type is refused with line, key, value and what to write", "[app]") {
  const std::string error = error_of("[[whisperer]]\nname = \"a\"\nsnaplen = \"big\"\n");
  CHECK(contains(error, "spider.toml:3: [[whisperer]] snaplen = 'big'"));
  CHECK(contains(error, "a whole number"));
  CHECK(contains(error_of("[[whisperer]]\nname = \"a\"\nsave_bodies = 1\n"), "true or false"));
  CHECK(contains(error_of("store = 5\n"), "store is a table"));
  CHECK(contains(error_of("[whisperer]\nname = \"a\"\n"), "two brackets"));
}

TEST_CASE("a name that no header has is refused with line, key and remedy", "[app]") {
  const std::string error =
      error_of("[parse]\nhead_max_kib = 8\ncorrelation_headers = [\"a b\"]\n");
  CHECK(contains(error, "spider.toml:3: [parse] correlation_headers: \"a b\" is no header's name"));
  CHECK(contains(error_of("[parse]\njwt_claims = [\"\"]\n"), "spider.toml:2: [parse] jwt_claims"));
  CHECK(error_of("[parse]\napi_key_headers = []\n") == "accepted");
}

TEST_CASE("a value outside its bounds is refused with the bounds", "[app]") {
  CHECK(contains(error_of("[[whisperer]]\nname = \"a\"\nsnaplen = 12\n"), "from 64 to 262144"));
  CHECK(contains(error_of("[store]\ncommit_ms = -5\n"), "commit_ms = -5: out of range"));
  CHECK(contains(error_of("[store]\ncommit_ms = 99999999999\n"), "out of range"));
}

TEST_CASE("whisperers that cannot be are refused with the reason", "[app]") {
  CHECK(contains(error_of("[[whisperer]]\nname = \"a b\"\n"), "is not a name"));
  CHECK(contains(error_of("[[whisperer]]\nname = \"a\"\n[[whisperer]]\nname = \"a\"\n"),
                 "two whisperers \"a\""));
  CHECK(contains(error_of("[[whisperer]]\nname = \"a\"\ntype = \"FILE\"\npath = \"\"\n"),
                 "needs the path"));
  CHECK(contains(error_of("[[whisperer]]\nname = \"a\"\ntype = \"LIVE\"\n"),
                 "INTERFACE, FILE or UPLOAD"));
  CHECK(contains(error_of("[[whisperer]]\nname = \"a\"\ndirection = \"up\"\n"), "in, out or both"));
}

TEST_CASE("a setting that does nothing for the type is refused with line, key and what to do",
          "[app]") {
  const auto refused = [](const std::string& type, const std::string& line) {
    const std::string path = type == "FILE" ? "path = \"x\"\n" : "";
    return error_of("[[whisperer]]\nname = \"a\"\ntype = \"" + type + "\"\n" + line + "\n" + path);
  };
  const char* const live[] = {"interface = \"lo\"", "snaplen = 100",     "buffer_mib = 8",
                              "promiscuous = true", "threads = 2",       "exclude_spider = false",
                              "direction = \"in\"", "direction = \"up\""};
  for (const std::string line : live) {
    const std::string key = line.substr(0, line.find(' '));
    for (const std::string type : {"UPLOAD", "FILE"})
      CHECK(refused(type, line) == "spider.toml:4: [[whisperer]] " + key +
                                       ": it does nothing for a whisperer of type " + type +
                                       ", only for INTERFACE; leave it out.\n");
  }
  for (const std::string line : {"keep_bodies = \"1d\"", "max_size = \"1GiB\""}) {
    CHECK(contains(refused("UPLOAD", line), "only for INTERFACE or FILE; leave it out. How long"));
    CHECK(refused("FILE", line) == "accepted");
    CHECK(refused("INTERFACE", line) == "accepted");
  }
  CHECK(contains(refused("UPLOAD", "path = \"x\""), "only for FILE; leave it out."));
  CHECK(contains(refused("INTERFACE", "path = \"x\""), "only for FILE; leave it out."));
  for (const std::string line : {"filter = \"tcp\"", "skip_empty_packets = true"})
    CHECK(refused("UPLOAD", line) == "accepted");
  // A value that is in force anyway promises nothing: what `check` prints can be a file.
  CHECK(refused("UPLOAD", "snaplen = 262144") == "accepted");
}

TEST_CASE("a required key that is missing stops the start with the words to add", "[app]") {
  const std::string name = "[store]\npath = \"x\"\n[[whisperer]]\nsnaplen = 100\n";
  CHECK(error_of(name) ==
        "spider.toml:3: [[whisperer]] name: it is missing, and required since 0.1; add below this "
        "line, with a value of yours: name = \"web\"\n");
  const std::string path = "[[whisperer]]\nname = \"a\"\ntype = \"FILE\"\n";
  CHECK(error_of(path) ==
        "spider.toml:1: [[whisperer]] path: it is missing, and required of type FILE since 0.1; "
        "add below this line, with a value of yours: path = \"captures\"\n");
  // The words are what it takes.
  for (const std::string& text : {name, path}) {
    const std::string said = error_of(text);
    const std::string words = said.substr(said.rfind(": ") + 2);
    const std::size_t line = text.find('\n', text.find("[[whisperer]]")) + 1;
    CHECK(error_of(text.substr(0, line) + words + text.substr(line)) == "accepted");
  }
}

TEST_CASE("a value that means nothing is refused with line, key and what is allowed", "[app]") {
  CHECK(contains(error_of("[log]\nlevel = \"loud\"\n"),
                 "spider.toml:2: [log] level: \"loud\" is none of debug, info, warning, error."));
  CHECK(contains(error_of("[log]\nformat = \"xml\"\n"),
                 "spider.toml:2: [log] format: \"xml\" is none of auto, json, pretty."));
  CHECK(contains(error_of("[store]\npath = \"\"\n"), "spider.toml:2: [store] path: \"\""));
  for (const char* host : {"a:b:c", "http://a", "a/b", "", "a b"})
    CHECK(contains(error_of(std::string("[api]\n\nhosts = [\"ok\", \"") + host + "\"]\n"),
                   std::string("spider.toml:3: [api] hosts: \"") + host + "\" is no host"));
  CHECK(error_of("[api]\nhosts = [\"Cap.Example.org\", \"10.0.0.1\", \"fe80::1\", \"[::1]:80\", "
                 "\"a_b:8400\"]\n") == "accepted");
  for (const char* listen : {"", "8400", "nowhere:80", "127.0.0.1:99999", "0.0.0.0:1"})
    CHECK(contains(error_of(std::string("[api]\n\nlisten = \"") + listen + "\"\n"),
                   "spider.toml:3: [api] listen = "));
}

TEST_CASE("everything that is wrong is told at once, in the order of the file", "[app]") {
  const std::string error = error_of(
      "[store]\npath = 7\ncomit_ms = 1\n[log]\nlevel = \"loud\"\n[api]\nlisten = \"x\"\n"
      "[[whisperer]]\nname = \"a b\"\ntype = \"LIVE\"\n[zap]\n");
  std::size_t at = 0;
  for (const int line : {2, 3, 5, 7, 9, 10, 11}) {
    const std::size_t next = error.find("spider.toml:" + std::to_string(line) + ":", at);
    CHECK(next != std::string::npos);
    at = next;
  }
  CHECK(std::count(error.begin(), error.end(), '\n') == 7);
}

TEST_CASE("all that is wrong within one section is told, and nothing twice", "[app]") {
  const auto lines_of = [](const std::string& text) {
    const std::string error = error_of(text);
    std::string lines;
    for (std::size_t at = 0; at < error.size(); at = error.find('\n', at) + 1)
      lines += error.substr(at + std::string("spider.toml:").size(), 1);
    return lines;
  };
  // Each at once: a name, a type, two bounds, a direction.
  CHECK(lines_of("[[whisperer]]\nname = \"a b\"\ntype = \"LIVE\"\nsnaplen = 1\nbuffer_mib = 0\n"
                 "direction = \"up\"\n") == "23456");
  // A name or a type that could not be read is not judged as well.
  CHECK(lines_of("[[whisperer]]\nname = 7\ntype = 8\ninterface = \"\"\n") == "23");
  CHECK(lines_of("[[whisperer]]\nnmae = \"a\"\ndirection = \"up\"\n") == "23");
  CHECK(lines_of("[log]\nlevel = \"loud\"\nformat = 3\nlevle = 1\n") == "234");
  CHECK(lines_of("[api]\nthreads = \"two\"\nlisten = \"x\"\n") == "23");
  CHECK(lines_of("[api]\nlisten = \"0.0.0.0:1\"\nallow_unauthenticated = 1\n") == "3");
}

TEST_CASE("ages and sizes that are none are refused with line, key and what to write",
          "[app][retention]") {
  const auto read = parse_config(
      "[retention]\nkeep_bodies = \"7 days\"\nmax_size = \"10\"\n"
      "[[whisperer]]\nname = \"a\"\nkeep_packets = \"1y\"\nmax_size = \"2GiB\"\n",
      "spider.toml");
  REQUIRE_FALSE(read);
  REQUIRE(read.error().size() == 3);
  CHECK(read.error()[0].detail.find(
            "spider.toml:2: [retention] keep_bodies: \"7 days\" is no age") != std::string::npos);
  CHECK(read.error()[1].detail.find("spider.toml:3: [retention] max_size") != std::string::npos);
  CHECK(read.error()[2].detail.find("spider.toml:6: [[whisperer]] keep_packets") !=
        std::string::npos);
}

TEST_CASE("broken TOML is refused with line and column", "[app]") {
  CHECK(contains(error_of("[store]\npath = \n"), "spider.toml:2:"));
}

TEST_CASE("an open listen address is refused unless it is allowed in words", "[app]") {
  CHECK(contains(error_of("[api]\nlisten = \"0.0.0.0:8400\"\n"), "0.0.0.0:8400"));
  CHECK(parse_config("[api]\nlisten = \"0.0.0.0:8400\"\n", "x").error().front().code ==
        spider::api::codes::listen_open);
  CHECK(parse_config("[api]\nlisten = \"0.0.0.0:8400\"\nallow_unauthenticated = true\n", "x"));
}

TEST_CASE("what is printed is read back as the same configuration", "[app]") {
  const auto config = parse_config(
      "[store]\npath = \"a \\\"b\\\"\"\ncommit_ms = 100\n[[whisperer]]\nname = \"w\"\nfilter = "
      "\"tcp port 80\"\n",
      "x");
  REQUIRE(config);
  const std::string printed = print_config(*config);
  const auto again = parse_config(printed, "printed");
  REQUIRE(again);
  CHECK(print_config(*again) == printed);
  CHECK(contains(printed, "commit_ms = 100  # set"));
}
