//! AppArmor: programs that were broken into can do only what they need (E1).

use crate::control::{Control, Risk, Scope};
use crate::facts::Facts;
use crate::machine::{Machine, Place};
use crate::want::Want;

const MENU: &str = "/boot/grub/grub.cfg";
const MENU_PART: &str = "/etc/default/grub.d/zz-incamera.cfg";
const MENU_TEXT: &str = "# Written by `incamera harden`.\n\
    GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX apparmor=1 security=apparmor\"\n";
const PROFILES: &str = "/sys/kernel/security/apparmor/profiles";

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "apparmor.there",
        serves: &["E1", "T1"],
        rules: &["package_apparmor_installed", "package_apparmor-utils_installed"],
        title: "What confines programs is there",
        why: "AppArmor tells the kernel what a program may do; its tools tell a person how that stands.",
        risk: Risk::None,
        scope: |_, _| Scope::Wants(vec![Want::Package("apparmor"), Want::Package("apparmor-utils")]),
    },
    Control {
        id: "apparmor.from-the-start",
        serves: &["E1", "T1"],
        rules: &["grub2_enable_apparmor"],
        title: "The kernel starts with AppArmor on, whatever its maker chose",
        why: "What is confined only after a while was free before.",
        risk: Risk::None,
        scope: |_, machine| {
            match machine.look(MENU) {
            Ok(Place::File { .. }) => Scope::Wants(vec![
                Want::File { path: MENU_PART, text: MENU_TEXT.to_owned(), mode: 0o644 },
                Want::Made { path: MENU, says: "apparmor=1 security=apparmor", by: "update-grub" },
            ]),
            _ => Scope::NotApplicable(
                "This machine has no boot menu: the provider starts its kernel, which has AppArmor on by itself.".to_owned(),
            ),
        }
        },
    },
    Control {
        id: "apparmor.enforced",
        serves: &["E1", "T2"],
        rules: &["all_apparmor_profiles_enforced", "all_apparmor_profiles_in_enforce_complain_mode"],
        title: "Programs with a profile are held to it",
        why: "A profile that only complains stops nobody.",
        risk: Risk::None,
        scope: enforced,
    },
];

fn enforced(facts: &Facts, machine: &Machine) -> Scope {
    if facts.is_container {
        return Scope::NotApplicable("The machine around this container confines its programs.".to_owned());
    }
    if machine.read("/sys/module/apparmor/parameters/enabled").is_none_or(|is| is.trim() != "Y") {
        return Scope::Postponed(
            "AppArmor is not on in the kernel that runs. Start the machine anew (reboot) and look again."
                .to_owned(),
        );
    }
    let Some(profiles) = machine.read(PROFILES) else {
        return Scope::Postponed(
            "Only root can see which programs are confined. Run this as root.".to_owned(),
        );
    };
    let complaining: Vec<_> = profiles
        .lines()
        .filter_map(profile)
        .filter(|(_, mode)| *mode == "complain")
        .map(|(name, _)| name)
        .collect();
    if complaining.is_empty() {
        return Scope::Wants(vec![Want::Active("apparmor.service")]);
    }
    Scope::Postponed(format!(
        "These profiles only complain: {}. If all has worked for some weeks, hold the programs to them: \
         aa-enforce /etc/apparmor.d/NAME. What does not work any more then is set back by aa-complain.",
        complaining.join(", ")
    ))
}

/// The name and the mode of a line of the kernel's list: `NAME (MODE)`. A name may hold spaces and brackets.
fn profile(line: &str) -> Option<(&str, &str)> {
    line.strip_suffix(')')?.rsplit_once(" (")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use crate::control::Verdict;
    use proptest::prelude::*;

    #[test]
    fn the_menu_is_made_anew_and_comes_back() {
        let bench = Bench::new();
        assert!(matches!(bench.measure(&CONTROLS[1]), Verdict::NotApplicable { .. }));
        bench.write(MENU, "linux /vmlinuz root=x\n");
        bench.makes("update-grub", MENU, "linux /vmlinuz root=x apparmor=1 security=apparmor\n");
        bench.there_and_back(&CONTROLS[1]);
        bench.there_and_back(&CONTROLS[0]);
    }

    #[test]
    fn what_only_complains_is_left_for_a_person() {
        let bench = Bench::new();
        let enforced = &CONTROLS[2];
        assert!(matches!(bench.measure(enforced), Verdict::Postponed { .. }));
        bench.write("/sys/module/apparmor/parameters/enabled", "Y\n");
        // As Ubuntu 24.04 has them: some only give a program its name.
        bench.write(PROFILES, "/usr/bin/man (enforce)\n1password (unconfined)\nincamera (enforce)\n");
        bench.there_and_back(enforced);
        bench.write(PROFILES, "/usr/bin/man (enforce)\na name (of a kind) (complain)\n");
        assert!(
            matches!(bench.measure(enforced), Verdict::Postponed { why } if why.contains("a name (of a kind)."))
        );
        let mut bench = bench;
        bench.facts.is_container = true;
        assert!(matches!(bench.measure(enforced), Verdict::NotApplicable { .. }));
    }

    proptest! {
        #[test]
        fn a_profile_is_read_whatever_its_name(name in "[a-z/ ().]{0,20}", mode in "[a-z]{1,9}", noise in "\\PC{0,20}") {
            let line = format!("{name} ({mode})");
            prop_assert_eq!(profile(&line), Some((name.as_str(), mode.as_str())));
            let _ = profile(&noise);
        }
    }
}
