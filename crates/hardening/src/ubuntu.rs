//! Ubuntu as it is rented: the same controls over what differs from Debian. Its files are played in their form, with the settings that
//! count here; nobody has tried this on a machine yet.

use std::collections::BTreeMap;

use crate::apply::Outcome;
use crate::bench::Bench;
use crate::control::Scope;
use crate::facts::{System, User};
use crate::family;
use crate::sshd::sshd;
use crate::want::{APT_FILE, MODPROBE_FILE, Want, is_installed, unit_state};

/// What both have, beside Debian's.
const FILES: &[(&str, &str)] = &[
    // Passwords are let in by a file that cloud-init writes, which is read before the rest of the main one.
    (
        "/etc/ssh/sshd_config",
        "Include /etc/ssh/sshd_config.d/*.conf\n\nKbdInteractiveAuthentication no\nUsePAM yes\nX11Forwarding yes\nPrintMotd no\nAcceptEnv LANG LC_*\nSubsystem\tsftp\t/usr/lib/openssh/sftp-server\n",
    ),
    ("/etc/ssh/sshd_config.d/50-cloud-init.conf", "PasswordAuthentication yes\n"),
    ("/etc/ssh/sshd_config.d/60-cloudimg-settings.conf", "PasswordAuthentication no\n"),
    ("/etc/ssh/ssh_host_ed25519_key", "key\n"),
    ("/etc/ssh/ssh_host_ed25519_key.pub", "key\n"),
    (
        "/etc/ssh/moduli",
        "# Time Type Tests Tries Size Generator Modulus\n2020 2 6 100 2047 2 AB\n2020 2 6 100 3071 2 CD\n",
    ),
    (
        "/home/ubuntu/.ssh/authorized_keys",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBRZ4n6uWkzKAVmOhVmuy7WK2gRk1m1xJ0TvvQY5BBnL ubuntu\n",
    ),
    (
        "/etc/sudoers",
        "Defaults\tenv_reset\nDefaults\tmail_badpass\nDefaults\tsecure_path=\"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin\"\nDefaults\tuse_pty\nroot\tALL=(ALL:ALL) ALL\n%admin ALL=(ALL) ALL\n%sudo\tALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n",
    ),
    ("/etc/sudoers.d/90-cloud-init-users", "# User rules for ubuntu\nubuntu ALL=(ALL) NOPASSWD:ALL\n"),
    (
        "/etc/passwd",
        "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nsync:x:4:65534:sync:/bin:/bin/sync\nsyslog:x:104:111::/home/syslog:/usr/sbin/nologin\nlxd:x:999:100::/var/snap/lxd/common/lxd:/bin/false\nubuntu:x:1000:1000:Ubuntu:/home/ubuntu:/bin/bash\n",
    ),
    (
        "/etc/shadow",
        "root:*:19500:0:99999:7:::\ndaemon:*:19500:0:99999:7:::\nsync:*:19500:0:99999:7:::\nsyslog:!:19500::::::\nlxd:!:19500::::::\nubuntu:!:19500:0:99999:7:::\n",
    ),
    (
        "/etc/group",
        "root:x:0:\ndaemon:x:1:\nadm:x:4:syslog,ubuntu\nsudo:x:27:ubuntu\nshadow:x:42:\nlxd:x:100:ubuntu\nsyslog:x:111:\nubuntu:x:1000:\nnogroup:x:65534:\n",
    ),
    (
        "/etc/gshadow",
        "root:*::\ndaemon:*::\nadm:*::syslog,ubuntu\nsudo:*::ubuntu\nshadow:*::\nlxd:!::ubuntu\nsyslog:!::\nubuntu:!::\nnogroup:*::\n",
    ),
    (
        "/etc/login.defs",
        "MAIL_DIR /var/mail\nUMASK\t\t022\nHOME_MODE\t0750\nPASS_MAX_DAYS\t99999\nPASS_MIN_DAYS\t0\nPASS_WARN_AGE\t7\nENCRYPT_METHOD SHA512\nUSERGROUPS_ENAB yes\n",
    ),
    ("/etc/default/useradd", "SHELL=/bin/sh\n"),
    ("/etc/default/motd-news", "ENABLED=1\nURLS=\"https://motd.ubuntu.com\"\nWAIT=5\n"),
    ("/etc/default/apport", "enabled=1\n"),
    (
        "/etc/pam.d/common-auth",
        "auth\t[success=1 default=ignore]\tpam_unix.so nullok\nauth\trequisite\t\t\tpam_deny.so\nauth\trequired\t\t\tpam_permit.so\nauth\toptional\t\t\tpam_cap.so \n",
    ),
    (
        "/etc/pam.d/common-account",
        "account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so \naccount\trequisite\t\t\tpam_deny.so\naccount\trequired\t\t\tpam_permit.so\n",
    ),
    (
        "/etc/pam.d/common-password",
        "password\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt\npassword\trequisite\t\t\tpam_deny.so\npassword\trequired\t\t\tpam_permit.so\n",
    ),
    (
        "/etc/pam.d/common-session",
        "session\t[default=1]\t\t\tpam_permit.so\nsession\trequisite\t\t\tpam_deny.so\nsession\trequired\t\t\tpam_permit.so\nsession optional\t\t\tpam_umask.so\nsession\trequired\tpam_unix.so \nsession\toptional\tpam_systemd.so \n",
    ),
    (
        "/etc/pam.d/su",
        "auth       sufficient pam_rootok.so\nsession       required   pam_env.so readenv=1\n@include common-auth\n@include common-account\n@include common-session\n",
    ),
    ("/etc/issue", "Ubuntu \\n \\l\n\n"),
    ("/etc/issue.net", "Ubuntu\n"),
    ("/etc/crontab", "17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly\n"),
    (
        "/etc/fstab",
        "LABEL=cloudimg-rootfs\t/\t ext4\tdiscard,commit=30,errors=remount-ro\t0 1\nLABEL=UEFI\t/boot/efi\tvfat\tumask=0077\t0 1\n",
    ),
    (
        "/etc/apt/apt.conf.d/20auto-upgrades",
        "APT::Periodic::Update-Package-Lists \"1\";\nAPT::Periodic::Unattended-Upgrade \"1\";\n",
    ),
    // As the package manager prints them.
    (
        "/etc/apt/apt.conf.d/50unattended-upgrades",
        "Unattended-Upgrade::Allowed-Origins:: \"${distro_id}:${distro_codename}-security\";\n",
    ),
    // Its unit runs all the same.
    ("/etc/ufw/ufw.conf", "ENABLED=no\nLOGLEVEL=low\n"),
    ("/etc/systemd/journald.conf", "[Journal]\n"),
    ("/etc/systemd/system.conf", "[Manager]\n"),
    ("/etc/security/limits.conf", ""),
    ("/etc/sysctl.d/10-kernel-hardening.conf", "kernel.kptr_restrict = 1\n"),
    (
        "/etc/sysctl.d/10-network-security.conf",
        "net.ipv4.conf.default.rp_filter=2\nnet.ipv4.conf.all.rp_filter=2\n",
    ),
    ("/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash\"\nGRUB_CMDLINE_LINUX=\"\"\n"),
    (
        "/proc/self/mounts",
        "/dev/vda1 / ext4 rw,relatime 0 0\ntmpfs /dev/shm tmpfs rw,nosuid,nodev 0 0\n/dev/loop0 /snap/core20/1 squashfs ro,nodev,relatime 0 0\n",
    ),
    ("/proc/swaps", "Filename Type Size Used Priority\n"),
    ("/proc/modules", ""),
];

/// What is installed from the start, and matters to a control.
const PACKAGES: &[&str] = &[
    "openssh-server",
    "sudo",
    "apparmor",
    "snapd",
    "rsyslog",
    "ufw",
    "apport",
    "cloud-init",
    "unattended-upgrades",
    "systemd-timesyncd",
    "needrestart",
    "cron",
    "libpam-runtime",
];

/// Units that tell others about the machine.
const TELL_OTHERS: &[&str] = &["apport.service", "motd-news.timer", "apt-news.service"];
/// What waits for a person, or for the next start.
const FOR_A_PERSON: &[&str] = &["apparmor.enforced", "modules.snaps", "sudo.asks-everybody"];
/// What is brought about by programs that are not played: it holds later, if at all.
const BY_PROGRAMS: &[&str] = &[
    "accounts.services-sign-in-nowhere",
    "filesystems.home",
    "filesystems.shared-memory",
    "filesystems.tmp",
    "filesystems.var",
    "filesystems.var-tmp",
    "firewall.closed",
    "homes.private",
    "logs.folder-in-memory",
    "pam.good-passwords",
    "pam.guessing-is-slow",
    "pam.no-former-password",
    "pam.own-temporary-files",
    "pam.su-is-closed",
    "ssh.cryptography",
];

fn rented(system: System) -> Bench {
    let mut bench = Bench::new();
    bench.facts.system = system;
    for (path, text) in FILES {
        bench.write(path, text);
    }
    for folder in ["/tmp", "/var/tmp", "/var/log", "/dev/shm", "/home"] {
        bench.make_folder(folder);
    }
    for unit in TELL_OTHERS {
        bench.write(&format!("/etc/systemd/system/wanted/{unit}"), "");
    }
    for name in PACKAGES {
        bench.install(name);
    }
    bench.facts.users = bench.read("/etc/passwd").lines().filter_map(User::parse).collect();
    let all = "User ubuntu may run the following commands on rented:\n    (ALL : ALL) ALL\n    (ALL) NOPASSWD: ALL\n";
    bench.answers("sudo --list --other-user ubuntu", 0, all);
    bench.answers("passwd --status ubuntu", 0, "ubuntu L 2026-01-01 0 99999 7 -1\n");
    bench.answers("systemctl is-active --quiet ufw.service", 0, "");
    bench.answers("date +%s", 0, "1795000000\n");
    for control in family::all().into_iter().flatten() {
        let Scope::Wants(wants) = (control.scope)(&bench.facts, &bench.machine) else { continue };
        for want in wants {
            if let Want::Kernel(key, _) = want
                && !key.contains('*')
            {
                bench.write(&format!("/proc/sys/{key}"), "9\n");
            }
        }
    }
    bench
}

fn brought_about(bench: &Bench) -> BTreeMap<&'static str, Outcome> {
    let mut outcomes = BTreeMap::new();
    for controls in family::all() {
        let all: Vec<_> = controls.iter().collect();
        outcomes.extend(controls.iter().map(|control| control.id).zip(bench.family(&all)));
    }
    outcomes
}

#[test]
fn every_control_is_brought_about_on_ubuntu_or_says_why_not_and_all_is_taken_back_t1_t2() {
    for system in [System::Ubuntu2204, System::Ubuntu2404] {
        let bench = rented(system);
        let before = bench.machine.tree("/").unwrap();
        for (id, outcome) in brought_about(&bench) {
            let is_well = match &outcome {
                Outcome::Held | Outcome::Done => true,
                Outcome::AfterRestart(_) => BY_PROGRAMS.contains(&id),
                Outcome::Left(_) => FOR_A_PERSON.contains(&id) || id == "apparmor.from-the-start",
                Outcome::Failed(_) => false,
            };
            assert!(is_well, "{system:?}: {id}: {outcome:?}");
        }
        for (id, outcome) in brought_about(&bench) {
            let is_again = matches!(outcome, Outcome::Done | Outcome::Failed(_));
            assert!(!is_again, "{system:?}: {id}: once more, {outcome:?}");
        }
        bench.undo();
        let after = bench.machine.tree("/").unwrap();
        let gone = before.iter().filter(|place| !after.contains(place));
        let come = after.iter().filter(|place| !before.contains(place));
        let differ: Vec<_> = gone.chain(come).map(|(path, _)| path).collect();
        assert!(differ.is_empty(), "{system:?}: {differ:?}");
    }
}

#[test]
fn where_nobody_has_signed_in_yet_it_says_so_and_keeps_nobody_out_t4() {
    let bench = rented(System::Ubuntu2404);
    bench.answers("sshd -T", 255, "");
    bench.complains("Missing privilege separation directory: /run/sshd\n");
    assert!(sshd(&bench.machine).is_err_and(|trouble| trouble.to_string().contains("Come in by ssh once")));
    let closes = |control: &&crate::control::Control| {
        control.id.starts_with("ssh.by-key") || control.id == "firewall.closed"
    };
    for control in family::all().into_iter().flatten().filter(closes) {
        assert!(matches!(bench.apply(control), Outcome::Left(_)), "{}", control.id);
    }
}

#[test]
fn what_ubuntu_has_otherwise_is_met() {
    for system in [System::Ubuntu2204, System::Ubuntu2404] {
        let bench = rented(system);
        brought_about(&bench);
        let sshd = sshd(&bench.machine).unwrap();
        // The provider's file lets passwords in, and stays as it is: ours is read before it (T4).
        assert_eq!(sshd.get("passwordauthentication"), "no");
        assert_eq!(bench.read("/etc/ssh/sshd_config.d/50-cloud-init.conf"), "PasswordAuthentication yes\n");
        assert_eq!(sshd.get("allowusers"), "ubuntu");
        // OpenSSH 8.9 does not know it, and would not start.
        assert_eq!(sshd.get("requiredrsasize").is_empty(), system == System::Ubuntu2204);
        // Snaps are such file systems.
        assert!(!bench.read(MODPROBE_FILE).contains("squashfs"));
        assert!(bench.read(MODPROBE_FILE).contains("cramfs"));
        // Two programs in front of one packet filter confuse each other (T3).
        assert!(!is_installed(&bench.machine, "ufw"));
        for unit in TELL_OTHERS {
            assert_eq!(unit_state(&bench.machine, unit), "masked", "{unit}");
        }
        assert!(!bench.read(APT_FILE).contains("Origins"), "Ubuntu says where its mends come from itself");
    }
}
