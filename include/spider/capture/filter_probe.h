#pragma once
// Tries a BPF filter on made packets of one TCP connection: SYN and data, both ways, with and
// without a VLAN tag, in Ethernet frames (in bare IP when the filter means nothing on Ethernet).
// Owns nothing, touches no device; any thread. A filter that does not compile is told as trouble.

#include <string>

#include "spider/model/address.h"
#include "spider/model/filter_answer.h"

namespace spider::capture {

[[nodiscard]] model::FilterAnswer try_filter(const std::string& expression,
                                             const model::Endpoint& client,
                                             const model::Endpoint& server);

}  // namespace spider::capture
