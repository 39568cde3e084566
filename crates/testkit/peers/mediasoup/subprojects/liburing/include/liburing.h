// The worker is written for a newer liburing than Debian's 2.3; this is what it misses.
#pragma once

#include_next <liburing.h>

inline int io_uring_major_version() { return 2; }
inline int io_uring_minor_version() { return 3; }

inline void io_uring_prep_sendto(
  io_uring_sqe* sqe, int socket, const void* buffer, size_t length, int flags, const sockaddr* to, socklen_t to_length) {
  io_uring_prep_send(sqe, socket, buffer, length, flags);
  io_uring_prep_send_set_addr(sqe, to, to_length);
}
