//! The service's process, as the kernel has it (E1, I3): what it could do if somebody broke into it.

use std::collections::BTreeMap;
use std::fs;

use super::{ASK_ROOT, Outcome};
use crate::setup::{confinement, has_own_network, is_root, property};

const UNIT: &str = "incamera.service";
/// Of `Seccomp:` in proc_pid_status(5): calls to the kernel pass a filter.
const FILTERED: &str = "2";

/// Another guard of the kernel watches it, by the profile of the package.
pub(super) fn profile() -> Outcome {
    judged_profile(confinement().as_deref(), is_root())
}

fn judged_profile(told: Option<&str>, is_root: bool) -> Outcome {
    match told.map(str::trim) {
        None => Outcome::NotApplicable(
            "there is no AppArmor in this kernel, or it is the business of the machine that this container is in".to_owned(),
        ),
        Some("incamera (enforce)") => Outcome::Holds(Some("AppArmor enforces the profile “incamera”.".to_owned())),
        // What the kernel does not tell everybody.
        Some("") if !is_root => Outcome::Unknown(ASK_ROOT.to_owned()),
        Some(told) => Outcome::FallsShort(vec![format!("AppArmor says of the service: {told}")]),
    }
}

/// It has no power that a process can do without.
pub(super) fn powers() -> Outcome {
    let Some(pid) = property(UNIT, "MainPID").filter(|pid| pid != "0") else {
        return Outcome::Unknown("the service does not run: sudo incamera doctor says why".to_owned());
    };
    match fs::read_to_string(format!("/proc/{pid}/status")) {
        Ok(status) => judged_powers(&status),
        Err(_) => Outcome::Unknown(ASK_ROOT.to_owned()),
    }
}

/// By proc_pid_status(5).
fn judged_powers(status: &str) -> Outcome {
    let fields: BTreeMap<&str, Vec<&str>> = status
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name, value.split_whitespace().collect()))
        .collect();
    let field = |name: &str| fields.get(name).map(Vec::as_slice).unwrap_or_default();
    let mut found = Vec::new();
    if field("NoNewPrivs") != ["1"] {
        found.push("it may become more than it is (NoNewPrivs)".to_owned());
    }
    if field("Seccomp") != [FILTERED] {
        found.push("all calls to the kernel are open to it (Seccomp)".to_owned());
    }
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        let is_empty = matches!(field(set), [bits] if bits.bytes().all(|digit| digit == b'0'));
        if !is_empty {
            found.push(format!(
                "it has powers of root, or could come by them ({set} {})",
                field(set).join(" ")
            ));
        }
    }
    let ids = field("Uid");
    if ids.is_empty() || ids.contains(&"0") {
        found.push("it runs as root".to_owned());
    }
    Outcome::judged(
        found,
        "It is nobody in particular, has no power of root, cannot gain any, and its calls to the kernel pass a filter.",
    )
}

/// It sees no network but the sockets that were handed to it.
pub(super) fn network() -> Outcome {
    if !is_root() {
        return Outcome::Unknown(ASK_ROOT.to_owned());
    }
    match has_own_network() {
        Some(true) => Outcome::Holds(None),
        Some(false) => Outcome::FallsShort(vec!["the service sees the network of the machine".to_owned()]),
        None => Outcome::Unknown("the service does not run: sudo incamera doctor says why".to_owned()),
    }
}

/// What it says leads nowhere, and of its memory nothing comes onto the disk.
pub(super) fn silence() -> Outcome {
    judged_silence(|name| property(UNIT, name))
}

fn judged_silence(property: impl Fn(&str) -> Option<String>) -> Outcome {
    let wanted = [
        ("StandardOutput", "null", "what it prints is kept"),
        ("StandardError", "null", "what it complains about is kept"),
        ("LimitCORE", "0", "its memory is written to the disk when it breaks down"),
        ("MemorySwapMax", "0", "its memory may be written to the disk when there is little of it"),
    ];
    let mut found = Vec::new();
    for (name, right, otherwise) in wanted {
        match property(name) {
            Some(value) if value == right => {}
            Some(value) => found.push(format!("{otherwise} ({name}={value})")),
            None => return Outcome::Unknown(format!("systemd does not tell {name} of the service")),
        }
    }
    Outcome::judged(
        found,
        "What the service prints leads nowhere, and its memory is neither swapped out nor dumped.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "Name:\tincamera\nUid:\t61234\t61234\t61234\t61234\nCapInh:\t0000000000000000\n\
        CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\n\
        NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t12\n";

    fn found(outcome: &Outcome) -> usize {
        outcome.found().len()
    }

    #[test]
    fn a_process_with_any_power_is_found_e1() {
        assert_eq!(found(&judged_powers(STATUS)), 0);
        for (from, to) in [
            ("NoNewPrivs:\t1", "NoNewPrivs:\t0"),
            ("NoNewPrivs:\t1\n", ""),
            ("Seccomp:\t2", "Seccomp:\t0"),
            ("CapEff:\t0000000000000000", "CapEff:\t0000000000000400"),
            ("CapBnd:\t0000000000000000", "CapBnd:\t000001ffffffffff"),
            ("Uid:\t61234\t61234", "Uid:\t61234\t0"),
        ] {
            assert!(STATUS.contains(from), "{from}");
            assert_eq!(found(&judged_powers(&STATUS.replacen(from, to, 1))), 1, "{to}");
        }
        assert_eq!(found(&judged_powers("")), 8, "of nothing nothing is believed");
    }

    #[test]
    fn only_the_profile_in_force_counts_e1() {
        assert!(matches!(judged_profile(Some("incamera (enforce)\n"), true), Outcome::Holds(_)));
        for told in ["unconfined", "incamera (complain)", "other (enforce)", ""] {
            assert_eq!(found(&judged_profile(Some(told), true)), 1, "{told}");
        }
        assert!(matches!(judged_profile(None, true), Outcome::NotApplicable(_)));
        assert!(matches!(judged_profile(Some(""), false), Outcome::Unknown(_)));
    }

    #[test]
    fn a_service_whose_words_are_kept_is_found_i3() {
        let value = |name: &str| Some(if name.starts_with("Standard") { "null" } else { "0" }.to_owned());
        assert_eq!(found(&judged_silence(value)), 0);
        assert_eq!(
            found(&judged_silence(|name| if name == "StandardError" {
                Some("journal".to_owned())
            } else {
                value(name)
            })),
            1
        );
        assert_eq!(
            found(&judged_silence(|name| if name == "LimitCORE" {
                Some("infinity".to_owned())
            } else {
                value(name)
            })),
            1
        );
        assert!(matches!(judged_silence(|_| None), Outcome::Unknown(_)));
    }
}
