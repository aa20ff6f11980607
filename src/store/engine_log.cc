#include "store/engine_log.h"

#include <array>
#include <cstdarg>
#include <cstdio>

#include "spider/base/log.h"

namespace spider::store {

void EngineLog::Logv(const char* format, va_list arguments) {
  std::array<char, 1'024> line;  // longer ones are cut
  const int n = std::vsnprintf(line.data(), line.size(), format, arguments);
  if (n <= 0) return;
  base::log_debug(line.data());
}

}  // namespace spider::store
