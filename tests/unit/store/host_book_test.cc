// Names of addresses: which is shown, what makes room, what the disk gives back.
#include "spider/store/host_book.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "spider/base/log.h"
#include "spider/store/store.h"
#include "spider/store/store_writer.h"

#include "store/database.h"
#include "store/format/hosts.h"
#include "support/temp_folder.h"

namespace spider::store {
namespace {

constexpr model::SourceId kSource{1};

[[nodiscard]] model::IpAddress ip(std::string_view text) { return model::parse_ip(text).value(); }
[[nodiscard]] model::IpAddress ip(std::uint32_t n) { return model::IpAddress::v4(n); }

std::size_t note(HostBook& book, const model::IpAddress& address, std::string_view name,
                 std::int64_t time, model::SourceId source = kSource) {
  const model::HostNote one{address, ip("192.0.2.53"), {time}, name};
  return book.note(std::span(&one, 1), source);
}

[[nodiscard]] std::string shown(const HostBook& book, const model::IpAddress& address,
                                std::int64_t time) {
  const auto name = book.name_at(address, {time});
  return name ? name->name : "-";
}

[[nodiscard]] std::string all_names(const HostBook& book, const model::IpAddress& address) {
  std::string out;
  for (const HostName& n : book.names(address))
    out += fmt::format("{}{}/{}", out.empty() ? "" : " ", n.name, name(n.source));
  return out;
}

[[nodiscard]] bool any(const Host&) { return true; }

// A store with names, opened again and again.
class HostStore {
 public:
  explicit HostStore(std::uint32_t addresses = 100) {
    config_.path = (folder_.path() / "store").string();
    config_.host_addresses = addresses;
    open();
  }
  void open() {
    store_.reset();
    auto opened = Store::open(config_);
    REQUIRE(opened);
    store_ = std::move(*opened);
  }
  void close() { store_.reset(); }
  void limit(std::uint32_t addresses) { config_.host_addresses = addresses; }
  model::QualityCounts add(const std::vector<model::HostNote>& notes,
                           model::SourceId source = kSource) {
    model::RecordBatch batch(1'024, 1'024, 64);
    batch.source = source;
    batch.hosts = notes;
    REQUIRE(store_->writer().add(batch));
    REQUIRE(store_->writer().commit());
    model::QualityCounts out;
    for (const model::QualityMinute& m : batch.quality.minutes()) out += m.counts;
    return out;
  }
  [[nodiscard]] Store& store() { return *store_; }
  [[nodiscard]] HostBook& book() { return store_->hosts(); }
  [[nodiscard]] const StoreConfig& config() const { return config_; }

 private:
  test::TempFolder folder_;
  StoreConfig config_;
  std::unique_ptr<Store> store_;
};

}  // namespace

TEST_CASE("the name shown is the one seen last before a record, else the first after", "[hosts]") {
  HostBook book(10);
  const auto a = ip("10.0.0.1");
  CHECK(shown(book, a, 50) == "-");
  note(book, a, "old", 10);
  note(book, a, "old", 20);
  note(book, a, "new", 30);
  CHECK(shown(book, a, 5) == "old");
  CHECK(shown(book, a, 15) == "old");
  CHECK(shown(book, a, 25) == "old");
  CHECK(shown(book, a, 30) == "new");
  CHECK(shown(book, a, 99) == "new");
  note(book, a, "old", 40);
  CHECK(shown(book, a, 99) == "old");
  const auto b = ip("10.0.0.2");  // at one instant: the order of the names decides
  note(book, b, "b", 7);
  note(book, b, "a", 7);
  CHECK(shown(book, b, 7) == "a");
  CHECK(all_names(book, b) == "a/dns b/dns");
}

TEST_CASE("what answers say in any order leaves the same names", "[hosts]") {
  const auto a = ip("10.0.0.1");
  HostBook forth(10);
  HostBook back(10);
  for (int i = 0; i < 6; ++i) note(forth, a, i % 2 == 0 ? "x" : "y", i);
  for (int i = 5; i >= 0; --i) note(back, a, i % 2 == 0 ? "x" : "y", i);
  CHECK(forth.names(a) == back.names(a));
  REQUIRE(forth.names(a).size() == 2);
  CHECK(forth.names(a).front().first.ns == 1);
  CHECK(forth.names(a).front().last.ns == 5);
}

TEST_CASE("configuration comes before DNS, DNS before /etc/hosts, reverse is last", "[hosts]") {
  HostBook book(10);
  const auto a = ip("10.0.0.1");
  book.answer(a, "ptr");
  CHECK(shown(book, a, 1) == "ptr");
  book.give(HostSource::etc_hosts, {{a, "file"}, {a, "file-2"}, {a, "file"}});
  CHECK(shown(book, a, 1) == "file");
  note(book, a, "seen", 1);
  CHECK(shown(book, a, 1) == "seen");
  book.give(HostSource::configuration, {{a, "mine"}});
  CHECK(shown(book, a, 1) == "mine");
  CHECK(all_names(book, a) ==
        "mine/configuration seen/dns file/etc_hosts file-2/etc_hosts "
        "ptr/reverse");
  book.give(HostSource::configuration, {});
  CHECK(shown(book, a, 1) == "seen");
}

TEST_CASE("of a loopback address /etc/hosts comes before DNS", "[hosts]") {
  HostBook book(10);
  for (const std::string_view text : {"127.0.0.1", "127.9.8.7", "::1"}) {
    const auto own = ip(text);
    note(book, own, "elsewhere", 1);
    CHECK(shown(book, own, 1) == "elsewhere");
    book.give(HostSource::etc_hosts, {{own, "localhost"}});
    CHECK(shown(book, own, 1) == "localhost");
    CHECK(all_names(book, own) == "localhost/etc_hosts elsewhere/dns");
  }
}

TEST_CASE("a ninth name and an address too many push out what was seen least recently", "[hosts]") {
  HostBook book(3);
  for (std::uint32_t i = 0; i < 3; ++i) CHECK(note(book, ip(i + 1), "n", i + 10) == 0);
  CHECK(note(book, ip(1), "n", 20) == 0);
  CHECK(note(book, ip(9), "n", 21) == 1);
  CHECK(book.seen() == 3);
  CHECK(shown(book, ip(2), 99) == "-");
  CHECK(shown(book, ip(1), 99) == "n");
  CHECK(note(book, ip(8), "n", 1) == 1);  // older than all that is kept
  CHECK(shown(book, ip(8), 99) == "-");

  for (std::size_t i = 0; i < HostBook::kNamesMax + 2; ++i) {
    const std::size_t forgotten = note(book, ip(1), fmt::format("n{}", i), 30);
    CHECK(forgotten == (i + 1 < HostBook::kNamesMax ? 0 : 1));
  }
  REQUIRE(book.names(ip(1)).size() == HostBook::kNamesMax);
  CHECK(book.names(ip(1)).back().name == "n7");  // of one instant the later names go
  HostBook none(0);
  CHECK(note(none, ip(1), "n", 1) == 0);
  CHECK(none.seen() == 0);
}

TEST_CASE("any flood of answers stays within the memory of the addresses", "[hosts]") {
  constexpr std::size_t kAddresses = 200;
  HostBook book(kAddresses);
  const std::string label(60, 'x');
  std::size_t forgotten = 0;
  std::size_t named = 0;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const std::string name = fmt::format("{}.{}.{}.n{}", label, label, label, i);
    forgotten += note(book, ip(i % 3'000), name, i);
    REQUIRE(book.bytes() <= kAddresses * HostBook::kHostBytesEach);
    REQUIRE(book.seen() <= kAddresses);
  }
  for (const Host& host : book.hosts(std::nullopt, 10'000, any)) named += host.names.size();
  CHECK(named + forgotten == 20'000);
  for (std::uint32_t i = 0; i < HostBook::kReverseMax + 100; ++i) book.answer(ip(i), "");
  for (std::uint32_t i = 0; i < HostBook::kReverseMax + 100; ++i) book.answer(ip(i), "r");
  book.want_reverse(true);
  for (std::uint32_t i = 0; i < 10'000; ++i) static_cast<void>(book.name_at(ip(1'000'000 + i), {}));
  std::size_t wanted = 0;
  while (book.wanted()) ++wanted;
  CHECK(wanted == 1'024);
  CHECK(book.hosts(std::nullopt, 100'000, any).size() <= kAddresses + HostBook::kReverseMax);
}

TEST_CASE("a list goes on where it ended, and finds parts of names", "[hosts]") {
  HostBook book(2'000);
  for (std::uint32_t i = 0; i < 1'000; ++i)
    note(book, ip(i), fmt::format("n{}.{}", i, i % 10 == 0 ? "ten" : "x"), i);
  book.give(HostSource::configuration, {{ip(5'000), "mine.ten"}});
  std::optional<model::IpAddress> after;
  std::vector<model::IpAddress> walked;
  for (;;) {
    const auto page = book.hosts(after, 77, any);
    for (const Host& host : page) walked.push_back(host.address);
    if (page.size() < 77) break;
    after = page.back().address;
  }
  CHECK(walked.size() == 1'001);
  CHECK(std::is_sorted(walked.begin(), walked.end()));
  const auto ten = book.addresses([](std::string_view name) { return name.ends_with(".ten"); });
  CHECK(ten.size() == 101);
  CHECK(ten.back() == ip(5'000));
}

TEST_CASE("names survive a restart, and what made room is gone from the disk", "[hosts]") {
  HostStore place(3);
  const auto text = [](std::uint32_t i) { return ip(i); };
  std::vector<model::HostNote> notes;
  for (std::uint32_t i = 0; i < 3; ++i) notes.push_back({text(i), ip("::1"), {i + 10}, "seen"});
  notes.push_back({ip("2001:db8::7"), ip("::1"), {-5}, "early"});  // before 1970, and too many
  const auto books = place.add(notes);
  CHECK(books[model::Quality::names_forgotten] == 1);
  const auto before = place.book().hosts(std::nullopt, 10, any);
  place.open();
  const auto after = place.book().hosts(std::nullopt, 10, any);
  REQUIRE(after.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(after[i].address == before[i].address);
    CHECK(after[i].names == before[i].names);
  }
  place.add({{text(7), ip("::1"), {50}, "later"}});
  place.open();
  CHECK(shown(place.book(), text(0), 99) == "-");
  CHECK(shown(place.book(), text(7), 99) == "later");
  place.limit(1);  // fewer from now on
  place.open();
  CHECK(place.book().seen() == 1);
  REQUIRE(place.store().writer().commit());
  place.limit(100);
  place.open();
  CHECK(place.book().seen() == 1);
  CHECK(shown(place.book(), text(7), 99) == "later");
}

TEST_CASE("retention takes the names with what it removes", "[hosts]") {
  HostStore place;
  const auto a = ip("10.0.0.1");
  const auto north = place.store().source("north", "UPLOAD").value();
  const auto south = place.store().source("south", "UPLOAD").value();
  place.add({{a, a, {10}, "n"}, {a, a, {20}, "late"}}, north);
  place.add({{a, a, {15}, "s"}}, south);
  REQUIRE(place.store().writer().purge_before(north, {20}));
  CHECK(all_names(place.book(), a) == "late/dns s/dns");
  REQUIRE(place.store().writer().purge(north));
  place.open();
  CHECK(all_names(place.book(), a) == "s/dns");
  REQUIRE(place.store().writer().purge(south));
  place.open();
  CHECK(place.book().seen() == 0);
}

TEST_CASE("a name stays as long as one source that told it does", "[hosts]") {
  HostStore place;
  const auto a = ip("10.0.0.1");
  const auto live = place.store().source("lo", "INTERFACE").value();
  const auto upload = place.store().make_upload("upload", "UPLOAD", {}).value();
  const auto other = place.store().make_upload("upload", "UPLOAD", {}).value();
  place.add({{a, ip("192.0.2.1"), {10}, "both"}, {a, ip("192.0.2.1"), {12}, "both"}}, live);
  place.add({{a, ip("192.0.2.2"), {5}, "both"}, {a, ip("192.0.2.2"), {30}, "both"}}, upload);
  place.add({{a, ip("192.0.2.3"), {11}, "mine"}}, upload);
  REQUIRE(place.book().names(a).front().whisperer == upload);
  const bool again = GENERATE(false, true);
  if (again) place.open();
  REQUIRE(place.store().writer().purge(upload));
  if (again) place.open();
  REQUIRE(all_names(place.book(), a) == "both/dns");
  const HostName left = place.book().names(a).front();
  CHECK(left.whisperer == live);
  CHECK(left.first.ns == 10);
  CHECK(left.last.ns == 12);
  CHECK(left.told_by == ip("192.0.2.1"));
  // Another that was told between the two goes, and nothing of the first does.
  place.add({{a, ip("192.0.2.4"), {11}, "both"}}, other);
  REQUIRE(place.store().writer().purge(other));
  CHECK(place.book().names(a) == std::vector{left});
  REQUIRE(place.store().writer().purge(live));
  place.open();
  CHECK(place.book().seen() == 0);
}

TEST_CASE("of many sources that told a name the latest are known", "[hosts]") {
  HostBook book(10);
  const auto a = ip("10.0.0.1");
  for (std::uint32_t i = 1; i <= 2 * HostBook::kTellersMax; ++i)
    note(book, a, "n", i, model::SourceId{i});
  note(book, a, "n", 0, model::SourceId{99});  // older than all that are known
  REQUIRE(book.names(a).front().tellers.size() == HostBook::kTellersMax);
  for (std::uint32_t i = 2 * HostBook::kTellersMax; i > HostBook::kTellersMax + 1; --i) {
    book.forget(model::SourceId{i}, base::Time::max());
    REQUIRE(shown(book, a, 99) == "n");
    CHECK(book.names(a).front().whisperer == model::SourceId{i - 1});
  }
  book.forget(model::SourceId{HostBook::kTellersMax + 1}, base::Time::max());
  CHECK(shown(book, a, 99) == "-");
  CHECK(book.bytes() == 0);
}

TEST_CASE("a damaged row of names is forgotten, and the others stay", "[hosts]") {
  base::log_setup(base::LogFormat::json, "critical");
  HostStore place;
  const auto a = ip("10.0.0.1");
  const auto b = ip("10.0.0.2");
  place.add({{a, a, {10}, "one"}, {b, a, {10}, "two"}});
  place.close();
  {
    auto database = Database::open(place.config()).value();
    rocksdb::WriteBatch batch;
    batch.Put(database->handle(Family::meta), format::host_key(a), "nothing of ours");
    database->put(batch, Family::meta, "host/short", "odd");
    REQUIRE(database->write(batch));
  }
  place.open();
  CHECK(shown(place.book(), a, 99) == "-");
  CHECK(shown(place.book(), b, 99) == "two");
  place.add({{a, a, {20}, "again"}});
  place.open();
  CHECK(shown(place.book(), a, 99) == "again");
}

TEST_CASE("a row of names holds what was put in, and refuses what no host is called", "[hosts]") {
  HostName good{"a-1.b_2", HostSource::dns, {-3}, {9}, ip("2001:db8::1"), kSource};
  std::vector<HostName> back;
  REQUIRE(format::decode_host(base::as_bytes(format::encode_host({good})), back) ==
          format::ValueState::ok);
  // One that no more is told of was told by the one source.
  const HostTeller only{kSource, {-3}, {9}, ip("2001:db8::1")};
  CHECK(back.front().tellers == std::vector{only});
  good.tellers = {only, {model::SourceId{7}, {-9}, {-8}, ip("::1")}};
  REQUIRE(format::decode_host(base::as_bytes(format::encode_host({good})), back) ==
          format::ValueState::ok);
  CHECK(back == std::vector{good});
  const auto refused = [&](const std::vector<HostName>& names) {
    return format::decode_host(base::as_bytes(format::encode_host(names)), back) ==
           format::ValueState::corrupt;
  };
  HostName bad = good;
  for (const char* name : {"", "A", "a..b", ".a", "a.", "a b", "a\n", "<b>", "\xC3\xA4"}) {
    bad.name = name;
    CHECK(refused({bad}));
  }
  bad.name = std::string(64, 'a');
  CHECK(refused({bad}));
  bad = good;
  bad.first = {10};
  CHECK(refused({bad}));
  bad = good;
  bad.tellers.push_back(only);
  CHECK(refused({bad}));
  bad.tellers.assign(HostBook::kTellersMax + 1, only);
  for (std::size_t i = 0; i < bad.tellers.size(); ++i)
    bad.tellers[i].source = static_cast<model::SourceId>(i);
  CHECK(refused({bad}));
  CHECK(refused({}));
  CHECK(refused({good, good}));
  std::vector<HostName> many(9, good);
  for (std::size_t i = 0; i < many.size(); ++i) many[i].name = fmt::format("n{}", i);
  CHECK(refused(many));
  good.tellers = {only};
  const std::string whole = format::encode_host({good});
  for (std::size_t cut = 0; cut < whole.size(); ++cut)
    CHECK(format::decode_host(base::as_bytes(std::string_view(whole).substr(0, cut)), back) !=
          format::ValueState::ok);
}

}  // namespace spider::store
