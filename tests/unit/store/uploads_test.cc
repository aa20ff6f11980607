// Uploads in the store: sources of their own, and gone without a trace.
#include <atomic>
#include <map>

#include <catch2/catch.hpp>

#include "spider/store/codes.h"
#include "spider/store/host_book.h"
#include "spider/store/store.h"
#include "spider/store/store_reader.h"
#include "spider/store/store_writer.h"

#include "store/database.h"
#include "store/format/keys.h"
#include "store/format/sums.h"
#include "store/reclaim.h"
#include "support/no_room.h"
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
  info.kept_from = {8};
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
  CHECK(back.kept_from == info.kept_from);
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

TEST_CASE("a removal that cannot be written has changed nothing", "[store][uploads]") {
  const test::TemporaryFolder folder;
  const StoreConfig config = config_of(folder);
  const model::IpAddress address = model::parse_ip("10.0.0.1").value();
  model::SourceId own{};
  model::SourceId upload{};
  const auto check = [&](const Store& store) {
    const auto kept = store.find_source(own);
    REQUIRE(kept);
    CHECK(kept->runs_purged == 0);
    CHECK(kept->removed_before == nothing_removed());
    CHECK(kept->bodies_below == 0);
    CHECK(store.find_source(upload));
    CHECK(store.hosts().names(address).size() == 2);
  };
  {
    auto store = Store::open(config).value();
    own = store->source("lo", "INTERFACE").value();
    upload = store->make_upload("upload", "UPLOAD", {}).value();
    fill(*store, own, 3, 60);
    fill(*store, upload, 4, 60);
    for (const auto source : {own, upload}) {
      model::RecordBatch batch(1'024, 1'024, 64);
      batch.source = source;
      batch.hosts = {{address, address, {10}, source == own ? "live" : "file"}};
      REQUIRE(store->writer().add(batch));
    }
    REQUIRE(store->writer().flush());
    const auto survey = store->survey(own).value();
    {
      const test::NoRoom no_room;
      CHECK_FALSE(store->writer().purge(upload));
      CHECK_FALSE(store->writer().purge(own));
      Removal removal;
      for (base::Time& t : removal.before) t = base::Time::max();
      removal.bodies_below = survey.pack_bound;
      CHECK_FALSE(store->writer().remove(survey, removal));
    }
    check(*store);
  }
  check(*Store::open(config).value());
}

TEST_CASE("how an upload ended is told though the store refuses it", "[store][uploads]") {
  const test::TemporaryFolder folder;
  const StoreConfig config = config_of(folder);
  auto store = Store::open(config).value();
  const auto id = store->make_upload("upload", "UPLOAD", {}).value();
  UploadInfo info;
  info.state = UploadState::cut;
  {
    const test::NoRoom no_room;
    REQUIRE_FALSE(store->set_upload(id, info));
    CHECK(store->find_source(id)->upload->state == UploadState::running);
    store->hold_upload(id, info);
    CHECK(store->find_source(id)->upload->state == UploadState::cut);
    store->hold_upload(model::SourceId{99}, info);
    CHECK_FALSE(store->find_source(model::SourceId{99}));
  }
}

TEST_CASE("a whisperer that captures now has the limits of one that does", "[store][uploads]") {
  const test::TemporaryFolder folder;
  const StoreConfig config = config_of(folder);
  model::SourceId id{};
  {
    auto store = Store::open(config).value();
    id = store->source("x", "FILE").value();
    CHECK(store->source("x", "INTERFACE").value() == id);
    CHECK(store->find_source(id)->type == "INTERFACE");
  }
  auto store = Store::open(config).value();
  CHECK(store->find_source(id)->type == "INTERFACE");
  // What it captured is no upload, and goes not with those of its name.
  CHECK(store->source("x", "UPLOAD").value() == id);
  CHECK(store->find_source(id)->type == "INTERFACE");
}

TEST_CASE("a mark of a purge is not ahead of the clock", "[store][uploads]") {
  const test::TemporaryFolder folder;
  auto store = Store::open(config_of(folder)).value();
  const auto id = store->source("lo", "INTERFACE").value();
  model::RecordBatch batch(1'024, 1'024, 64);
  batch.source = id;
  const base::Time of_2099{4'080'000'000'000'000'000};
  batch.quality.add(of_2099, model::Quality::packets_received, 1);
  batch.quality.add({60'000'000'000}, model::Quality::packets_received, 1);
  REQUIRE(store->writer().add(batch));
  const base::Time before = base::Time::now();
  REQUIRE(store->writer().purge(id));
  const base::Time mark = store->find_source(id)->removed_before[4];
  CHECK(mark >= before);
  CHECK(mark <= base::Time::now());
}

TEST_CASE("space is given back of what was removed, and never of a source that is there",
          "[store][uploads]") {
  const test::TemporaryFolder folder;
  const StoreConfig config = config_of(folder);
  model::SourceId kept{};
  std::size_t blocks = 0;
  {
    auto store = Store::open(config).value();
    kept = store->make_upload("upload", "UPLOAD", {}).value();
    fill(*store, kept, 3, 200);
    REQUIRE(store->writer().flush());
    // Notes that are wrong: of one that is there, and of one that is yet to come.
    REQUIRE(store->set_setting(reclaim_name(kept), "1"));
    REQUIRE(store->set_setting(reclaim_name(model::SourceId{40}), "1"));
    blocks = store->reader()
                 .snapshot()
                 ->blocks(RecordKind::http, {}, base::Time::min(), base::Time::max())
                 .value()
                 .size();
    REQUIRE(blocks > 0);
  }
  auto store = Store::open(config).value();
  const auto next = store->make_upload("upload", "UPLOAD", {}).value();
  CHECK(next > model::SourceId{40});
  fill(*store, next, 4, 100);
  std::atomic<bool> stop{true};
  CHECK_FALSE(store->reclaim(&stop).value());
  CHECK(store->reclaim().value());
  const auto left = store->reader().snapshot()->blocks(RecordKind::http, std::span(&kept, 1),
                                                       base::Time::min(), base::Time::max());
  CHECK(left.value().size() == blocks);
  CHECK(store->reader()
            .snapshot()
            ->quality({}, base::Time::min(), base::Time::max())
            .value()
            .size() == 400);
}

// Rows of four sources in one file, and the marks of two that were removed in files above it: one
// deep down, as compactions of RocksDB's may leave it, one just flushed.
struct Marked {
  test::TemporaryFolder folder;
  std::unique_ptr<Database> database = Database::open(config_of(folder)).value();
  Marked() {
    rocksdb::DB& db = database->db();
    rocksdb::ColumnFamilyHandle* const handle = database->handle(Family::quality);
    rocksdb::WriteBatch rows;
    for (const std::uint32_t source : {1U, 2U, 3U, 4U})
      database->put(rows, Family::quality, key(source), "value");
    REQUIRE(database->write(rows));
    REQUIRE(database->flush_and_wait());
    REQUIRE(db.CompactRange({}, handle, nullptr, nullptr).ok());
    for (const model::SourceId gone : {model::SourceId{2}, model::SourceId{3}}) {
      rocksdb::WriteBatch removal;
      removal.DeleteRange(handle, format::source_begin(gone), format::source_end(gone));
      database->put(removal, Family::setting, reclaim_name(gone), format::encode_setting("1"));
      REQUIRE(database->write(removal));
      REQUIRE(database->flush_and_wait());
      rocksdb::ColumnFamilyMetaData files;
      db.GetColumnFamilyMetaData(handle, &files);
      REQUIRE(files.levels[0].files.size() == 1);
      REQUIRE_FALSE(files.levels.back().files.empty());
      if (gone == model::SourceId{2})
        REQUIRE(db.CompactFiles({}, handle, {files.levels[0].files[0].name},
                                static_cast<int>(files.levels.size()) - 2)
                    .ok());
    }
  }
  static std::string key(std::uint32_t source) {
    return format::source_begin(model::SourceId{source}) + "row";
  }
  [[nodiscard]] std::vector<std::uint32_t> there() const {
    std::vector<std::uint32_t> out;
    for (const std::uint32_t source : {1U, 2U, 3U, 4U}) {
      rocksdb::PinnableSlice value;
      if (database->get(Family::quality, key(source), nullptr, value).value())
        out.push_back(source);
    }
    return out;
  }
};

TEST_CASE("rows below a removal stay gone when the file with its mark is dropped",
          "[store][uploads]") {
  const Marked marked;
  using Sources = std::vector<std::uint32_t>;
  REQUIRE(marked.there() == Sources{1, 4});
  SECTION("to drop files alone brings back what the mark hid") {
    REQUIRE(marked.database->drop_files(Family::quality, format::source_begin(model::SourceId{2}),
                                        format::source_end(model::SourceId{3})));
    CHECK(marked.there() == Sources{1, 2, 4});
  }
  SECTION("to give the space back does not") {
    REQUIRE(reclaim_all(*marked.database).value());
    CHECK(marked.there() == Sources{1, 4});
    CHECK(highest_to_reclaim(*marked.database).value() == 0);
  }
}

TEST_CASE("books of sources that have none in a range are not looked for, and none is missed",
          "[store][quality]") {
  const test::TemporaryFolder folder;
  auto store = Store::open(config_of(folder)).value();
  const auto minute = [](std::int64_t m) { return base::Time{m * 60'000'000'000}; };
  const auto add = [&](model::SourceId source, std::int64_t m) {
    model::RecordBatch batch(1'024, 1'024, 64);
    batch.source = source;
    batch.quality.add(minute(m), model::Quality::packets_received, 1);
    REQUIRE(store->writer().add(batch));
    REQUIRE(store->writer().commit());
  };
  const auto count = [&](const StoreSnapshot& snapshot, std::int64_t from, std::int64_t to) {
    std::uint64_t out = 0;
    const std::vector<QualityRow> rows =
        snapshot.quality_sums({}, minute(from), minute(to), base::Duration{3'600'000'000'000})
            .value();
    for (const QualityRow& row : rows) out += row.minute.counts[model::Quality::packets_received];
    return out;
  };
  const auto one = store->source("one", "INTERFACE").value();
  const auto two = store->source("two", "INTERFACE").value();
  add(one, 100);
  add(two, 5'000);
  const auto early = store->reader().snapshot();
  CHECK(count(*early, 90, 200) == 1);
  CHECK(count(*early, 0, 6'000) == 2);
  CHECK(count(*early, 200, 4'000) == 0);
  add(one, 300);  // wider than was learned
  CHECK(count(*store->reader().snapshot(), 200, 4'000) == 1);
  CHECK(count(*early, 200, 4'000) == 0);
  REQUIRE(store->writer().purge(one));
  add(one, 3'000);
  CHECK(count(*store->reader().snapshot(), 0, 6'000) == 2);
  CHECK(count(*store->reader().snapshot(), 200, 4'000) == 1);
  CHECK(count(*early, 0, 6'000) == 2);  // as it was
  CHECK(count(*early, 0, 200) == 1);
  const auto span = store->reader().snapshot()->quality_span({}, minute(0), minute(9'999));
  CHECK(span.value().first == 3'000);
  CHECK(span.value().last == 5'000);
}

}  // namespace
}  // namespace spider::store
