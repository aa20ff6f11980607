// Any request target against the API's routes, over a small store: an answer, a problem document
// or, outside the API, the sheet of an address that is none, whatever the parameters, cursors, ids,
// times and filters in it.
//
// Input: a byte that chooses a route or none, then the rest of the target.

#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include "spider/api/codes.h"
#include "spider/base/check.h"

#include "api/context.h"
#include "api/router.h"
#include "support/small_store.h"
#include "unit/api/fake_control.h"

namespace {

using namespace spider;

constexpr std::array<const char*, 22> kPaths = {
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
    "/api/v1/http-communications?q=",
    "/api/v1/complete?q=",
    "/api/v1/facets?fields=host,target,status&q=",
    "/api/v1/search?limit=3&q=",
};

struct World : test::SmallStore {
  World() {
    context = std::make_unique<api::Context>(
        api::ApiConfig{}, api::ApiParts{*store, control, api::codes::kRows, "0"});
  }
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
  // A browser's address outside the API gets a sheet to read, a program's question a document.
  const bool of_api = request.path == "/api" || request.path.starts_with("/api/");
  SPIDER_CHECK(of_api == (answer.policy != api::Policy::page), "the page answers its own paths");
  if (answer.status >= 400)
    SPIDER_CHECK(answer.type == (of_api ? "application/problem+json" : "text/html; charset=utf-8"),
                 "a refusal of the API is a problem document");
  std::string piece;
  for (std::size_t i = 0; answer.pieces && i < 50; ++i) {
    const auto more = answer.pieces(piece);
    if (!more || !*more) break;
  }
  return 0;
}
