#include "app/explanation.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "app/commands.h"
#include "app/remote.h"

namespace spider::app {
namespace {

[[nodiscard]] std::string_view text_of(const simdjson::dom::element& parent, std::string_view key) {
  std::string_view out;
  return parent[key].get(out) == simdjson::SUCCESS ? out : std::string_view{};
}

// "name: help" of each code of a verdict, "href" of each record.
void add_details(const simdjson::dom::element& finding, std::string& out) {
  simdjson::dom::array codes;
  if (finding["codes"].get(codes) == simdjson::SUCCESS)
    for (const simdjson::dom::element code : codes)
      out += fmt::format("             {}: {}\n", text_of(code, "name"), text_of(code, "help"));
  for (const char* kind : {"communications", "sessions"}) {
    simdjson::dom::array records;
    if (finding[kind].get(records) != simdjson::SUCCESS) continue;
    for (const simdjson::dom::element record : records) {
      std::string_view href;
      if (record.at_pointer("/_links/self/href").get(href) == simdjson::SUCCESS)
        out += fmt::format("             {}\n", href);
    }
  }
}

}  // namespace

std::string explanation_text(std::string_view answer) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  simdjson::dom::array items;
  if (parser.parse(simdjson::padded_string(answer)).get(document) != simdjson::SUCCESS ||
      document["items"].get(items) != simdjson::SUCCESS)
    return fmt::format("{}\n", answer);
  std::string out;
  for (const simdjson::dom::element item : items) {
    out += fmt::format("{} ({})\n", text_of(item, "whisperer"), text_of(item, "type"));
    simdjson::dom::array verdicts;
    if (item["verdicts"].get(verdicts) != simdjson::SUCCESS) continue;
    for (const simdjson::dom::element finding : verdicts) {
      bool certain = false;
      if (finding["certain"].get(certain) != simdjson::SUCCESS) certain = false;
      out += fmt::format("  {:<9}{}: {}\n", certain ? "sure" : "perhaps",
                         text_of(finding, "verdict"), text_of(finding, "text"));
      add_details(finding, out);
    }
  }
  return out.empty() ? "There is no whisperer.\n" : out;
}

int explain(const AppConfig& config, const ExplainArguments& arguments) {
  const auto server = running_server(config.store.path);
  if (server) return explain_through(*server, arguments);
  fmt::print(stderr, "spider: No server runs on the store {}; start it with spider --config.\n",
             config.store.path);
  return kExitFailed;
}

}  // namespace spider::app
