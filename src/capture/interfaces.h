#pragma once
// The network interfaces of this machine, and the check of a whisperer against them.

#include <string>
#include <vector>

#include "spider/base/result.h"

namespace spider::capture {

// Names in the kernel's order; `any` is not among them. Empty when they cannot be listed.
[[nodiscard]] std::vector<std::string> interface_names();
// interface_not_found, with the names of those that exist.
[[nodiscard]] base::Error no_such_interface(const std::string& name);

}  // namespace spider::capture
