//! Updates: what mends holes comes by itself (T5). Where the product's own updates come from is told by `incamera setup`.

use crate::control::{Control, Risk, Scope};
use crate::edit::Syntax;
use crate::facts::{Facts, NIGHT, System};
use crate::machine::Machine;
use crate::want::{APT_FILE, Want, apt};

const HOUR_KEY: &str = "Unattended-Upgrade::Automatic-Reboot-Time";
/// What the system's own job leaves when it ended well (apt.systemd.daily), and what is wrong where that is long ago.
const STAMPS: [(&str, &str); 2] = [
    ("/var/lib/apt/periodic/update-stamp", "no list of updates came: sudo apt-get update says why"),
    (
        "/var/lib/apt/periodic/upgrade-stamp",
        "no updates were looked through: sudo unattended-upgrade --debug says why",
    ),
];
/// Seconds that a machine runs before it has made up for what it missed while it was off.
const CAUGHT_UP: u64 = 24 * 3600;
const ORIGINS: &str = "Unattended-Upgrade::Origins-Pattern::";

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "updates.by-themselves",
        serves: &["T5"],
        rules: &[],
        title: "Updates that mend holes install themselves, every day",
        why: "Most machines that are broken into had a hole that was mended long before.",
        risk: Risk::None,
        scope: by_themselves,
    },
    Control {
        id: "updates.new-start",
        serves: &["T5"],
        rules: &[],
        title: "After an update that needs it, the machine starts anew at night, while the server is closed",
        why: "A new kernel counts only from the next start. It takes a minute; a meeting at that hour would come back by itself.",
        risk: Risk::None,
        scope: |facts, machine| {
            let mut wants = vec![Want::Apt { key: "Unattended-Upgrade::Automatic-Reboot", value: "true" }];
            let is_said = !said(machine, HOUR_KEY).is_empty();
            let is_ours = machine.read(APT_FILE).unwrap_or_default().contains(HOUR_KEY);
            match facts.restart {
                // Another time is the owner's choice; ours follows the opening hours (T6).
                _ if is_said && !is_ours => {}
                Some(time) => wants.push(Want::Apt { key: HOUR_KEY, value: time }),
                None if is_said => {}
                None => wants.push(Want::Apt { key: HOUR_KEY, value: NIGHT[0] }),
            }
            Scope::Wants(wants)
        },
    },
    Control {
        id: "updates.no-extras",
        serves: &["T2"],
        rules: &["apt_disable_weak_dependencies"],
        title: "With a program comes only what it needs",
        why: "Packages suggest others, which nobody looks after then.",
        risk: Risk::None,
        scope: |_, _| {
            // Said even where it is so already: the outside judge reads files.
            let line = |key: &str| Want::Setting {
                path: APT_FILE,
                syntax: Syntax::Line,
                key: format!("{key} \"0\";"),
                value: String::new(),
            };
            let keys = ["APT::Install-Recommends", "APT::Install-Suggests"];
            Scope::Wants(keys.iter().flat_map(|key| [line(key), Want::Apt { key, value: "0" }]).collect())
        },
    },
];

fn by_themselves(facts: &Facts, machine: &Machine) -> Scope {
    let mut wants = vec![
        Want::Package("unattended-upgrades"),
        Want::Apt { key: "APT::Periodic::Update-Package-Lists", value: "1" },
        Want::Apt { key: "APT::Periodic::Unattended-Upgrade", value: "1" },
    ];
    // The distribution says it in one of these ways, and the owner may have said it anew.
    let says_security = [ORIGINS, "Unattended-Upgrade::Allowed-Origins::"]
        .iter()
        .flat_map(|key| said(machine, key))
        .any(|origin| origin.to_ascii_lowercase().contains("security"));
    if !says_security {
        wants.push(Want::Apt {
            key: ORIGINS,
            value: match facts.system {
                System::Debian12 | System::Debian13 => {
                    "origin=Debian,codename=${distro_codename},label=Debian-Security"
                }
                System::Ubuntu2204 | System::Ubuntu2404 => {
                    "origin=Ubuntu,archive=${distro_codename}-security,label=Ubuntu"
                }
            },
        });
    }
    wants.extend(["apt-daily.timer", "apt-daily-upgrade.timer"].map(Want::Active));
    wants.extend(failing(machine));
    Scope::Wants(wants)
}

/// What is set need not work: it did, within the last week. A machine that has just been made has done nothing yet.
fn failing(machine: &Machine) -> Vec<Want> {
    let uptime = machine.read("/proc/uptime").unwrap_or_default();
    let seconds: u64 = uptime.split('.').next().and_then(|seconds| seconds.parse().ok()).unwrap_or_default();
    if seconds < CAUGHT_UP {
        return Vec::new();
    }
    let [(lists, _), (upgrades, _)] = STAMPS;
    // It ends badly where one of them is not there, and says of the other one all the same.
    let old = machine.run(&["find", lists, upgrades, "-maxdepth", "0", "-mtime", "+7"]).unwrap_or_default();
    let is_old = |stamp: &str| old.printed.lines().any(|line| line == stamp);
    let old = STAMPS.iter().filter(|(stamp, _)| is_old(stamp));
    old.map(|(_, wrong)| Want::Finding(format!("for more than a week {wrong}"))).collect()
}

/// The values of a setting; none too where the package manager cannot be asked, which the wants will meet as well.
fn said(machine: &Machine, key: &str) -> Vec<String> {
    apt(machine, key).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use crate::control::Verdict;
    use crate::want::apt_says;
    use proptest::prelude::*;

    #[test]
    fn updates_are_switched_on_and_it_is_taken_back() {
        for system in [System::Debian12, System::Debian13, System::Ubuntu2204, System::Ubuntu2404] {
            let mut bench = Bench::new();
            bench.facts.system = system;
            for control in CONTROLS {
                bench.there_and_back(control);
            }
        }
    }

    #[test]
    fn what_the_distribution_and_setup_say_is_not_said_again() {
        let bench = Bench::new();
        bench.install("unattended-upgrades");
        bench.write("/etc/apt/apt.conf.d/20auto-upgrades", "APT::Periodic::Update-Package-Lists \"1\";\n");
        bench.write("/etc/apt/apt.conf.d/52incamera", "APT::Periodic::Unattended-Upgrade \"1\";\n");
        let theirs = "Unattended-Upgrade::Allowed-Origins:: \"${distro_id}:${distro_codename}-security\";\n";
        bench.write("/etc/apt/apt.conf.d/50unattended-upgrades", theirs);
        bench.apply(&CONTROLS[0]);
        assert_eq!(bench.measure(&CONTROLS[0]), Verdict::Holds);
        assert_eq!(bench.read(APT_FILE), "");
    }

    #[test]
    fn updates_that_are_set_and_do_not_come_are_found_t5() {
        let bench = Bench::new();
        let control = &CONTROLS[0];
        bench.apply(control);
        let printed = "/var/lib/apt/periodic/update-stamp\n";
        bench.answers("find /var/lib/apt/periodic/update-stamp", 1, printed);
        for (uptime, is_found) in
            [("86399.99 1.0\n", false), ("", false), ("nonsense", false), ("86400.01 1.0\n", true)]
        {
            bench.write("/proc/uptime", uptime);
            let found = match bench.measure(control) {
                Verdict::FallsShort { found } => found,
                Verdict::Holds => Vec::new(),
                other => panic!("{other:?}"),
            };
            assert_eq!(found.len(), usize::from(is_found), "{uptime}: {found:?}");
            assert!(found.iter().all(|found| found.contains("no list of updates came")));
        }
        bench.answers("find /var/lib/apt/periodic/update-stamp", 0, "");
        assert_eq!(bench.measure(control), Verdict::Holds);
    }

    #[test]
    fn the_hour_of_the_owner_stays() {
        let bench = Bench::new();
        bench.write("/etc/apt/apt.conf.d/99mine", "Unattended-Upgrade::Automatic-Reboot-Time \"02:00\";\n");
        bench.apply(&CONTROLS[1]);
        let ours = bench.read(APT_FILE);
        assert!(ours.contains("Automatic-Reboot \"true\";") && !ours.contains(HOUR_KEY), "{ours}");
    }

    #[test]
    fn it_starts_anew_while_the_server_is_closed_also_when_the_hours_change_t6() {
        let mut bench = Bench::new();
        let restart = &CONTROLS[1];
        for (hours, expected) in [
            (None, "04:30"),
            (Some("02:30"), "02:30"),
            (Some("05:30"), "05:30"),
            (None, "05:30"),
            (Some("02:30"), "02:30"),
        ] {
            bench.facts.restart = hours;
            bench.apply(restart);
            assert_eq!(bench.measure(restart), Verdict::Holds);
            assert_eq!(said(&bench.machine, HOUR_KEY), [expected]);
            assert_eq!(bench.read(APT_FILE).matches(HOUR_KEY).count(), 1);
        }
        bench.facts.restart = Some("03:30");
        assert!(matches!(bench.measure(restart), Verdict::FallsShort { .. }));
    }

    #[test]
    fn a_package_manager_that_cannot_be_asked_is_no_good_news() {
        let bench = Bench::new();
        bench.answers("apt-config dump", 1, "");
        assert!(matches!(bench.measure(&CONTROLS[2]), Verdict::Unknown { .. }));
    }

    proptest! {
        #[test]
        fn a_setting_of_the_package_manager_is_read_or_it_is_none(
            key in "[A-Za-z:-]{1,12}", value in "[^\"\n]{0,12}", noise in "\\PC{0,30}",
        ) {
            let line = format!("{key} \"{value}\";");
            prop_assert_eq!(apt_says(&line), Some((key.as_str(), value.as_str())));
            if let Some((key, value)) = apt_says(&noise) {
                prop_assert_eq!(format!("{key} \"{value}\";"), noise);
            }
        }
    }
}
