// The worker is written for libsrtp 3. In libsrtp 2 a length is an int*, and one function has another name.
#pragma once

#include <cstddef>
#include <srtp2/srtp.h>

#define WITH_SIZE(function)                                                         \
  inline srtp_err_status_t function(srtp_t session, void* packet, size_t* length) { \
    int signed_length = static_cast<int>(*length);                                  \
    const srtp_err_status_t status = function(session, packet, &signed_length);     \
    *length = static_cast<size_t>(signed_length);                                   \
    return status;                                                                  \
  }

WITH_SIZE(srtp_protect)
WITH_SIZE(srtp_unprotect)
WITH_SIZE(srtp_protect_rtcp)
WITH_SIZE(srtp_unprotect_rtcp)

#undef WITH_SIZE

inline srtp_err_status_t srtp_stream_remove(srtp_t session, unsigned int ssrc) {
  return srtp_remove_stream(session, ssrc);
}
