#include "pipeline/standing.h"

#include <catch2/catch.hpp>

using namespace spider;

TEST_CASE("an import makes way just while somebody waits for an answer", "[standing]") {
  base::Attention attention;
  const pipeline::Standing standing(&attention);
  CHECK_FALSE(standing.make_way());
  const base::Attention::Answering answering(&attention);
  CHECK(standing.make_way());
}

TEST_CASE("where nobody answers questions, imports never make way", "[standing]") {
  const pipeline::Standing standing(nullptr);
  CHECK_FALSE(standing.make_way());
}

TEST_CASE("nobody makes way while something is captured live", "[standing]") {
  base::Attention attention;
  const base::Attention::Answering answering(&attention);
  pipeline::Standing standing(&attention);
  standing.live_begins();
  standing.live_begins();
  standing.live_ends();
  CHECK_FALSE(standing.make_way());
  standing.live_ends();
  CHECK(standing.make_way());
}
