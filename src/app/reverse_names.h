#pragma once
// ReverseNames: asks this machine's resolver for the names of addresses that a HostBook wants, one
// after the other on a thread of its own, ten a second at most. What has no name is not asked for
// again while the book remembers that; what nobody gave an answer to is, kAgainAfter later at the
// earliest, of kUnansweredMax addresses at most.
//
// Each name server is asked once, for two seconds or less. The end waits kEndMax for a question
// under way and then leaves it alone: its answer, if ever one comes, touches nothing of the book.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "spider/base/thread.h"
#include "spider/store/host_book.h"

namespace spider::app {

class ReverseNames {
 public:
  // The name of an address; empty: it has none; nothing: nobody said.
  using Answer = std::optional<std::string>;
  using Ask = std::function<Answer(const model::IpAddress&)>;

  static constexpr std::chrono::seconds kAgainAfter{10};
  static constexpr std::chrono::milliseconds kEndMax{500};
  static constexpr std::size_t kUnansweredMax = 1'024;

  explicit ReverseNames(store::HostBook& book, Ask ask = &ask_resolver);
  ~ReverseNames();
  ReverseNames(const ReverseNames&) = delete;
  ReverseNames& operator=(const ReverseNames&) = delete;

  [[nodiscard]] static Answer ask_resolver(const model::IpAddress& address);

 private:
  struct Shared;  // with the thread, which may outlive us

  store::HostBook& book_;
  const std::shared_ptr<Shared> shared_;
  base::Thread thread_;
};

}  // namespace spider::app
