// Trouble with the disk: full, limited, damaged.

#include <chrono>
#include <fstream>
#include <random>
#include <thread>

#include <catch2/catch.hpp>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "spider/store/codes.h"
#include "spider/store/store.h"
#include "spider/store/store_reader.h"
#include "spider/store/store_writer.h"

#include "store/reader.h"
#include "support/records.h"

namespace spider::store {
namespace {

using test::KnownCommunication;
using test::RecordMaker;
using test::RecordShape;
using test::TemporaryFolder;

StoreConfig config_at(const std::filesystem::path& path) {
  StoreConfig config;
  config.path = path.string();
  config.block_rows = 256;
  config.cache_mib = 8;
  return config;
}

std::unique_ptr<Store> opened(const StoreConfig& config) {
  auto store = Store::open(config);
  if (!store) FAIL(store.error().detail);
  return std::move(*store);
}

RecordShape heavy() {
  RecordShape shape;
  shape.body_bytes_max = 100'000;
  return shape;
}

void check_all(const Store& store, const std::vector<KnownCommunication>& known) {
  const auto snapshot = store.reader().snapshot();
  for (const KnownCommunication& k : known) {
    const auto at = snapshot->find(k.id);
    REQUIRE(at);
    const auto detail = snapshot->http_detail(*at->block, at->row);
    REQUIRE(detail);
    REQUIRE(detail->request.head == k.request_head);
    std::vector<std::uint8_t> body;
    REQUIRE(snapshot->read_body(k.id.source, detail->response.body, 0, ~std::uint64_t{0}, body));
    REQUIRE(base::as_text(body) == k.response_body);
  }
}

// A file system of 300 MiB at `path`, gone with its owner.
class SmallDisk {
 public:
  explicit SmallDisk(const std::filesystem::path& path)
      : path_(path),
        mounted_(::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=300m,mode=0700") == 0) {}
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  [[nodiscard]] bool mounted() const noexcept { return mounted_; }

 private:
  std::filesystem::path path_;
  bool mounted_;
};

// Adds and commits until that fails, and further until the store takes no more.
class Filler {
 public:
  explicit Filler(Store& store)
      : store_(store), maker_(store.source("eth", "UPLOAD").value(), 5, heavy()) {}

  base::Result<void> add() {
    const auto more = maker_.communications(batch_, 100, store_.next_pack_id());
    auto taken = store_.writer().add(batch_);
    if (taken) known.insert(known.end(), more.begin(), more.end());
    return taken;
  }
  void fill(base::Code expected) {
    base::Result<void> committed;
    for (int i = 0; i < 400 && committed; ++i) {
      REQUIRE(add());
      committed = store_.writer().commit();
      if (committed) safe = known.size();
    }
    REQUIRE_FALSE(committed);
    INFO(committed.error().detail);
    CHECK(committed.error().code == expected);
    CHECK_FALSE(committed.error().detail.empty());
    CHECK(store_.writer().bytes_pending() > 0);
    REQUIRE(add());
    CHECK_FALSE(store_.writer().commit());
    // What was committed before stays readable meanwhile.
    REQUIRE(safe > 0);
    check_all(store_, {known.begin(), known.begin() + static_cast<std::ptrdiff_t>(safe)});
    // What piles up is bounded.
    base::Result<void> taken;
    for (int i = 0; i < 2'000 && taken; ++i) taken = add();
    REQUIRE_FALSE(taken);
    CHECK(taken.error().code == expected);
    CHECK(store_.writer().bytes_pending() < (std::size_t{100} << 20U));
  }

  std::vector<KnownCommunication> known;
  std::size_t safe = 0;  // the first so many were committed

 private:
  Store& store_;
  RecordMaker maker_;
  model::RecordBatch batch_{4U << 20U, 16U << 20U, 64};
};

// Bodies in bulk go into files beside the log; records wait for them, more bulk comes meanwhile.
TEST_CASE("commits that do not wait for bulk bodies lose none and keep their order", "[store]") {
  const TemporaryFolder folder;
  StoreConfig config = config_at(folder.path() / "store");
  config.bulk_bytes = 1U << 14U;
  auto store = opened(config);
  RecordMaker maker(store->source("eth", "UPLOAD").value(), 6, heavy());
  model::RecordBatch batch(4U << 20U, 16U << 20U, 64);
  std::vector<KnownCommunication> known;
  std::size_t begun = 0;   // of them belong to a commit that has begun
  std::size_t begins = 0;  // that did not end at once
  bool under_way = false;
  const auto end_within = [&](std::chrono::seconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (under_way && std::chrono::steady_clock::now() < until) {
      const auto done = store->writer().end_commit();
      REQUIRE(done);
      under_way = !*done;
    }
    REQUIRE_FALSE(under_way);
  };
  for (int i = 0; i < 40; ++i) {
    const auto more = maker.communications(batch, 100, store->next_pack_id());
    REQUIRE(store->writer().add(batch));
    known.insert(known.end(), more.begin(), more.end());
    if (i % 4 != 3) continue;
    // The bulk added since the last commit began must not keep that one from ending.
    end_within(std::chrono::seconds(20));
    check_all(*store, {known.begin(), known.begin() + static_cast<std::ptrdiff_t>(begun)});
    const auto done = store->writer().begin_commit();
    REQUIRE(done);
    under_way = !*done;
    begins += under_way ? 1 : 0;
    begun = known.size();
  }
  CHECK(begins > 3);
  REQUIRE(store->writer().commit());
  check_all(*store, known);
  store.reset();
  check_all(*opened(config), known);
}

TEST_CASE("a log that cannot grow is told, reads go on, and a restart finds what was committed",
          "[store]") {
  const TemporaryFolder folder;
  const StoreConfig config = config_at(folder.path() / "store");
  auto store = opened(config);
  Filler filler(*store);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  rlimit tight = before;
  tight.rlim_cur = 8U << 20U;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  filler.fill(codes::store_write_failed);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  ::signal(SIGXFSZ, handler);
  store.reset();
  store = opened(config);
  check_all(*store, {filler.known.begin(),
                     filler.known.begin() + static_cast<std::ptrdiff_t>(filler.safe)});
}

TEST_CASE("a full disk is told as disk_full, reads go on, and writing resumes when there is room",
          "[store]") {
  const TemporaryFolder folder;
  const SmallDisk disk(folder.path());
  if (!disk.mounted()) {
    WARN("Only root may mount a small disk; the case of the log that cannot grow stands in.");
    return;
  }
  {
    const auto ballast = folder.path() / "ballast";
    std::ofstream(ballast) << std::string(std::size_t{260} << 20U, 'x');
    auto store = opened(config_at(folder.path() / "store"));
    Filler filler(*store);
    filler.fill(codes::disk_full);
    std::filesystem::remove(ballast);
    base::Result<void> committed = store->writer().commit();
    for (int i = 0; i < 600 && !committed; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      committed = store->writer().commit();
    }
    if (!committed) FAIL(committed.error().detail);
    CHECK(store->writer().bytes_pending() == 0);
    check_all(*store, filler.known);
    REQUIRE(filler.add());
    REQUIRE(store->writer().commit());
    store.reset();
    store = opened(config_at(folder.path() / "store"));
    check_all(*store, filler.known);
  }
}

// Reads whatever can be read; counts the errors.
std::size_t read_everything(const StoreSnapshot& snapshot) {
  std::size_t errors = 0;
  const auto note = [&](const auto& result) {
    if (!result) {
      ++errors;
      CHECK_FALSE(result.error().detail.empty());
    }
    return result.has_value();
  };
  for (const RecordKind kind : {RecordKind::http, RecordKind::session}) {
    note(snapshot.time_span(kind, {}));
    const auto blocks = snapshot.blocks(kind, {}, base::Time::min(), base::Time::max());
    if (!note(blocks)) continue;
    for (const BlockPtr& b : *blocks) {
      std::vector<std::int64_t> numbers;
      TextColumn text;
      for (const ColumnInfo& c : kColumns) {
        if (!has_column(kind, c)) continue;
        if (c.type == ColumnType::number) {
          note(snapshot.numbers(*b, c.id, numbers));
        } else if (note(snapshot.text(*b, c.id, text))) {
          for (std::size_t i = 0; i < b->rows; ++i) static_cast<void>(text.row(i).size());
        }
      }
      for (std::uint32_t row = 0; row < b->rows; row += 5) {
        if (kind == RecordKind::session) {
          note(snapshot.session_detail(*b, row));
          continue;
        }
        const auto detail = snapshot.http_detail(*b, row);
        if (!note(detail)) continue;
        std::vector<std::uint8_t> body;
        note(snapshot.read_body(b->source, detail->response.body, 0, 1U << 20U, body));
      }
    }
  }
  for (const RollupLevel level : {RollupLevel::second, RollupLevel::day})
    note(snapshot.rollup(level, {}, base::Time::min(), base::Time::max()));
  note(snapshot.rollup_before({}, base::Time::max()));
  note(snapshot.quality({}, base::Time::min(), base::Time::max()));
  note(snapshot.quality_sums({}, base::Time::min(), base::Time::max(), {}));
  note(snapshot.methods());
  note(snapshot.session_packets(model::SourceId{1}, 0, 0, ~std::uint64_t{0},
                                [](const PacketView&) { return true; }));
  return errors;
}

void fill_small(Store& store) {
  RecordMaker maker(store.source("eth", "UPLOAD").value(), 8);
  model::RecordBatch batch(4U << 20U, 1U << 20U, 1U << 20U);
  for (int i = 0; i < 6; ++i) {
    static_cast<void>(maker.communications(batch, 120, store.next_pack_id()));
    batch.quality.add(batch.communications[0].start, model::Quality::packets_received, 3);
    batch.packet_pack = store.next_pack_id();
    for (std::uint32_t p = 0; p < 40; ++p) {
      const std::string frame(std::size_t{60} + p, static_cast<char>('a' + p % 7U));
      batch.packets.push_back({p % 4,
                               p + 1,
                               {std::int64_t{p} * 1'000},
                               static_cast<std::uint32_t>(batch.frames.used()),
                               static_cast<std::uint32_t>(frame.size()),
                               1'500,
                               1});
      static_cast<void>(batch.frames.put(std::string_view(frame)));
    }
    model::SessionRecord session;
    session.session.id = {batch.source, batch.communications[0].session.start, 1};
    session.session.start = session.session.id.start;
    session.session.end = session.session.start;
    session.decoder = "http1";
    batch.sessions.push_back(session);
    REQUIRE(store.writer().add(batch));
    REQUIRE(store.writer().commit());
  }
}

TEST_CASE("a flipped bit in any stored value costs that record at most", "[store]") {
  const TemporaryFolder folder;
  const StoreConfig config = config_at(folder.path() / "store");
  {
    auto store = opened(config);
    fill_small(*store);
    REQUIRE(read_everything(*store->reader().snapshot()) == 0);
  }
  auto database = Database::open(config).value();
  SourceTable sources(*database);
  REQUIRE(sources.load());
  std::mt19937_64 random(17);
  std::size_t noticed = 0;
  const auto read_all = [&] {
    const RecentBlocks none;
    FreshBlocks fresh{1U << 20U};
    return read_everything(
        *Reader(*database, sources, none, fresh, std::size_t{8} << 20U).snapshot());
  };
  for (const Family f :
       {Family::block, Family::column, Family::detail, Family::body, Family::packet,
        Family::packet_index, Family::rollup, Family::quality, Family::quality_sum}) {
    std::vector<std::pair<std::string, std::string>> values;
    {
      const auto it = database->iterate(f, nullptr);
      for (it->SeekToFirst(); it->Valid(); it->Next())
        values.emplace_back(it->key().ToString(), it->value().ToString());
    }
    INFO(name(f));
    REQUIRE_FALSE(values.empty());
    for (int i = 0; i < 12; ++i) {
      const auto& [key, value] = values[random() % values.size()];
      std::string broken = value;
      switch (random() % 4) {
        case 0:
          broken.resize(random() % broken.size());
          break;
        case 1:
          broken.append(random() % 20, static_cast<char>(random()));
          break;
        default:
          for (std::uint64_t flips = 1 + random() % 3; flips > 0; --flips) {
            char& byte = broken[random() % broken.size()];
            byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << (random() % 8)));
          }
      }
      rocksdb::WriteBatch batch;
      batch.Put(database->handle(f), key, broken);
      REQUIRE(database->write(batch));
      if (read_all() > 0) ++noticed;
      batch.Clear();
      batch.Put(database->handle(f), key, value);
      REQUIRE(database->write(batch));
    }
  }
  CHECK(noticed > 30);
  CHECK(read_all() == 0);
}

TEST_CASE("a flipped bit in a file is an error, never a wrong answer", "[store]") {
  const TemporaryFolder folder;
  const StoreConfig config = config_at(folder.path() / "store");
  std::vector<KnownCommunication> known;
  {
    auto store = opened(config);
    RecordMaker maker(store->source("eth", "UPLOAD").value(), 8, heavy());
    model::RecordBatch batch(4U << 20U, 32U << 20U, 64);
    known = maker.communications(batch, 300, store->next_pack_id());
    REQUIRE(store->writer().add(batch));
    REQUIRE(store->writer().flush());
  }
  // Opening once more writes the rest of the log to files.
  opened(config).reset();
  std::mt19937_64 random(3);
  std::size_t errors = 0;
  std::size_t files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(config.path) / "db")) {
    const std::string extension = entry.path().extension();
    if (extension != ".sst" && extension != ".blob") continue;
    ++files;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    // In the first half: values, not the file's own index and footer.
    const auto at = static_cast<std::streamoff>(random() % (entry.file_size() / 2));
    file.seekg(at);
    const char byte = static_cast<char>(file.get());
    file.seekp(at);
    file.put(static_cast<char>(static_cast<unsigned char>(byte) ^ 0x10U));
  }
  REQUIRE(files > 3);
  auto store = Store::open(config);
  if (!store) {
    CHECK_FALSE(store.error().detail.empty());
    return;
  }
  const auto snapshot = (*store)->reader().snapshot();
  for (const KnownCommunication& k : known) {
    const auto at = snapshot->find(k.id);
    if (!at) {
      ++errors;
      continue;
    }
    const auto detail = snapshot->http_detail(*at->block, at->row);
    if (!detail) {
      ++errors;
      continue;
    }
    CHECK(detail->request.head == k.request_head);
    std::vector<std::uint8_t> body;
    if (snapshot->read_body(k.id.source, detail->response.body, 0, ~std::uint64_t{0}, body)) {
      CHECK(base::as_text(body) == k.response_body);
    } else {
      ++errors;
    }
  }
  CHECK(errors > 0);
}

}  // namespace
}  // namespace spider::store
