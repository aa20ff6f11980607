#pragma once
// ExportFollow: how far a file that is being written is, for whoever follows it by a word of its
// own choice (`follow`). A browser saves a file without telling the page how far it is, or why
// there was none. ExportFollows holds the latest kMax of them, in memory; the oldest that has ended
// goes first. Any thread.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "spider/base/mutex.h"
#include "spider/base/result.h"

namespace spider::api {

class ExportFollow {
 public:
  enum class State : std::uint8_t { running, complete, failed, stopped };

  explicit ExportFollow(std::string word) : word_(std::move(word)) {}

  [[nodiscard]] const std::string& word() const noexcept { return word_; }
  [[nodiscard]] State state() const noexcept { return state_.load(std::memory_order_acquire); }
  [[nodiscard]] base::Error why() const;  // of failed
  [[nodiscard]] std::optional<std::uint64_t> total() const noexcept;
  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  // By whoever writes the file.
  void set_total(std::uint64_t communications) noexcept { total_ = communications; }
  void wrote(std::uint64_t communications, std::uint64_t bytes) noexcept;
  void complete() noexcept { end(State::complete); }
  void fail(const base::Error& error);
  // Asked to stop, or its receiver went away; what has ended stays as it is.
  void stop() noexcept { end(State::stopped); }

 private:
  void end(State state) noexcept;

  static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};
  const std::string word_;
  std::atomic<State> state_{State::running};
  std::atomic<std::uint64_t> total_{kUnknown};
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> bytes_{0};
  mutable base::Mutex mutex_;
  std::optional<base::Error> why_ SPIDER_GUARDED_BY(mutex_);
};

[[nodiscard]] std::string_view name(ExportFollow::State state) noexcept;

class ExportFollows {
 public:
  static constexpr std::size_t kMax = 64;

  // 8 to 64 letters, digits, - and _.
  [[nodiscard]] static bool is_word(std::string_view word) noexcept;
  // A word that is used again follows the newer file.
  [[nodiscard]] std::shared_ptr<ExportFollow> begin(std::string word);
  [[nodiscard]] std::shared_ptr<ExportFollow> find(std::string_view word) const;

 private:
  mutable base::Mutex mutex_;
  std::deque<std::shared_ptr<ExportFollow>> all_ SPIDER_GUARDED_BY(mutex_);
};

}  // namespace spider::api
