#include "pipeline/standing.h"

#include <algorithm>
#include <thread>

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <unistd.h>

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

TEST_CASE("who serves files and captures knows while something is captured live", "[standing]") {
  pipeline::Standing standing(nullptr);
  CHECK_FALSE(standing.live());
  standing.live_begins();
  standing.live_begins();
  standing.live_ends();
  CHECK(standing.live());
  standing.live_ends();
  CHECK_FALSE(standing.live());
}

TEST_CASE("threads for files have a lower share where questions are answered", "[standing]") {
  const auto niceness = [] { return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())); };
  const auto lowered_by = [&](const base::Attention* attention) {
    int by = 0;
    std::thread([&] {
      const int before = niceness();
      pipeline::Standing(attention).serve_files();
      by = niceness() - before;
    }).join();
    return by;
  };
  const int before = niceness();
  const base::Attention attention;
  CHECK(lowered_by(&attention) == std::min(10, 19 - before));
  CHECK(lowered_by(nullptr) == 0);
  CHECK(niceness() == before);  // of one thread alone
}
