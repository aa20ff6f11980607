#pragma once
// Patience: for threads that work by the batch.

namespace spider::base {

// From now on the calling thread, and those that it starts, push no other thread from its processor
// when they wake: they get the same share, a little later (SCHED_BATCH). Needs no right; where the
// system does not know it nothing changes.
void wake_patiently() noexcept;

// From now on the calling thread, and those that it starts, have a lower share of a busy processor
// than the main thread, as many nice levels; each is about a fifth less. Needs no right, but to
// come back from it takes one: only for threads that never do anything else.
void step_back(int levels) noexcept;

// As far as threads stand back that serve files in a server: about a tenth of the share.
inline constexpr int kFileLevels = 10;

}  // namespace spider::base
