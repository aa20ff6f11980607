#pragma once
// FilterAnswer: what a BPF filter does with the packets of one TCP connection, tried on packets
// made for the purpose. Plain data.

#include <string>

namespace spider::model {

struct FilterAnswer {
  bool tried = false;          // false: `trouble` says why not
  bool client_passes = false;  // the client's packets: SYN and data alike
  bool server_passes = false;  // the server's
  bool any_passes = false;     // at least one of the packets tried
  bool tagged_passes = false;  // all of them, when the frames carry a VLAN tag
  std::string trouble;
  bool spiders_own = false;  // left out as a connection of Spider's own page and API
};

}  // namespace spider::model
