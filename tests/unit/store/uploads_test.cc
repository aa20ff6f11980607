// Uploads in the store: sources of their own, and gone without a trace.
#include <map>

#include <catch2/catch.hpp>

#include "spider/store/codes.h"
#include "spider/store/store.h"
#include "spider/store/store_reader.h"
#include "spider/store/store_writer.h"

#include "store/database.h"
#include "store/format/keys.h"
#include "store/reclaim.h"
#include "support/records.h"
#include "support/temp_folder.h"

namespace spider::store {
namespace {

StoreConfig config_of(const test::TemporaryFolder& folder) {
  StoreConfig config;
  config.path = (folder.path() / "store").string();
  config.cache_mib = 8;
  config.block_rows = 32;
  config.bulk_bytes = 4'096;
  return config;
}

void fill(Store& store, model::SourceId source, std::uint64_t seed, int count) {
  test::RecordMaker maker(source, seed);
  model::RecordBatch batch(1U << 20U, 1U << 20U, 64);
  static_cast<void>(
      maker.communications(batch, static_cast<std::size_t>(count), store.next_pack_id()));
  for (int minute = 0; minute < 200; ++minute)
    batch.quality.add({minute * 60'000'000'000}, model::Quality::packets_received, 3);
  static_cast<void>(store.next_run(source));
  REQUIRE(store.writer().add(batch));
  REQUIRE(store.writer().commit());
}

// Keys of every family, by the source that they begin with; those of meta and setting by their
// number's text.
std::map<std::uint32_t, std::size_t> keys_by_source(const StoreConfig& config) {
  std::map<std::uint32_t, std::size_t> out;
  const auto database = Database::open(config).value();
  for (std::size_t i = 0; i < kFamilies; ++i) {
    const auto f = static_cast<Family>(i);
    if (f == Family::meta || f == Family::setting) continue;  // their keys are names
    const auto it = database->iterate(f, nullptr);
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      base::ByteReader in(base::as_bytes(it->key().ToStringView()));
      ++out[in.be32()];
    }
  }
  return out;
}

std::vector<std::string> names(const StoreConfig& config, Family f) {
  std::vector<std::string> out;
  const auto database = Database::open(config).value();
  const auto it = database->iterate(f, nullptr);
  for (it->SeekToFirst(); it->Valid(); it->Next()) out.push_back(it->key().ToString());
  return out;
}

TEST_CASE("a purged upload leaves no key in any family, and its neighbours as they were",
          "[store][uploads]") {
  const test::TemporaryFolder folder;
  const StoreConfig config = config_of(folder);
  std::uint32_t before = 0;
  std::uint32_t gone = 0;
  std::uint32_t after = 0;
  {
    auto store = Store::open(config).value();
    REQUIRE(store->source("upload", "UPLOAD"));
    const auto make = [&] { return store->make_upload("upload", "UPLOAD", {}).value(); };
    const auto first = make();
    const auto second = make();
    const auto third = make();
    before = static_cast<std::uint32_t>(first);
    gone = static_cast<std::uint32_t>(second);
    after = static_cast<std::uint32_t>(third);
    // In turns, so that packs and blocks of all of them lie between each other.
    for (std::uint64_t round = 0; round < 5; ++round)
      for (const auto source : {first, second, third}) fill(*store, source, round + 7, 60);
    REQUIRE(store->mark_run({second, 0, false, true, {1}, {2}}));
    REQUIRE(store->mark_run({third, 0, false, true, {1}, {2}}));
    REQUIRE(store->writer().flush());
  }
  const auto full = keys_by_source(config);
  REQUIRE(full.at(gone) > 20);
  {
    auto store = Store::open(config).value();
    REQUIRE(store->writer().purge(model::SourceId{gone}));
    CHECK_FALSE(store->find_source(model::SourceId{gone}));
    CHECK(store->sources().size() == 3);
    CHECK(store->run_marks().value().size() == 1);
    CHECK(store->reclaim().value());
  }
  auto left = keys_by_source(config);
  CHECK(left.count(gone) == 0);
  CHECK(left.at(before) == full.at(before));
  CHECK(left.at(after) == full.at(after));
  for (const std::string& name : names(config, Family::setting)) {
    CHECK_FALSE(name.starts_with(kReclaim));
    CHECK(name.find(reclaim_name(model::SourceId{gone}).substr(kReclaim.size())) ==
          std::string::npos);
  }
  for (const std::string& name : names(config, Family::meta))
    CHECK(name != format::source_meta_key(model::SourceId{gone}));
}

TEST_CASE("the number of an upload that was purged is not given out again", "[store][uploads]") {
  const test::TemporaryFolder folder;
  const StoreConfig config = config_of(folder);
  model::SourceId gone{};
  {
    auto store = Store::open(config).value();
    gone = store->make_upload("upload", "UPLOAD", {}).value();
    REQUIRE(store->writer().purge(gone));
  }
  auto store = Store::open(config).value();
  CHECK(store->make_upload("upload", "UPLOAD", {}).value() > gone);
  CHECK(store->set_upload(gone, {}).error().code == codes::not_found);
}

TEST_CASE("what is known of an upload outlives the process", "[store][uploads]") {
  const test::TemporaryFolder folder;
  const StoreConfig config = config_of(folder);
  UploadInfo info;
  info.state = UploadState::cut;
  info.file = "a b.pcap";
  info.bytes = 7;
  info.bytes_known = 9;
  info.content = std::string("\0\1hash", 6);
  info.began = {5};
  info.ended = {6};
  info.first = {0};
  info.last = {-0};
  info.packets = 1;
  info.communications = 2;
  info.sessions = 3;
  info.trouble = "why";
  model::SourceId id{};
  {
    auto store = Store::open(config).value();
    id = store->make_upload("upload", "UPLOAD", {}).value();
    CHECK(store->find_source(id)->upload->first > store->find_source(id)->upload->last);
    REQUIRE(store->set_upload(id, info));
  }
  auto store = Store::open(config).value();
  const UploadInfo back = store->find_source(id)->upload.value();
  CHECK(back.state == info.state);
  CHECK(back.file == info.file);
  CHECK(back.bytes == info.bytes);
  CHECK(back.bytes_known == info.bytes_known);
  CHECK(back.content == info.content);
  CHECK(back.began == info.began);
  CHECK(back.ended == info.ended);
  CHECK(back.first == info.first);
  CHECK(back.last == info.last);
  CHECK(back.packets == info.packets);
  CHECK(back.communications == info.communications);
  CHECK(back.sessions == info.sessions);
  CHECK(back.trouble == info.trouble);
}

TEST_CASE("a whisperer's own source is found among its uploads, and stays when it is purged",
          "[store][uploads]") {
  const test::TemporaryFolder folder;
  auto store = Store::open(config_of(folder)).value();
  const auto other = store->source("lo", "INTERFACE").value();
  const auto upload = store->make_upload("upload", "UPLOAD", {}).value();
  const auto own = store->source("upload", "UPLOAD").value();
  CHECK(own != upload);
  CHECK(store->source("upload", "UPLOAD").value() == own);
  const auto snapshot = store->reader().snapshot();
  CHECK(snapshot->whisperer_of(upload) == snapshot->whisperer_of(own));
  CHECK(snapshot->whisperer_of(other) == other);
  CHECK(first_of_each_name(store->sources()).size() == 2);
  fill(*store, own, 3, 40);
  fill(*store, upload, 4, 40);
  REQUIRE(store->writer().purge(own));
  const auto kept = store->find_source(own);
  REQUIRE(kept);
  CHECK(kept->runs == 1);
  CHECK(kept->runs_purged == 1);
  CHECK(store->next_run(own) == 1);  // its ids are not given out again
  const auto left = store->reader().snapshot()->blocks(RecordKind::http, {}, base::Time::min(),
                                                       base::Time::max());
  for (const BlockPtr& block : left.value()) CHECK(block->source == upload);
  CHECK_FALSE(left.value().empty());
}

TEST_CASE("the same content is found in another upload, whose content is known",
          "[store][uploads]") {
  SourceInfo one;
  one.id = model::SourceId{3};
  one.upload.emplace();
  one.upload->content = "hash";
  one.upload->bytes = 10;
  SourceInfo cut = one;
  cut.id = model::SourceId{2};
  cut.upload->content.clear();
  const std::vector<SourceInfo> all{cut, one};
  CHECK(same_content(all, "hash", 10) == &all[1]);
  CHECK(same_content(all, "hash", 11) == nullptr);
  CHECK(same_content(all, "hash", 10, model::SourceId{3}) == nullptr);
  CHECK(same_content(all, "", 10) == nullptr);
}

}  // namespace
}  // namespace spider::store
