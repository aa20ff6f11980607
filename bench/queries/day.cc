#include "queries/day.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace spider::bench {
namespace {

constexpr std::array<const char*, 8> kNames = {"orders", "customers", "invoices", "devices",
                                               "carts",  "sessions",  "reports",  "payments"};
constexpr std::array<const char*, 8> kWords = {"blue",   "winter", "cable", "lamp",
                                               "garden", "phone",  "desk",  "paper"};
constexpr std::int64_t kMicrosecond = 1'000;
constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kIdleMax = 60'000 * kMillisecond;

// Requests per hour relative to the mean: a night, a morning, an afternoon.
constexpr std::array<double, 24> kHours = {0.45, 0.35, 0.30, 0.30, 0.35, 0.50, 0.70, 0.95,
                                           1.25, 1.45, 1.55, 1.55, 1.40, 1.45, 1.55, 1.50,
                                           1.40, 1.30, 1.20, 1.15, 1.05, 0.95, 0.75, 0.60};

}  // namespace

std::string host_name(std::uint32_t host) {
  if (host >= kHosts) return kRareHost;
  static constexpr std::array<const char*, 5> kKinds = {"api", "www", "shop", "static", "auth"};
  return fmt::format("{}{}.example.com", kKinds[host % kKinds.size()], host / kKinds.size());
}

Day::Day(std::uint64_t seed, std::uint64_t count, base::Time first, std::uint32_t days)
    : random_(seed), first_(first), count_(count), days_(days), clock_(first), idle_(kHosts + 1) {
  double sum = 0;
  for (std::uint32_t i = 0; i < kHosts; ++i)
    host_share_.push_back(sum += 1.0 / std::pow(i + 1.0, 1.05));
  for (double& share : host_share_) share /= sum;
}

std::string Day::hex(std::size_t digits) {
  std::string out = fmt::format("{:016x}", random_());
  out.resize(digits);
  return out;
}

// The nth of `count` requests begins where the hours' shares have let n through, give or take.
void Day::advance() {
  const double mean = static_cast<double>(kLength) * days_ / static_cast<double>(count_);
  const auto hour = static_cast<std::size_t>((clock_ - first_).ns % kLength / (kLength / 24));
  double share = 0;
  for (const double h : kHours) share += h / 24;
  const double rate = kHours[std::min<std::size_t>(hour, 23)] / share;
  const double step = -std::log(1.0 - uniform()) * mean / rate;
  clock_ = clock_ + base::Duration{static_cast<std::int64_t>(step) + 1};
}

Connection Day::connection_of(std::uint32_t host) {
  std::vector<Connection>& idle = idle_[host];
  while (!idle.empty() && idle.front().busy_until.ns + kIdleMax < clock_.ns) {
    closed_.push_back(idle.front());
    idle.erase(idle.begin());
  }
  if (!idle.empty() && idle.back().busy_until < clock_) {
    const Connection kept = idle.back();
    idle.pop_back();
    return kept;
  }
  Connection made;
  packets_ += 3;
  made.number = packets_;
  made.host = host;
  made.start = clock_ + base::Duration{-static_cast<std::int64_t>(100 + below(900)) * kMicrosecond};
  made.client = static_cast<std::uint32_t>(below(4) == 0 ? below(5'000) : below(300));
  made.client_port = static_cast<std::uint16_t>(20'000 + below(40'000));
  return made;
}

void Day::draw_target(Exchange& e) {
  const char* name = kNames[below(kNames.size())];
  const std::uint64_t kind = below(100);
  const std::uint64_t id = below(3) == 0 ? below(2'000) : below(4'000'000);
  if (kind < 30) {
    e.target = fmt::format("/api/v{}/{}/{}", 1 + below(3), name, id);
  } else if (kind < 50) {
    e.target = fmt::format("/api/v{}/{}?page={}&size=50", 1 + below(3), name, below(80));
  } else if (kind < 65) {
    e.target = fmt::format("/api/v2/{}/{}/{}", name, id, kNames[below(kNames.size())]);
  } else if (kind < 75) {
    e.target = fmt::format("/search?q={}+{}&limit=20", kWords[below(8)], kWords[below(8)]);
    e.type = 1;
  } else if (kind < 85) {
    e.target = fmt::format("/static/js/app.{:08x}.js", below(60) * 71'993'147U);
    e.type = 2;
  } else if (kind < 93) {
    e.target = fmt::format("/images/{}/{}.png", name, below(20'000));
    e.type = 3;
  } else if (kind < 97) {
    e.target = fmt::format("/events?session={}&t={}", hex(16), clock_.ns / kMillisecond);
  } else {
    e.target = "/health";
  }
}

void Day::draw_status(Exchange& e) {
  const std::uint64_t method = below(100);
  e.method = method < 78   ? 0
             : method < 92 ? 1
             : method < 96 ? 2
             : method < 98 ? 3
             : method < 99 ? 4
                           : 5;
  const std::uint64_t status = below(10'000);
  if (status < 8'750) {
    e.status = e.method == 1 && below(3) == 0 ? std::uint16_t{201} : std::uint16_t{200};
  } else if (status < 8'950) {
    e.status = 204;
  } else if (status < 9'550) {
    e.status = std::array<std::uint16_t, 4>{304, 304, 302, 301}[below(4)];
  } else if (status < 9'940) {
    e.status = std::array<std::uint16_t, 6>{404, 404, 404, 401, 403, 400}[below(6)];
  } else if (status < 9'990) {
    e.status = std::array<std::uint16_t, 4>{500, 502, 503, 503}[below(4)];
  }  // else never answered
  if (e.method == 1 || e.method == 2) e.request_body = static_cast<std::uint32_t>(20 + below(900));
  const bool has_body = e.status != 0 && e.status != 204 && e.status != 304 && e.method != 4;
  if (has_body) {
    e.response_body = static_cast<std::uint64_t>(std::exp(7.0 + 1.4 * normal_(random_)));
    e.body_saved = e.response_body < 1'200 && below(5) == 0;
  }
}

void Day::draw_times(Exchange& e) {
  const double slow = 1.0 + static_cast<double>(e.host % 7) + (e.method == 1 ? 4.0 : 0.0);
  double wait = slow * 2.5 * kMillisecond * std::exp(0.9 * normal_(random_));
  if (chance(0.005)) wait *= 10.0 + 40.0 * uniform();
  double answer = static_cast<double>(e.response_body) * 9.0 + 20.0 * kMicrosecond * uniform();
  if (chance(0.0002)) {  // a download that lasts
    e.response_body = 5'000'000 + below(400'000'000);
    e.body_saved = false;
    e.type = 4;
    answer = 1'000.0 * kMillisecond * std::exp(3.0 + 1.3 * normal_(random_));
  }
  e.first_answer = e.start + base::Duration{static_cast<std::int64_t>(std::min(wait, 120e9))};
  e.end = e.first_answer + base::Duration{static_cast<std::int64_t>(std::min(answer, 1'800e9))};
  if (e.status == 0) e.first_answer = e.end = e.start;
}

void Day::make_rare(Exchange& e) const {
  e.host = kHosts;
  e.method = 1;
  e.status = kRareStatus;
  e.target = fmt::format("/v1/ledger/rebuild?job={}", started_);
}

void Day::start_one() {
  advance();
  Exchange e;
  const std::uint64_t every = std::max<std::uint64_t>(1, count_ / kRareCount);
  const bool rare = started_ % every == every / 2 && started_ / every < kRareCount;
  const auto at = std::lower_bound(host_share_.begin(), host_share_.end() - 1, uniform());
  e.host = static_cast<std::uint32_t>(at - host_share_.begin());
  e.start = clock_;
  draw_target(e);
  draw_status(e);
  if (rare) make_rare(e);
  draw_times(e);
  Connection c = connection_of(e.host);
  e.connection = c.number;
  e.connection_start = c.start;
  e.ordinal = c.exchanges++;
  e.client = c.client;
  e.client_port = c.client_port;
  c.busy_until = e.end;
  c.client_bytes += 420 + e.request_body;
  c.server_bytes += e.status == 0 ? 0 : 380 + e.response_body;
  packets_ += 4 + std::min<std::uint64_t>(e.response_body / 1'448, 1'000);
  const bool last = e.status == 0 || chance(0.12);
  (last ? closed_ : idle_[e.host]).push_back(c);
  running_.push(std::move(e));
  ++started_;
}

bool Day::next(Exchange& out) {
  while (started_ < count_ && (running_.empty() || clock_ <= running_.top().end)) start_one();
  if (running_.empty()) {
    for (std::vector<Connection>& idle : idle_) {
      closed_.insert(closed_.end(), idle.begin(), idle.end());
      idle.clear();
    }
    return false;
  }
  out = running_.top();
  running_.pop();
  return true;
}

}  // namespace spider::bench
