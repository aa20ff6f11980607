// Any request target against the API's routes, over a small store: an answer or a problem document,
// whatever the parameters, cursors, ids, times and filters in it.
//
// Input: a byte that chooses a route or none, then the rest of the target.

#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include "spider/api/codes.h"
#include "spider/base/check.h"
#include "spider/base/log.h"
#include "spider/store/store_writer.h"

#include "api/context.h"
#include "api/router.h"
#include "support/records.h"
#include "unit/api/fake_control.h"

namespace {

using namespace spider;

constexpr std::array<const char*, 18> kPaths = {
    "",
    "/api/v1/http-communications",
    "/api/v1/http-communications?limit=3&cursor=",
    "/api/v1/http-communications?format=jsonl&",
    "/api/v1/http-communications/",
    "/api/v1/tcp-sessions",
    "/api/v1/tcp-sessions/",
    "/api/v1/timeline?bucket=1s&",
    "/api/v1/timeline?split=method&",
    "/api/v1/statistics?group_by=host,method&",
    "/api/v1/statistics?bucket=1s&group_by=",
    "/api/v1/quality?",
    "/api/v1/whisperers",
    "/api/v1/status",
    "/api/v1/http-communications?status=",
    "/api/v1/http-communications?from=",
    "/api/v1/http-communications?min_duration=",
    "/api/v1/",
};

struct World {
  World() {
    base::log_setup(base::LogFormat::json, "error");
    store::StoreConfig config;
    config.path = (folder.path() / "store").string();
    config.cache_mib = 8;
    store = store::Store::open(config).value();
    const auto source = store->source("north", "UPLOAD").value();
    test::RecordMaker maker(source, 5);
    model::RecordBatch batch(1U << 20U, 1U << 20U, 64);
    static_cast<void>(maker.communications(batch, 60, store->next_pack_id()));
    SPIDER_CHECK(store->writer().add(batch).has_value(), "records are taken");
    SPIDER_CHECK(store->writer().commit().has_value(), "records are written");
    context = std::make_unique<api::Context>(
        api::ApiConfig{}, api::ApiParts{*store, control, api::codes::kRows, "0"});
  }
  test::TemporaryFolder folder;
  std::unique_ptr<store::Store> store;
  test::FakeControl control;
  std::unique_ptr<api::Context> context;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  if (size == 0 || size > 4'096) return 0;
  std::string target = kPaths[data[0] % kPaths.size()];
  target.append(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t query = target.find('?');
  auto parameters = api::Parameters::parse(
      query == std::string::npos ? std::string_view{} : std::string_view(target).substr(query + 1));
  if (!parameters) {
    SPIDER_CHECK(!parameters.error().detail.empty(), "an error says what it is");
    return 0;
  }
  api::Request request;
  request.method = "GET";
  request.target = target;
  request.path = target.substr(0, query);
  request.parameters = std::move(*parameters);
  const api::Answer answer = api::answer_to(*world.context, request);
  SPIDER_CHECK(answer.status >= 200 && answer.status < 500, "no question is our own fault");
  if (answer.status >= 400)
    SPIDER_CHECK(answer.type == "application/problem+json", "a refusal is a problem document");
  std::string piece;
  for (std::size_t i = 0; answer.pieces && i < 50; ++i) {
    const auto more = answer.pieces(piece);
    if (!more || !*more) break;
  }
  return 0;
}
