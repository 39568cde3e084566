//! What the machine says before somebody signs in: nothing about itself.

use crate::control::{Control, Risk, Scope};
use crate::machine::Machine;
use crate::want::Want;

const WORDS: &str = "\
This is a private system for private meetings. Access is restricted to people whom its owner has authorised to look after it.
Everything else is prohibited, and may be against the law.
";
/// What tells the version of the system: its number, and what getty puts in place of a letter (agetty(8)).
const VERSIONS: &[&str] = &["Debian 1", "debian1", "Ubuntu 2", "\\v", "\\r", "\\m", "\\s", "\\S"];

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "banners.before",
        serves: &["T1"],
        rules: &[
            "banner_etc_issue_cis",
            "banner_etc_issue_net_cis",
            "file_owner_etc_issue",
            "file_groupowner_etc_issue",
            "file_permissions_etc_issue",
            "file_owner_etc_issue_net",
            "file_groupowner_etc_issue_net",
            "file_permissions_etc_issue_net",
        ],
        title: "Who has not signed in learns nothing about the system",
        why: "Its name and age tell which holes to try. In some countries a stranger must also have been told to stay out.",
        risk: Risk::None,
        scope: |_, machine| {
            let both = ["/etc/issue", "/etc/issue.net"];
            let mut wants: Vec<_> = both.iter().filter(|path| is_telling(machine, path)).map(words).collect();
            wants.extend(both.map(access));
            Scope::Wants(wants)
        },
    },
    Control {
        id: "banners.after",
        serves: &["T1"],
        rules: &[
            "banner_etc_motd_cis",
            "file_owner_etc_motd",
            "file_groupowner_etc_motd",
            "file_permissions_etc_motd",
        ],
        title: "The greeting after the sign-in gives the version of the system to nobody",
        why: "Whoever came in on a wrong way should have to look for it.",
        risk: Risk::None,
        scope: |_, machine| {
            let text = machine.read("/etc/motd").unwrap_or_default();
            let words = VERSIONS.iter().any(|word| text.contains(word)).then(|| words(&"/etc/motd"));
            Scope::Wants(words.into_iter().chain([access("/etc/motd")]).collect())
        },
    },
];

/// Whether a greeting tells which system this is, or is empty. Other words are the owner's.
fn is_telling(machine: &Machine, path: &str) -> bool {
    let text = machine.read(path).unwrap_or_default();
    text.trim().is_empty() || VERSIONS.iter().chain(&["Debian", "Ubuntu"]).any(|word| text.contains(word))
}

fn words(path: &&'static str) -> Want {
    Want::File { path, text: WORDS.to_owned(), mode: 0o644 }
}

fn access(path: &str) -> Want {
    Want::Access { path: path.to_owned(), mode: 0o644, uid: 0, gids: vec![0] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use crate::control::Verdict;

    #[test]
    fn what_tells_the_system_is_replaced_and_comes_back() {
        let bench = Bench::new();
        bench.write("/etc/issue", "Ubuntu 24.04 LTS \\n \\l\n\n");
        bench.write("/etc/motd", "Linux \\r\n");
        for control in CONTROLS {
            bench.there_and_back(control);
        }
        bench.apply(&CONTROLS[0]);
        assert_eq!(bench.read("/etc/issue"), WORDS);
        assert_eq!(bench.read("/etc/issue.net"), WORDS);
    }

    #[test]
    fn words_of_the_owner_stay() {
        let bench = Bench::new();
        for path in ["/etc/issue", "/etc/issue.net", "/etc/motd"] {
            bench.write(path, "Counselling centre, private.\n");
        }
        for control in CONTROLS {
            assert_eq!(bench.measure(control), Verdict::Holds);
            bench.apply(control);
        }
        assert_eq!(bench.read("/etc/issue"), "Counselling centre, private.\n");
    }

    #[test]
    fn the_words_of_debian_after_the_sign_in_may_stay() {
        let bench = Bench::new();
        bench.write(
            "/etc/motd",
            "The programs included with the Debian GNU/Linux system are free software;\n",
        );
        assert_eq!(bench.measure(&CONTROLS[1]), Verdict::Holds);
    }
}
