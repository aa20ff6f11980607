// Templates of paths: one table of examples, and the promises for any bytes.

#include "query/path_template.h"

#include <fstream>
#include <random>
#include <sstream>

#include <catch2/catch.hpp>

namespace spider::query {
namespace {

[[nodiscard]] std::string of(std::string_view target) {
  std::string scratch;
  return std::string(template_of(target, scratch));
}

struct Example {
  const char* target;
  const char* pattern;
};
constexpr Example kExamples[] = {
    {"", ""},
    {"*", "*"},
    {"/", "/"},
    {"/health", "/health"},
    {"/users/123", "/users/{n}"},
    {"/users/123/", "/users/{n}/"},
    {"//7//", "//{n}//"},
    {"/users/123/orders/9f1c2d3e4b5a69788796a5b4?page=2", "/users/{n}/orders/{hex}"},
    {"/users/123?next=/users/9", "/users/{n}"},
    {"/i/00000000000000000000000000000000000000000001", "/i/{n}"},
    {"/o/550e8400-e29b-41d4-a716-446655440000", "/o/{uuid}"},
    {"/o/550E8400-E29B-41D4-A716-446655440000/x", "/o/{uuid}/x"},
    {"/o/550e8400-e29b-41d4-a716-44665544000", "/o/{token}"},  // a digit is missing
    {"/c/deadbeef", "/c/deadbeef"},                            // a word may be spelled so
    {"/c/deadbee1", "/c/{hex}"},
    {"/c/deadbe1", "/c/deadbe1"},
    {"/c/4bf92f3577b34da6a3ce929d0e0e4736", "/c/{hex}"},
    {"/day/2026-11-22", "/day/{date}"},
    {"/day/2026-13-22", "/day/2026-13-22"},
    {"/day/2026-11-32", "/day/2026-11-32"},
    {"/at/2026-11-22T03:04:05.678Z", "/at/{date}"},
    {"/at/2026-11-22T03%3A04%3A05%2B01%3A00", "/at/{date}"},
    {"/at/2026-11-22T03:04:05+0100", "/at/{date}"},
    {"/at/2026-11-22T", "/at/2026-11-22T"},
    {"/at/2026-11-22T03:04:", "/at/2026-11-22T03:04:"},
    {"/k/01HV8QZ6R5T3W9X2Y4B7C1D8EF", "/k/{token}"},                // ULID
    {"/k/2ABcD3eFgH4iJkL5mNoP6qRsT7u", "/k/{token}"},               // KSUID
    {"/k/V1StGXR8_Z5jdHi6B-myT", "/k/{token}"},                     // NanoID
    {"/k/eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.sig1", "/k/{token}"},  // JWT
    {"/k/c2VjcmV0IDQyIGlzIDQy==", "/k/{token}"},
    {"/p/iphone-15-pro-max-256gb", "/p/iphone-15-pro-max-256gb"},
    {"/p/2026-report-v2-final-edition-3", "/p/2026-report-v2-final-edition-3"},
    {"/rpc/getUserProfileByEmailAddress2", "/rpc/getUserProfileByEmailAddress2"},
    {"/api/v2/items", "/api/v2/items"},
    {"/api/v1.2/items", "/api/v1.2/items"},
    {"/net/10.0.0.1", "/net/10.0.0.1"},
    {"/zoom/1.5", "/zoom/1.5"},
    {"/images/orders/4711.png", "/images/orders/{n}.png"},
    {"/img/2026-11-22.tar", "/img/{date}.tar"},
    {"/static/js/app.04a0b1c2.js", "/static/js/app.{hex}.js"},
    {"/static/js/app.12345678.js", "/static/js/app.{hex}.js"},
    {"/v/clip.7.mp4", "/v/clip.7.mp4"},
    {"http://a.example:8080/users/5", "http://a.example:8080/users/{n}"},
    {"a.example:443", "a.example:443"},
    {"/users/{n}", "/users/{n}"},
    {"/users/-5", "/users/-5"},
    {"5", "{n}"},
};

TEST_CASE("a path's numbers, ids and dates are replaced and its words are not", "[template]") {
  for (const Example& example : kExamples) {
    INFO(example.target);
    CHECK(of(example.target) == example.pattern);
  }
}

TEST_CASE("a path that no rule fits is its own template, without a copy", "[template]") {
  std::string scratch;
  const std::string_view target = "/api/orders?id=7";
  CHECK(template_of(target, scratch).data() == target.data());
}

// Segments that rules nearly fit, cut and glued at random, and bytes of any value.
[[nodiscard]] std::string any_target(std::mt19937_64& random) {
  static constexpr const char* kPieces[] = {"/",
                                            ".",
                                            "?",
                                            "-",
                                            "_",
                                            "%",
                                            "{n}",
                                            "{",
                                            "}",
                                            "7",
                                            "0",
                                            "12345678",
                                            "deadbeef",
                                            "2026-11-22",
                                            "T03:04",
                                            "Z",
                                            "550e8400-e29b-41d4-a716-446655440000",
                                            "V1StGXR8_Z5jdHi6B-myT",
                                            "eyJ",
                                            "png",
                                            "%3A",
                                            "="};
  std::string out;
  for (std::uint64_t i = random() % 14; i > 0; --i) {
    if (random() % 8 == 0) {
      out += static_cast<char>(random() % 256);
      continue;
    }
    std::string piece = kPieces[random() % std::size(kPieces)];
    if (random() % 6 == 0) piece.resize(random() % (piece.size() + 1));
    out += piece;
  }
  return out;
}

TEST_CASE("a template is its own template, and bounded, for any bytes", "[template]") {
  const std::uint64_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::string scratch;
  std::string again;
  for (int i = 0; i < 60'000; ++i) {
    const std::string target = any_target(random);
    const std::string path = target.substr(0, target.find('?'));
    const std::string once(template_of(target, scratch));
    INFO(target);
    REQUIRE(template_of(once, again) == once);
    REQUIRE(once == of(path));
    REQUIRE(once.size() <= 2 * path.size() + 1);
    REQUIRE(std::count(once.begin(), once.end(), '/') == std::count(path.begin(), path.end(), '/'));
  }
}

TEST_CASE("a long target needs no more memory once there was one", "[template]") {
  std::string long_one;
  for (int i = 0; i < 10'000; ++i) long_one += "/1";
  std::string scratch;
  CHECK(template_of(long_one, scratch).size() == 2 * long_one.size());
  const char* const memory = scratch.data();
  CHECK(template_of("/users/12345678901234567890/x", scratch) == "/users/{n}/x");
  CHECK(scratch.data() == memory);
}

TEST_CASE("docs/filter.md names every rule of templates with its source", "[template]") {
  std::stringstream text;
  text << std::ifstream(SPIDER_SOURCE_DIR "/docs/filter.md").rdbuf();
  for (const TemplateRule& rule : template_rules()) {
    std::ostringstream row;
    row << "| `" << rule.word << "` | " << rule.what << " | " << rule.source << " |";
    INFO(row.str());
    CHECK(text.str().find(row.str()) != std::string::npos);
  }
}

}  // namespace
}  // namespace spider::query
