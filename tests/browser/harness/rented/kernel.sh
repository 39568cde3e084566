#!/bin/sh
# The kernel's parameters belong to the machine around the container, which must not change them. Files with their values
# stand in for them: what is set can be read again, until the next boot. Those of the network are the container's own.
set -eu
own=/run/stand-in-kernel
mkdir -p $own/kernel
cp -r /proc/sys/kernel/. $own/kernel 2>/dev/null || true
rm -rf $own/kernel/random
mkdir -p $own/kernel/random $own/kernel/yama
mount --rbind /proc/sys/kernel/random $own/kernel/random
for name in fs/suid_dumpable fs/protected_fifos fs/protected_hardlinks fs/protected_regular fs/protected_symlinks \
  vm/mmap_min_addr vm/mmap_rnd_bits vm/mmap_rnd_compat_bits vm/unprivileged_userfaultfd dev/tty/ldisc_autoload; do
  test -e /proc/sys/$name || continue
  mkdir -p $own/${name%/*}
  cat /proc/sys/$name > $own/$name
  mount --bind $own/$name /proc/sys/$name
done
mount --rbind $own/kernel /proc/sys/kernel
# What Debian's kernel begins with, and what systemd sets on a machine with a kernel of its own (Ctrl-Alt-Del).
while read -r name value; do
  ! test -e /proc/sys/$name || echo "$value" > /proc/sys/$name
done <<END
dev/tty/ldisc_autoload 1
fs/protected_fifos 0
fs/protected_hardlinks 0
fs/protected_regular 0
fs/protected_symlinks 0
fs/suid_dumpable 0
kernel/core_pattern core
kernel/core_uses_pid 0
kernel/ctrl-alt-del 0
kernel/dmesg_restrict 1
kernel/kptr_restrict 0
kernel/perf_event_paranoid 3
kernel/randomize_va_space 2
kernel/unprivileged_bpf_disabled 2
END
echo 0 > $own/kernel/yama/ptrace_scope
