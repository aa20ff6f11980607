#pragma once
// ReverseNames: asks this machine's resolver for the names of addresses that a HostBook wants, one
// after the other on a thread of its own, ten a second at most. What has no name is not asked for
// again while the book remembers that. A question under way holds up the end by some seconds at
// most: the resolver is told to ask each name server once, for two seconds.

#include <functional>
#include <string>

#include "spider/base/thread.h"
#include "spider/store/host_book.h"

namespace spider::app {

class ReverseNames {
 public:
  // The name of an address, or nothing.
  using Ask = std::function<std::string(const model::IpAddress&)>;

  explicit ReverseNames(store::HostBook& book, Ask ask = &ask_resolver);
  ~ReverseNames();
  ReverseNames(const ReverseNames&) = delete;
  ReverseNames& operator=(const ReverseNames&) = delete;

  [[nodiscard]] static std::string ask_resolver(const model::IpAddress& address);

 private:
  void loop(const std::stop_token& stop);

  store::HostBook& book_;
  const Ask ask_;
  base::Thread thread_;
};

}  // namespace spider::app
