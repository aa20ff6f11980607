#pragma once
// Day: the exchanges of one day as a busy installation has them, from a seed: hosts by Zipf,
// targets of templates with ids in them, times with a long tail, connections that are kept. Given
// out in the order in which they end, as a capture completes them. Single thread.

#include <array>
#include <cstdint>
#include <queue>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "spider/base/time.h"

namespace spider::bench {

// A connection, and what went over it so far.
struct Connection {
  std::uint64_t number = 0;
  base::Time start;
  base::Time busy_until;
  std::uint32_t exchanges = 0;
  std::uint32_t host = 0;
  std::uint32_t client = 0;
  std::uint16_t client_port = 0;
  std::uint64_t client_bytes = 0;
  std::uint64_t server_bytes = 0;
};

struct Exchange {
  base::Time start;
  base::Time end;
  base::Time first_answer;  // first byte of the response
  base::Time connection_start;
  std::uint64_t connection = 0;
  std::uint32_t ordinal = 0;
  std::uint32_t host = 0;
  std::uint32_t client = 0;
  std::uint16_t client_port = 0;
  std::uint16_t status = 0;
  std::uint8_t method = 0;
  std::uint8_t type = 0;  // of kTypes
  std::uint32_t request_body = 0;
  std::uint64_t response_body = 0;
  bool body_saved = false;  // a small one, kept whole
  std::string target;
};

inline constexpr std::uint32_t kHosts = 200;
inline constexpr std::uint32_t kServers = 40;
inline constexpr std::array<const char*, 6> kMethods = {"GET",    "POST", "PUT",
                                                        "DELETE", "HEAD", "OPTIONS"};
inline constexpr std::array<const char*, 5> kTypes = {"application/json", "text/html",
                                                      "application/javascript", "image/png",
                                                      "application/octet-stream"};
// Ten exchanges of the day are these, spread evenly: what a rare filter finds.
inline constexpr int kRareCount = 10;
inline constexpr const char* kRareHost = "ledger-audit.example.com";
inline constexpr std::uint16_t kRareStatus = 507;

[[nodiscard]] std::string host_name(std::uint32_t host);  // kHosts: the rare one

class Day {
 public:
  static constexpr std::int64_t kLength = 86'400'000'000'000;
  // `count` exchanges over so many days, each with its busy and its quiet hours.
  Day(std::uint64_t seed, std::uint64_t count, base::Time first, std::uint32_t days = 1);

  // The next exchange to end; false at the end of the day.
  [[nodiscard]] bool next(Exchange& out);
  // Connections that were closed since the last call.
  [[nodiscard]] std::vector<Connection> closed() { return std::exchange(closed_, {}); }
  [[nodiscard]] std::uint64_t below(std::uint64_t n) { return random_() % n; }

 private:
  struct Later {
    bool operator()(const Exchange& a, const Exchange& b) const { return b.end < a.end; }
  };
  [[nodiscard]] double uniform() { return static_cast<double>(random_() >> 11U) * 0x1p-53; }
  [[nodiscard]] bool chance(double share) { return uniform() < share; }
  [[nodiscard]] std::string hex(std::size_t digits);
  void start_one();
  void advance();
  [[nodiscard]] Connection connection_of(std::uint32_t host);
  void draw_target(Exchange& e);
  void draw_status(Exchange& e);
  void draw_times(Exchange& e);
  void make_rare(Exchange& e) const;

  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  const base::Time first_;
  const std::uint64_t count_;
  const std::uint32_t days_;
  base::Time clock_;
  std::uint64_t started_ = 0;
  std::uint64_t packets_ = 0;
  std::vector<double> host_share_;             // cumulative
  std::vector<std::vector<Connection>> idle_;  // by host
  std::priority_queue<Exchange, std::vector<Exchange>, Later> running_;
  std::vector<Connection> closed_;
};

}  // namespace spider::bench
