#include "app/reverse_names.h"

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include "spider/base/patience.h"

namespace spider::app {
namespace {

constexpr auto kBetween = std::chrono::milliseconds(100);

[[nodiscard]] std::string ask_for(const sockaddr* address, socklen_t bytes) {
  char name[NI_MAXHOST];
  if (::getnameinfo(address, bytes, name, sizeof(name), nullptr, 0, NI_NAMEREQD) != 0) return {};
  std::string out(name);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (!out.empty() && out.back() == '.') out.pop_back();
  return out;
}

}  // namespace

std::string ReverseNames::ask_resolver(const model::IpAddress& address) {
  if (address.is_v4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    std::memcpy(&in.sin_addr, address.bytes.data() + 12, 4);
    return ask_for(reinterpret_cast<const sockaddr*>(&in), sizeof(in));
  }
  if (address.is_mapped_v6()) return {};
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  std::memcpy(&in.sin6_addr, address.bytes.data(), 16);
  return ask_for(reinterpret_cast<const sockaddr*>(&in), sizeof(in));
}

ReverseNames::ReverseNames(store::HostBook& book, Ask ask) : book_(book), ask_(std::move(ask)) {
  book_.want_reverse(true);
  thread_ = base::Thread("reverse", [this](const std::stop_token& stop) { loop(stop); });
}

ReverseNames::~ReverseNames() {
  book_.want_reverse(false);
  thread_.request_stop();
  thread_.join();
}

void ReverseNames::loop(const std::stop_token& stop) {
  base::wake_patiently();
  // The resolver's state belongs to the thread.
  if (::res_init() == 0) {
    _res.retrans = 2;
    _res.retry = 1;
  }
  std::mutex mutex;
  std::condition_variable_any bell;
  while (!stop.stop_requested()) {
    if (const auto address = book_.wanted()) {
      std::string name = ask_(*address);
      // A name server may say anything.
      book_.answer(*address, store::may_be_host_name(name) ? std::move(name) : std::string());
    }
    std::unique_lock<std::mutex> lock(mutex);
    bell.wait_for(lock, stop, kBetween, [] { return false; });
  }
}

}  // namespace spider::app
