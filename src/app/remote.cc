#include "app/remote.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "spider/app/codes.h"

namespace spider::app {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace fs = std::filesystem;

constexpr std::size_t kPieceBytes = 256U << 10U;

[[nodiscard]] fs::path address_file(const std::string& store_path) {
  return fs::path(store_path) / "server";
}

[[nodiscard]] std::string url_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", u);
    }
  }
  return out;
}

// One connection to the server that holds the store.
class Client {
 public:
  explicit Client(const ServerAddress& server)
      : host_(server.host + ":" + server.port), socket_(io_) {
    asio::ip::tcp::resolver resolver(io_);
    asio::connect(socket_, resolver.resolve(server.host, server.port));
  }

  // Sends a file as it is read, never holding more than a piece of it.
  [[nodiscard]] http::response<http::string_body> post_file(const std::string& target,
                                                            std::FILE* file) {
    http::request<http::empty_body> head{http::verb::post, target, 11};
    head.set(http::field::host, host_);
    head.set(http::field::content_type, "application/vnd.tcpdump.pcap");
    head.chunked(true);
    http::request_serializer<http::empty_body> serializer{head};
    http::write_header(socket_, serializer);
    std::vector<char> piece(kPieceBytes);
    for (std::size_t n = 0; (n = std::fread(piece.data(), 1, piece.size(), file)) > 0;)
      asio::write(socket_, http::make_chunk(asio::const_buffer(piece.data(), n)));
    asio::write(socket_, http::make_chunk_last());
    http::response_parser<http::string_body> parser;
    parser.body_limit(boost::none);
    http::read(socket_, buffer_, parser);
    return parser.release();
  }

  // Writes the body of the answer to standard output as it comes; the status.
  [[nodiscard]] unsigned get_to_stdout(const std::string& target) {
    http::request<http::empty_body> request{http::verb::get, target, 11};
    request.set(http::field::host, host_);
    request.set(http::field::accept, "application/x-ndjson");
    http::write(socket_, request);
    http::response_parser<http::buffer_body> parser;
    parser.body_limit(boost::none);
    http::read_header(socket_, buffer_, parser);
    std::FILE* out = parser.get().result_int() == 200 ? stdout : stderr;
    std::array<char, 65'536> piece{};
    while (!parser.is_done()) {
      parser.get().body().data = piece.data();
      parser.get().body().size = piece.size();
      beast::error_code error;
      http::read(socket_, buffer_, parser, error);
      if (error && error != http::error::need_buffer) throw beast::system_error{error};
      std::fwrite(piece.data(), 1, piece.size() - parser.get().body().size, out);
    }
    return parser.get().result_int();
  }

 private:
  std::string host_;
  asio::io_context io_;
  asio::ip::tcp::socket socket_;
  beast::flat_buffer buffer_;
};

[[nodiscard]] int unreachable(const ServerAddress& server, const std::exception& error) {
  complain({codes::server_unreachable,
            fmt::format("The server at {}:{} holds the store but cannot be reached: {}.",
                        server.host, server.port, error.what())});
  return kExitFailed;
}

[[nodiscard]] int import_one(const ServerAddress& server, const std::string& whisperer,
                             const std::string& path) {
  std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
  if (file == nullptr) {
    complain({codes::input_unreadable,
              fmt::format("{}: cannot be opened: {}.", path, std::strerror(errno))});
    return kExitInput;
  }
  const std::string name = path == "-" ? "standard-input" : fs::path(path).filename().string();
  int code = kExitFailed;
  try {
    Client client(server);
    const auto response = client.post_file(fmt::format("/api/v1/imports?whisperer={}&name={}",
                                                       url_encoded(whisperer), url_encoded(name)),
                                           file);
    const bool good = response.result_int() / 100 == 2;
    fmt::print(good ? stdout : stderr, "{}\n", response.body());
    code = good ? kExitOk : response.result_int() / 100 == 4 ? kExitInput : kExitFailed;
  } catch (const std::exception& error) {
    code = unreachable(server, error);
  }
  if (file != stdin) std::fclose(file);
  return code;
}

}  // namespace

void announce_server(const std::string& store_path, const std::string& host, std::uint16_t port) {
  std::ofstream(address_file(store_path)) << host << ' ' << port << '\n';
  std::error_code ignored;
  fs::permissions(address_file(store_path), fs::perms::owner_read | fs::perms::owner_write,
                  ignored);
}

void withdraw_server(const std::string& store_path) {
  std::error_code ignored;
  fs::remove(address_file(store_path), ignored);
}

std::optional<ServerAddress> server_of(const std::string& store_path) {
  std::ifstream in(address_file(store_path));
  ServerAddress server;
  if (!(in >> server.host >> server.port)) return std::nullopt;
  return server;
}

int import_through(const ServerAddress& server, const std::string& whisperer,
                   const ImportArguments& arguments) {
  int exit_code = kExitOk;
  for (const std::string& file : arguments.files) {
    const int code = import_one(server, whisperer, file);
    if (exit_code == kExitOk || code == kExitFailed) exit_code = code;
  }
  return exit_code;
}

int export_through(const ServerAddress& server, const ExportArguments& arguments) {
  std::string target = "/api/v1/http-communications?sort=start";
  if (!arguments.from.empty()) target += "&from=" + url_encoded(arguments.from);
  if (!arguments.to.empty()) target += "&to=" + url_encoded(arguments.to);
  if (!arguments.whisperer.empty()) target += "&whisperer=" + url_encoded(arguments.whisperer);
  try {
    Client client(server);
    return client.get_to_stdout(target) == 200 ? kExitOk : kExitFailed;
  } catch (const std::exception& error) {
    return unreachable(server, error);
  }
}

}  // namespace spider::app
