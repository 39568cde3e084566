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
