//! The packet filter (T3, D2).

use crate::control::{Control, Risk, Scope};
use crate::edit::{self, Syntax};
use crate::facts::Facts;
use crate::firewall;
use crate::machine::Machine;
use crate::sshd::sshd;
use crate::want::{FIREWALL_FILE, Want, is_active, is_installed};

/// The file that Debian's package of nftables comes with begins so, and lets everything through.
const NEVER_EDITED: &str = "#!/usr/sbin/nft -f\n\nflush ruleset\n\ntable inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter;";

const WITH_THE_DOORS: &str = "/etc/systemd/system/incamera.socket.d/firewall.conf";
const AFTER_A_RELOAD: &str = "/etc/systemd/system/nftables.service.d/incamera.conf";

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "firewall.alone",
        serves: &["T3"],
        rules: &["package_ufw_removed"],
        title: "No second program is there that sets up a packet filter",
        why: "Two of them confuse each other, and each believes that all is well.",
        risk: Risk::None,
        scope: |_, machine| match another(machine) {
            Some(name) => Scope::Postponed(two(name)),
            None => Scope::Wants(["ufw", "firewalld"].map(Want::NoPackage).to_vec()),
        },
    },
    Control {
        id: "firewall.closed",
        serves: &["T3", "T6", "D2", "B3"],
        rules: &[
            "package_nftables_installed",
            "service_nftables_enabled",
            "set_nftables_table",
            "set_nftables_base_chain",
            "set_nftables_loopback_traffic",
            "nftables_ensure_default_deny_policy",
            "nftables_rules_permanent",
            "firewall_single_service_active",
        ],
        title: "Nothing reaches this machine but meetings and ssh, and it reaches out for updates only",
        why: "What is not open cannot be broken into; and whoever broke in nevertheless cannot call home. Too many new \
          connections from one address are dropped. Nothing of it is written down.",
        risk: Risk::MayLockOut,
        scope,
    },
];

fn scope(_: &Facts, machine: &Machine) -> Scope {
    if let Some(why) = conflict(machine) {
        return Scope::Postponed(why);
    }
    let ssh = match sshd(machine) {
        Ok(sshd) => sshd.ports(),
        Err(_) if !is_installed(machine, "openssh-server") => Vec::new(),
        Err(trouble) => return Scope::Postponed(trouble.to_string()),
    };
    let rules = firewall::rules(&ssh, &update_ports(machine));
    Scope::Wants(vec![
        Want::Package("nftables"),
        Want::File { path: WITH_THE_DOORS, text: with_the_doors(), mode: 0o644 },
        Want::File { path: AFTER_A_RELOAD, text: after_a_reload(), mode: 0o644 },
        Want::Firewall(rules),
        Want::Active("nftables.service"),
    ])
}

/// The port is let through while it listens (T6). Where the rules are not in force there is nothing to add it to, and the
/// socket stays shut. A requirement of systemd's would shut it whenever the rules are loaded anew.
fn with_the_doors() -> String {
    format!(
        "# Written by `incamera harden`.\n[Unit]\nWants=nftables.service\nAfter=nftables.service\n\n\
         [Socket]\nExecStartPre=/usr/sbin/nft {}\nExecStopPost=-/usr/sbin/nft {}\n",
        firewall::opened("add"),
        firewall::opened("delete"),
    )
}

/// Rules that are loaded anew know of no meetings.
fn after_a_reload() -> String {
    let open = format!(
        "/bin/sh -c 'if systemctl --quiet is-active incamera.socket; then exec /usr/sbin/nft \"{}\"; fi'",
        firewall::opened("add"),
    );
    format!("# Written by `incamera harden`.\n[Service]\nExecStartPost={open}\nExecReload={open}\n")
}

/// Another program that has set up a packet filter. On Ubuntu `ufw.service` runs from the start, and does nothing until
/// its file says so.
fn another(machine: &Machine) -> Option<&'static str> {
    let ufw = machine.read("/etc/ufw/ufw.conf").unwrap_or_default();
    if is_installed(machine, "ufw")
        && edit::get(&ufw, Syntax::Assignment, "ENABLED").is_ok_and(|said| said != ["no"])
    {
        return Some("ufw");
    }
    (is_installed(machine, "firewalld") && is_active(machine, "firewalld.service")).then_some("firewalld")
}

fn two(name: &str) -> String {
    format!(
        "This machine has a packet filter already, {name}, and two of them confuse each other. Remove it with \
         `apt remove {name}` and begin again, or keep it and look after it yourself"
    )
}

/// Another's packet filter, which is left alone.
fn conflict(machine: &Machine) -> Option<String> {
    if let Some(name) = another(machine) {
        return Some(two(name));
    }
    let tables = machine.said(&["nft", "list", "tables"]).unwrap_or_default();
    let others = firewall::others(&tables);
    let file = machine.read(FIREWALL_FILE).unwrap_or_default();
    // Debian's own file lets everything through; it makes one empty table.
    let is_theirs = |name: &String| !(name == "inet filter" && file.starts_with(NEVER_EDITED));
    let foreign: Vec<_> = others.into_iter().filter(is_theirs).collect();
    if !foreign.is_empty() {
        return Some(format!(
            "Other programs have rules for packets on this machine ({}); Docker is a usual one. Rules of ours could shut what \
             they opened, so nothing is done. A machine for meetings should have nothing else on it",
            foreign.join(", ")
        ));
    }
    let is_ours =
        file.is_empty() || file.starts_with(NEVER_EDITED) || file.contains("Written by `incamera harden`");
    (!is_ours).then(|| {
        format!("Somebody wrote rules of their own into {FIREWALL_FILE}. They stay; move the file away to have ours")
    })
}

/// Ports at which packages are fetched, beside the usual ones, from the places that apt knows.
fn update_ports(machine: &Machine) -> Vec<u16> {
    let mut texts = vec![machine.read("/etc/apt/sources.list").unwrap_or_default()];
    for name in machine.list("/etc/apt/sources.list.d") {
        texts.push(machine.read(&format!("/etc/apt/sources.list.d/{name}")).unwrap_or_default());
    }
    let mut ports: Vec<_> = texts.iter().flat_map(|text| ports_in(text)).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

fn ports_in(text: &str) -> Vec<u16> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let words = lines.flat_map(str::split_whitespace);
    words
        .filter_map(|word| {
            let host = word.split_once("://")?.1.split('/').next()?;
            host.rsplit_once(':')?.1.parse().ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use crate::control::Verdict;
    use proptest::prelude::*;

    #[test]
    fn a_packet_filter_that_somebody_set_up_stays_and_one_that_sleeps_goes_t3() {
        let bench = Bench::new();
        bench.install("ufw");
        bench.answers("systemctl is-active --quiet ufw.service", 0, "");
        for (file, is_on) in [
            ("ENABLED=yes\n", true),
            ("ENABLED=no\n", false),
            ("LOGLEVEL=low\n", true),
            ("ENABLED=no\nENABLED=yes\n", true),
        ] {
            bench.write("/etc/ufw/ufw.conf", file);
            for control in CONTROLS {
                let waits =
                    matches!(bench.measure(control), Verdict::Postponed { why } if why.contains("ufw"));
                assert_eq!(waits, is_on, "{}: {file}", control.id);
            }
        }
        bench.write("/etc/ufw/ufw.conf", "ENABLED=no\n");
        bench.apply(&CONTROLS[0]);
        assert!(!is_installed(&bench.machine, "ufw"));
        bench.undo();
        assert!(is_installed(&bench.machine, "ufw"));
    }

    #[test]
    fn ports_of_places_of_packages_are_found() {
        let text = "# deb http://no:1/\ndeb [signed-by=/x] http://a.example:8080/debian bookworm main\n\
                    URIs: https://b.example/x https://[2001:db8::1]:8443/\ndeb cdrom:[x]/ y\n";
        assert_eq!(ports_in(text), [8080, 8443]);
    }

    proptest! {
        #[test]
        fn a_port_is_that_of_a_place_and_none_is_made_up(
            host in "[a-z]{1,8}|\\[[0-9a-f:]{2,8}\\]", port in 1_u16.., path in "(/[a-z0-9:]{0,6}){0,2}", noise in "[^\n]{0,40}",
        ) {
            prop_assert_eq!(ports_in(&format!("deb https://{host}:{port}{path} stable main\n")), [port]);
            prop_assert_eq!(ports_in(&format!("deb https://{host}{path} stable main\n")), [0_u16; 0]);
            prop_assert_eq!(ports_in(&format!("  # deb https://{host}:{port}{path} stable main\n")), [0_u16; 0]);
            for port in ports_in(&noise) {
                prop_assert!(noise.contains("://") && noise.contains(&port.to_string()));
            }
        }
    }
}
