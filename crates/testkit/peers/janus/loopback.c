// Preloaded into Janus, which skips loopback interfaces: it is told that they are none. Nothing else is changed.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <ifaddrs.h>
#include <net/if.h>

int getifaddrs(struct ifaddrs **list) {
  int (*original)(struct ifaddrs **) = (int (*)(struct ifaddrs **))dlsym(RTLD_NEXT, "getifaddrs");
  const int status = original(list);
  for (struct ifaddrs *each = status == 0 ? *list : 0; each; each = each->ifa_next) {
    each->ifa_flags &= ~(unsigned)IFF_LOOPBACK;
  }
  return status;
}
