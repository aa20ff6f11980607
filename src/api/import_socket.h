#pragma once
// ImportSocket: the connection of a capture file on its way in, for a thread that reads it to its
// end and waits for it. Taken out of the sockets of the threads that answer: else each piece of a
// file would wake one of them, ten thousand times a second, between the answers. Owned by the
// import; read_some() by the thread that reads, give() by the connection when that has ended, the
// others by any.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

namespace spider::api {

class ImportSocket {
 public:
  // `idle`: how long the sender may be silent.
  ImportSocket(int descriptor, std::chrono::seconds idle) noexcept
      : descriptor_(descriptor), idle_(idle) {}
  ~ImportSocket();
  ImportSocket(const ImportSocket&) = delete;
  ImportSocket& operator=(const ImportSocket&) = delete;

  // What has come, waiting for its first byte; 0 with an error: eof, beast's timeout, what the
  // system said, or operation_aborted soon after stop(). A synchronous read stream of Beast's.
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers, boost::system::error_code& error) {
    for (auto at = boost::asio::buffer_sequence_begin(buffers);
         at != boost::asio::buffer_sequence_end(buffers); ++at) {
      const boost::asio::mutable_buffer piece(*at);
      if (piece.size() != 0) return receive(piece.data(), piece.size(), error);
    }
    error = {};
    return 0;
  }
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers) {
    boost::system::error_code error;
    const std::size_t bytes = read_some(buffers, error);
    if (error) throw boost::system::system_error(error);
    return bytes;
  }

  // The reading thread ends soon.
  void stop() noexcept { stopped_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool stopped() const noexcept { return stopped_.load(std::memory_order_relaxed); }
  // The descriptor, which is the caller's from now on.
  [[nodiscard]] int give() noexcept { return std::exchange(descriptor_, -1); }

 private:
  std::size_t receive(void* to, std::size_t room, boost::system::error_code& error);

  int descriptor_;
  const std::chrono::seconds idle_;
  std::atomic<bool> stopped_{false};
};

}  // namespace spider::api
