// MeaningReader: one walk over each head, then each finding on its own.

#include <string>

#include <fmt/format.h>

#include "spider/parse/meaning.h"

#include "parse/meaning/correlation.h"
#include "parse/meaning/credentials.h"
#include "parse/meaning/head_lines.h"
#include "parse/meaning/head_marks.h"
#include "parse/meaning/lists.h"
#include "parse/meaning/location.h"
#include "parse/meaning/origin.h"
#include "parse/meaning/wanted.h"

namespace spider::parse {
namespace {

using meaning::Field;
using meaning::HeadLine;

// A header that may stand once. Several with different values tell nothing: which of them a
// recipient takes is its own choice.
struct Single {
  std::string_view value;
  bool seen = false;
  bool several = false;

  void take(std::string_view said) noexcept {
    several = several || (seen && said != value);
    value = said;
    seen = true;
  }
  [[nodiscard]] bool told() const noexcept { return seen && !several && !value.empty(); }
};

[[nodiscard]] bool has_element(std::string_view list) noexcept {
  return list.find_first_not_of(", \t") != std::string_view::npos;
}

}  // namespace

struct MeaningReader::Impl {
  explicit Impl(const ParseConfig& c) : config(c), credentials(config.jwt_claims) {
    request.add("authorization", Field::authorization);
    request.add("forwarded", Field::forwarded);
    request.add("x-forwarded-for", Field::x_forwarded_for);
    request.add("via", Field::via);
    response.add("location", Field::location);
    host.add("host", Field::host);
    for (const std::string& name : config.correlation_headers) {
      const bool trace = model::same_header_name(name, "traceparent");
      request.add(name, trace ? Field::traceparent : Field::correlation);
      if (!trace) response.add(name, Field::correlation);
    }
    for (const std::string& name : config.api_key_headers) request.add(name, Field::api_key);
    either.add_all(request);
    either.add_all(response);
  }

  void take(const meaning::Wanted::Row& row, std::string_view value) {
    switch (row.field) {
      case Field::authorization:
        return authorization.take(value);
      case Field::location:
        return location.take(value);
      case Field::traceparent:
        return traceparent.take(value);
      case Field::host:
        return host_value.take(value);
      case Field::forwarded:
        if (forwarded.empty() && has_element(value)) forwarded = value;
        return;
      case Field::x_forwarded_for:
        if (forwarded_for.empty() && has_element(value)) forwarded_for = value;
        return;
      case Field::via:
        return take_via(value);
      case Field::correlation:
        return correlation.add(row.name, value);
      case Field::api_key:
        if (value.empty()) return;
        if (api_key_name.empty()) api_key_name = row.name;
        // A second header beside the first leaves open which key counts.
        if (api_key_name == row.name) api_key.take(value);
        return;
    }
  }

  // RFC 9110 5.3: the lines of a list are one list, in their order.
  void take_via(std::string_view value) {
    if (!has_element(value)) return;
    via_long =
        via_long || via.size() + value.size() + 2 > kViaBytesMax || !meaning::is_plain(value);
    if (via_long) return;
    if (!via.empty()) via += ", ";
    via += value;
  }

  void walk(std::string_view head, const meaning::Wanted& wanted,
            const meaning::HeadMarks* marks = nullptr) {
    const auto visit = [&](const HeadLine& line) {
      if (const auto* row = wanted.find(line.name)) take(*row, plain_value(line));
    };
    if (marks != nullptr && marks->tell_of(head))
      return meaning::each_marked(head, marks->lines(), visit);
    meaning::each_line(
        head, [&](char first, char second) { return wanted.may_be(first, second); }, visit);
  }

  // A folded value as one line; what it needs fits, since both heads fit.
  [[nodiscard]] std::string_view plain_value(const HeadLine& line) {
    if (!line.folded) return line.value;
    if (unfolded.empty()) unfolded.reserve(head_bytes);
    const std::size_t begin = unfolded.size();
    for (std::string_view rest = line.value; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view part = model::trim_blanks(rest.substr(0, end));
      if (unfolded.size() > begin && !part.empty()) unfolded += ' ';
      unfolded += part;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return std::string_view(unfolded).substr(begin);
  }

  void clear() {
    authorization = location = traceparent = host_value = api_key = {};
    forwarded = forwarded_for = api_key_name = {};
    via_long = false;
    correlation.clear();
    claims.clear();
    for (std::string* text : {&origin, &via, &identity, &absolute, &unfolded}) text->clear();
    out = {};
  }

  void tell_origin() {
    if (!forwarded.empty() && meaning::forwarded_origin(forwarded, origin)) {
      out.origin_header = model::OriginHeader::forwarded;
    } else if (!forwarded_for.empty() && meaning::x_forwarded_for_origin(forwarded_for, origin)) {
      out.origin_header = model::OriginHeader::x_forwarded_for;
    }
  }

  void tell_identity() {
    if (authorization.told())
      out.identity_kind = credentials.authorization(authorization.value, identity, claims);
    // A key says more than a token that says nothing.
    if (api_key_name.empty() || !identity.empty() || out.identity_kind == model::IdentityKind::jwt)
      return;
    out.identity_kind = model::IdentityKind::api_key;
    credentials.api_key(api_key_name, api_key.told() ? api_key.value : std::string_view{},
                        identity);
  }

  void tell_location(std::string_view request_head) {
    if (!location.told() || location.value.size() > kLocationBytesMax ||
        !meaning::is_plain(location.value))
      return;
    const meaning::UriParts reference = meaning::split_uri(location.value);
    meaning::UriParts base;
    if (!reference.has_scheme) {
      walk(request_head, host);
      const model::HttpStartLine line =
          model::split_start_line(model::HttpHead(request_head).start_line());
      const std::string_view name = host_value.told() ? host_value.value : std::string_view{};
      if (line.response || line.third.empty() ||
          !meaning::target_uri(line.first, line.second, name, base))
        return;
    }
    meaning::put_resolved(base, reference, absolute, merged);
    if (absolute.size() > kLocationBytesMax || !meaning::is_plain(absolute)) absolute.clear();
  }

  const ParseConfig config;
  meaning::Wanted request;
  meaning::Wanted response;
  meaning::Wanted host;
  meaning::Wanted either;
  meaning::CredentialReader credentials;
  std::size_t head_bytes = 0;

  // Findings of the walk: views into the heads or into `unfolded`.
  Single authorization, location, traceparent, host_value, api_key;
  std::string_view forwarded, forwarded_for, api_key_name;
  bool via_long = false;
  // What is told.
  meaning::EntryList correlation, claims;
  std::string origin, via, identity, absolute, unfolded, merged;
  model::Meaning out;
};

MeaningReader::MeaningReader(const ParseConfig& config) : impl_(std::make_unique<Impl>(config)) {}
MeaningReader::~MeaningReader() = default;

const meaning::Wanted& MeaningReader::wanted() const noexcept { return impl_->either; }

const model::Meaning& MeaningReader::read(std::string_view request_head,
                                          std::string_view response_head) {
  const meaning::HeadMarks none;
  return read(request_head, none, response_head, none);
}

const model::Meaning& MeaningReader::read(std::string_view request_head,
                                          const meaning::HeadMarks& request_marks,
                                          std::string_view response_head,
                                          const meaning::HeadMarks& response_marks) {
  Impl& i = *impl_;
  i.clear();
  // The request may be walked twice.
  i.head_bytes = 2 * request_head.size() + response_head.size();
  i.walk(request_head, i.request, &request_marks);
  if (i.traceparent.told())
    i.correlation.add("traceparent", meaning::trace_id(i.traceparent.value));
  i.walk(response_head, i.response, &response_marks);
  i.tell_origin();
  i.tell_identity();
  if (i.location.seen) i.tell_location(request_head);
  i.out.origin = i.origin;
  i.out.via = i.via_long ? std::string_view{} : std::string_view(i.via);
  i.out.identity = i.identity;
  i.out.claims = i.claims.text();
  i.out.correlation = i.correlation.text();
  i.out.location = i.absolute;
  return i.out;
}

std::optional<BadSetting> check_meaning(const ParseConfig& config) {
  const auto check = [](std::string_view key, const std::vector<std::string>& names,
                        bool header) -> std::optional<BadSetting> {
    if (names.size() > kMeaningNamesMax)
      return BadSetting{
          key, fmt::format("{} names; at most {} are looked for.", names.size(), kMeaningNamesMax)};
    for (const std::string& name : names) {
      const bool good =
          header ? meaning::is_token(name)
                 : !name.empty() && meaning::is_plain(name) && name.find('=') == std::string::npos;
      if (!good || name.size() > kMeaningNameBytesMax)
        return BadSetting{
            key, fmt::format("\"{}\" is no {}; write 1 to {} characters{}.",
                             name.substr(0, kMeaningNameBytesMax),
                             header ? "header's name" : "claim's name", kMeaningNameBytesMax,
                             header ? ", letters, digits and -" : " without =")};
    }
    return std::nullopt;
  };
  if (auto bad = check("correlation_headers", config.correlation_headers, true)) return bad;
  if (auto bad = check("api_key_headers", config.api_key_headers, true)) return bad;
  return check("jwt_claims", config.jwt_claims, false);
}

}  // namespace spider::parse
