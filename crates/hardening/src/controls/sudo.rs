//! Sudo: how one becomes root.

use crate::control::{Control, Risk, Scope};
use crate::sudoers;
use crate::want::Want;

use super::person;

const OURS: &str = "/etc/sudoers.d/incamera";

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "sudo.is-there",
        serves: &["T1"],
        rules: &["package_sudo_installed"],
        title: "There is a way to do one thing as root and remain oneself for all else",
        why: "Otherwise people sign in as root, and every slip is root's.",
        risk: Risk::None,
        scope: |_, _| Scope::Wants(vec![Want::Package("sudo")]),
    },
    Control {
        id: "sudo.asks-again",
        serves: &["T1", "E1"],
        rules: &["sudo_add_use_pty", "sudo_require_reauthentication"],
        title: "Sudo asks for the password again after five minutes, and what it runs ends with it",
        why: "A command line that was left open does not stay root's, and a program cannot stay behind in its terminal.",
        risk: Risk::None,
        scope: |_, machine| {
            let mut found = Vec::new();
            if !sudoers::reads_folder(machine) && machine.read(sudoers::MAIN).is_some() {
                found.push(format!("{} does not take up /etc/sudoers.d. See visudo", sudoers::MAIN));
            }
            let elsewhere = sudoers::defaults_elsewhere(machine, "timestamp_timeout", OURS);
            found.extend(
                elsewhere.iter().map(|at| format!("{at} says another time. Take it out with visudo")),
            );
            if !found.is_empty() {
                return person(found);
            }
            let text = "# Written by incamera.\nDefaults use_pty\nDefaults timestamp_timeout=5\n".to_owned();
            Scope::Wants(vec![Want::File { path: OURS, text, mode: 0o440 }])
        },
    },
    Control {
        id: "sudo.asks-everybody",
        serves: &["T1", "E1"],
        rules: &["sudo_remove_no_authenticate", "sudo_require_authentication"],
        title: "Nobody becomes root without typing their own password",
        why: "Whoever steals a key, or finds a laptop open, is then not yet root.",
        risk: Risk::None,
        // Never taken away by us: whoever has no password would not become root any more.
        scope: |_, machine| {
            let found = sudoers::without_password(machine).into_iter().map(|at| {
                format!("{at} lets somebody become root without a password. Give them one (passwd NAME), then take the word \
                         NOPASSWD out with visudo")
            });
            person(found.collect())
        },
    },
];

#[cfg(test)]
mod tests {
    use crate::apply::Outcome;
    use crate::bench::{Bench, control, told};
    use crate::control::Verdict;

    const MAIN: &str =
        "Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n";

    #[test]
    fn sudo_asks_again_and_is_checked_before_it_stays_so() {
        let bench = Bench::playing(&[("/etc/sudoers", MAIN)], |_, _| None);
        let (outcome, ran) = bench.apply_and_undo(control("sudo.asks-again"));
        assert!(matches!(outcome, Outcome::Done));
        assert!(ran.contains(&"visudo --check --quiet".to_owned()));
    }

    #[test]
    fn a_refusal_of_visudo_takes_it_back() {
        let bench = Bench::playing(&[("/etc/sudoers", MAIN)], |_, words| {
            (words[0] == "visudo").then(|| crate::machine::Ended { status: Some(1), ..Default::default() })
        });
        let before = bench.all();
        assert!(matches!(bench.apply(control("sudo.asks-again")), Outcome::Failed(_)));
        let after =
            bench.all().into_iter().filter(|(path, _)| !path.ends_with("sudoers.d")).collect::<Vec<_>>();
        assert_eq!(after, before);
    }

    #[test]
    fn another_time_elsewhere_or_a_folder_that_does_not_count_is_for_a_person() {
        let bench =
            Bench::playing(&[("/etc/sudoers", &format!("{MAIN}Defaults timestamp_timeout=60\n"))], |_, _| {
                None
            });
        assert!(told(&bench.measure(control("sudo.asks-again"))).contains("line 5 of /etc/sudoers"));
        bench.write("/etc/sudoers", "root ALL=(ALL:ALL) ALL\n");
        assert!(told(&bench.measure(control("sudo.asks-again"))).contains("does not take up"));
    }

    #[test]
    fn who_is_not_asked_is_named_and_nothing_is_taken_from_them() {
        let bench = Bench::playing(&[("/etc/sudoers", MAIN)], |_, _| None);
        assert_eq!(bench.measure(control("sudo.asks-everybody")), Verdict::Holds);
        bench.write("/etc/sudoers.d/90-cloud-init-users", "ada ALL=(ALL) NOPASSWD:ALL\n");
        let (outcome, _) = bench.apply_and_undo(control("sudo.asks-everybody"));
        assert!(
            matches!(outcome, Outcome::Left(why) if why.contains("line 1 of /etc/sudoers.d/90-cloud-init-users"))
        );
    }
}
