#include "pipeline/watched_files.h"

#include <chrono>
#include <fstream>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "import_capture.h"

namespace spider::test {
namespace {

using std::chrono::milliseconds;

class Watched {
 public:
  explicit Watched(milliseconds rest) : rest_(rest) {
    std::filesystem::create_directory(in());
    start();
  }
  // As a process that begins anew on the same store does.
  void start() {
    files_.reset();
    store_.reset();
    auto opened = store::Store::open(store_at(folder_.path() / "store"));
    REQUIRE(opened);
    store_ = std::move(*opened);
    files_.emplace(in().string(), rest_, model::SourceId{1}, *store_);
  }
  void write(const std::string& name, const std::string& bytes, bool more = false) {
    std::ofstream out(in() / name, more ? std::ios::binary | std::ios::app : std::ios::binary);
    out << bytes;
  }
  // The names that are given for a while, each done at once.
  std::string given(milliseconds during) {
    std::string out;
    const auto end = std::chrono::steady_clock::now() + during;
    while (std::chrono::steady_clock::now() < end) {
      const auto next = files_->next();
      REQUIRE(next);
      if (*next) {
        out += std::filesystem::path(**next).filename().string() + ' ';
        files_->done(**next);
      }
      std::this_thread::sleep_for(milliseconds(1));
    }
    return out;
  }

 private:
  [[nodiscard]] std::filesystem::path in() const { return folder_.path() / "in"; }

  const milliseconds rest_;
  TempFolder folder_;
  std::unique_ptr<store::Store> store_;
  std::optional<pipeline::WatchedFiles> files_;
};

const std::string kFirst = std::string(100'000, 'a') + "b";

TEST_CASE("a file of a folder is given once it rests", "[pipeline]") {
  Watched folder(milliseconds(200));
  std::string given;
  // Written to for longer than it would have to rest.
  for (int i = 0; i < 40; ++i) {
    folder.write("slow", kFirst, true);
    given += folder.given(milliseconds(10));
  }
  CHECK(given.empty());
  CHECK(folder.given(milliseconds(600)) == "slow ");
}

TEST_CASE("a file that grew is not given again, another one under its name is", "[pipeline]") {
  Watched folder(milliseconds(20));
  folder.write("a", kFirst);
  folder.write("b", "short");
  CHECK(folder.given(milliseconds(200)) == "a b ");
  folder.write("a", "more of it", true);
  folder.write("b", " and longer", true);
  CHECK(folder.given(milliseconds(200)).empty());
  folder.start();
  CHECK(folder.given(milliseconds(200)).empty());
  folder.write("a", 'x' + kFirst + kFirst);  // another beginning
  folder.write("b", "short, too");           // shorter than it grew, but grown
  CHECK(folder.given(milliseconds(200)) == "a ");
  folder.write("a", 'x' + kFirst + std::string(9, '-') + kFirst + kFirst);  // differs later on
  folder.write("b", "shore");                                               // as long, another
  CHECK(folder.given(milliseconds(200)) == "a b ");
  folder.write("b", "");
  CHECK(folder.given(milliseconds(200)) == "b ");  // to be told that it is no capture
}

}  // namespace
}  // namespace spider::test
