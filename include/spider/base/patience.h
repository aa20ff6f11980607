#pragma once
// Patience: for threads that work by the batch.

namespace spider::base {

// From now on the calling thread, and those that it starts, push no other thread from its processor
// when they wake: they get the same share, a little later (SCHED_BATCH). Needs no right; where the
// system does not know it nothing changes.
void wake_patiently() noexcept;

}  // namespace spider::base
