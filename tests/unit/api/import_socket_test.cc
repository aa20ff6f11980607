#include "api/import_socket.h"

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>

#include <boost/asio/error.hpp>
#include <boost/beast/core/error.hpp>
#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <unistd.h>

namespace spider::api {
namespace {

struct Ends {
  int reader = -1;
  int sender = -1;
  Ends() {
    int both[2] = {-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, both) == 0);
    reader = both[0];
    sender = both[1];
  }
  ~Ends() { hang_up(); }
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;
  void send(const std::string& text) const {
    REQUIRE(::write(sender, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  void hang_up() {
    if (sender >= 0) ::close(sender);
    sender = -1;
  }
};

struct Read {
  std::string text;
  boost::system::error_code error;
};

Read read_some(ImportSocket& socket, std::size_t room = 16) {
  Read out;
  out.text.resize(room);
  out.text.resize(socket.read_some(boost::asio::buffer(out.text), out.error));
  return out;
}

// Until the thread, which reads a socket as soon as it has told its number, sleeps in the system;
// false when it does not within a minute.
bool comes_to_wait(const std::atomic<pid_t>& thread) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (std::chrono::steady_clock::now() < end) {
    std::ifstream file("/proc/self/task/" + std::to_string(thread.load()) + "/stat");
    std::string line;
    std::getline(file, line);
    const std::size_t name_end = line.rfind(')');
    if (name_end != std::string::npos && line.compare(name_end, 3, ") S") == 0) return true;
    std::this_thread::yield();
  }
  return false;
}

TEST_CASE("what a sender sends is read as it comes, then its end", "[import_socket]") {
  Ends ends;
  ImportSocket socket(ends.reader, std::chrono::seconds(60));
  ends.send("hello");
  CHECK(read_some(socket).text == "hello");
  std::atomic<pid_t> reader{0};
  Read begin;
  std::thread reading([&] {
    reader = ::gettid();
    begin = read_some(socket, 2);
  });
  const bool waited = comes_to_wait(reader);
  ends.send("world");
  reading.join();
  CHECK(waited);
  CHECK(begin.text == "wo");
  CHECK(read_some(socket).text == "rld");
  ends.hang_up();
  const Read end = read_some(socket);
  CHECK(end.text.empty());
  CHECK(end.error == boost::asio::error::eof);
}

TEST_CASE("a sender may be silent for so long and no longer", "[import_socket]") {
  const Ends ends;
  ImportSocket socket(ends.reader, std::chrono::seconds(0));
  CHECK(read_some(socket).error == boost::beast::error::timeout);
}

TEST_CASE("who waits for a silent sender is told that it was stopped", "[import_socket]") {
  const Ends ends;
  ImportSocket socket(ends.reader, std::chrono::seconds(60));
  std::atomic<pid_t> reader{0};
  Read told;
  std::thread reading([&] {
    reader = ::gettid();
    told = read_some(socket);
  });
  // Stopped before it waits it would be told as well.
  const bool waited = comes_to_wait(reader);
  socket.stop();
  reading.join();
  CHECK(waited);
  CHECK(told.error == boost::asio::error::operation_aborted);
  ends.send("late");
  CHECK(read_some(socket).text.empty());
}

TEST_CASE("a descriptor that was given away stays open", "[import_socket]") {
  const Ends ends;
  int descriptor = -1;
  {
    ImportSocket socket(ends.reader, std::chrono::seconds(60));
    descriptor = socket.give();
  }
  CHECK(descriptor == ends.reader);
  ends.send("x");
  char byte = 0;
  CHECK(::read(descriptor, &byte, 1) == 1);
  ::close(descriptor);
}

}  // namespace
}  // namespace spider::api
