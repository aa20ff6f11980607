#pragma once
// HttpClient: a blocking client of plain sockets that sends any bytes, so that the server is tested
// with what a well-behaved library would never send.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace spider::test {

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  bool whole = false;  // the body ended as its framing says

  [[nodiscard]] std::string header(const std::string& name) const {
    const auto at = headers.find(name);
    return at == headers.end() ? std::string{} : at->second;
  }
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port)
      : port_(port), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    timeval patience{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~HttpClient() { ::close(socket_); }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // True when the server has closed its side.
  [[nodiscard]] bool at_end() { return rest_.empty() && !more(); }

  // The next answer; `body`: whether one is expected (not for HEAD).
  [[nodiscard]] HttpAnswer receive(bool body = true) {
    HttpAnswer out;
    std::size_t end = 0;
    while ((end = rest_.find("\r\n\r\n")) == std::string::npos)
      if (!more()) return out;
    read_head(out, std::string_view(rest_).substr(0, end + 2));
    rest_.erase(0, end + 4);
    if (!body || out.status == 204 || out.status == 304 || out.status == 100) {
      out.whole = true;
    } else if (out.header("transfer-encoding") == "chunked") {
      out.whole = read_chunks(out.body);
    } else {
      const std::size_t length = std::strtoull(out.header("content-length").c_str(), nullptr, 10);
      while (rest_.size() < length && more()) {
      }
      out.whole = rest_.size() >= length;
      out.body = rest_.substr(0, length);
      rest_.erase(0, length);
    }
    return out;
  }

  // A request with the server's own Host.
  [[nodiscard]] HttpAnswer ask(const std::string& method, const std::string& target,
                               const std::string& headers = "", const std::string& body = "") {
    std::string text = method + " " + target +
                       " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port_) + "\r\n" + headers;
    if (!body.empty() || method == "POST")
      text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    if (!send(text + "\r\n" + body)) return {};
    return receive(method != "HEAD");
  }
  [[nodiscard]] HttpAnswer get(const std::string& target, const std::string& headers = "") {
    return ask("GET", target, headers);
  }

 private:
  bool more() {
    std::array<char, 65'536> piece{};
    const ssize_t got = ::recv(socket_, piece.data(), piece.size(), 0);
    if (got <= 0) return false;
    rest_.append(piece.data(), static_cast<std::size_t>(got));
    return true;
  }

  static void read_head(HttpAnswer& out, std::string_view head) {
    out.status = std::atoi(std::string(head.substr(9, 3)).c_str());
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
      const std::size_t end = head.find("\r\n");
      const std::string_view line = head.substr(0, end);
      const std::size_t colon = line.find(':');
      std::string name(line.substr(0, colon));
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      out.headers[name] = std::string(line.substr(colon + 2));
      head.remove_prefix(end + 2);
    }
  }

  bool read_chunks(std::string& body) {
    for (;;) {
      std::size_t end = 0;
      while ((end = rest_.find("\r\n")) == std::string::npos)
        if (!more()) return false;
      const std::size_t length = std::strtoull(rest_.c_str(), nullptr, 16);
      while (rest_.size() < end + 2 + length + 2)
        if (!more()) return false;
      body += rest_.substr(end + 2, length);
      rest_.erase(0, end + 2 + length + 2);
      if (length == 0) return true;
    }
  }

  std::uint16_t port_;
  int socket_;
  bool connected_ = false;
  std::string rest_;
};

}  // namespace spider::test
