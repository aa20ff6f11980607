#pragma once
// ServerState: what the connections of one server share. Outlives them all.

#include <memory>
#include <unordered_map>

#include <boost/asio/io_context.hpp>

#include "spider/base/mutex.h"

#include "api/context.h"
#include "api/guard.h"

namespace spider::api {

class Connection;

struct ServerState {
  ServerState(const ApiConfig& config, const ApiParts& parts, const ListenAddress& listen)
      : context(config, parts), guard(config, listen) {}

  Context context;
  Guard guard;
  base::Mutex mutex;
  std::unordered_map<Connection*, std::weak_ptr<Connection>> connections SPIDER_GUARDED_BY(mutex);
  std::uint32_t importing SPIDER_GUARDED_BY(mutex) = 0;  // files

  // Behind what their work uses: connections that still wait in them end with them.
  boost::asio::io_context io;    // answers; api.threads of them
  boost::asio::io_context slow;  // feeds imports, which may wait for the pipeline
  boost::asio::io_context ask;   // answers what may take long; api.ask_threads of them

  // False when as many files are being read as may be at once.
  [[nodiscard]] bool begin_import() {
    const base::Lock lock(mutex);
    if (importing >= context.config.imports_at_once) return false;
    ++importing;
    return true;
  }
  void end_import() {
    const base::Lock lock(mutex);
    --importing;
  }
};

}  // namespace spider::api
