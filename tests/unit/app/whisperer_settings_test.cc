// Settings that a whisperer's type never reads: refused when they are asked for, left out with a
// word when an earlier version stored them.
#include "app/whisperer_settings.h"

#include <memory>

#include <catch2/catch.hpp>

#include "support/no_room.h"
#include "support/temp_folder.h"

namespace spider::app {
namespace {

struct Kept {
  test::TempFolder folder;
  std::unique_ptr<store::Store> store;

  explicit Kept(const std::string& by_hand) {
    store::StoreConfig config;
    config.path = (folder.path() / "store").string();
    config.cache_mib = 8;
    store = store::Store::open(config).value();
    REQUIRE(store->set_setting("whisperers/by_hand", by_hand));
  }
};

const model::OptionValue* value(const std::vector<model::WhispererSetting>& all,
                                const std::string& name) {
  for (const model::WhispererSetting& s : all)
    if (s.name == name) return &s.value;
  return nullptr;
}

}  // namespace

TEST_CASE("what an earlier version stored for a type that never reads it is left out, and told",
          "[app]") {
  Kept kept(
      "[old]\nheld = false\n[old.values]\ntype = \"UPLOAD\"\nsnaplen = 128\nmax_size = \"1GiB\"\n"
      "filter = \"tcp port 80\"\nbody_max_bytes = 7\n");
  const WhispererSettings settings = WhispererSettings::open(*kept.store, {}).value();
  std::vector<std::string> left_out;
  const auto all = settings.in_force(&left_out);
  REQUIRE(all.size() == 1);
  CHECK(all[0].type == "UPLOAD");
  CHECK(all[0].snaplen == model::WhispererConfig{}.snaplen);
  CHECK(all[0].max_size.empty());
  // What it does read stays: it would take in more without its filter.
  CHECK(all[0].filter == "tcp port 80");
  CHECK(all[0].body_max_bytes == 7);
  REQUIRE(left_out.size() == 2);
  CHECK(left_out[0] ==
        "Whisperer \"old\", snaplen: it does nothing for a whisperer of type UPLOAD, only for "
        "INTERFACE; leave it out.");
  CHECK(left_out[1].find("max_size: it does nothing") != std::string::npos);
  CHECK(*value(settings.settings("old"), "body_max_bytes") == model::OptionValue{std::uint64_t{7}});
}

TEST_CASE(
    "other settings beside a stored one that does nothing can be changed, and it be taken back",
    "[app]") {
  Kept kept("[old]\nheld = false\n[old.values]\ntype = \"UPLOAD\"\nsnaplen = 128\n");
  WhispererSettings settings = WhispererSettings::open(*kept.store, {}).value();
  CHECK(settings.try_changes("old", {{"body_max_bytes", std::int64_t{5}}}).problems.empty());
  const auto refused = settings.try_changes("old", {{"snaplen", std::int64_t{99}}}).problems;
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].setting == "snaplen");
  CHECK(refused[0].reason.find("type UPLOAD, only for INTERFACE") != std::string::npos);
  REQUIRE(settings.keep("old", {{"snaplen", std::nullopt}}));
  std::vector<std::string> left_out;
  CHECK(settings.in_force(&left_out).size() == 1);
  CHECK(left_out.empty());
}

TEST_CASE("who makes a whisperer is told of what does nothing for its type", "[app]") {
  Kept kept("");
  const WhispererSettings settings = WhispererSettings::open(*kept.store, {}).value();
  const auto made = [&](const std::string& type) {
    return settings.try_changes("new", {{"name", std::string("new")},
                                        {"type", type},
                                        {"path", std::string("/tmp")},
                                        {"direction", std::string("in")}});
  };
  const auto names = [&](const std::string& type) {
    std::string out;
    for (const auto& p : made(type).problems) out += p.setting + " ";
    return out;
  };
  CHECK(names("UPLOAD") == "path direction ");
  CHECK(names("FILE") == "direction ");
  CHECK(names("INTERFACE") == "path ");
}

TEST_CASE("what the store refuses to keep is not in force, and refused again when asked again",
          "[app]") {
  Kept kept("[old]\nheld = false\n[old.values]\ntype = \"UPLOAD\"\n");
  WhispererSettings settings = WhispererSettings::open(*kept.store, {}).value();
  auto no_room = std::make_unique<test::NoRoom>();
  const auto held = settings.hold("old", true);
  const bool stays = settings.held("old");
  const auto forgotten = settings.forget("old");
  const bool known = settings.knows("old");
  const auto made = settings.keep("new", {{"type", std::string("UPLOAD")}});
  const bool there = settings.knows("new");
  no_room.reset();
  CHECK_FALSE(held);
  CHECK_FALSE(stays);
  CHECK_FALSE(forgotten);
  CHECK(known);
  CHECK_FALSE(made);
  CHECK_FALSE(there);
}

}  // namespace spider::app
