// Reading what may not be there: for libmilter's own reads, which cannot be checked before.
#pragma once

namespace alignd::milter {

/// From now on a memory fault inside readsSafely() ends there, any other one the process, as before. Once, at the start.
void installFaultGuard();

/// Calls read(data), which does nothing but read memory into memory that it owns: it takes no lock, allocates nothing and
/// has nothing to destroy, so that it may be left at any instruction. False when it ran into memory that is not there. Any
/// thread.
bool readsSafely(void (*read)(void*), void* data) noexcept;

}  // namespace alignd::milter
