#include "support/records.h"

#include <array>
#include <stdexcept>

#include <stdlib.h>

namespace spider::test {
namespace {

constexpr std::array<const char*, 4> kMethods = {"GET", "GET", "POST", "BREW"};
constexpr std::array<std::uint16_t, 6> kStatuses = {200, 200, 304, 404, 503, 999};

model::IpAddress address(std::uint64_t n) {
  return model::IpAddress::v4(0x0A00'0000U + static_cast<std::uint32_t>(n));
}

// Made of the numbers a communication has anyway. Sessions without any come in rows, so that some
// blocks have none.
void give_meaning(KnownCommunication& k) {
  const std::uint64_t n = k.id.session_number;
  if (n % 40 >= 20) return;
  if (n % 3 == 1) k.origin = "203.0.113." + std::to_string(n % 50);
  if (n % 4 == 1) {
    k.identity_kind =
        k.id.ordinal % 5 == 0 ? model::IdentityKind::bearer : model::IdentityKind::jwt;
    if (k.identity_kind == model::IdentityKind::jwt) k.identity = "user" + std::to_string(n % 9);
    if (!k.identity.empty()) k.claims = "team=t" + std::to_string(n % 2) + "\nrole=dev\nrole=ops";
  }
  if (n % 5 != 2)
    k.correlation = "traceparent=" + std::to_string(n) + "-" + std::to_string(k.id.ordinal) +
                    "\nx-request-id=r" + std::to_string(k.id.ordinal);
  if (k.status == 304) k.location = "http://" + k.host + "/moved";
}

// As of a session that was under way when the capture began.
void forget_request(KnownCommunication& k) {
  k.state = model::CommunicationState::no_request;
  k.method.clear();
  k.host.clear();
  k.target.clear();
  k.request_head.clear();
  k.request_wire_bytes = 0;
  k.request_body_bytes = 0;
  k.wait = 0;
}

}  // namespace

KnownCommunication RecordMaker::next() {
  KnownCommunication k;
  clock_ = clock_ + base::Duration{static_cast<std::int64_t>(
                        below(static_cast<std::uint64_t>(shape_.step_ns_max)))};
  if (sessions_.empty() || chance(0.2)) {
    sessions_.push_back({source_, clock_, ++numbers_});
    ordinals_.push_back(0);
  }
  const std::size_t s = sessions_.size() - 1 - below(std::min<std::size_t>(sessions_.size(), 5));
  k.start = clock_;
  std::int64_t lasts = static_cast<std::int64_t>(below(30'000'000));
  if (chance(shape_.long_share)) lasts = static_cast<std::int64_t>(below(4'000)) * 1'000'000'000;
  if (chance(0.02)) lasts = 0;
  k.end = k.start + base::Duration{lasts};
  k.session_start = sessions_[s].start;
  k.id = {source_, k.start, sessions_[s].number, ordinals_[s]++};
  k.method = kMethods[below(kMethods.size())];
  k.status =
      chance(shape_.unanswered_share) ? std::uint16_t{0} : kStatuses[below(kStatuses.size())];
  k.state =
      k.status == 0 ? model::CommunicationState::no_response : model::CommunicationState::complete;
  k.host = "host" + std::to_string(below(40)) + ".example";
  const auto item = below(100'000);
  // Few templates: /item/{n}, /item/{n}/tags, /item/{n}/edit.
  k.target = "/item/" + std::to_string(item) +
             (item % 5 != 0   ? ""
              : item % 2 == 0 ? "/tags"
                              : "/edit") +
             (chance(0.3) ? "?q=" + std::to_string(below(50)) : "");
  k.request_head = k.method + " " + k.target + " HTTP/1.1\r\nHost: " + k.host + "\r\n\r\n";
  if (k.method == "POST") k.request_body_bytes = item % (shape_.request_body_bytes_max + 1);
  k.request_wire_bytes = k.request_head.size() + k.request_body_bytes;
  k.client_port = static_cast<std::uint16_t>(1'024 + below(60'000));
  give_meaning(k);
  if (k.status == 0) return k;
  k.response_head = "HTTP/1.1 " + std::to_string(k.status) + " X\r\nServer: test\r\n\r\n";
  const std::size_t body = below(shape_.body_bytes_max + 1);
  k.response_body.reserve(body);
  while (k.response_body.size() < body) {
    // Eight letters of a number: text that compresses to about half.
    std::uint64_t number = random_();
    for (int i = 0; i < 8 && k.response_body.size() < body; ++i, number >>= 8U)
      k.response_body.push_back(static_cast<char>('a' + number % 20));
  }
  k.response_wire_bytes = k.response_head.size() + body;
  k.wait = lasts / 2;
  if (shape_.unasked_share > 0 && chance(shape_.unasked_share)) forget_request(k);
  return k;
}

std::vector<KnownCommunication> RecordMaker::communications(model::RecordBatch& batch,
                                                            std::size_t count, std::uint64_t pack) {
  batch.clear();
  batch.source = source_;
  batch.body_pack = pack;
  std::vector<KnownCommunication> known;
  for (std::size_t i = 0; i < count; ++i) {
    KnownCommunication k = next();
    model::Communication c;
    c.session = {source_, k.session_start, k.id.session_number};
    c.ordinal = k.id.ordinal;
    c.client = {address(k.id.session_number % 200), k.client_port};
    c.server = {address(1'000 + k.id.session_number % 7), 80};
    c.start = k.start;
    c.end = k.end;
    c.state = k.state;
    c.method = batch.text.put(k.method);
    c.target = batch.text.put(k.target);
    c.host = batch.text.put(k.host);
    c.status = k.status;
    c.meaning.origin = batch.text.put(k.origin);
    if (!k.origin.empty()) c.meaning.origin_header = model::OriginHeader::forwarded;
    c.meaning.identity = batch.text.put(k.identity);
    c.meaning.identity_kind = k.identity_kind;
    c.meaning.claims = batch.text.put(k.claims);
    c.meaning.correlation = batch.text.put(k.correlation);
    c.meaning.location = batch.text.put(k.location);
    if (k.request_wire_bytes > 0) {
      c.request.present = true;
      c.request.first_byte = c.request.last_byte = k.start;
      c.request.head = batch.text.put(k.request_head);
      c.request.wire_bytes = k.request_wire_bytes;
      c.request.body_bytes = k.request_body_bytes;
      c.request.first_packet = c.request.last_packet = k.id.session_number + 1;
    }
    if (k.status != 0) {
      c.response.present = true;
      c.response.first_byte = k.start + base::Duration{k.wait};
      c.response.last_byte = k.end;
      c.response.head = batch.text.put(k.response_head);
      c.response.wire_bytes = k.response_wire_bytes;
      c.response.body_bytes = k.response_body.size();
      c.response_type = "text/plain";
      if (shape_.save_bodies && !k.response_body.empty()) {
        const auto saved = std::string_view(k.response_body).substr(0, shape_.saved_bytes_max);
        const std::array<model::BodyExtent, 1> extent{
            {{pack, static_cast<std::uint32_t>(batch.bodies.used()),
              static_cast<std::uint32_t>(saved.size())}}};
        static_cast<void>(batch.bodies.put(saved));
        c.response.body = batch.text.put_values(std::span<const model::BodyExtent>(extent));
      }
    }
    batch.communications.push_back(c);
    known.push_back(std::move(k));
  }
  return known;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "spider-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace spider::test
