// Uploads of a pipeline: what is old goes, what is read stays, what older versions stored is one.
#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include "spider/pipeline/codes.h"
#include "spider/pipeline/pipeline.h"
#include "spider/store/store_reader.h"
#include "spider/store/store_writer.h"

#include "support/records.h"
#include "support/temp_folder.h"

namespace spider::pipeline {
namespace {

constexpr base::Duration kDay = base::Duration::from_s(24 * 3'600);

std::unique_ptr<store::Store> store_in(const test::TemporaryFolder& folder) {
  store::StoreConfig config;
  config.path = (folder.path() / "store").string();
  config.cache_mib = 8;
  return store::Store::open(config).value();
}

void fill(store::Store& store, model::SourceId source) {
  test::RecordMaker maker(source, 9);
  model::RecordBatch batch(1U << 20U, 1U << 20U, 64);
  static_cast<void>(maker.communications(batch, 30, store.next_pack_id()));
  static_cast<void>(store.next_run(source));
  REQUIRE(store.writer().add(batch));
  REQUIRE(store.writer().commit());
}

model::SourceId upload_that_ended(store::Store& store, base::Time ended,
                                  store::UploadState state = store::UploadState::complete) {
  store::UploadInfo info;
  info.state = state;
  info.file = "x.pcap";
  info.ended = ended;
  const auto source = store.make_upload("upload", "UPLOAD", info).value();
  fill(store, source);
  return source;
}

std::size_t blocks_of(const store::Store& store, model::SourceId source) {
  return store.reader()
      .snapshot()
      ->blocks(store::RecordKind::http, std::span(&source, 1), base::Time::min(), base::Time::max())
      .value()
      .size();
}

PipelineSettings keeping(std::uint32_t days) {
  PipelineSettings out;
  out.pipeline.uploads_keep_days = days;
  return out;
}

void wait_until_gone(const store::Store& store, model::SourceId source) {
  while (store.find_source(source)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

TEST_CASE("uploads older than they are kept go when Spider starts, and younger ones stay",
          "[pipeline][uploads]") {
  const test::TemporaryFolder folder;
  auto store = store_in(folder);
  const base::Time now = base::Time::now();
  const auto old = upload_that_ended(*store, now - kDay - kDay);
  const auto young = upload_that_ended(*store, now);
  const auto ahead = upload_that_ended(*store, now + kDay + kDay);
  Pipeline pipeline(keeping(1), *store);
  pipeline.start();
  wait_until_gone(*store, old);
  pipeline.stop();
  CHECK(blocks_of(*store, old) == 0);
  CHECK(blocks_of(*store, young) > 0);
  CHECK(blocks_of(*store, ahead) > 0);
}

TEST_CASE("a clock that leapt while Spider was off removes nothing, and neither does keeping all",
          "[pipeline][uploads]") {
  const test::TemporaryFolder folder;
  auto store = store_in(folder);
  const base::Time now = base::Time::now();
  const auto old = upload_that_ended(*store, now - kDay - kDay);
  const auto noted = now - base::Duration::from_s(9 * 24 * 3'600);
  for (const std::uint32_t days : {1U, 0U}) {
    REQUIRE(store->set_setting("uploads/clock", std::to_string(days == 0 ? now.us() : noted.us())));
    Pipeline pipeline(keeping(days), *store);
    pipeline.start();
    // The look is over when the note says so: it is of this process.
    if (days != 0)
      while (store->setting("uploads/clock").value() == std::to_string(noted.us()))
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    pipeline.stop();
    CHECK(store->find_source(old));
  }
}

TEST_CASE("an upload that no process reads any more was cut", "[pipeline][uploads]") {
  const test::TemporaryFolder folder;
  auto store = store_in(folder);
  const auto source = upload_that_ended(*store, base::Time::min(), store::UploadState::running);
  Pipeline pipeline(keeping(1), *store);
  pipeline.start();
  const auto cut = store->find_source(source);
  pipeline.stop();
  REQUIRE(cut);
  CHECK(cut->upload->state == store::UploadState::cut);
  CHECK(cut->upload->ended != base::Time::min());
  CHECK(cut->upload->first <= cut->upload->last);
}

TEST_CASE("what a whisperer read before uploads were kept apart can be purged, once and whole",
          "[pipeline][uploads]") {
  const test::TemporaryFolder folder;
  auto store = store_in(folder);
  const auto shared = store->source("upload", "UPLOAD").value();
  const auto live = store->source("lo", "INTERFACE").value();
  fill(*store, shared);
  fill(*store, live);
  const auto upload = upload_that_ended(*store, base::Time::now());
  Pipeline pipeline(keeping(0), *store);
  CHECK(pipeline.purge_upload(upload).error().code == codes::purge_stopped);  // no writer yet
  pipeline.start();
  CHECK(pipeline.purge_upload(live).error().code == codes::upload_unknown);
  CHECK(pipeline.purge_upload(model::SourceId{99}).error().code == codes::upload_unknown);
  REQUIRE(pipeline.purge_upload(shared));
  CHECK(pipeline.purge_upload(shared).error().code == codes::upload_unknown);
  CHECK_FALSE(pipeline.cancel_upload(upload));
  pipeline.stop();
  CHECK(pipeline.purge_upload(upload).error().code == codes::purge_stopped);
  CHECK(blocks_of(*store, shared) == 0);
  CHECK(blocks_of(*store, live) > 0);
  CHECK(blocks_of(*store, upload) > 0);
  CHECK(store->source("upload", "UPLOAD").value() == shared);
}

}  // namespace
}  // namespace spider::pipeline
