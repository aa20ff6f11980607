// What a store of an older version does not know is told as not known.
#include <filesystem>

#include <catch2/catch.hpp>

#include "spider/query/engine.h"
#include "spider/query/record_json.h"
#include "spider/store/store.h"

#include "support/temp_folder.h"

using namespace spider;

TEST_CASE("sessions stored before codes and outer layers were kept have none", "[query]") {
  test::TempFolder folder;
  const auto path = folder.path() / "store";
  const std::filesystem::path top = SPIDER_SOURCE_DIR;
  std::filesystem::copy(top / "tests/golden/db/v1-sessions", path,
                        std::filesystem::copy_options::recursive);
  store::StoreConfig config;
  config.path = path.string();
  const auto store = store::Store::open(config);
  REQUIRE(store);
  const auto snapshot = (*store)->reader().snapshot();
  const query::QueryEngine engine(*snapshot);
  const auto page = engine.sessions({}, query::Order::oldest_first, {}, 1'000);
  REQUIRE(page);
  REQUIRE_FALSE(page->rows.empty());
  const query::Names names({});
  for (const query::SessionRow& row : page->rows) {
    CHECK(row.codes.empty());
    CHECK(row.outer.empty());
    std::string text;
    query::JsonWriter json(text);
    json.begin_object();
    query::write_session(json, row, names, query::TimeForm::us);
    json.end_object();
    CHECK(text.find("\"codes\":[],\"outer\":[]") != std::string::npos);
    const auto detail = engine.session(row.id);
    REQUIRE(detail);
    CHECK(detail->second.session.client_stats.mirror_duplicates == 0);
  }
}
