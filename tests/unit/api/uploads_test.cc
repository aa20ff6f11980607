// Uploads over the API, beside what tests/system/test_uploads.py sees of a whole process.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "spider/base/codes.h"
#include "spider/store/codes.h"

#include "unit/api/running_server.h"

namespace spider::api {
namespace {

using test::HttpAnswer;
using test::HttpClient;
using test::RunningServer;

[[nodiscard]] bool has(const HttpAnswer& answer, std::string_view text) {
  return answer.body.find(text) != std::string::npos;
}

// Ended so long ago by the system's clock, and so long by the clock of ages.
model::SourceId ended_upload(RunningServer& running, std::int64_t ended_us, std::int64_t kept_us) {
  store::UploadInfo info;
  info.state = store::UploadState::complete;
  info.file = "x.pcap";
  info.ended = base::Time::from_us(ended_us);
  if (kept_us != 0) info.kept_from = base::Time::from_us(kept_us);
  return running.stored.store().make_upload("up", "UPLOAD", info).value();
}

}  // namespace

TEST_CASE("how long an upload is kept is told by the clock as it is, with what is in doubt",
          "[api][uploads]") {
  constexpr std::int64_t kNow = 1'800'000'000'000'000;
  constexpr std::int64_t kDay = 86'400'000'000;
  RunningServer running;
  HttpClient client(running.port());
  ended_upload(running, kNow, kNow);                      // as it should be
  ended_upload(running, kNow - 400 * kDay, kNow - kDay);  // by a clock that was behind
  ended_upload(running, kNow, 0);                         // its age is not counted yet
  const std::string list = "/api/v1/uploads?time=us&whisperer=up";
  const HttpAnswer all = client.ask("GET", list, "", "");
  CHECK(has(all, R"("keep_days":0,"kept_longer":null)"));
  CHECK_FALSE(has(all, R"("kept_until_us":1)"));
  running.control.set_upload_aging({30, {5'000}, "The clock leapt."});
  const HttpAnswer aged = client.ask("GET", list, "", "");
  CHECK(has(aged, R"("keep_days":30,"kept_longer":"The clock leapt.")"));
  CHECK(has(aged, R"("kept_until_us":)" + std::to_string(kNow + 30 * kDay)));
  CHECK(has(aged, R"("kept_until_us":)" + std::to_string(kNow + 29 * kDay + 5)));
  CHECK(has(aged, R"("kept_until_us":null)"));
}

TEST_CASE("all uploads of a whisperer are removed in one go", "[api][uploads]") {
  RunningServer running;
  HttpClient client(running.port());
  std::vector<model::SourceId> wanted;
  for (int i = 0; i < 3; ++i) wanted.push_back(ended_upload(running, 1, 1));
  const HttpAnswer gone = client.ask("DELETE", "/api/v1/uploads?whisperer=up", "", "");
  CHECK(gone.status == 200);
  CHECK(has(gone, R"("uploads":3)"));
  CHECK(running.control.purged() == wanted);
  CHECK(running.control.purges() == 1);
  CHECK(client.ask("DELETE", "/api/v1/uploads?whisperer=nobody", "", "").status == 404);
}

TEST_CASE("what keeps a removal from being made is told by its status", "[api][uploads]") {
  RunningServer running;
  HttpClient client(running.port());
  const auto upload = ended_upload(running, 1, 1);
  const auto one = fmt::format("/api/v1/uploads/{}", static_cast<std::uint32_t>(upload));
  const std::string name = running.stored.store().sources().front().name;
  const std::string data = "/api/v1/whisperers/" + name + "/data";
  // The code is the pipeline's, which this floor does not know.
  const base::Code unknown = base::codes::config_invalid;
  const auto statuses = [&](model::Refusal why, base::Code code) {
    running.control.refuse_purges({why, {code, "Because."}, {}});
    std::vector<unsigned> out;
    for (const std::string& path : {one, std::string("/api/v1/uploads?whisperer=up"), data})
      out.push_back(static_cast<unsigned>(client.ask("DELETE", path, "", "").status));
    return out;
  };
  CHECK(statuses(model::Refusal::stopping, unknown) == std::vector<unsigned>{503, 503, 503});
  CHECK(statuses(model::Refusal::conflict, unknown) == std::vector<unsigned>{409, 409, 409});
  CHECK(statuses(model::Refusal::failed, store::codes::disk_full) ==
        std::vector<unsigned>{507, 507, 507});
  CHECK(statuses(model::Refusal::failed, unknown) == std::vector<unsigned>{500, 500, 500});
}

}  // namespace spider::api
