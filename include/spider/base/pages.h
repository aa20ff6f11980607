#pragma once
// Pages of memory that is kept for later and holds nothing now. Any thread; Linux.

#include <cstddef>

namespace spider::base {

// Gives the whole pages within [at, at + bytes) back to the system. The memory stays the caller's,
// and comes back zeroed, page by page, where it is touched; what was in it is lost. Part of a page
// is left alone, so neighbours keep theirs. Of private memory only (madvise(2), MADV_DONTNEED).
void forget_pages(void* at, std::size_t bytes) noexcept;

}  // namespace spider::base
