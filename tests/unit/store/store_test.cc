#include "spider/store/store.h"

#include <filesystem>
#include <fstream>
#include <map>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include "spider/store/codes.h"
#include "spider/store/store_reader.h"
#include "spider/store/store_writer.h"

#include "store/format/fields.h"
#include "support/records.h"

namespace spider::store {
namespace {

using test::KnownCommunication;
using test::RecordMaker;
using test::TemporaryFolder;

StoreConfig config_in(const TemporaryFolder& folder) {
  StoreConfig config;
  config.path = (folder.path() / "store").string();
  config.block_rows = 256;
  config.cache_mib = 8;
  // Once all in the log, once packs and blocks in files of their own.
  config.bulk_bytes = GENERATE(std::size_t{4} << 20U, std::size_t{1} << 12U);
  return config;
}

model::RecordBatch make_batch() { return model::RecordBatch(4U << 20U, 4U << 20U, 1U << 20U); }

std::unique_ptr<Store> opened(const StoreConfig& config) {
  auto store = Store::open(config);
  if (!store) FAIL(store.error().detail);
  return std::move(*store);
}

TEST_CASE("what commit() made durable is read back field by field", "[store]") {
  const TemporaryFolder folder;
  auto store = opened(config_in(folder));
  const auto source = store->source("eth", "INTERFACE");
  REQUIRE(source);
  RecordMaker maker(*source, 7);
  model::RecordBatch batch = make_batch();
  const auto known = maker.communications(batch, 700, store->next_pack_id());
  REQUIRE(store->writer().add(batch));
  REQUIRE(store->writer().commit());

  const auto snapshot = store->reader().snapshot();
  for (const KnownCommunication& k : known) {
    const auto at = snapshot->find(k.id);
    REQUIRE(at);
    TextColumn text;
    REQUIRE(snapshot->text(*at->block, ColumnId::target, text));
    CHECK(text.row(at->row) == k.target);
    REQUIRE(snapshot->text(*at->block, ColumnId::host, text));
    CHECK(text.row(at->row) == k.host);
    std::vector<std::int64_t> numbers;
    REQUIRE(snapshot->numbers(*at->block, ColumnId::status, numbers));
    CHECK(numbers[at->row] == k.status);
    REQUIRE(snapshot->numbers(*at->block, ColumnId::duration, numbers));
    CHECK(numbers[at->row] == (k.end - k.start).ns);
    REQUIRE(snapshot->numbers(*at->block, ColumnId::wait, numbers));
    CHECK(numbers[at->row] == (k.status == 0 ? kNone : k.wait));
    const auto detail = snapshot->http_detail(*at->block, at->row);
    REQUIRE(detail);
    CHECK(detail->request.head == k.request_head);
    CHECK(detail->request.first_byte == k.start);
    CHECK(detail->response.present == (k.status != 0));
    CHECK(detail->response.head == k.response_head);
    std::vector<std::uint8_t> body;
    REQUIRE(snapshot->read_body(*source, detail->response.body, 0, 1 << 20, body));
    CHECK(base::as_text(body) == k.response_body);
  }
}

TEST_CASE("the writer pauses many times while it stores a batch and closes its blocks", "[store]") {
  const TemporaryFolder folder;
  auto store = opened(config_in(folder));
  const auto source = store->source("eth", "INTERFACE");
  REQUIRE(source);
  int pauses = 0;
  store->writer().pause_with([&] { ++pauses; });
  RecordMaker maker(*source, 7);
  model::RecordBatch batch = make_batch();
  maker.communications(batch, 700, store->next_pack_id());
  REQUIRE(store->writer().add(batch));
  // Two blocks of 256 rows are closed, of some twenty columns each.
  CHECK(pauses > 40);
  store->writer().pause_with({});
  const int before = pauses;
  REQUIRE(store->writer().commit());
  CHECK(pauses == before);
}

TEST_CASE("rows of a committed piece are found once after a full block replaced it", "[store]") {
  const TemporaryFolder folder;
  auto store = opened(config_in(folder));
  const auto source = store->source("eth", "INTERFACE");
  REQUIRE(source);
  RecordMaker maker(*source, 11);
  model::RecordBatch batch = make_batch();
  std::map<model::CommunicationId, int> seen;
  std::size_t total = 0;
  for (int i = 0; i < 60; ++i) {
    for (const auto& k : maker.communications(batch, 1 + maker.below(40), store->next_pack_id()))
      seen[k.id] = 0;
    total = seen.size();
    REQUIRE(store->writer().add(batch));
    REQUIRE(store->writer().commit());
  }
  const auto snapshot = store->reader().snapshot();
  const auto blocks = snapshot->blocks(RecordKind::http, {}, base::Time::min(), base::Time::max());
  REQUIRE(blocks);
  std::size_t rows = 0;
  for (const BlockPtr& b : *blocks) {
    rows += b->rows;
    std::vector<std::int64_t> start;
    std::vector<std::int64_t> number;
    std::vector<std::int64_t> ordinal;
    REQUIRE(snapshot->numbers(*b, ColumnId::start, start));
    REQUIRE(snapshot->numbers(*b, ColumnId::session_number, number));
    REQUIRE(snapshot->numbers(*b, ColumnId::ordinal, ordinal));
    for (std::size_t i = 0; i < b->rows; ++i)
      ++seen[{*source,
              {start[i]},
              static_cast<std::uint64_t>(number[i]),
              static_cast<std::uint32_t>(ordinal[i])}];
  }
  CHECK(rows == total);
  for (const auto& [id, times] : seen) CHECK(times == 1);
  CHECK(blocks->size() < 60);
}

TEST_CASE("the engine keeps no log file that a full disk could not take", "[store]") {
  // RocksDB aborts the process at the second line that its own log cannot write.
  const TemporaryFolder folder;
  const StoreConfig config = config_in(folder);
  for (int i = 0; i < 2; ++i) {
    const auto store = opened(config);
    for (const auto& entry : std::filesystem::directory_iterator(config.path + "/db"))
      CHECK(entry.path().filename().string().find("LOG") == std::string::npos);
  }
}

TEST_CASE("a store that another handle has open is refused with store_locked", "[store]") {
  const TemporaryFolder folder;
  const StoreConfig config = config_in(folder);
  const auto store = opened(config);
  const auto second = Store::open(config);
  REQUIRE(!second);
  CHECK(second.error().code == codes::store_locked);
}

TEST_CASE("a store of a newer format is refused, with both versions in the words", "[store]") {
  const TemporaryFolder folder;
  const StoreConfig config = config_in(folder);
  opened(config).reset();
  const unsigned newer = format::kVersion + 1U;
  std::ofstream(config.path + "/VERSION") << newer << ' ' << newer << '\n';
  const auto store = Store::open(config);
  REQUIRE(!store);
  CHECK(store.error().code == codes::store_newer);
  CHECK(store.error().detail.find(fmt::format("format {}", newer)) != std::string::npos);
  CHECK(store.error().detail.find(fmt::format("knows format {}", unsigned{format::kVersion})) !=
        std::string::npos);
}

TEST_CASE("a path that is a file is refused with store_open_failed", "[store]") {
  const TemporaryFolder folder;
  StoreConfig config = config_in(folder);
  std::ofstream(config.path) << "not a folder";
  const auto store = Store::open(config);
  REQUIRE(!store);
  CHECK(store.error().code == codes::store_open_failed);
}

TEST_CASE("a folder that cannot be made is named, with why and what to do", "[store]") {
  StoreConfig config;
  config.path = "/proc/spider-no-such/store";
  const auto store = Store::open(config);
  REQUIRE_FALSE(store);
  CHECK(store.error().code == codes::store_open_failed);
  const std::string& said = store.error().detail;
  CHECK(said.find("folder /proc/spider-no-such/store cannot be made: ") != std::string::npos);
  CHECK(said.find("[store] path") != std::string::npos);
}

TEST_CASE("a folder with files of others does not become a store, nor is it closed", "[store]") {
  const TemporaryFolder folder;
  StoreConfig config;
  config.path = folder.path().string();
  std::ofstream(folder.path() / "others") << "mine";
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  const auto refused = Store::open(config);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == codes::store_open_failed);
  CHECK(refused.error().detail.find("no store's") != std::string::npos);
  CHECK(std::filesystem::status(folder.path()).permissions() == std::filesystem::perms::all);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "db"));
  // Nor one whose VERSION is of something else.
  std::ofstream(folder.path() / "VERSION") << "v1.2-rc";
  CHECK_FALSE(Store::open(config));
  CHECK(std::filesystem::status(folder.path()).permissions() == std::filesystem::perms::all);
  std::filesystem::remove(folder.path() / "VERSION");
  // Of a disk of its own, and of a start that was cut short.
  std::filesystem::remove(folder.path() / "others");
  std::filesystem::create_directory(folder.path() / "lost+found");
  std::filesystem::create_directory(folder.path() / ".snapshot");
  std::ofstream(folder.path() / "VERSION.new") << "8";
  CHECK(Store::open(config));
  // A store stays one, whatever was put beside it.
  std::ofstream(folder.path() / "others") << "mine";
  CHECK(Store::open(config));
}

TEST_CASE("the store's folder and files are the owner's alone", "[store]") {
  const TemporaryFolder folder;
  const StoreConfig config = config_in(folder);
  auto store = opened(config);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(config.path)) {
    struct stat st {};
    REQUIRE(::stat(entry.path().c_str(), &st) == 0);
    INFO(entry.path());
    CHECK((st.st_mode & (S_IRWXG | S_IRWXO)) == 0);
  }
  struct stat st {};
  REQUIRE(::stat(config.path.c_str(), &st) == 0);
  CHECK((st.st_mode & 0777U) == 0700U);
}

TEST_CASE("sources, pack ids and settings survive a restart", "[store]") {
  const TemporaryFolder folder;
  const StoreConfig config = config_in(folder);
  std::uint64_t pack = 0;
  model::SourceId id{};
  {
    auto store = opened(config);
    id = store->source("eth", "INTERFACE").value();
    REQUIRE(store->source("lo", "INTERFACE").value() != id);
    REQUIRE(store->set_setting("filter", "port 80"));
    RecordMaker maker(id, 3);
    model::RecordBatch batch = make_batch();
    pack = store->next_pack_id();
    static_cast<void>(maker.communications(batch, 10, pack));
    REQUIRE(store->writer().add(batch));
    REQUIRE(store->writer().flush());
  }
  auto store = opened(config);
  CHECK(store->source("eth", "INTERFACE").value() == id);
  CHECK(store->sources().size() == 2);
  CHECK(store->setting("filter").value() == "port 80");
  CHECK(!store->setting("other").value());
  CHECK(store->next_pack_id() > pack);
}

}  // namespace
}  // namespace spider::store
