#include "spider/api/api_server.h"

#include <chrono>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/base/log.h"
#include "spider/base/patience.h"
#include "spider/base/thread.h"

#include "api/connection.h"
#include "api/problem.h"
#include "api/server_state.h"

namespace spider::api {
namespace {

constexpr auto kStopPatience = std::chrono::seconds(3);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

}  // namespace

struct ApiServer::Impl {
  ServerState state;
  ListenAddress listen;
  asio::ip::tcp::acceptor acceptor;
  asio::steady_timer pause;
  asio::executor_work_guard<asio::io_context::executor_type> io_work;
  asio::executor_work_guard<asio::io_context::executor_type> slow_work;
  std::vector<base::Thread> threads;
  asio::executor_work_guard<asio::io_context::executor_type> ask_work;
  std::vector<base::Thread> slow_threads;
  std::vector<base::Thread> ask_threads;
  bool stopped = false;

  Impl(const ApiConfig& config, const ApiParts& parts, const ListenAddress& address)
      : state(config, parts, address),
        listen(address),
        acceptor(asio::make_strand(state.io)),
        pause(acceptor.get_executor()),
        io_work(asio::make_work_guard(state.io)),
        slow_work(asio::make_work_guard(state.slow)),
        ask_work(asio::make_work_guard(state.ask)) {}

  [[nodiscard]] base::Result<void> open();
  void start_threads();
  void accept();
  void on_accept(boost::system::error_code error, asio::ip::tcp::socket socket);
  void stop();
  [[nodiscard]] std::vector<std::shared_ptr<Connection>> connections();
};

base::Result<void> ApiServer::Impl::open() {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(listen.host, error);
  const auto failed = [&] {
    return base::fail(codes::listen_failed, fmt::format("{}:{} cannot be listened on: {}.",
                                                        listen.host, listen.port, error.message()));
  };
  if (error) return failed();
  const asio::ip::tcp::endpoint endpoint(address, listen.port);
  acceptor.open(endpoint.protocol(), error);
  if (error) return failed();
  acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (error) return failed();
  acceptor.bind(endpoint, error);
  if (error) return failed();
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return failed();
  listen.port = acceptor.local_endpoint(error).port();
  if (error) return failed();
  return {};
}

void ApiServer::Impl::start_threads() {
  for (std::uint32_t i = 0; i < state.context.config.threads; ++i)
    threads.emplace_back(fmt::format("api-{}", i), [this](std::stop_token) { state.io.run(); });
  // One for each: it reads the file to its end, and waits for the pipeline.
  for (std::uint32_t i = 0; i < state.context.config.imports_at_once; ++i)
    slow_threads.emplace_back(fmt::format("api-import-{}", i), [this](std::stop_token) {
      base::wake_patiently();
      base::step_back(base::kFileLevels);
      state.slow.run();
    });
  for (std::uint32_t i = 0; i < state.context.config.ask_threads; ++i)
    ask_threads.emplace_back(fmt::format("ask-{}", i), [this](std::stop_token) {
      lower_priority();
      state.ask.run();
    });
}

void ApiServer::Impl::accept() {
  acceptor.async_accept(asio::make_strand(state.io),
                        [this](boost::system::error_code error, asio::ip::tcp::socket socket) {
                          on_accept(error, std::move(socket));
                        });
}

void ApiServer::Impl::on_accept(boost::system::error_code error, asio::ip::tcp::socket socket) {
  if (!acceptor.is_open()) return;
  if (error) {
    // Out of file descriptors, most likely: let some connections end first.
    pause.expires_after(kAcceptPause);
    pause.async_wait([this](boost::system::error_code waited) {
      if (!waited && acceptor.is_open()) accept();
    });
    return;
  }
  if (state.context.traffic.connections.load() >= state.context.config.connections_max) {
    const Answer full = problem({codes::too_many_connections, "All connections are taken."});
    const std::string text = fmt::format(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
        "Retry-After: 1\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{}",
        full.type, full.body.size(), full.body);
    // It fits the socket's empty buffer: this does not wait.
    asio::write(socket, asio::buffer(text), error);
    socket.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  } else {
    std::make_shared<Connection>(std::move(socket), state)->run();
  }
  accept();
}

std::vector<std::shared_ptr<Connection>> ApiServer::Impl::connections() {
  std::vector<std::shared_ptr<Connection>> out;
  const base::Lock lock(state.mutex);
  for (const auto& entry : state.connections)
    if (auto connection = entry.second.lock()) out.push_back(std::move(connection));
  return out;
}

void ApiServer::Impl::stop() {
  if (stopped) return;
  stopped = true;
  asio::post(acceptor.get_executor(), [this] {
    boost::system::error_code ignored;
    acceptor.close(ignored);
    pause.cancel();
  });
  for (const auto& connection : connections()) connection->stop();
  const auto deadline = std::chrono::steady_clock::now() + kStopPatience;
  while (state.context.traffic.connections.load() != 0 &&
         std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  state.context.pool.cancel();
  for (const auto& connection : connections()) connection->abort();
  // Imports are told by their closed connections; what is being fed ends first.
  const auto last = std::chrono::steady_clock::now() + kStopPatience;
  while (state.context.traffic.connections.load() != 0 && std::chrono::steady_clock::now() < last)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  io_work.reset();
  state.io.stop();
  for (base::Thread& thread : threads) thread.join();
  threads.clear();
  // Every question that is still under way has been cancelled; those that wait are dropped.
  ask_work.reset();
  state.ask.stop();
  for (base::Thread& thread : ask_threads) thread.join();
  ask_threads.clear();
  // Whose handler did not come to its turn reads on until it is told here.
  for (const auto& connection : connections()) connection->stop_reading();
  // Not stopped but run empty: among its work are the ends of imports, which the pipeline must not
  // have to wait for after its own end.
  slow_work.reset();
  for (base::Thread& thread : slow_threads) thread.join();
  slow_threads.clear();
  for (const auto& connection : connections()) connection->release_import();
  base::log(codes::server_stopped, "{}:{} is closed.", listen.host, listen.port);
}

ApiServer::ApiServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ApiServer::~ApiServer() {
  if (impl_) impl_->stop();
}

base::Result<std::unique_ptr<ApiServer>> ApiServer::start(const ApiConfig& config,
                                                          const ApiParts& parts) {
  SPIDER_TRY_LET(listen, check_listen(config));
  auto impl = std::make_unique<Impl>(config, parts, listen);
  SPIDER_TRY(impl->open());
  if (!listen.loopback)
    base::log(codes::open_to_network, "Listening on {} without authentication.", config.listen);
  impl->accept();
  impl->start_threads();
  std::unique_ptr<ApiServer> server(new ApiServer(std::move(impl)));
  base::log(codes::server_listening, "{}", server->url());
  return server;
}

const std::string& ApiServer::host() const noexcept { return impl_->listen.host; }
std::uint16_t ApiServer::port() const noexcept { return impl_->listen.port; }
std::string ApiServer::url() const {
  const bool v6 = host().find(':') != std::string::npos;
  return v6 ? fmt::format("http://[{}]:{}/", host(), port())
            : fmt::format("http://{}:{}/", host(), port());
}
void ApiServer::stop() { impl_->stop(); }

}  // namespace spider::api
