#pragma once
// RecordMaker: seeded random communications and sessions inside RecordBatches, as shards make them;
// Known: what was put in, in plain structs, to hold the store against.

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "spider/model/record_batch.h"

namespace spider::test {

// A communication with its own bytes.
struct KnownCommunication {
  model::CommunicationId id;
  base::Time start;
  base::Time end;
  std::uint16_t status = 0;
  std::string method;
  std::string host;
  std::string target;
  std::string request_head;
  std::string response_head;
  std::string response_body;  // saved
  std::uint64_t request_wire_bytes = 0;
  std::uint64_t request_body_bytes = 0;
  std::uint64_t response_wire_bytes = 0;
  std::int64_t wait = 0;
  base::Time session_start;
  std::uint16_t client_port = 0;
  model::CommunicationState state{};
  // Of some: what the heads mean.
  std::string origin;
  std::string identity;
  model::IdentityKind identity_kind{};
  std::string claims;
  std::string correlation;
  std::string location;
};

struct RecordShape {
  base::Time first = base::Time::from_us(1'760'000'000'000'000);
  std::int64_t step_ns_max = 50'000'000;  // between starts
  double long_share = 0.02;               // of communications that last minutes to hours
  double unanswered_share = 0.05;
  double unasked_share = 0;  // of communications with a response whose request was never seen
  std::size_t body_bytes_max = 300;
  std::size_t request_body_bytes_max = 0;  // of a POST, not saved
  bool save_bodies = true;
  std::size_t saved_bytes_max = 1U << 20U;  // of a body
};

class RecordMaker {
 public:
  RecordMaker(model::SourceId source, std::uint64_t seed, RecordShape shape = {})
      : source_(source), shape_(shape), random_(seed), clock_(shape.first) {}

  // Fills `batch` (cleared) with `count` communications and returns what they are. Body packs get
  // `pack`.
  std::vector<KnownCommunication> communications(model::RecordBatch& batch, std::size_t count,
                                                 std::uint64_t pack);

  [[nodiscard]] std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
  }

 private:
  [[nodiscard]] bool chance(double share) { return std::bernoulli_distribution(share)(random_); }
  [[nodiscard]] KnownCommunication next();

  model::SourceId source_;
  RecordShape shape_;
  std::mt19937_64 random_;
  base::Time clock_;
  std::uint64_t numbers_ = 0;
  std::vector<model::SessionId> sessions_;
  std::vector<std::uint32_t> ordinals_;
};

// A folder that goes away with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace spider::test
