// Names of addresses: which there are, where each is from.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/query/text_pattern.h"
#include "spider/store/host_book.h"

#include "api/router.h"

namespace spider::api {
namespace {

constexpr std::uint64_t kPageDefault = 100;
constexpr std::uint64_t kPageMax = 1'000;
constexpr std::size_t kMatchBytesMax = 256;

[[nodiscard]] base::Result<std::optional<model::IpAddress>> address(const Parameters& p,
                                                                    std::string_view name) {
  const std::string text = p.text(name);
  if (text.empty()) return std::nullopt;
  const auto ip = model::parse_ip(text);
  if (!ip)
    return base::fail(codes::bad_parameter,
                      fmt::format("{}: '{}' is no address.", name, text.substr(0, 64)));
  return *ip;
}

void write_host(query::JsonWriter& json, const store::Host& host, const query::Names& names,
                query::TimeForm form) {
  json.begin_object().field("address", model::to_text(host.address));
  json.field("name", host.names.front().name);
  json.field("source", store::name(host.names.front().source));
  json.key("names").begin_array();
  for (const store::HostName& one : host.names) {
    json.begin_object().field("name", one.name).field("source", store::name(one.source));
    if (one.source == store::HostSource::dns) {
      query::write_time(json, "first", one.first, form);
      query::write_time(json, "last", one.last, form);
      json.field("told_by", model::to_text(one.told_by));
      json.field("whisperer", names.whisperer(one.whisperer));
    }
    json.end_object();
  }
  json.end_array().end_object();
}

}  // namespace

base::Result<Answer> list_hosts(const Context& context, const Request& request) {
  const Parameters& p = request.parameters;
  SPIDER_TRY(p.only({"match", "address", "limit", "cursor", "time"}));
  SPIDER_TRY_LET(form, time_form(p));
  SPIDER_TRY_LET(only, address(p, "address"));
  SPIDER_TRY_LET(after, address(p, "cursor"));
  SPIDER_TRY_LET(limit, p.number("limit", kPageDefault, 1, kPageMax));
  const std::string match = p.text("match");
  if (match.size() > kMatchBytesMax)
    return base::fail(codes::bad_parameter,
                      fmt::format("match: at most {} bytes.", kMatchBytesMax));
  const store::HostBook& book = context.parts.store.hosts();
  std::vector<store::Host> found;
  bool more = false;
  const query::TextPattern part(query::literal(match), true);
  const auto fits = [&](const store::Host& host) {
    return match.empty() || part.matches(model::to_text(host.address)) ||
           std::any_of(host.names.begin(), host.names.end(),
                       [&](const store::HostName& n) { return part.matches(n.name); });
  };
  if (only) {
    store::Host host{*only, book.names(*only)};
    if (!host.names.empty() && fits(host)) found.push_back(std::move(host));
  } else {
    found = book.hosts(after, static_cast<std::size_t>(limit) + 1, fits);
    more = found.size() > limit;
    if (more) found.pop_back();
  }
  const query::Names names = context.names();
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().key("items").begin_array();
  for (const store::Host& host : found) write_host(json, host, names, form);
  json.end_array().field("count", std::uint64_t{found.size()});
  const std::string next = more ? model::to_text(found.back().address) : std::string();
  json.key("next_cursor");
  next.empty() ? json.null() : json.text(next);
  json.key("_links").begin_object();
  write_link(json, "self", request.target);
  if (more) write_link(json, "next", request.path + p.with({{"cursor", next}}));
  json.end_object().end_object();
  return answer;
}

}  // namespace spider::api
