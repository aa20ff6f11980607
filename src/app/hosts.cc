#include "app/hosts.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

#include "spider/app/codes.h"
#include "spider/base/log.h"

namespace spider::app {
namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr std::size_t kToldMax = 5;  // bad lines

[[nodiscard]] std::string_view take_word(std::string_view& line) noexcept {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

// As the log and a terminal can show it.
[[nodiscard]] std::string shown(std::string_view word) {
  std::string out(word.substr(0, 64));
  for (char& c : out)
    if (c < ' ' || c > '~') c = '?';
  return out;
}

[[nodiscard]] std::string host_name(std::string_view word) {
  std::string out(word);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (out.size() > 1 && out.back() == '.') out.pop_back();
  return out;
}

}  // namespace

std::vector<store::GivenHost> hosts_of_line(std::string_view line, std::string& problem) {
  std::vector<store::GivenHost> out;
  const std::string_view first = take_word(line);
  const auto address = model::parse_ip(first);
  if (!address) {
    problem = fmt::format("\"{}\" is no address; write an address, then its names.", shown(first));
    return {};
  }
  for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
    std::string name = host_name(word);
    if (!store::may_be_host_name(name)) {
      problem = fmt::format(
          "\"{}\" cannot be the name of a host (letters, digits, - and _, with "
          "dots between).",
          shown(word));
      return {};
    }
    out.push_back({*address, std::move(name)});
  }
  if (out.empty()) problem = fmt::format("{} has no name behind it.", shown(first));
  return out;
}

std::optional<std::string> check_hosts(const store::HostsConfig& config) {
  std::size_t names = 0;
  for (const std::string& line : config.names) {
    std::string problem;
    names += hosts_of_line(line, problem).size();
    if (!problem.empty()) return problem;
  }
  if (names > store::HostBook::kGivenMax)
    return fmt::format("{} names; at most {}.", names, store::HostBook::kGivenMax);
  return std::nullopt;
}

std::vector<store::GivenHost> read_hosts_file(
    std::string_view text, const std::function<void(std::size_t, const std::string&)>& bad) {
  std::vector<store::GivenHost> out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find('#'));
    if (line.find_first_not_of(kBlanks) == std::string_view::npos) continue;
    std::string problem;
    auto hosts = hosts_of_line(line, problem);
    if (!problem.empty()) bad(number, problem);
    if (out.size() + hosts.size() > store::HostBook::kGivenMax) {
      bad(number, fmt::format("more than {} names; this line and what follows is left out.",
                              store::HostBook::kGivenMax));
      break;
    }
    out.insert(out.end(), std::make_move_iterator(hosts.begin()),
               std::make_move_iterator(hosts.end()));
  }
  return out;
}

void give_hosts(const store::HostsConfig& config, store::HostBook& book, const std::string& file) {
  std::vector<store::GivenHost> given;
  for (const std::string& line : config.names) {
    std::string checked;  // when the configuration was read
    for (store::GivenHost& host : hosts_of_line(line, checked)) given.push_back(std::move(host));
  }
  book.give(store::HostSource::configuration, given);
  if (!config.etc_hosts) return;
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    if (errno != ENOENT)
      base::log(codes::hosts_unread, "{} cannot be read: {}.", file, std::strerror(errno));
    return;
  }
  std::string text(kHostsFileBytesMax, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() == kHostsFileBytesMax) {
    base::log(codes::hosts_unread, "{} is longer than {} bytes; what follows is left out.", file,
              kHostsFileBytesMax);
    text.resize(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n'));
  }
  std::size_t told = 0;
  const auto hosts = read_hosts_file(text, [&](std::size_t line, const std::string& why) {
    if (++told <= kToldMax) base::log(codes::hosts_unread, "{}:{}: {}", file, line, why);
  });
  if (told > kToldMax)
    base::log(codes::hosts_unread, "{}: {} more lines cannot be read.", file, told - kToldMax);
  book.give(store::HostSource::etc_hosts, hosts);
}

}  // namespace spider::app
