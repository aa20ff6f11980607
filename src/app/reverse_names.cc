#include "app/reverse_names.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include "spider/base/patience.h"

namespace spider::app {
namespace {

constexpr auto kBetween = std::chrono::milliseconds(100);

// The resolver's state belongs to the thread. glibc follows a changed /etc/resolv.conf by itself
// only while this state is as the file says, and then it forgets what we say: so the file is read
// before each question, as by one who said nothing yet, and our say comes after it.
void be_brief() noexcept {
  constexpr int kSeconds = 2;
  _res.options = (_res.options & RES_INIT) | RES_DEFAULT;
  _res.retrans = RES_TIMEOUT;
  _res.retry = RES_DFLRETRY;
  if (::res_init() != 0) return;
  _res.retrans = std::min(_res.retrans, kSeconds);
  _res.retry = 1;
}

[[nodiscard]] ReverseNames::Answer ask_for(const sockaddr* address, socklen_t bytes) {
  be_brief();
  char name[NI_MAXHOST];
  const int failed = ::getnameinfo(address, bytes, name, sizeof(name), nullptr, 0, NI_NAMEREQD);
  if (failed == EAI_NONAME) return std::string();
  if (failed != 0) return std::nullopt;
  std::string out(name);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (!out.empty() && out.back() == '.') out.pop_back();
  return out;
}

}  // namespace

ReverseNames::Answer ReverseNames::ask_resolver(const model::IpAddress& address) {
  if (address.is_v4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    std::memcpy(&in.sin_addr, address.bytes.data() + 12, 4);
    return ask_for(reinterpret_cast<const sockaddr*>(&in), sizeof(in));
  }
  if (address.is_mapped_v6()) return std::string();
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  std::memcpy(&in.sin6_addr, address.bytes.data(), 16);
  return ask_for(reinterpret_cast<const sockaddr*>(&in), sizeof(in));
}

struct ReverseNames::Shared {
  explicit Shared(store::HostBook& of, Ask how) : book(&of), ask(std::move(how)) {}

  void loop(const std::stop_token& stop);
  // What is to be asked for now.
  [[nodiscard]] std::optional<model::IpAddress> next();
  void note(const model::IpAddress& address, Answer answer);

  std::mutex mutex;
  std::condition_variable_any bell;
  store::HostBook* book;  // under the mutex; null: it is gone
  bool ended = false;     // under the mutex
  const Ask ask;
  // Of the thread alone: when those that nobody answered for may be asked for again.
  std::map<model::IpAddress, std::chrono::steady_clock::time_point> unanswered;
};

ReverseNames::ReverseNames(store::HostBook& book, Ask ask)
    : book_(book), shared_(std::make_shared<Shared>(book, std::move(ask))) {
  book_.want_reverse(true);
  thread_ = base::Thread("reverse",
                         [shared = shared_](const std::stop_token& stop) { shared->loop(stop); });
}

ReverseNames::~ReverseNames() {
  book_.want_reverse(false);
  thread_.request_stop();
  std::unique_lock<std::mutex> lock(shared_->mutex);
  const bool ended = shared_->bell.wait_for(lock, kEndMax, [this] { return shared_->ended; });
  shared_->book = nullptr;
  lock.unlock();
  if (ended)
    thread_.join();
  else
    thread_.leave_alone();
}

void ReverseNames::Shared::loop(const std::stop_token& stop) {
  base::wake_patiently();
  while (!stop.stop_requested()) {
    if (const auto address = next()) note(*address, ask(*address));
    std::unique_lock<std::mutex> lock(mutex);
    bell.wait_for(lock, stop, kBetween, [] { return false; });
  }
  const std::lock_guard<std::mutex> lock(mutex);
  ended = true;
  bell.notify_all();
}

std::optional<model::IpAddress> ReverseNames::Shared::next() {
  const std::lock_guard<std::mutex> lock(mutex);
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(unanswered, [&](const auto& one) { return one.second <= now; });
  while (book != nullptr) {
    const auto address = book->wanted();
    // Who looks again has it wanted again.
    if (!address || unanswered.find(*address) == unanswered.end()) return address;
  }
  return std::nullopt;
}

void ReverseNames::Shared::note(const model::IpAddress& address, Answer answer) {
  const std::lock_guard<std::mutex> lock(mutex);
  if (!answer) {
    if (unanswered.size() < kUnansweredMax)
      unanswered.emplace(address, std::chrono::steady_clock::now() + kAgainAfter);
    return;
  }
  // A name server may say anything.
  if (!store::may_be_host_name(*answer)) answer->clear();
  if (book != nullptr) book->answer(address, std::move(*answer));
}

}  // namespace spider::app
