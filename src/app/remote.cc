#include "app/remote.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <utility>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>
#include <simdjson.h>
#include <tl/expected.hpp>
#include <unistd.h>

#include "spider/app/codes.h"
#include "spider/base/content_hash.h"
#include "spider/capture/codes.h"
#include "spider/store/store.h"

#include "app/books.h"
#include "app/explanation.h"
#include "app/known_files.h"

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

// The words of a problem (RFC 9457), as the same trouble has them without a server.
void complain_of(const simdjson::dom::object& problem) {
  std::string_view detail;
  std::string_view hint;
  std::string_view code;
  if (problem["detail"].get(detail) == simdjson::SUCCESS)
    fmt::print(stderr, "spider: {}\n", detail);
  if (problem["hint"].get(hint) == simdjson::SUCCESS &&
      problem["code"].get(code) == simdjson::SUCCESS)
    fmt::print(stderr, "        {} [{}]\n", hint, code);
}

void complain_of(const std::string& answer) {
  simdjson::dom::parser parser;
  simdjson::dom::object problem;
  if (parser.parse(answer).get(problem) == simdjson::SUCCESS) {
    complain_of(problem);
  } else {
    fmt::print(stderr, "spider: the server said: {}\n", answer);
  }
}

[[nodiscard]] std::uint64_t number_of(const simdjson::dom::element& parent, std::string_view key) {
  std::uint64_t value = 0;
  return parent[key].get(value) == simdjson::SUCCESS ? value : 0;
}

[[nodiscard]] SameFile same_of(const simdjson::dom::element& upload) {
  SameFile out;
  out.id = number_of(upload, "id");
  std::string_view text;
  if (upload["whisperer"].get(text) == simdjson::SUCCESS) out.whisperer = text;
  if (upload["file"].get(text) == simdjson::SUCCESS) out.file = text;
  return out;
}

// The books of the server's answer.
[[nodiscard]] NamedResult result_of(const simdjson::dom::element& document) {
  NamedResult out;
  std::string_view file;
  if (document["file"].get(file) == simdjson::SUCCESS) out.file = file;
  double seconds = 0;
  if (document["seconds"].get(seconds) == simdjson::SUCCESS) out.seconds = seconds;
  std::string_view whisperer;
  if (document["whisperer"].get(whisperer) == simdjson::SUCCESS) out.whisperer = whisperer;
  std::int64_t us = 0;
  if (document["first_us"].get(us) == simdjson::SUCCESS) out.result.first = base::Time::from_us(us);
  if (document["last_us"].get(us) == simdjson::SUCCESS) out.result.last = base::Time::from_us(us);
  out.result.bytes = number_of(document, "bytes");
  simdjson::dom::element upload;
  if (document["upload"].get(upload) == simdjson::SUCCESS && upload.is_object()) {
    out.result.upload = model::SourceId{static_cast<std::uint32_t>(number_of(upload, "id"))};
    simdjson::dom::element same;
    if (upload["same_as"].get(same) == simdjson::SUCCESS && same.is_object())
      out.same = same_of(same);
  }
  simdjson::dom::element books;
  if (document["books"].get(books) != simdjson::SUCCESS) return out;
  for (std::size_t i = 0; i < model::kQualityCount; ++i)
    out.result.books.values[i] = number_of(books, model::kQualityInfo[i].name);
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

  // Sends a file as it is read, never holding more than a piece of it. The answer; or errno of the
  // file, and the connection is left in the middle, so the server does not take it for the end.
  [[nodiscard]] tl::expected<http::response<http::string_body>, int> post_file(
      const std::string& target, std::FILE* file) {
    http::request<http::empty_body> head{http::verb::post, target, 11};
    head.set(http::field::host, host_);
    head.set(http::field::content_type, "application/vnd.tcpdump.pcap");
    head.chunked(true);
    http::request_serializer<http::empty_body> serializer{head};
    http::write_header(socket_, serializer);
    std::vector<char> piece(kPieceBytes);
    beast::error_code refused;  // a server that wants no more has said why
    for (std::size_t n = 0; !refused && (n = std::fread(piece.data(), 1, piece.size(), file)) > 0;)
      asio::write(socket_, http::make_chunk(asio::const_buffer(piece.data(), n)), refused);
    if (std::ferror(file) != 0) return tl::unexpected(errno);
    if (!refused) asio::write(socket_, http::make_chunk_last(), refused);
    http::response_parser<http::string_body> parser;
    parser.body_limit(std::numeric_limits<std::uint64_t>::max());
    http::read(socket_, buffer_, parser);
    return parser.release();
  }

  [[nodiscard]] http::response<http::string_body> get(const std::string& target) {
    http::request<http::empty_body> request{http::verb::get, target, 11};
    request.set(http::field::host, host_);
    http::write(socket_, request);
    http::response<http::string_body> response;
    http::read(socket_, buffer_, response);
    return response;
  }

  // Writes the body of the answer to standard output as it comes. Whether every byte could be
  // written, and the status: a full disk must not pass for an export.
  struct Written {
    unsigned status = 0;
    bool whole = true;
  };
  [[nodiscard]] Written get_to_stdout(const std::string& target) {
    http::request<http::empty_body> request{http::verb::get, target, 11};
    request.set(http::field::host, host_);
    http::write(socket_, request);
    http::response_parser<http::buffer_body> parser;
    parser.body_limit(std::numeric_limits<std::uint64_t>::max());
    http::read_header(socket_, buffer_, parser);
    const bool good = parser.get().result_int() == 200;
    std::string problem;
    std::array<char, 65'536> piece{};
    while (!parser.is_done()) {
      parser.get().body().data = piece.data();
      parser.get().body().size = piece.size();
      beast::error_code error;
      http::read(socket_, buffer_, parser, error);
      if (error && error != http::error::need_buffer) throw beast::system_error{error};
      const std::size_t got = piece.size() - parser.get().body().size;
      if (!good) {
        problem.append(piece.data(), got);
      } else if (std::fwrite(piece.data(), 1, got, stdout) != got) {
        return {200, false};
      }
    }
    if (!good) complain_of(problem);
    return {parser.get().result_int(), std::fflush(stdout) == 0};
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

// Prints the answer to an import as a local one would be printed; the exit code it calls for.
[[nodiscard]] int report(const http::response<http::string_body>& response,
                         const std::string& server, bool json) {
  if (response.result_int() / 100 != 2) {
    complain_of(response.body());
    // 404: the server's configuration is not the one that was read here.
    if (response.result_int() == 404) return kExitUsage;
    return response.result_int() / 100 == 4 ? kExitInput : kExitFailed;
  }
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  const bool understood = parser.parse(response.body()).get(document) == simdjson::SUCCESS;
  if (json || !understood) {
    fmt::print("{}\n", response.body());
  } else {
    NamedResult result = result_of(document);
    result.place = fmt::format("the server at {}", server);
    fmt::print("{}", books_text(result));
  }
  simdjson::dom::object trouble;
  if (!understood || document["trouble"].get(trouble) != simdjson::SUCCESS) return kExitOk;
  complain_of(trouble);
  return kExitInput;
}

// An upload of the whisperer with the content of this file. A server that does not say is asked
// nothing else: it will say what is wrong when the file is sent.
[[nodiscard]] std::optional<SameFile> known_to(Client& client, const std::string& whisperer,
                                               const std::string& path) {
  const std::string content = content_of(path);
  if (content.empty()) return std::nullopt;
  const auto response = client.get(fmt::format("/api/v1/uploads?limit=1&whisperer={}&content={}",
                                               url_encoded(whisperer), base::to_hex(content)));
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  simdjson::dom::element first;
  if (response.result_int() != 200 ||
      parser.parse(response.body()).get(document) != simdjson::SUCCESS ||
      document["items"].at(0).get(first) != simdjson::SUCCESS)
    return std::nullopt;
  return same_of(first);
}

[[nodiscard]] int import_one(const ServerAddress& server, const std::string& whisperer,
                             const std::string& path, bool json, bool again) {
  // A folder can be opened, but not read.
  std::error_code ignored;
  if (path != "-" && fs::is_directory(path, ignored)) {
    complain({capture::codes::file_unreadable,
              fmt::format("{} is a folder; name a capture file in it.", path)});
    return kExitInput;
  }
  std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
  if (file == nullptr) {
    complain({capture::codes::file_unreadable,
              fmt::format("{} cannot be opened: {}.", path, std::strerror(errno))});
    return kExitInput;
  }
  const std::string name = path == "-" ? "standard-input" : fs::path(path).filename().string();
  int code = kExitFailed;
  try {
    Client client(server);
    if (const auto same = again ? std::nullopt : known_to(client, whisperer, path)) {
      complain(known_file(path, *same));
      if (file != stdin) std::fclose(file);
      return kExitInput;
    }
    const auto response = client.post_file(fmt::format("/api/v1/imports?whisperer={}&name={}",
                                                       url_encoded(whisperer), url_encoded(name)),
                                           file);
    if (response) {
      code = report(*response, server.host + ":" + server.port, json);
    } else {
      complain({capture::codes::file_unreadable,
                fmt::format("{} cannot be read to its end: {}. What was read before is stored.",
                            path, std::strerror(response.error()))});
      code = kExitInput;
    }
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

std::optional<ServerAddress> running_server(const std::string& store_path) {
  // A server that was killed leaves its address behind, and another program may have the port now.
  if (!store::Store::in_use(store_path)) return std::nullopt;
  return server_of(store_path);
}

int import_through(const ServerAddress& server, const std::string& whisperer,
                   const ImportArguments& arguments) {
  int exit_code = kExitOk;
  for (const std::string& file : arguments.files) {
    const int code = import_one(server, whisperer, file, arguments.json, arguments.again);
    if (exit_code == kExitOk || code == kExitFailed) exit_code = code;
  }
  return exit_code;
}

int explain_through(const ServerAddress& server, const ExplainArguments& arguments) {
  std::string target = "/api/v1/explain?";
  for (const auto& [name, value] : arguments.question)
    if (!value.empty()) target += fmt::format("{}={}&", name, url_encoded(value));
  target.pop_back();
  try {
    const auto response = Client(server).get(target);
    if (response.result_int() != 200) {
      complain_of(response.body());
      return response.result_int() / 100 == 4 ? kExitUsage : kExitFailed;
    }
    fmt::print("{}", arguments.json ? response.body() + "\n" : explanation_text(response.body()));
    return kExitOk;
  } catch (const std::exception& error) {
    return unreachable(server, error);
  }
}

int export_through(const ServerAddress& server, const ExportArguments& arguments) {
  std::string target = "/api/v1/export?count=false&format=" + arguments.format;
  if (!arguments.columns.empty())
    target += "&columns=" + url_encoded(fmt::format("{}", fmt::join(arguments.columns, ",")));
  if (!arguments.from.empty()) target += "&from=" + url_encoded(arguments.from);
  if (!arguments.to.empty()) target += "&to=" + url_encoded(arguments.to);
  if (!arguments.whisperer.empty()) target += "&whisperer=" + url_encoded(arguments.whisperer);
  if (!arguments.filter.empty()) target += "&q=" + url_encoded(arguments.filter);
  try {
    Client client(server);
    const auto written = client.get_to_stdout(target);
    if (!written.whole) complain(output_lost());
    if (written.status / 100 == 4) return kExitUsage;
    return written.status == 200 && written.whole ? kExitOk : kExitFailed;
  } catch (const std::exception& error) {
    return unreachable(server, error);
  }
}

}  // namespace spider::app
