// Random answers of name servers: names compressed anyhow, chains of aliases, records that nobody
// asked for between them. What is read is what was put in, whole or cut at any byte.
//
// SPIDER_PROPERTY_CASES=N makes N answers.
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "spider/parse/dns.h"

#include "support/guarded_bytes.h"

namespace spider::test {
namespace {

using parse::DnsOutcome;

class Server {
 public:
  explicit Server(unsigned seed) : random_(seed) {}

  [[nodiscard]] std::vector<std::uint8_t> answer() {
    asked_ = name();
    const bool v6 = chance(3);
    for (const unsigned word : {7U, 0x8180U, 1U, 0U, 0U, 0U}) put16(word);
    put_name(asked_, chance(2));
    put16(v6 ? 28 : 1);
    put16(1);
    std::string current = asked_;
    for (unsigned hops = pick(4); hops > 0; --hops) {
      strangers(v6);
      std::string to = name();
      head(current, 5);
      put_name(to, true);
      close_record();
      current = to;
    }
    const unsigned addresses = pick(6);
    for (unsigned i = 0; i < addresses; ++i) {
      strangers(v6);
      head(current, v6 ? 28 : 1);
      const model::IpAddress ip = any_address(v6);
      if (std::find(expected_.begin(), expected_.end(), ip) == expected_.end())
        expected_.push_back(ip);
      close_record();
    }
    strangers(v6);
    return bytes_;
  }
  [[nodiscard]] const std::string& asked() const { return asked_; }
  [[nodiscard]] const std::vector<model::IpAddress>& expected() const { return expected_; }

 private:
  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
  bool chance(unsigned one_in) { return pick(one_in) == 0; }

  std::string name() {
    std::string out;
    for (unsigned labels = 1 + pick(5); labels > 0; --labels) {
      if (!out.empty()) out += '.';
      for (unsigned letters = 1 + pick(12); letters > 0; --letters)
        out += "abcdefghijklmnopqrstuvwxyz0123456789-_"[pick(38)];
    }
    // Not by chance the same as another, and never one that begins with a number alone.
    return out + ".n" + std::to_string(++names_);
  }
  void put16(unsigned v) {
    bytes_.push_back(static_cast<std::uint8_t>(v >> 8U));
    bytes_.push_back(static_cast<std::uint8_t>(v));
  }
  // In random case; ends in a pointer where the rest was written before.
  void put_name(std::string text, bool compress) {
    while (!text.empty()) {
      const auto known = written_.find(text);
      if (compress && known != written_.end() && !chance(4)) {
        put16(0xC000U | known->second);
        return;
      }
      if (bytes_.size() < 0x3FFF) written_.emplace(text, static_cast<unsigned>(bytes_.size()));
      const std::string label = text.substr(0, text.find('.'));
      bytes_.push_back(static_cast<std::uint8_t>(label.size()));
      for (const char c : label)
        bytes_.push_back(static_cast<std::uint8_t>(c >= 'a' && chance(3) ? c - 'a' + 'A' : c));
      text.erase(0, label.size() + 1);
    }
    bytes_.push_back(0);
  }
  void head(const std::string& owner, unsigned type, unsigned of_class = 1) {
    ++bytes_[7];
    put_name(owner, true);
    put16(type);
    put16(of_class);
    put16(0);
    put16(300);
    put16(0);
    data_ = bytes_.size();
  }
  void close_record() {
    const std::size_t length = bytes_.size() - data_;
    bytes_[data_ - 2] = static_cast<std::uint8_t>(length >> 8U);
    bytes_[data_ - 1] = static_cast<std::uint8_t>(length);
  }
  model::IpAddress any_address(bool v6) {
    std::uint8_t wire[16];
    for (std::uint8_t& b : wire) b = static_cast<std::uint8_t>(1 + pick(250));
    const std::size_t size = v6 ? 16 : 4;
    bytes_.insert(bytes_.end(), wire, wire + size);
    if (v6) return model::IpAddress::v6(wire);
    return model::IpAddress::v4(unsigned{wire[0]} << 24U | unsigned{wire[1]} << 16U |
                                unsigned{wire[2]} << 8U | unsigned{wire[3]});
  }
  // Records that say nothing about the name asked for.
  void strangers(bool v6) {
    while (chance(3)) {
      switch (pick(3)) {
        case 0:  // somebody else's address
          head(name(), v6 ? 28 : 1);
          static_cast<void>(any_address(v6));
          break;
        case 1:  // a text, of any bytes
          head(asked_, 16);
          for (unsigned n = pick(40); n > 0; --n)
            bytes_.push_back(static_cast<std::uint8_t>(pick(256)));
          break;
        default:  // another class than the Internet's
          head(asked_, v6 ? 28 : 1, 3);
          static_cast<void>(any_address(v6));
      }
      close_record();
    }
  }

  std::mt19937 random_;
  std::vector<std::uint8_t> bytes_;
  std::map<std::string, unsigned> written_;
  std::size_t data_ = 0;
  unsigned names_ = 0;
  std::string asked_;
  std::vector<model::IpAddress> expected_;
};

unsigned cases() {
  const char* const said = std::getenv("SPIDER_PROPERTY_CASES");
  return said == nullptr ? 3'000 : static_cast<unsigned>(std::strtoul(said, nullptr, 10));
}

}  // namespace

TEST_CASE("what name servers say is read as it was meant, and cut anywhere it invents nothing") {
  GuardedBytes guarded(65'536);
  const auto answer = std::make_unique<parse::DnsAnswer>();
  unsigned named = 0;
  for (unsigned seed = 0; seed < cases(); ++seed) {
    Server server(seed);
    const std::vector<std::uint8_t> message = server.answer();
    const DnsOutcome outcome = parse::read_dns_answer(guarded.place(message), *answer);
    const bool has = !server.expected().empty();
    if (outcome != (has ? DnsOutcome::named : DnsOutcome::unnamed)) {
      CAPTURE(seed, static_cast<int>(outcome));
      FAIL("another outcome than was meant");
    }
    if (!has) continue;
    ++named;
    const std::vector<model::IpAddress> read(
        answer->addresses.begin(),
        answer->addresses.begin() + static_cast<std::ptrdiff_t>(answer->count));
    if (answer->name() != server.asked() || read != server.expected()) {
      CAPTURE(seed, std::string(answer->name()), server.asked());
      FAIL("another answer than was meant");
    }
    for (std::size_t bytes = 0; bytes < message.size(); ++bytes)
      if (parse::read_dns_answer(guarded.place(base::Bytes(message).first(bytes)), *answer) !=
          DnsOutcome::cut) {
        CAPTURE(seed, bytes);
        FAIL("a cut answer is not told as cut");
      }
  }
  CHECK(named > cases() / 3);
}

TEST_CASE("answers with bytes changed at random keep every bound") {
  GuardedBytes guarded(65'536);
  const auto answer = std::make_unique<parse::DnsAnswer>();
  std::mt19937 random(1);
  std::map<DnsOutcome, unsigned> outcomes;
  for (unsigned seed = 0; seed < cases() * 4; ++seed) {
    std::vector<std::uint8_t> message = Server(seed).answer();
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes)
      message[random() % message.size()] = static_cast<std::uint8_t>(random());
    const DnsOutcome outcome = parse::read_dns_answer(guarded.place(message), *answer);
    ++outcomes[outcome];
    if (outcome == DnsOutcome::named &&
        (answer->count == 0 || answer->count > parse::kDnsAddressesMax || answer->name().empty()))
      FAIL("out of bounds");
  }
  CHECK(outcomes.size() == 5);  // each of them happens
}

}  // namespace spider::test
