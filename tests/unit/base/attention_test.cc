#include "spider/base/attention.h"

#include <optional>

#include <catch2/catch.hpp>

using spider::base::Attention;

TEST_CASE("nobody waits before the first question", "[attention]") {
  const Attention attention;
  CHECK_FALSE(attention.asked(Attention::Clock::now()));
}

TEST_CASE("somebody waits until the last answer is ready, and for a moment longer", "[attention]") {
  Attention attention;
  std::optional<Attention::Answering> one(std::in_place, &attention);
  std::optional<Attention::Answering> other(std::in_place, &attention);
  const auto later = Attention::Clock::now() + std::chrono::hours(1);
  CHECK(attention.asked(later));
  one.reset();
  CHECK(attention.asked(later));
  const auto before = Attention::Clock::now();
  other.reset();
  const auto after = Attention::Clock::now();
  CHECK(attention.asked(before));
  CHECK(attention.asked(before + Attention::kLinger / 2));
  CHECK_FALSE(attention.asked(after + Attention::kLinger));
}

TEST_CASE("whoever answers need not have anybody to tell", "[attention]") {
  const Attention::Answering answering(nullptr);
}
