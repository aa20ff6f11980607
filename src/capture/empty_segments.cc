#include "capture/empty_segments.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <pcap/dlt.h>
#include <sys/socket.h>

namespace spider::capture {
namespace {

constexpr std::uint32_t kKeepAll = 262'144;  // bytes of a frame that pass, as libpcap says
constexpr std::uint32_t kTcp = 6;
// More extension headers than this before the TCP header: the packet passes.
constexpr int kExtensionsMost = 6;
constexpr int kTagsMost = 2;

// Words of the program's memory.
enum Cell : std::uint32_t { kIpPayload, kLength, kOffset, kNext };

// A program under way. Jumps go to labels, which lie ahead.
class Assembler {
 public:
  using Label = std::size_t;

  [[nodiscard]] Label label() {
    labels_.push_back(kUnplaced);
    return labels_.size() - 1;
  }
  void place(Label at) { labels_[at] = code_.size(); }

  void op(std::uint16_t code, std::uint32_t k = 0) { code_.push_back({code, 0, 0, k}); }
  // To `yes` or `no`; kNext of the two goes on with the next instruction.
  void jump(std::uint16_t test, std::uint32_t k, Label yes, Label no) {
    jumps_.push_back({code_.size(), yes, no});
    op(static_cast<std::uint16_t>(BPF_JMP | test), k);
  }
  static constexpr Label kOn = SIZE_MAX;
  // However far the label is.
  void go(Label to) {
    jumps_.push_back({code_.size(), to, kOn});
    op(BPF_JMP | BPF_JA);
  }

  // Empty when a jump is longer than an instruction can say.
  [[nodiscard]] std::vector<sock_filter> done() {
    for (const Jump& j : jumps_) {
      const std::size_t yes = distance(j.at, j.yes);
      if (code_[j.at].code == (BPF_JMP | BPF_JA)) {
        code_[j.at].k = static_cast<std::uint32_t>(yes);
        continue;
      }
      const std::size_t no = distance(j.at, j.no);
      if (yes > UINT8_MAX || no > UINT8_MAX) return {};
      code_[j.at].jt = static_cast<std::uint8_t>(yes);
      code_[j.at].jf = static_cast<std::uint8_t>(no);
    }
    return std::move(code_);
  }

 private:
  struct Jump {
    std::size_t at;
    Label yes;
    Label no;
  };
  static constexpr std::size_t kUnplaced = SIZE_MAX;
  [[nodiscard]] std::size_t distance(std::size_t from, Label to) const {
    return to == kOn ? 0 : labels_[to] - from - 1;
  }

  std::vector<sock_filter> code_;
  std::vector<std::size_t> labels_;
  std::vector<Jump> jumps_;
};

// X is where the header at hand begins, less `base`, the bytes of the link header.
class Program {
 public:
  explicit Program(FrameStart start)
      : start_(start), base_(start == FrameStart::ethernet ? 14 : 0) {}

  [[nodiscard]] std::vector<sock_filter> assemble() {
    a_.op(BPF_LDX | BPF_IMM, 0);
    link();
    ipv4();
    ipv6();
    tcp();
    keep_all();
    a_.place(drop_);
    a_.op(BPF_RET | BPF_K, 0);
    return a_.done();
  }

 private:
  static constexpr Assembler::Label kOn = Assembler::kOn;

  // The frame passes: for jumps from above, which reach no further than 255 instructions.
  void keep_all() {
    a_.place(keep_);
    a_.op(BPF_RET | BPF_K, kKeepAll);
    keep_ = a_.label();
  }
  void load(std::uint16_t size, std::uint32_t offset) {
    a_.op(static_cast<std::uint16_t>(BPF_LD | size | BPF_IND), base_ + offset);
  }
  void version(std::uint32_t number) {
    load(BPF_B, 0);
    a_.op(BPF_ALU | BPF_RSH | BPF_K, 4);
    a_.jump(BPF_JEQ | BPF_K, number, kOn, keep_);
  }
  // A load behind the frame's end would drop it: what is too short passes.
  void need(std::uint32_t bytes) {
    a_.op(BPF_LD | BPF_W | BPF_LEN);
    a_.jump(BPF_JGT | BPF_X, 0, kOn, keep_);
    a_.op(BPF_ALU | BPF_SUB | BPF_X);
    a_.jump(BPF_JGE | BPF_K, base_ + bytes, kOn, keep_);
  }
  void advance(std::uint32_t bytes) {
    a_.op(BPF_MISC | BPF_TXA);
    a_.op(BPF_ALU | BPF_ADD | BPF_K, bytes);
    a_.op(BPF_MISC | BPF_TAX);
  }
  // Past a header of A bytes, which are of what the IP header says is left.
  void pass_header() {
    a_.op(BPF_ST, kLength);
    a_.op(BPF_ALU | BPF_ADD | BPF_X);
    a_.op(BPF_ST, kOffset);
    a_.op(BPF_LDX | BPF_MEM, kLength);
    a_.op(BPF_LD | BPF_MEM, kIpPayload);
    a_.op(BPF_ALU | BPF_SUB | BPF_X);
    a_.op(BPF_ST, kIpPayload);
    a_.op(BPF_LDX | BPF_MEM, kOffset);
  }

  // A: (the header's second byte + more) << shift.
  void header_length(std::uint32_t more, std::uint32_t shift) {
    load(BPF_B, 1);
    a_.op(BPF_ALU | BPF_ADD | BPF_K, more);
    a_.op(BPF_ALU | BPF_LSH | BPF_K, shift);
  }

  void link() {
    if (start_ == FrameStart::ip) {
      need(1);
      load(BPF_B, 0);
      a_.op(BPF_ALU | BPF_RSH | BPF_K, 4);
      a_.jump(BPF_JEQ | BPF_K, 4, ipv4_, kOn);
      a_.jump(BPF_JEQ | BPF_K, 6, ipv6_, keep_);
      return keep_all();
    }
    for (int tags = 0; tags <= kTagsMost; ++tags) {
      if (start_ == FrameStart::cooked && tags == 0) {
        a_.op(BPF_LD | BPF_H | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL));
      } else {
        // What follows the link header, or the tag that was passed, is said in its last two bytes.
        need(0);
        a_.op(BPF_LD | BPF_H | BPF_IND, base_ - 2);
      }
      const bool last = tags == kTagsMost;
      const Assembler::Label tag = a_.label();
      a_.jump(BPF_JEQ | BPF_K, ETH_P_IP, ipv4_, kOn);
      a_.jump(BPF_JEQ | BPF_K, ETH_P_IPV6, ipv6_, last ? keep_ : kOn);
      if (last) return keep_all();
      a_.jump(BPF_JEQ | BPF_K, ETH_P_8021Q, tag, kOn);
      a_.jump(BPF_JEQ | BPF_K, ETH_P_8021AD, tag, keep_);
      a_.place(tag);
      advance(4);
    }
  }

  void ipv4() {
    a_.place(ipv4_);
    need(20);
    version(4);
    load(BPF_B, 9);
    a_.jump(BPF_JEQ | BPF_K, kTcp, kOn, keep_);
    load(BPF_H, 6);  // more fragments, or an offset
    a_.jump(BPF_JSET | BPF_K, 0x3FFF, keep_, kOn);
    load(BPF_H, 2);
    a_.op(BPF_ST, kIpPayload);
    load(BPF_B, 0);
    a_.op(BPF_ALU | BPF_AND | BPF_K, 15);
    a_.op(BPF_ALU | BPF_LSH | BPF_K, 2);
    a_.jump(BPF_JGE | BPF_K, 20, kOn, keep_);
    pass_header();
    a_.go(tcp_);
    keep_all();
  }

  void ipv6() {
    a_.place(ipv6_);
    need(40);
    version(6);
    load(BPF_H, 4);
    a_.jump(BPF_JEQ | BPF_K, 0, keep_, kOn);  // a jumbogram (RFC 2675), or nothing
    a_.op(BPF_ST, kIpPayload);
    load(BPF_B, 6);
    a_.op(BPF_ST, kNext);
    advance(40);
    for (int i = 0; i < kExtensionsMost; ++i) {
      const Assembler::Label known = a_.label();
      const Assembler::Label authentication = a_.label();
      const Assembler::Label pass = a_.label();
      a_.op(BPF_LD | BPF_MEM, kNext);
      a_.jump(BPF_JEQ | BPF_K, kTcp, tcp_, kOn);
      a_.jump(BPF_JEQ | BPF_K, IPPROTO_HOPOPTS, known, kOn);
      a_.jump(BPF_JEQ | BPF_K, IPPROTO_ROUTING, known, kOn);
      a_.jump(BPF_JEQ | BPF_K, IPPROTO_DSTOPTS, known, kOn);
      a_.jump(BPF_JEQ | BPF_K, IPPROTO_AH, known, keep_);
      a_.place(known);
      need(2);
      a_.op(BPF_LD | BPF_MEM, kNext);
      a_.jump(BPF_JEQ | BPF_K, IPPROTO_AH, authentication, kOn);
      header_length(1, 3);
      a_.go(pass);
      a_.place(authentication);  // RFC 4302 section 2.2: words of four, less two
      header_length(2, 2);
      a_.place(pass);
      a_.op(BPF_ST, kLength);
      load(BPF_B, 0);
      a_.op(BPF_ST, kNext);
      a_.op(BPF_LD | BPF_MEM, kLength);
      pass_header();
    }
    a_.op(BPF_LD | BPF_MEM, kNext);
    // No keep_all() here: the kernel takes what is stored by now for lost behind a RET.
    a_.jump(BPF_JEQ | BPF_K, kTcp, tcp_, keep_);
  }

  void tcp() {
    a_.place(tcp_);
    need(14);
    load(BPF_B, 13);
    a_.jump(BPF_JSET | BPF_K, model::kSyn | model::kFin | model::kRst, keep_, kOn);
    load(BPF_B, 12);
    a_.op(BPF_ALU | BPF_RSH | BPF_K, 4);
    a_.op(BPF_ALU | BPF_LSH | BPF_K, 2);
    a_.jump(BPF_JGE | BPF_K, 20, kOn, keep_);
    a_.op(BPF_ST, kLength);
    a_.op(BPF_LD | BPF_W | BPF_LEN);
    a_.op(BPF_ALU | BPF_SUB | BPF_X);
    a_.op(BPF_ALU | BPF_SUB | BPF_K, base_);
    a_.op(BPF_LDX | BPF_MEM, kLength);
    a_.jump(BPF_JGE | BPF_X, 0, kOn, keep_);
    a_.op(BPF_LD | BPF_MEM, kIpPayload);
    a_.jump(BPF_JEQ | BPF_X, 0, drop_, keep_);
  }

  FrameStart start_;
  std::uint32_t base_;
  Assembler a_;
  Assembler::Label ipv4_ = a_.label();
  Assembler::Label ipv6_ = a_.label();
  Assembler::Label tcp_ = a_.label();
  Assembler::Label keep_ = a_.label();
  Assembler::Label drop_ = a_.label();
};

[[nodiscard]] std::optional<FrameStart> start_of(int dlt) {
  switch (dlt) {
    case DLT_EN10MB:
      return FrameStart::ethernet;
    case DLT_RAW:
      return FrameStart::ip;
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
      return FrameStart::cooked;
    default:
      return std::nullopt;
  }
}

// What libpcap gave the kernel; nothing when it has no filter there.
[[nodiscard]] std::optional<std::vector<sock_filter>> filter_of(int packet_socket) {
  std::vector<sock_filter> code(BPF_MAXINSNS);
  socklen_t instructions = BPF_MAXINSNS;
  if (::getsockopt(packet_socket, SOL_SOCKET, SO_GET_FILTER, code.data(), &instructions) != 0)
    return std::nullopt;
  code.resize(instructions);
  return code;
}

}  // namespace

std::vector<sock_filter> without_empty_segments(std::span<const sock_filter> first,
                                                FrameStart start) {
  const std::vector<sock_filter> program = Program(start).assemble();
  std::vector<sock_filter> out(first.begin(), first.end());
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (BPF_CLASS(out[i].code) != BPF_RET) continue;
    if (BPF_RVAL(out[i].code) != BPF_K) return {};
    if (out[i].k != 0)
      out[i] = {BPF_JMP | BPF_JA, 0, 0, static_cast<std::uint32_t>(out.size() - i - 1)};
  }
  out.insert(out.end(), program.begin(), program.end());
  if (program.empty() || out.size() > BPF_MAXINSNS) return {};
  return out;
}

bool drop_empty_segments(int packet_socket, int dlt) {
  const std::optional<FrameStart> start = start_of(dlt);
  const auto first = filter_of(packet_socket);
  if (!start || !first) return false;
  std::vector<sock_filter> code = without_empty_segments(*first, *start);
  if (code.empty()) return false;
  const sock_fprog program{static_cast<std::uint16_t>(code.size()), code.data()};
  return ::setsockopt(packet_socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

}  // namespace spider::capture
