#include "spider/model/ids.h"

#include <catch2/catch.hpp>

#include "spider/model/address.h"

using namespace spider::model;

TEST_CASE("an id survives the way through text", "[model]") {
  const CommunicationId id{SourceId{7}, {1'700'000'000'123'456'789}, 42, 3};
  CHECK(to_text(id) == "7-17979cfe3d85cd15-2a-3");
  REQUIRE(parse_communication_id(to_text(id)));
  CHECK(*parse_communication_id(to_text(id)) == id);
  const SessionId session{SourceId{1}, {-5}, 9};
  REQUIRE(parse_session_id(to_text(session)));
  CHECK(*parse_session_id(to_text(session)) == session);
}

TEST_CASE("what is not an id is refused", "[model]") {
  for (const char* text : {"", "1", "1-2", "1-2-3-4-5", "x-1-1-1", "1--1-1", "1-1-1-",
                           "4294967296-1-1-1", "1-1-1-1 "}) {
    INFO(text);
    CHECK_FALSE(parse_communication_id(text));
  }
  CHECK_FALSE(parse_session_id("1-2-3-4"));
}

TEST_CASE("addresses are read and written in both families", "[model]") {
  for (const char* text : {"192.0.2.1", "0.0.0.0", "2001:db8::1", "::1", "fe80::1:2"}) {
    const auto address = parse_ip(text);
    REQUIRE(address);
    CHECK(to_text(*address) == text);
  }
  CHECK_FALSE(parse_ip("::ffff:192.0.2.1")->is_v4());  // as an IPv6 header has it
  CHECK_FALSE(parse_ip("300.1.1.1"));
}

TEST_CASE("the hash of a flow depends on every part of its key", "[model]") {
  FlowKey key{{*parse_ip("10.0.0.1"), 1000}, {*parse_ip("10.0.0.2"), 80}, 6};
  const auto base = hash(key, 1);
  CHECK(base == hash(key, 1));
  CHECK(base != hash(key, 2));
  key.low.port = 1001;
  CHECK(base != hash(key, 1));
  key.low.port = 1000;
  key.high.ip = *parse_ip("10.0.0.3");
  CHECK(base != hash(key, 1));
  key.high.ip = *parse_ip("10.0.0.2");
  key.protocol = 17;
  CHECK(base != hash(key, 1));
}
