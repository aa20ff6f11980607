// The filter language: normal forms and problems (the cases that the page shares), limits, tokens.
#include "spider/query/language.h"

#include <catch2/catch.hpp>
#include <simdjson.h>

#include "spider/query/codes.h"
#include "spider/store/codes.h"

namespace spider::query {
namespace {

[[nodiscard]] const FilterVocabulary& words() {
  static const FilterVocabulary kWords = [] {
    FilterVocabulary out;
    store::SourceInfo live;
    live.id = model::SourceId{1};
    live.name = "live";
    store::SourceInfo lab;
    lab.id = model::SourceId{2};
    lab.name = "lab";
    const auto upload = [](std::uint32_t id, const char* file) {
      store::SourceInfo one;
      one.id = model::SourceId{id};
      one.name = "drop";
      one.type = "UPLOAD";
      if (file != nullptr) one.upload.emplace().file = file;
      return one;
    };
    out.sources = {live, lab, upload(3, nullptr), upload(4, "mon.pcap"), upload(5, "tue.pcapng")};
    out.codes = store::codes::kRows;
    return out;
  }();
  return kWords;
}

// UTF-16 code units before a byte, as the API counts.
[[nodiscard]] std::size_t units(std::string_view text, std::size_t bytes) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < bytes && i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c & 0xC0U) != 0x80) out += c >= 0xF0 ? 2 : 1;
  }
  return out;
}

// Every character but blanks is in exactly one token.
void check_tokens(std::string_view text, const ParsedFilter& parsed) {
  std::size_t at = 0;
  for (const FilterToken& token : parsed.tokens) {
    REQUIRE(token.offset >= at);
    REQUIRE(token.length > 0);
    for (; at < token.offset; ++at) REQUIRE((text[at] == ' ' || text[at] == '\t'));
    at = token.offset + token.length;
  }
  for (; at < text.size(); ++at) REQUIRE((text[at] == ' ' || text[at] == '\t'));
}

[[nodiscard]] std::string text_of(simdjson::dom::element one, const char* key) {
  return std::string(one[key].get_string().value());
}
[[nodiscard]] std::size_t number_of(simdjson::dom::element one, const char* key) {
  return one[key].get_uint64().value();
}

class Cases {
 public:
  Cases() : text_(simdjson::padded_string::load(SPIDER_SOURCE_DIR "/tests/filter_cases.json")) {}
  [[nodiscard]] simdjson::dom::array list(std::string_view name) {
    return parser_.parse(text_)[name].get_array();
  }

 private:
  simdjson::dom::parser parser_;
  simdjson::padded_string text_;
};

TEST_CASE("every shared case has the normal form it says, which is its own normal form",
          "[language]") {
  Cases cases;
  std::size_t count = 0;
  for (const simdjson::dom::element one : cases.list("normal")) {
    const std::string q = text_of(one, "q");
    INFO(q);
    const ParsedFilter parsed = parse_filter(q, words());
    INFO((parsed.problem ? problem_text(*parsed.problem, q) : std::string("no problem")));
    REQUIRE_FALSE(parsed.problem);
    CHECK(parsed.normal == text_of(one, "normal"));
    check_tokens(q, parsed);
    const ParsedFilter again = parse_filter(parsed.normal, words());
    REQUIRE_FALSE(again.problem);
    CHECK(again.normal == parsed.normal);
    ++count;
  }
  CHECK(count > 40);
}

TEST_CASE("values that are compared with the whole of a text are told", "[language]") {
  const std::string q =
      "host:api path:/a,status:404 -method:GET param.page:x\\*y uri:a host:=b host:\"c\" host:d*"
      " path:(/e OR NOT /f) has:host";
  std::vector<std::string> told;
  for (const FilterWholeText& one : parse_filter("é " + q, words()).whole_texts) {
    told.push_back(one.field + ":" + one.part);
    CHECK("*" + ("é " + q).substr(one.offset, one.length) + "*" == one.part);
  }
  CHECK(told == std::vector<std::string>{"host:*api*", "path:*/a,status:404*", "param.page:*x\\*y*",
                                         "path:*/e*"});
  CHECK(parse_filter("host:api status:x", words()).whole_texts.empty());  // a problem
}

TEST_CASE("every shared problem is found at its place", "[language]") {
  Cases cases;
  std::size_t count = 0;
  for (const simdjson::dom::element one : cases.list("problems")) {
    const std::string q = text_of(one, "q");
    INFO(q);
    const ParsedFilter parsed = parse_filter(q, words());
    REQUIRE(parsed.problem);
    INFO(problem_text(*parsed.problem, q));
    const FilterProblem& problem = *parsed.problem;
    CHECK(units(q, problem.offset) == number_of(one, "offset"));
    CHECK(units(q, problem.offset + problem.length) - units(q, problem.offset) ==
          number_of(one, "length"));
    std::string_view suggestion;
    if (one["suggestion"].get(suggestion) == simdjson::SUCCESS)
      CHECK(problem.suggestion == suggestion);
    CHECK(parsed.normal.empty());
    CHECK(parsed.tree.empty());
    check_tokens(q, parsed);
    ++count;
  }
  CHECK(count > 30);
}

TEST_CASE("a text beyond a limit is refused, and the longest one within is not", "[language]") {
  const auto problem = [](const std::string& q) { return parse_filter(q, words()).problem; };
  CHECK_FALSE(problem(std::string(kFilterBytesMax, 'a')));
  CHECK(problem(std::string(kFilterBytesMax + 1, 'a')));
  CHECK_FALSE(problem(std::string(60, '(') + "a" + std::string(60, ')')));
  CHECK(problem(std::string(2'000, '(') + "a" + std::string(2'000, ')')));
  CHECK(problem(std::string(4'000, '-') + "a"));
  std::string many;
  for (int i = 0; i < 256; ++i) many += "a ";
  CHECK_FALSE(problem(many));
  CHECK(problem(many + "a"));
}

TEST_CASE("a problem on a terminal has its caret under its place", "[language]") {
  const std::string q = "caf\xC3\xA9 xyz:1";
  const ParsedFilter parsed = parse_filter(q, words());
  REQUIRE(parsed.problem);
  CHECK(problem_caret(*parsed.problem, q) == "  caf\xC3\xA9 xyz:1\n       ^^^");
}

TEST_CASE("a value in quoted_value() means exactly itself", "[language]") {
  for (const std::string& text :
       {std::string("plain"), std::string("*"), std::string("a b"), std::string("\"\\"),
        std::string("x\0y\xFF\n", 5), std::string("-5"), std::string("a,b"), std::string("or"),
        std::string("1..2"), std::string(">=5"), std::string("(a)"), std::string("caf\xC3\xA9")}) {
    const std::string q = "host:" + quoted_value(text);
    INFO(q);
    const ParsedFilter parsed = parse_filter(q, words());
    REQUIRE_FALSE(parsed.problem);
    REQUIRE(parsed.tree.size() == 1);
    const Question& question = parsed.tree.node(0).question;
    REQUIRE(question.patterns.size() == 1);
    CHECK(question.patterns.front() == TextPattern(literal(text), false));
  }
}

TEST_CASE("uploads are asked for by their ids and by their files' names", "[language]") {
  const auto sources = [](const std::string& q) {
    const ParsedFilter parsed = parse_filter(q, words());
    INFO(q);
    REQUIRE_FALSE(parsed.problem);
    REQUIRE(parsed.tree.size() == 1);
    CHECK_FALSE(parsed.tree.node(0).question.present);  // would be all sources, live ones too
    std::vector<std::uint32_t> out;
    for (const model::SourceId id : parsed.tree.node(0).question.sources)
      out.push_back(static_cast<std::uint32_t>(id));
    return out;
  };
  using Ids = std::vector<std::uint32_t>;
  CHECK(sources("upload:4") == Ids{4});
  CHECK(sources("upload:5,4") == Ids{5, 4});
  CHECK(sources("upload:3") == Ids{3});  // before uploads were kept apart
  CHECK(sources("upload:mon.pcap") == Ids{4});
  CHECK(sources("upload:*.pcap*") == Ids{4, 5});
  CHECK(sources("upload:*") == Ids{4, 5});
  const auto problem = [](const std::string& q) { return parse_filter(q, words()).problem; };
  REQUIRE(problem("upload:2"));  // there, and no upload
  CHECK(problem("upload:2")->message == "There is no upload 2.");
  REQUIRE(problem("upload:mun.pcap"));
  CHECK(problem("upload:mun.pcap")->suggestion == "mon.pcap");
  REQUIRE(problem("upload:>3"));
  REQUIRE(problem("upload:03"));
}

TEST_CASE("simple parts of a text go to the filter's own lists", "[language]") {
  Filter filter;
  REQUIRE(narrow(filter, "status:5xx duration:1ms..1s whisperer:lab", words()));
  CHECK(filter.tree.empty());
  REQUIRE(filter.status.size() == 1);
  CHECK(filter.status.front().first == 500);
  CHECK(filter.status.front().last == 599);
  CHECK(filter.duration_min->ns == 1'000'000);
  CHECK(filter.duration_max->ns == 1'000'000'000);
  CHECK(filter.sources == std::vector<model::SourceId>{model::SourceId{2}});
  Filter other;
  other.sources = {model::SourceId{1}};
  REQUIRE(narrow(other, "whisperer:lab", words()));
  CHECK_FALSE(other.tree.empty());  // an empty list of sources would mean all of them
  Filter one;
  REQUIRE(narrow(one, "whisperer:drop upload:4", words()));
  CHECK(one.tree.empty());
  CHECK(one.sources == std::vector<model::SourceId>{model::SourceId{4}});
  const auto refused = narrow(other, "statsu:5", words());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == codes::bad_filter);
  CHECK(refused.error().detail.find("Did you mean status?") != std::string::npos);
}

}  // namespace
}  // namespace spider::query
