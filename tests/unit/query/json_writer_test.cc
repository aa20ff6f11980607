#include "spider/query/json_writer.h"

#include <limits>

#include <catch2/catch.hpp>

namespace spider::query {
namespace {

TEST_CASE("commas stand between values and nowhere else", "[query]") {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("a").begin_array().number(std::int64_t{-1}).null().boolean(true);
  json.begin_object().end_object().end_array().field("b", "x").end_object();
  CHECK(out == R"({"a":[-1,null,true,{}],"b":"x"})");
}

TEST_CASE("captured bytes are the code points of the same number", "[query]") {
  std::string out;
  JsonWriter(out).captured(std::string_view("a\"\\\n\x01\x7F\x80\xFF\0z", 10));
  CHECK(out == "\"a\\\"\\\\\\n\\u0001\\u007f\xC2\x80\xC3\xBF\\u0000z\"");
}

TEST_CASE("a file's name is told as its system writes it", "[query]") {
  std::string out;
  JsonWriter(out).file_name("\xC3\xBC.pcap");
  CHECK(out == "\"\xC3\xBC.pcap\"");
  out.clear();
  JsonWriter(out).file_name("\xFC.pcap");  // Latin-1: nothing of it is lost
  CHECK(out == "\"\xC3\xBC.pcap\"");
}

TEST_CASE("our own text stays UTF-8, and what is none becomes U+FFFD", "[query]") {
  std::string out;
  JsonWriter(out).text("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x95\xB7");
  CHECK(out == "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x95\xB7\"");
  // Overlong, a surrogate, a cut sequence, past U+10FFFF.
  for (const char* bad : {"\xC0\xAF", "\xED\xA0\x80", "\xE2\x82", "\xF4\x90\x80\x80", "\xFF"}) {
    out.clear();
    JsonWriter(out).text(bad);
    CHECK(out.find("\xEF\xBF\xBD") != std::string::npos);
  }
}

TEST_CASE("numbers keep every digit, and what is no number is null", "[query]") {
  std::string out;
  JsonWriter json(out);
  json.begin_array().number(std::numeric_limits<std::uint64_t>::max());
  json.number(std::numeric_limits<std::int64_t>::min()).number(0.1).number(1.0);
  json.number(std::numeric_limits<double>::infinity()).end_array();
  CHECK(out == "[18446744073709551615,-9223372036854775808,0.1,1,null]");
}

}  // namespace
}  // namespace spider::query
