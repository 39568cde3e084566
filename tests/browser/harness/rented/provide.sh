#!/bin/sh
# What a provider leaves behind in the machine that it rents out. Runs in the root file system as it is made.
set -eu
cd "$(dirname "$0")"

# Somebody with sudo and no password asked; root with a password; passwords over SSH, by a file that is read before others.
useradd --create-home --shell /bin/bash --groups sudo ada
printf '%s\n' 'root:a long night of rain' 'ada:a short day of sun' | chpasswd
touch /home/ada/.sudo_as_admin_successful
chown ada:ada /home/ada/.sudo_as_admin_successful
echo 'ada ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/90-cloud-init-users
chmod 0440 /etc/sudoers.d/90-cloud-init-users
echo 'PasswordAuthentication yes' > /etc/ssh/sshd_config.d/50-cloud-init.conf
chmod 0600 /etc/ssh/sshd_config.d/50-cloud-init.conf
echo 'PermitRootLogin yes' >> /etc/ssh/sshd_config
systemctl enable --quiet ssh

echo rented > /etc/hostname
cat > /etc/fstab <<END
UUID=6d1f6e4a-6f2e-4d5c-9a52-0c1e5f3d7a11 / ext4 rw,discard,errors=remount-ro 0 1
UUID=0f6a2b54-0f0b-4a55-8d2e-6f7c9f0f2d42 none swap sw 0 0
END
cat > /etc/network/interfaces.d/eth0 <<END
allow-hotplug eth0
iface eth0 inet manual
END

# A container has no disk to boot from and no kernel of its own: stand-ins, outside /etc.
dpkg-divert --quiet --local --rename --add /usr/sbin/grub-probe
install -m 0755 grub-probe.sh /usr/sbin/grub-probe
mkdir -p /boot/grub
grub-mkconfig -o /boot/grub/grub.cfg 2>/dev/null
install -m 0755 -D kernel.sh /usr/lib/stand-in/kernel
units=/usr/lib/systemd/system
install -m 0644 stand-in-kernel.service $units/
mkdir -p $units/sysinit.target.wants $units/systemd-timesyncd.service.d
ln -s ../stand-in-kernel.service $units/sysinit.target.wants/
install -m 0644 timesyncd.conf $units/systemd-timesyncd.service.d/stand-in.conf

# There is no mirror around a machine of the tests, and nobody to ask for names: that is told at once. What may be installed
# later lies in its cache.
apt-get clean
apt-get --quiet --quiet install --download-only --yes --no-install-recommends \
  cracklib-runtime libpam-pwquality libpam-tmpdir apparmor-utils aide aide-common debsums needrestart
echo 'nameserver 127.0.0.1' > /etc/resolv.conf
