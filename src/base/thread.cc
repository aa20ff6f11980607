#include "spider/base/thread.h"

#include <utility>

#include <pthread.h>

namespace spider::base {

Thread::Thread(std::string name, std::function<void(std::stop_token)> body)
    : thread_([name = std::move(name), body = std::move(body)](std::stop_token stop) noexcept {
        // The kernel keeps 15 characters; pthread refuses longer names instead of cutting them.
        pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
        body(std::move(stop));
      }) {}

}  // namespace spider::base
