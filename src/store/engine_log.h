#pragma once
// EngineLog: what RocksDB has to say, into our log at level debug. Its own log file lies on the
// store's disk, and the library stops the process (an assertion) at the second line that a full
// disk does not take. What goes wrong for the user is told by the calls that failed. Any thread.

#include <rocksdb/env.h>

namespace spider::store {

class EngineLog final : public rocksdb::Logger {
 public:
  EngineLog() : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override;
};

}  // namespace spider::store
