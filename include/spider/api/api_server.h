#pragma once
// ApiServer: the page and the API over HTTP/1.1 (Boost.Beast inside, nowhere else).
//
// start() listens and answers on its own threads until stop() or the destructor. Every request
// reads one snapshot of the store; nothing here makes the writer wait. Imports are fed on threads
// of their own, so that a busy pipeline holds up no other answer.

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "spider/api/config.h"
#include "spider/base/attention.h"
#include "spider/base/code.h"
#include "spider/base/result.h"
#include "spider/model/control.h"
#include "spider/store/store.h"

namespace spider::api {

// What the server speaks about; all of it outlives the server.
struct ApiParts {
  store::Store& store;
  model::Control& control;
  std::span<const base::CodeInfo> codes;  // of every floor
  std::string version;
  // Where answers are read from instead of the store's own reader; null for that one.
  const store::StoreReader* reader = nullptr;
  // Told that somebody waits for an answer; null: nobody wants to know.
  base::Attention* attention = nullptr;
};

class ApiServer {
 public:
  // Errors: listen_unreadable, listen_open, listen_failed (port in use, ...).
  [[nodiscard]] static base::Result<std::unique_ptr<ApiServer>> start(const ApiConfig& config,
                                                                      const ApiParts& parts);
  ~ApiServer();
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;

  // Where it listens; the port is the real one when 0 was asked for.
  [[nodiscard]] const std::string& host() const noexcept;
  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] std::string url() const;  // http://127.0.0.1:8400/

  // Takes no new connection, lets running answers end for at most a few seconds, joins its threads.
  // Idempotent; never from a thread of the server.
  void stop();

 private:
  struct Impl;
  explicit ApiServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace spider::api
