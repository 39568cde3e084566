//! Time: certificates and updates are refused by a machine whose clock is wrong.

use crate::control::{Control, Risk, Scope};
use crate::facts::{Facts, System};
use crate::machine::Machine;
use crate::want::{Want, is_installed};

const TIMESYNCD_FILE: &str = "/etc/systemd/timesyncd.conf.d/incamera.conf";
/// Programs that keep the clock right, and their units. Somebody who installed one of the later ones wants that one.
const KEEPERS: &[(&str, &str)] = &[
    ("chrony", "chrony.service"),
    ("ntpsec", "ntpsec.service"),
    ("ntp", "ntp.service"),
    ("openntpd", "openntpd.service"),
];
const TIMESYNCD: (&str, &str) = ("systemd-timesyncd", "systemd-timesyncd.service");

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "time.kept",
        serves: &["T1", "S3"],
        rules: &[
            "package_timesyncd_installed",
            "service_timesyncd_enabled",
            "service_chronyd_enabled",
            "service_chronyd_disabled",
            "service_timesyncd_disabled",
            "ntp_single_service_active",
            "chronyd_run_as_chrony_user",
        ],
        title: "One program keeps the clock right",
        why: "With a wrong clock certificates cannot be renewed and updates are refused. Two programs would fight about it.",
        risk: Risk::None,
        scope: |facts, machine| {
            if facts.is_container {
                return Scope::NotApplicable("The machine around this container keeps its clock.".to_owned());
            }
            let there = KEEPERS.iter().find(|(package, _)| is_installed(machine, package));
            let (package, unit) = there.copied().unwrap_or(TIMESYNCD);
            Scope::Wants(vec![Want::Package(package), Want::Active(unit)])
        },
    },
    Control {
        id: "time.asked",
        serves: &["T1", "S3"],
        rules: &["service_timesyncd_configured"],
        title: "It is known whom to ask for the time",
        why: "The provider's own clocks come first; where there are none, those of the system's makers answer.",
        risk: Risk::None,
        scope: asked,
    },
];

fn asked(facts: &Facts, machine: &Machine) -> Scope {
    if let Some((package, _)) = KEEPERS.iter().find(|(package, _)| is_installed(machine, package)) {
        return Scope::NotApplicable(format!(
            "{package} keeps the clock here, and comes with clocks to ask."
        ));
    }
    let maker = match facts.system {
        System::Debian12 | System::Debian13 => "debian",
        System::Ubuntu2204 | System::Ubuntu2404 => "ubuntu",
    };
    let clocks: Vec<_> = (0..4).map(|number| format!("{number}.{maker}.pool.ntp.org")).collect();
    let text = format!("[Time]\n# Written by `incamera harden`.\nFallbackNTP={}\n", clocks.join(" "));
    Scope::Wants(vec![Want::File { path: TIMESYNCD_FILE, text, mode: 0o644 }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use crate::control::Verdict;

    #[test]
    fn a_clock_is_kept_by_one_program() {
        let bench = Bench::new();
        for control in CONTROLS {
            bench.there_and_back(control);
        }
        bench.apply(&CONTROLS[0]);
        assert!(bench.ran("systemctl enable --now systemd-timesyncd.service"));
        assert!(is_installed(&bench.machine, "systemd-timesyncd"));
    }

    #[test]
    fn the_one_that_somebody_chose_stays() {
        let bench = Bench::new();
        bench.install("chrony");
        bench.apply(&CONTROLS[0]);
        assert!(bench.ran("systemctl enable --now chrony.service"));
        assert!(!bench.ran("systemctl enable --now systemd-timesyncd.service"));
        assert!(matches!(bench.measure(&CONTROLS[1]), Verdict::NotApplicable { .. }));
    }

    #[test]
    fn a_container_has_no_clock_and_each_maker_has_its_own() {
        let mut bench = Bench::new();
        bench.facts.is_container = true;
        assert!(matches!(bench.measure(&CONTROLS[0]), Verdict::NotApplicable { .. }));
        bench.facts.system = System::Ubuntu2404;
        bench.apply(&CONTROLS[1]);
        assert!(bench.read(TIMESYNCD_FILE).contains("FallbackNTP=0.ubuntu.pool.ntp.org 1.ubuntu"));
    }
}
