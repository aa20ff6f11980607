#include "api/parameters.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "spider/api/codes.h"

namespace spider::api {
namespace {

[[nodiscard]] int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string percent_decoded(std::string_view text, bool plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += plus && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

base::Result<Parameters> Parameters::parse(std::string_view query) {
  Parameters out;
  std::size_t count = 0;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    if (++count > kParametersMax)
      return base::fail(codes::bad_parameter,
                        fmt::format("More than {} parameters.", kParametersMax));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string name = percent_decoded(pair.substr(0, equals), true);
    const std::string value =
        equals < pair.size() ? percent_decoded(pair.substr(equals + 1), true) : std::string{};
    const auto [at, added] = out.values_.emplace(name, value);
    if (!added) at->second += "," + value;
  }
  return out;
}

base::Result<void> Parameters::only(std::initializer_list<std::string_view> names) const {
  return only({}, names);
}

base::Result<void> Parameters::only(std::span<const std::string_view> names,
                                    std::initializer_list<std::string_view> more) const {
  std::vector<std::string_view> known(names.begin(), names.end());
  known.insert(known.end(), more.begin(), more.end());
  for (const auto& [name, value] : values_) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return base::fail(codes::bad_parameter,
                      known.empty() ? fmt::format("There is no parameter '{}' here.", name)
                                    : fmt::format("There is no parameter '{}' here; known are {}.",
                                                  name, fmt::join(known, ", ")));
  }
  return {};
}

bool Parameters::has(std::string_view name) const { return values_.find(name) != values_.end(); }

std::string Parameters::text(std::string_view name) const {
  const auto at = values_.find(name);
  return at == values_.end() ? std::string{} : at->second;
}

std::vector<std::string> Parameters::list(std::string_view name) const {
  std::vector<std::string> out;
  const std::string all = text(name);
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t comma = std::min(all.find(',', at), all.size());
    if (comma > at) out.push_back(all.substr(at, comma - at));
    at = comma + 1;
  }
  return out;
}

base::Result<std::uint64_t> Parameters::number(std::string_view name, std::uint64_t otherwise,
                                               std::uint64_t min, std::uint64_t max) const {
  const std::string word = text(name);
  if (word.empty()) return otherwise;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || value < min || value > max)
    return base::fail(codes::bad_parameter,
                      fmt::format("{}: '{}' is no number from {} to {}.", name, word, min, max));
  return value;
}

base::Result<bool> Parameters::flag(std::string_view name) const {
  const auto at = values_.find(name);
  if (at == values_.end() || at->second == "false" || at->second == "0") return false;
  if (at->second.empty() || at->second == "true" || at->second == "1") return true;
  return base::fail(codes::bad_parameter,
                    fmt::format("{}: '{}' is neither true nor false.", name, at->second));
}

base::Result<std::optional<base::Time>> Parameters::time(std::string_view name) const {
  const std::string word = text(name);
  if (word.empty()) return std::optional<base::Time>{};
  const auto time = base::parse_time(word);
  if (!time)
    return base::fail(codes::bad_parameter,
                      fmt::format("{}: '{}' is no time: write an ISO 8601 date such as "
                                  "2026-11-21T03:00:00Z or microseconds since 1970.{}",
                                  name, word,
                                  word.find(' ') != std::string::npos
                                      ? " A + of an address is a blank: write %2B."
                                      : ""));
  return std::optional{*time};
}

base::Result<std::size_t> Parameters::choice(std::string_view name,
                                             std::span<const std::string_view> words) const {
  const std::string word = text(name);
  if (word.empty()) return std::size_t{0};
  const auto at = std::find(words.begin(), words.end(), word);
  if (at != words.end()) return static_cast<std::size_t>(at - words.begin());
  return base::fail(codes::bad_parameter,
                    fmt::format("{}: '{}' is none of {}.", name, word, fmt::join(words, ", ")));
}

Parameters Parameters::without(std::string_view name) const {
  Parameters out = *this;
  const auto at = out.values_.find(name);
  if (at != out.values_.end()) out.values_.erase(at);
  return out;
}

std::string Parameters::with(
    std::initializer_list<std::pair<std::string_view, std::string_view>> changes) const {
  auto values = values_;
  for (const auto& [name, value] : changes) {
    if (value.empty()) {
      values.erase(std::string(name));
    } else {
      values.insert_or_assign(std::string(name), std::string(value));
    }
  }
  std::string out;
  for (const auto& [name, value] : values)
    out += (out.empty() ? "?" : "&") + percent_encoded(name) + "=" + percent_encoded(value);
  return out;
}

}  // namespace spider::api
