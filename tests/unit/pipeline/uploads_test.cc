// Uploads of a pipeline: what is old goes, what is read stays, what older versions stored is one.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include <catch2/catch.hpp>
#include <sys/mount.h>

#include "spider/pipeline/codes.h"
#include "spider/pipeline/pipeline.h"
#include "spider/store/store_reader.h"
#include "spider/store/store_writer.h"

#include "import_capture.h"
#include "pipeline/upload_ages.h"
#include "support/records.h"
#include "support/temp_folder.h"

namespace spider::pipeline {
namespace {

constexpr base::Duration kDay = base::Duration::from_s(24 * 3'600);

std::unique_ptr<store::Store> store_in(const test::TemporaryFolder& folder) {
  store::StoreConfig config;
  config.bulk_bytes = 4'096;
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
  info.kept_from = ended;
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

// A disk of a test's own, which can be full; false when this user may not mount one.
class SmallDisk {
 public:
  explicit SmallDisk(const std::filesystem::path& at)
      : at_(at), mounted_(::mount("tmpfs", at.c_str(), "tmpfs", 0, "size=300m,mode=0700") == 0) {
    if (!mounted_) WARN("Only root may mount a small disk.");
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  explicit operator bool() const noexcept { return mounted_; }
  void fill() const {
    std::ofstream out(at_ / "ballast");
    const std::string piece(4'096, 'x');
    while (out << piece << std::flush) {
    }
  }
  void empty() const { std::filesystem::remove(at_ / "ballast"); }

 private:
  std::filesystem::path at_;
  bool mounted_;
};

// As if Spider had looked just now, or before the machine was started anew.
void note_clocks(store::Store& store, base::Duration ago = {}, const char* start = nullptr) {
  Clocks then = Clocks::now();
  then.wall = then.wall - ago;
  if (start != nullptr) then.start = start;
  UploadAges ages(1);
  ages.begin(then, std::nullopt, base::Time::min());
  REQUIRE(store.set_setting("uploads/clock", ages.note()));
}

TEST_CASE("uploads older than they are kept go when Spider starts, and younger ones stay",
          "[pipeline][uploads]") {
  const test::TemporaryFolder folder;
  auto store = store_in(folder);
  note_clocks(*store);
  const base::Time now = base::Time::now();
  const auto old = upload_that_ended(*store, now - kDay - kDay);
  const auto young = upload_that_ended(*store, now);
  const auto ahead = upload_that_ended(*store, now + kDay + kDay);
  const auto unknown = upload_that_ended(*store, base::Time::min());
  Pipeline pipeline(keeping(1), *store);
  pipeline.start();
  wait_until_gone(*store, old);
  // The age of one that an older version read begins here.
  while (store->find_source(unknown)->upload->kept_from == base::Time::min())
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  pipeline.stop();
  CHECK(blocks_of(*store, old) == 0);
  for (const auto source : {young, ahead, unknown}) CHECK(blocks_of(*store, source) > 0);
  CHECK(store->find_source(unknown)->upload->kept_from >= now);
}

TEST_CASE("a machine that was off removes nothing at once, and neither does keeping all",
          "[pipeline][uploads]") {
  const test::TemporaryFolder folder;
  auto store = store_in(folder);
  // More than a day old only with the two days of which nobody knows yet.
  const auto old = upload_that_ended(*store, base::Time::now() - base::Duration{kDay.ns / 2 * 5});
  for (const std::uint32_t days : {1U, 0U}) {
    note_clocks(*store, {(days == 0 ? 0 : 2) * kDay.ns}, days == 0 ? nullptr : "another");
    const auto noted = store->setting("uploads/clock").value();
    const auto look_for = upload_that_ended(*store, base::Time::min());
    Pipeline pipeline(keeping(days), *store);
    pipeline.start();
    // The look has passed by `old` when a later upload's age has begun.
    while (store->find_source(look_for)->upload->kept_from == base::Time::min())
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    CHECK(pipeline.upload_aging().doubt.empty() == (days == 0));
    pipeline.stop();
    CHECK(store->setting("uploads/clock").value() != noted);
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

TEST_CASE("an upload's end that a full disk refused at a start is known, and written later",
          "[pipeline][uploads]") {
  const test::TemporaryFolder folder;
  const SmallDisk disk(folder.path());
  if (!disk) return;
  model::SourceId source{};
  {
    auto store = store_in(folder);
    source = upload_that_ended(*store, base::Time::min(), store::UploadState::running);
    Pipeline pipeline(keeping(1), *store);
    disk.fill();
    pipeline.start();
    CHECK(store->find_source(source)->upload->state == store::UploadState::cut);
    disk.empty();
    while (!store->set_setting("probe", "1"))
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    pipeline.stop();
  }
  CHECK(store_in(folder)->find_source(source)->upload->state == store::UploadState::cut);
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
  CHECK(pipeline.purge_uploads({upload}).trouble->code == codes::purge_stopped);  // no writer yet
  pipeline.start();
  // What is none, or not there any more, is passed over.
  const auto purged = pipeline.purge_uploads({live, model::SourceId{99}, shared, shared});
  CHECK_FALSE(purged.trouble);
  CHECK(purged.gone == std::vector{shared});
  CHECK_FALSE(pipeline.cancel_upload(upload));
  pipeline.stop();
  CHECK(pipeline.purge_uploads({upload}).trouble->code == codes::purge_stopped);
  CHECK(pipeline.purge_uploads({upload}).why == model::Refusal::stopping);
  const auto refused = pipeline.purge("lo");
  REQUIRE_FALSE(refused);
  CHECK(why_not_purged(refused.error().code) == model::Refusal::stopping);
  CHECK(blocks_of(*store, shared) == 0);
  CHECK(blocks_of(*store, live) > 0);
  CHECK(blocks_of(*store, upload) > 0);
  CHECK(store->source("upload", "UPLOAD").value() == shared);
}

TEST_CASE("all uploads of a whisperer go at once, also of one that was removed",
          "[pipeline][uploads]") {
  const test::TemporaryFolder folder;
  auto store = store_in(folder);
  Pipeline pipeline(keeping(0), *store);
  pipeline.start();
  model::WhispererConfig config;
  config.name = "upload";
  config.type = "UPLOAD";
  REQUIRE(pipeline.add_whisperer(config));
  std::vector<model::SourceId> uploads;
  for (int i = 0; i < 5; ++i) uploads.push_back(upload_that_ended(*store, base::Time::now()));
  pipeline.remove_whisperer("upload");
  REQUIRE(pipeline.purge("upload"));
  for (const auto source : uploads) CHECK_FALSE(store->find_source(source));
  CHECK(pipeline.purge("nobody").error().code == codes::whisperer_unknown);
  pipeline.stop();
}

TEST_CASE("no removal begins once Spider is stopping, though what would do it still runs",
          "[pipeline][uploads]") {
  const test::TemporaryFolder folder;
  auto store = store_in(folder);
  const auto upload = upload_that_ended(*store, base::Time::now());
  Pipeline pipeline(keeping(0), *store);
  pipeline.start();
  pipeline.stop_purges();
  const auto purged = pipeline.purge_uploads({upload, upload});
  REQUIRE(purged.trouble);
  CHECK(purged.trouble->code == codes::purge_stopped);
  CHECK(std::string(purged.trouble->detail).find("0 of 2 uploads") != std::string::npos);
  CHECK(purged.why == model::Refusal::stopping);
  CHECK(purged.gone.empty());
  const auto all = pipeline.purge("upload");
  REQUIRE_FALSE(all);
  CHECK(why_not_purged(all.error().code) == model::Refusal::stopping);
  CHECK(blocks_of(*store, upload) > 0);
  pipeline.stop();
}

TEST_CASE("what is being read is not removed, and says so", "[pipeline][uploads]") {
  const test::TemporaryFolder folder;
  auto store = store_in(folder);
  Pipeline pipeline(keeping(0), *store);
  pipeline.start();
  model::WhispererConfig config;
  config.name = "upload";
  config.type = "UPLOAD";
  REQUIRE(pipeline.add_whisperer(config));
  const auto ended = upload_that_ended(*store, base::Time::now());
  auto fed = pipeline.start_import("upload", "x.pcap");
  REQUIRE(fed);
  const test::PcapWriter writer;
  REQUIRE((*fed)->feed(writer.bytes()));
  while (pipeline.uploads_running().empty())
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const model::SourceId upload = pipeline.uploads_running().front().upload;
  const auto one = pipeline.purge_uploads({upload, ended});
  REQUIRE(one.trouble);
  CHECK(one.trouble->code == codes::upload_running);
  CHECK(one.why == model::Refusal::conflict);
  CHECK(one.gone.empty());
  const auto all = pipeline.purge("upload");
  REQUIRE_FALSE(all);
  CHECK(all.error().code == codes::purge_refused);
  CHECK(why_not_purged(all.error().code) == model::Refusal::conflict);
  CHECK(store->find_source(upload));
  CHECK(blocks_of(*store, ended) > 0);
  REQUIRE((*fed)->finish());
  fed->reset();
  CHECK(pipeline.purge("upload"));
  CHECK_FALSE(store->find_source(upload));
  CHECK_FALSE(store->find_source(ended));
  pipeline.stop();
}

// What is known of an import after it: what it came to, and why.
store::UploadInfo imported(const base::Bytes& bytes, std::size_t count) {
  const test::TemporaryFolder folder;
  auto store = store_in(folder);
  Pipeline pipeline(keeping(0), *store);
  pipeline.start();
  model::WhispererConfig config;
  config.name = "upload";
  config.type = "UPLOAD";
  REQUIRE(pipeline.add_whisperer(config));
  auto fed = pipeline.start_import("upload", "x.pcap");
  REQUIRE(fed);
  REQUIRE((*fed)->feed(bytes.first(count)));
  const auto result = (*fed)->finish();
  REQUIRE(result);
  fed->reset();
  const auto source = store->find_source(result->upload);
  pipeline.stop();
  REQUIRE(source);
  return *source->upload;
}

TEST_CASE("a file that ends inside a packet was cut, and one without trouble is complete",
          "[pipeline][uploads]") {
  test::PcapWriter writer;
  test::Talk talk(writer, "10.1.1.1", 40'000);
  talk.open({1'000'000});
  talk.say(true, {2'000'000}, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  talk.say(false, {3'000'000}, "HTTP/1.1 204 No Content\r\n\r\n");
  talk.close({4'000'000});
  const auto whole = imported(writer.bytes(), writer.bytes().size());
  CHECK(whole.state == store::UploadState::complete);
  CHECK(whole.trouble.empty());
  CHECK_FALSE(whole.content.empty());
  CHECK(whole.kept_from != base::Time::min());
  CHECK(whole.ended >= whole.began);
  const auto cut = imported(writer.bytes(), writer.bytes().size() - 7);
  CHECK(cut.state == store::UploadState::cut);
  CHECK_FALSE(cut.trouble.empty());
  CHECK_FALSE(cut.content.empty());  // all of the file came, and it is known again
  CHECK(cut.packets + 1 == whole.packets);
}

TEST_CASE("an import into a disk that is full is cut, with its books, also after a restart",
          "[pipeline][uploads]") {
  const test::TemporaryFolder folder;
  const SmallDisk disk(folder.path());
  if (!disk) return;
  test::PcapWriter writer;
  std::string body(60'000, 'x');
  std::uint64_t random = 1;
  for (char& c : body)
    c = static_cast<char>((random = random * 6'364'136'223'846'793'005U + 1) >> 56U);
  for (std::uint16_t i = 0; i < 40; ++i) {
    test::Talk talk(writer, "10.1.1.1", static_cast<std::uint16_t>(40'000 + i));
    const base::Time t{std::int64_t{i} * 1'000'000'000};
    talk.open(t);
    talk.say(true, t + base::Duration::from_ms(1), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    talk.say(false, t + base::Duration::from_ms(2),
             "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n" + body);
    talk.close(t + base::Duration::from_ms(900));
  }
  const base::Bytes bytes = writer.bytes();
  model::SourceId source{};
  const auto check = [&](const store::Store& store) {
    const auto known = store.find_source(source);
    REQUIRE(known);
    CHECK(known->upload->state == store::UploadState::cut);
    CHECK(known->upload->trouble.find("could not be stored") != std::string::npos);
    CHECK(known->upload->packets > 100);
    CHECK(known->upload->first < known->upload->last);
    CHECK(known->upload->kept_from != base::Time::min());
  };
  {
    auto store = store_in(folder);
    Pipeline pipeline(keeping(30), *store);
    pipeline.start();
    model::WhispererConfig config;
    config.name = "upload";
    config.type = "UPLOAD";
    REQUIRE(pipeline.add_whisperer(config));
    auto fed = pipeline.start_import("upload", "x.pcap");
    REQUIRE(fed);
    REQUIRE((*fed)->feed(bytes.first(30'000)));
    while (pipeline.uploads_running().empty())
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    source = pipeline.uploads_running().front().upload;
    disk.fill();
    static_cast<void>((*fed)->feed(bytes.subspan(30'000)));
    CHECK((*fed)->finish().error().code == codes::import_lossy);
    fed->reset();
    CHECK(pipeline.uploads_running().empty());
    check(*store);  // at once, whether or not the disk took it
    disk.empty();
    while (pipeline.store_trouble()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    while (!store->set_setting("probe", "1"))
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    pipeline.stop();
  }
  check(*store_in(folder));
}

}  // namespace
}  // namespace spider::pipeline
