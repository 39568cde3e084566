//! Administration by ssh (T4): by key alone, with modern cryptography, and never so that the owner is kept out.

use crate::control::{Control, Risk, Scope};
use crate::edit::Syntax;
use crate::facts::{Facts, System};
use crate::machine::Machine;
use crate::sshd::sshd;
use crate::want::{SSHD_FILE, Want, is_installed};
use crate::way_in::{ToRoot, keys, ways_in};

const NO_SSH: &str = "this machine has no ssh server";
/// Beside those that come with the system, which sshd is no longer told of.
const RSA_KEY: &str = "/etc/ssh/ssh_host_rsa4096_key";
const MODULI: &str = "/etc/ssh/moduli";
/// The fifth field of moduli(5) is the size in bits, less one.
const MIN_MODULUS: u32 = 3071;
/// What `sntrup761x25519-sha512@openssh.com` is called since it was registered.
const LATER_NAME: &str = "sntrup761x25519-sha512";
const SHA256: &str = "hmac-sha2-256-etm@openssh.com";
const SHA512: &str = "hmac-sha2-512-etm@openssh.com";
const UMAC: &str = "umac-128-etm@openssh.com";

fn if_there(machine: &Machine, wants: impl FnOnce() -> Scope) -> Scope {
    if is_installed(machine, "openssh-server") { wants() } else { Scope::NotApplicable(NO_SSH.to_owned()) }
}

fn settings(machine: &Machine, settings: &[(&'static str, &str)]) -> Scope {
    if_there(machine, || {
        Scope::Wants(settings.iter().map(|(key, value)| Want::Sshd(key, (*value).to_owned())).collect())
    })
}

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "ssh.keys",
        serves: &["T4"],
        rules: &[],
        title: "Every key that lets somebody in is a strong one",
        why: "A short or outdated key can be worked out by somebody who wants in. Only Ed25519, and RSA of at least 2048 bits, \
              are let in.",
        risk: Risk::None,
        scope: |facts, machine| if_there(machine, || weak_keys(facts, machine)),
    },
    Control {
        id: "ssh.files",
        serves: &["T1", "T4"],
        rules: &[
            "file_groupowner_sshd_config",
            "file_owner_sshd_config",
            "file_permissions_sshd_config",
            "file_permissions_sshd_private_key",
            "file_permissions_sshd_pub_key",
            "file_groupowner_sshd_drop_in_config",
            "file_owner_sshd_drop_in_config",
            "file_permissions_sshd_drop_in_config",
        ],
        title: "Nobody but root can read or change what sshd goes by",
        why: "Who can read the machine's private keys can pretend to be the machine.",
        risk: Risk::None,
        scope: |_, machine| {
            if_there(machine, || {
                let access = |name: &String| {
                    let mode = if name.ends_with(".pub") { 0o644 } else { 0o600 };
                    Want::Access { path: format!("/etc/ssh/{name}"), mode, uid: 0, gids: vec![0] }
                };
                let names = machine.list("/etc/ssh");
                let is_ours = |name: &&String| {
                    name.ends_with("_key") || name.ends_with(".pub") || name.as_str() == "sshd_config"
                };
                Scope::Wants(names.iter().filter(is_ours).map(access).collect())
            })
        },
    },
    Control {
        id: "ssh.cryptography",
        serves: &["T4"],
        rules: &["sshd_use_strong_ciphers"],
        title: "sshd speaks modern cryptography only",
        why: "A machine that still speaks old methods can be talked into them.",
        risk: Risk::MayLockOut,
        scope: |facts, machine| if_there(machine, || cryptography(facts, machine)),
    },
    Control {
        id: "ssh.by-key",
        serves: &["T4"],
        rules: &[
            "sshd_disable_empty_passwords",
            "sshd_disable_rhosts",
            "sshd_disable_gssapi_auth",
            "disable_host_auth",
        ],
        title: "Nobody comes in by a password",
        why: "Passwords are guessed by machines, day and night. A key cannot be guessed.",
        risk: Risk::MayLockOut,
        scope: |facts, machine| {
            if_there(machine, || match way_to_root(facts, machine) {
                Err(why) => Scope::Postponed(why),
                Ok(_) => settings(
                    machine,
                    &[
                        ("PubkeyAuthentication", "yes"),
                        ("PasswordAuthentication", "no"),
                        ("KbdInteractiveAuthentication", "no"),
                        ("PermitEmptyPasswords", "no"),
                        ("HostbasedAuthentication", "no"),
                        ("IgnoreRhosts", "yes"),
                        ("GSSAPIAuthentication", "no"),
                    ],
                ),
            })
        },
    },
    Control {
        id: "ssh.people",
        serves: &["T4"],
        rules: &["sshd_disable_root_login", "sshd_limit_user_access"],
        title: "Only people with a key and a name of their own come in, not root itself",
        why: "With a name of one's own it takes two things to become root: the key, and what sudo asks for.",
        risk: Risk::MayLockOut,
        scope: |facts, machine| if_there(machine, || people(facts, machine)),
    },
    Control {
        id: "ssh.limits",
        serves: &["T1", "D2"],
        rules: &[
            "sshd_do_not_permit_user_env",
            "sshd_set_idle_timeout",
            "sshd_set_keepalive",
            "sshd_set_login_grace_time",
            "sshd_set_max_auth_tries",
            "sshd_set_max_sessions",
            "sshd_set_maxstartups",
            "sshd_set_loglevel_info",
            "sshd_enable_pam",
            "sshd_enable_warning_banner_net",
            "sshd_disable_forwarding",
        ],
        title: "sshd does what administration needs, and no more",
        why: "What it offers beyond that, like passing on other people's connections, is of use to an intruder only.",
        risk: Risk::MayLockOut,
        scope: |_, machine| {
            settings(
                machine,
                &[
                    ("PermitUserEnvironment", "no"),
                    ("ClientAliveInterval", "300"),
                    // The benchmarks' judge knows 3 alone; a lost connection ends five minutes sooner.
                    ("ClientAliveCountMax", "2"),
                    ("LoginGraceTime", "60"),
                    ("MaxAuthTries", "3"),
                    ("MaxSessions", "2"),
                    ("MaxStartups", "10:30:60"),
                    ("LogLevel", "INFO"),
                    ("UsePAM", "yes"),
                    ("Banner", "/etc/issue.net"),
                    ("DisableForwarding", "yes"),
                    ("AllowAgentForwarding", "no"),
                    ("AllowTcpForwarding", "no"),
                    ("X11Forwarding", "no"),
                    ("TCPKeepAlive", "no"),
                    ("Compression", "no"),
                ],
            )
        },
    },
];

fn weak_keys(facts: &Facts, machine: &Machine) -> Scope {
    let Ok(sshd) = sshd(machine) else {
        return Scope::Postponed("sshd does not accept its own configuration; `sshd -t` says why".to_owned());
    };
    let found = facts.people().flat_map(|user| {
        let weak = keys(machine, &sshd, user).into_iter().filter(|key| !key.is_strong());
        weak.map(|key| {
            Want::Finding(format!(
                "{} may sign in with a key of the kind {key:?}. Take it out of .ssh/authorized_keys, and put in a new one \
                 made by `ssh-keygen -t ed25519`",
                user.name
            ))
        })
        .collect::<Vec<_>>()
    });
    Scope::Wants(found.collect())
}

/// Those who can become root with a key.
fn way_to_root(facts: &Facts, machine: &Machine) -> Result<Vec<crate::way_in::WayIn>, String> {
    let sshd = sshd(machine).map_err(|trouble| trouble.to_string())?;
    let ways = ways_in(facts, machine, &sshd);
    if ways.iter().any(|way| way.root.is_some()) {
        return Ok(ways);
    }
    Err("Nobody can come in with a key and become root yet, and passwords stay on until somebody can. On your own computer, \
         run `ssh-keygen -t ed25519` and then `ssh-copy-id` with the address of this machine; then begin again"
        .to_owned())
}

fn people(facts: &Facts, machine: &Machine) -> Scope {
    let ways = match way_to_root(facts, machine) {
        Ok(ways) => ways,
        Err(why) => return Scope::Postponed(why),
    };
    if !ways.iter().any(|way| way.root == Some(ToRoot::Sudo)) {
        return Scope::Postponed(
            "Only root itself can come in with a key. To give yourself a name of your own: `adduser NAME`, `adduser NAME sudo`, \
             and copy your key into its .ssh/authorized_keys; then begin again"
                .to_owned(),
        );
    }
    let names: Vec<_> =
        ways.into_iter().filter(|way| way.root != Some(ToRoot::Itself)).map(|way| way.name).collect();
    Scope::Wants(vec![
        Want::Sshd("PermitRootLogin", "no".to_owned()),
        Want::Sshd("AllowUsers", names.join(" ")),
    ])
}

/// Exactly what ssh-audit's hardened policies for these systems have, in their order: the newest of each, of ssh-audit 3.9.0.
fn cryptography(facts: &Facts, machine: &Machine) -> Scope {
    let kex = match facts.system {
        System::Debian13 => "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com",
        System::Debian12 | System::Ubuntu2204 => {
            "sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,\
             curve25519-sha256@libssh.org,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,\
             diffie-hellman-group-exchange-sha256"
        }
        System::Ubuntu2404 => {
            "sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,\
             diffie-hellman-group18-sha512,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512"
        }
    };
    let macs = match facts.system {
        System::Debian12 | System::Ubuntu2204 => [SHA256, SHA512, UMAC],
        System::Debian13 | System::Ubuntu2404 => [SHA512, SHA256, UMAC],
    }
    .join(",");
    let accepted = "sk-ssh-ed25519-cert-v01@openssh.com,ssh-ed25519-cert-v01@openssh.com,rsa-sha2-512-cert-v01@openssh.com,\
                    rsa-sha2-256-cert-v01@openssh.com,sk-ssh-ed25519@openssh.com,ssh-ed25519,rsa-sha2-512,rsa-sha2-256";
    let mut wants = vec![Want::RsaHostKey(RSA_KEY)];
    let moduli = machine.read(MODULI).unwrap_or_default();
    let strong = strong_moduli(&moduli);
    if !strong.is_empty() && strong != moduli {
        wants.push(Want::File { path: MODULI, text: strong, mode: 0o644 });
    }
    wants.extend(["/etc/ssh/ssh_host_ed25519_key", RSA_KEY].map(|key| Want::Setting {
        path: SSHD_FILE,
        syntax: Syntax::Line,
        key: format!("HostKey {key}"),
        value: String::new(),
    }));
    wants.extend([
        Want::Sshd(
            "Ciphers",
            "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes256-ctr,aes192-ctr,\
                               aes128-gcm@openssh.com,aes128-ctr"
                .to_owned(),
        ),
        Want::Sshd("KexAlgorithms", exchanges(kex, machine)),
        Want::Sshd("MACs", macs),
        Want::Sshd("HostKeyAlgorithms", accepted.to_owned()),
        Want::Sshd("PubkeyAcceptedAlgorithms", accepted.to_owned()),
    ]);
    // OpenSSH knows it since 9.1.
    if facts.system != System::Ubuntu2204 {
        wants.push(Want::Sshd("RequiredRSASize", "2048".to_owned()));
    }
    Scope::Wants(wants)
}

/// Without the later name of an exchange where OpenSSH does not know it yet: it would not accept its own configuration. Debian
/// gave it to older versions by a security update.
fn exchanges(names: &str, machine: &Machine) -> String {
    let known = machine.run(&["ssh", "-Q", "kex"]).map(|ended| ended.printed).unwrap_or_default();
    let is_known = |name: &&str| *name != LATER_NAME || known.lines().any(|line| line == LATER_NAME);
    names.split(',').filter(is_known).collect::<Vec<_>>().join(",")
}

/// moduli(5) without those that are too small.
fn strong_moduli(text: &str) -> String {
    let is_strong = |line: &&str| {
        line.starts_with('#')
            || line
                .split_whitespace()
                .nth(4)
                .and_then(|size| size.parse::<u32>().ok())
                .is_some_and(|size| size >= MIN_MODULUS)
    };
    text.split_inclusive('\n').filter(is_strong).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use proptest::prelude::*;

    #[test]
    fn the_later_name_of_an_exchange_is_said_where_it_is_known_t4() {
        let bench = Bench::new();
        assert_eq!(
            exchanges("sntrup761x25519-sha512,curve25519-sha256", &bench.machine),
            "curve25519-sha256"
        );
        bench.answers("ssh -Q kex", 0, "sntrup761x25519-sha512@openssh.com\n");
        assert_eq!(
            exchanges("sntrup761x25519-sha512,curve25519-sha256", &bench.machine),
            "curve25519-sha256"
        );
        bench.answers("ssh -Q kex", 0, "sntrup761x25519-sha512\ncurve25519-sha256\n");
        let both = "sntrup761x25519-sha512,curve25519-sha256";
        assert_eq!(exchanges(both, &bench.machine), both);
    }

    #[test]
    fn small_moduli_go() {
        let text = "# Time Type Tests Tries Size Generator Modulus\n2021 2 6 100 2047 2 AB\n2021 2 6 100 3071 2 CD\nbroken\n";
        assert_eq!(
            strong_moduli(text),
            "# Time Type Tests Tries Size Generator Modulus\n2021 2 6 100 3071 2 CD\n"
        );
    }

    proptest! {
        #[test]
        fn of_moduli_those_that_are_large_enough_stay_as_they_are_and_no_other(
            sizes in prop::collection::vec(0_u32..5000, 0..6), blank in "[ \t]{1,2}", noise in "(\\PC{0,30}\n)?",
        ) {
            let line = |size: &u32| format!("20210101{blank}2{blank}6{blank}100{blank}{size}{blank}2{blank}AB\n");
            let text = |sizes: &mut dyn Iterator<Item = &u32>| sizes.map(line).collect::<String>();
            let strong = strong_moduli(&format!("{}{noise}", text(&mut sizes.iter())));
            let wanted = text(&mut sizes.iter().filter(|size| **size >= 3071));
            prop_assert!(strong.starts_with(&wanted) && noise.ends_with(&strong[wanted.len()..]), "{}", strong);
        }
    }
}
