#pragma once
// SmallStore: a temporary store with sixty communications of one whisperer, "north": what a fuzz
// target asks its questions of.

#include <memory>

#include "spider/base/check.h"
#include "spider/base/log.h"
#include "spider/store/store.h"
#include "spider/store/store_writer.h"

#include "support/records.h"

namespace spider::test {

struct SmallStore {
  SmallStore() {
    base::log_setup(base::LogFormat::json, "error");
    store::StoreConfig config;
    config.path = (folder.path() / "store").string();
    config.cache_mib = 8;
    store = store::Store::open(config).value();
    const auto source = store->source("north", "UPLOAD").value();
    RecordMaker maker(source, 5);
    model::RecordBatch batch(1U << 20U, 1U << 20U, 64);
    static_cast<void>(maker.communications(batch, 60, store->next_pack_id()));
    SPIDER_CHECK(store->writer().add(batch).has_value(), "records are taken");
    SPIDER_CHECK(store->writer().commit().has_value(), "records are written");
  }

  TemporaryFolder folder;
  std::unique_ptr<store::Store> store;
};

}  // namespace spider::test
