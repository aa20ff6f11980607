// Frozen rows of the family status, as golden_test.cc has those of the others: what version N wrote
// is read for good. Old goldens are never changed; those of a new version are made with
// SPIDER_BLESS=1.

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "store/format/status.h"
#include "support/hex_file.h"

namespace spider::store {
namespace {

namespace fs = std::filesystem;
using format::ValueState;
using test::from_hex;
using test::to_hex;

const fs::path kFolder = fs::path(SPIDER_SOURCE_DIR) / "tests" / "golden" / "format";
constexpr unsigned kSince = 8;

// The bytes that every version since then wrote, the latest those that are written now.
std::vector<std::string> frozen(const std::string& name, const std::string& now) {
  std::vector<std::string> out;
  for (unsigned version = kSince; version <= format::kVersion; ++version) {
    const fs::path file = kFolder / fmt::format("v{}", version) / (name + ".hex");
    INFO(file);
    if (std::getenv("SPIDER_BLESS") != nullptr && !fs::exists(file))
      std::ofstream(file) << to_hex(now);
    REQUIRE(fs::exists(file));
    out.push_back(from_hex(file));
  }
  CHECK(to_hex(out.back()) == to_hex(now));
  out.push_back(now);
  return out;
}

}  // namespace

TEST_CASE("a state, its reason and the end that nobody saw are read for good",
          "[store][status][golden]") {
  const model::StatePeriod want{{1'760'000'000'000'000'000},
                                {1'760'000'100'000'000'000},
                                model::WhispererState::wrong_configuration,
                                "There is no interface eth9.",
                                true};
  for (const std::string& bytes : frozen("status_state", format::encode_state(want))) {
    model::StatePeriod period;
    period.from = want.from;
    REQUIRE(format::decode_state(base::as_bytes(bytes), period) == ValueState::ok);
    CHECK(period == want);
  }
}

TEST_CASE("saving options are read for good", "[store][status][golden]") {
  const model::SavingChange want{{1'760'000'000'000'000'000}, {true, true, false, false}, true};
  for (const std::string& bytes : frozen("status_saving", format::encode_saving(want))) {
    model::SavingChange change;
    change.at = want.at;
    REQUIRE(format::decode_saving(base::as_bytes(bytes), change) == ValueState::ok);
    CHECK(change == want);
  }
}

TEST_CASE("an observation is read for good", "[store][status][golden]") {
  model::Observation want;
  want.minute = 29'333'333;
  want.looks = 60;
  want.threads = {{"cap-lan", 1'234'567}, {"cap1-lan", 7}};
  want.flows = {6'000, 120};
  want.flow_bytes = {1'000'000, 50'000};
  want.parse_bytes = {2'000'000, 70'000};
  want.ring_bytes = {300, 299};
  want.ring_capacity = 16'777'216;
  want.resident_bytes = {6'000'000'000, 200'000'000};
  want.store_bytes = {1, 1};
  want.codes = {{4'026, 3, 4}, {3'001, 0, 9}};
  for (const std::string& bytes : frozen("status_observation", format::encode_observation(want))) {
    model::Observation out;
    out.minute = want.minute;
    REQUIRE(format::decode_observation(base::as_bytes(bytes), out) == ValueState::ok);
    CHECK(out == want);
  }
}

TEST_CASE("the sign of life is read for good", "[store][status][golden]") {
  const base::Time want{1'760'000'000'000'000'000};
  for (const std::string& bytes : frozen("status_alive", format::encode_alive(want))) {
    base::Time out;
    REQUIRE(format::decode_alive(base::as_bytes(bytes), out) == ValueState::ok);
    CHECK(out == want);
  }
}

}  // namespace spider::store
