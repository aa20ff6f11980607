// Runs that a process left open are found by the next one.

#include "pipeline/lost_runs.h"

#include <catch2/catch.hpp>

#include "import_capture.h"
#include "support/temp_folder.h"

using namespace spider;
using test::store_at;

namespace {

store::RunMark mark(std::uint32_t source, std::uint32_t number, bool live) {
  store::RunMark out;
  out.source = model::SourceId{source};
  out.number = number;
  out.live = live;
  out.begun = base::Time::from_us(1'700'000'000'000'000 + number);
  return out;
}

pipeline::PipelineSettings one_shard() {
  pipeline::PipelineSettings out;
  out.pipeline.shards = 1;
  return out;
}

}  // namespace

TEST_CASE("a run that was not ended is lost from the next start on, and a run that ended is not",
          "[pipeline]") {
  test::TempFolder folder;
  {
    auto store = store::Store::open(store_at(folder.path() / "store"));
    REQUIRE(store);
    REQUIRE((*store)->mark_run(mark(1, 7, true)));
    REQUIRE((*store)->mark_run(mark(1, 8, false)));
    REQUIRE((*store)->mark_run(mark(2, 7, true)));
    REQUIRE((*store)->unmark_run(model::SourceId{2}, 7));
  }
  auto store = store::Store::open(store_at(folder.path() / "store"));
  REQUIRE(store);
  CHECK_FALSE((*store)->run_mark(model::SourceId{1}, 7).value()->lost);
  const base::Time before = base::Time::from_us(base::Time::now().us());
  {
    pipeline::Pipeline pipeline(one_shard(), **store);
    pipeline.start();
    pipeline.stop();
  }
  const auto marks = (*store)->run_marks();
  REQUIRE(marks);
  REQUIRE(marks->size() == 2);
  for (const store::RunMark& run : *marks) {
    CHECK(run.source == model::SourceId{1});
    CHECK(run.lost);
    CHECK(run.found >= before);
    CHECK(run.begun == mark(1, run.number, false).begun);
  }
  CHECK((*marks)[0].live);
  CHECK_FALSE((*marks)[1].live);
  CHECK((*store)->run_mark(model::SourceId{2}, 7).value() == std::nullopt);
}

TEST_CASE("an import that ended leaves no mark of its run", "[pipeline]") {
  test::TempFolder folder;
  test::PcapWriter writer;
  writer.write(folder.path() / "a.pcap");
  auto store = store::Store::open(store_at(folder.path() / "store"));
  REQUIRE(store);
  pipeline::Pipeline pipeline(one_shard(), **store);
  pipeline.start();
  model::WhispererConfig whisperer;
  whisperer.name = "upload";
  whisperer.type = "UPLOAD";
  REQUIRE(pipeline.add_whisperer(whisperer));
  REQUIRE(pipeline.import("upload", (folder.path() / "a.pcap").string()));
  CHECK((*store)->run_marks()->empty());
}

TEST_CASE("marks of lost runs are kept up to a bound, the latest ones", "[pipeline]") {
  test::TempFolder folder;
  auto store = store::Store::open(store_at(folder.path() / "store"));
  REQUIRE(store);
  for (std::uint32_t i = 0; i < 10; ++i) {
    store::RunMark run = mark(1, i, true);
    run.lost = true;
    run.found = run.begun;
    REQUIRE((*store)->mark_run(run));
  }
  pipeline::tell_lost_runs(**store, 4);
  const auto marks = (*store)->run_marks();
  REQUIRE(marks);
  REQUIRE(marks->size() == 4);
  CHECK(marks->front().number == 6);
}
