//! Families of controls, in the order in which they are brought about: what may lock out comes last.

use crate::control::Control;

/// What follows once a family was brought about or taken back.
#[derive(Clone, Copy, Default)]
pub struct Afterwards {
    /// Programs that must end well, or the family is taken back.
    pub check: &'static [&'static [&'static str]],
    /// Programs that make what runs take up its files.
    pub reload: &'static [&'static [&'static str]],
}

/// What follows the family of this name.
#[must_use]
pub(crate) fn afterwards(family: &str) -> Afterwards {
    match family {
        "ssh" => Afterwards {
            check: &[&["sshd", "-t"]],
            reload: &[&["systemctl", "try-reload-or-restart", "ssh.service"]],
        },
        "firewall" => Afterwards {
            check: &[&["nft", "--check", "--file", "/etc/nftables.conf"]],
            reload: &[
                &["systemctl", "daemon-reload"],
                &["systemctl", "try-reload-or-restart", "nftables.service"],
            ],
        },
        "logs" => {
            Afterwards { check: &[], reload: &[&["systemctl", "try-restart", "systemd-journald.service"]] }
        }
        "sudo" => Afterwards { check: &[&["visudo", "--check", "--quiet"]], reload: &[] },
        _ => Afterwards::default(),
    }
}

/// All controls, family by family.
#[must_use]
pub fn all() -> Vec<&'static [Control]> {
    crate::controls::FAMILIES.to_vec()
}
