#include "spider/model/retention.h"

#include <catch2/catch.hpp>

namespace spider::model {
namespace {

TEST_CASE("ages and sizes are a whole number and a unit", "[model][retention]") {
  CHECK(parse_age("90s")->value() == base::Duration::from_s(90));
  CHECK(parse_age("15min")->value() == base::Duration::from_s(900));
  CHECK(parse_age("36h")->value() == base::Duration::from_s(36 * 3'600));
  CHECK(parse_age("30d")->value() == base::Duration::from_s(30 * 86'400));
  CHECK(parse_age("4 w")->value() == base::Duration::from_s(28 * 86'400));
  CHECK_FALSE(parse_age("forever")->has_value());
  for (const char* bad : {"", "d", "0d", "-1d", "1.5d", "30", "30 days", "1m", "999999999999d",
                          "18446744073709551615w", "1d ", " 1d"})
    CHECK_FALSE(parse_age(bad));
  CHECK(parse_size("20GiB") == std::uint64_t{20} << 30U);
  CHECK(parse_size("500MB") == 500'000'000);
  CHECK(parse_size("1048576") == 1'048'576);
  CHECK(parse_size("unlimited") == 0);
  for (const char* bad : {"", "GB", "0GB", "1kB", "-5GB", "5 gb", "99999999999TiB"})
    CHECK_FALSE(parse_size(bad));
  for (const char* same : {"90s", "15min", "36h", "30d"}) {
    CHECK(age_text(**parse_age(same)) == same);
  }
  CHECK(age_text(**parse_age("4w")) == "28d");
}

TEST_CASE("a whisperer's own word stands over what holds for all, and uploads have no limit",
          "[model][retention]") {
  RetentionConfig all;
  all.keep_bodies = "7d";
  all.max_size = "10GB";
  WhispererConfig one;
  CHECK(limits_of(one, all).of(KeptKind::bodies) == base::Duration::from_s(7 * 86'400));
  CHECK(limits_of(one, all).bytes_max == 10'000'000'000);
  CHECK_FALSE(limits_of(one, all).of(KeptKind::communications));
  one.keep_bodies = "forever";
  one.keep_packets = "1h";
  one.max_size = "unlimited";
  CHECK_FALSE(limits_of(one, all).of(KeptKind::bodies));
  CHECK(limits_of(one, all).of(KeptKind::packets) == base::Duration::from_s(3'600));
  CHECK(limits_of(one, all).bytes_max == 0);
  one.type = "UPLOAD";
  CHECK_FALSE(limits_of(one, all).any());
  // What is no age takes nothing away.
  one.type = "FILE";
  one.keep_packets = "1y";
  CHECK_FALSE(limits_of(one, all).of(KeptKind::packets));
  CHECK(check_retention(one).size() == 1);
  CHECK(check_retention(all).empty());
  CHECK(without_retention(one).keep_packets.empty());
}

}  // namespace
}  // namespace spider::model
