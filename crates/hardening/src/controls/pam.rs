//! Passwords at the door (PAM): hard to guess, not used again, and whoever guesses must wait.

use crate::change::Run;
use crate::control::{Control, Risk, Scope};
use crate::edit::Syntax;
use crate::machine::{Machine, Place};
use crate::people::Password;
use crate::rewrite::{Rewrite, pam_has};
use crate::want::Want;

use super::accounts::with_people;
use super::{person, setting};

const AUTH: &str = "/etc/pam.d/common-auth";
const ACCOUNT: &str = "/etc/pam.d/common-account";
const PASSWORD: &str = "/etc/pam.d/common-password";
const SESSION: &str = "/etc/pam.d/common-session";
const COMMON: [&str; 5] = [AUTH, ACCOUNT, PASSWORD, SESSION, "/etc/pam.d/common-session-noninteractive"];
/// What pam-auth-update(8) may write.
const TREES: &[&str] = &["/etc/pam.d", "/var/lib/pam"];
const PWQUALITY: &str = "/etc/security/pwquality.conf";
const FAILLOCK: &str = "/etc/security/faillock.conf";
/// The words that cracklib knows, as its package makes them ready.
const WORDS: &str = "/var/cache/cracklib/cracklib_dict.pwd";
/// Who may try su(1), besides root: nobody is in it.
const SU_GROUP: &str = "sugroup";

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "pam.good-passwords",
        serves: &["T1"],
        rules: &[
            "accounts_password_pam_dcredit",
            "accounts_password_pam_dictcheck",
            "accounts_password_pam_difok",
            "accounts_password_pam_enforce_root",
            "accounts_password_pam_enforcing",
            "accounts_password_pam_lcredit",
            "accounts_password_pam_maxrepeat",
            "accounts_password_pam_maxsequence",
            "accounts_password_pam_minclass",
            "accounts_password_pam_minlen",
            "accounts_password_pam_ocredit",
            "accounts_password_pam_pwquality_enabled",
            "accounts_password_pam_ucredit",
            "package_pam_modules_installed",
            "package_pam_pwquality_installed",
            "package_pam_runtime_installed",
        ],
        title: "A new password on this machine is long, and not one of those that everybody thinks of",
        why: "Short and common passwords are guessed by programs in minutes. This is about the machine's own accounts; \
              passwords of hosts and meetings are not touched.",
        risk: Risk::MayLockOut,
        scope: |_, machine| Scope::Wants(good_passwords(machine)),
    },
    Control {
        id: "pam.no-former-password",
        serves: &["T1"],
        rules: &[
            "accounts_password_pam_pwhistory_enabled",
            "accounts_password_pam_pwhistory_enforce_root",
            "accounts_password_pam_pwhistory_remember",
            "accounts_password_pam_pwhistory_use_authtok",
        ],
        title: "A former password cannot be taken again",
        why: "Whoever learned it would be in again.",
        risk: Risk::MayLockOut,
        scope: |_, machine| Scope::Wants(no_former_password(machine)),
    },
    Control {
        id: "pam.guessing-is-slow",
        serves: &["T1", "D2"],
        rules: &[
            "accounts_passwords_pam_faillock_deny",
            "accounts_passwords_pam_faillock_enabled",
            "accounts_passwords_pam_faillock_root_unlock_time",
            "accounts_passwords_pam_faillock_unlock_time",
        ],
        title: "After four wrong passwords an account takes none for a quarter of an hour",
        why: "Nobody can then try a list of thousands. Who comes in with a key is not kept waiting.",
        risk: Risk::MayLockOut,
        scope: |_, machine| Scope::Wants(guessing_is_slow(machine)),
    },
    Control {
        id: "pam.no-empty-password",
        serves: &["T1"],
        rules: &["no_empty_passwords_unix"],
        title: "An empty password lets nobody in",
        why: "An account that was made in a hurry is then shut, not open.",
        risk: Risk::MayLockOut,
        scope: |_, machine| {
            with_people(machine, |people| {
                let empty = people.accounts.iter().filter(|account| account.password() == Password::Empty);
                let found: Vec<_> = empty
                    .map(|account| {
                        let name = &account.user.name;
                        format!(
                            "{name} has an empty password, and could not sign in any more. Run: passwd {name}"
                        )
                    })
                    .collect();
                if !found.is_empty() {
                    return person(found);
                }
                let how = Rewrite::PamWithout { module: "pam_unix.so", word: "nullok" };
                Scope::Wants(COMMON.map(|path| Want::Rewritten { path, how }).to_vec())
            })
        },
    },
    Control {
        id: "pam.own-temporary-files",
        serves: &["E1"],
        rules: &[],
        title: "What programs put aside for one person, no other account of this machine finds",
        why: "In a folder that all share, a program can be led to a file that somebody else laid there for it.",
        // It refuses nobody, but it stands among what can.
        risk: Risk::MayLockOut,
        scope: |_, machine| Scope::Wants(own_temporary_files(machine)),
    },
    Control {
        id: "pam.own-passwords",
        serves: &["T1"],
        rules: &[
            "accounts_password_pam_unix_authtok",
            "accounts_password_pam_unix_enabled",
            "accounts_password_pam_unix_no_remember",
            "set_password_hashing_algorithm_systemauth",
        ],
        title: "Passwords are checked by the system itself, and kept in its strongest form",
        why: "This is how the system comes; it is watched so that nothing changes it unseen.",
        risk: Risk::None,
        scope: |_, machine| person(own_passwords(machine)),
    },
    Control {
        id: "pam.su-is-closed",
        serves: &["T1", "E1"],
        rules: &["ensure_pam_wheel_group_empty", "use_pam_wheel_group_for_su"],
        title: "Nobody becomes root, or somebody else, by typing that one's password",
        why: "Sudo asks for one's own password and can be taken away from one person; root's password, once known, cannot.",
        risk: Risk::MayLockOut,
        scope: |_, machine| su_is_closed(machine),
    },
];

/// The profile of ours, or of a package, in what pam-auth-update(8) makes the common files from.
fn enabled(found: Option<String>, profiles: &[&str]) -> Want {
    let words: Vec<_> = ["pam-auth-update", "--enable"].iter().chain(profiles).copied().collect();
    Want::Program { found, run: Run::live(&words, &[]).writing(TREES) }
}

fn says(machine: &Machine, path: &str, kind: &str, module: &str, arguments: &[&str]) -> bool {
    pam_has(&machine.read(path).unwrap_or_default(), kind, module, arguments)
}

fn profile(path: &'static str, text: &str) -> Want {
    Want::File { path, text: text.to_owned(), mode: 0o644 }
}

fn good_passwords(machine: &Machine) -> Vec<Want> {
    // The list of common words comes first, and is there: without it no password at all could be changed.
    let packages = ["libpam-runtime", "libpam-modules", "cracklib-runtime", "libpam-pwquality"];
    let mut wants = packages.map(Want::Package).to_vec();
    let has_words = machine.look(WORDS).is_ok_and(|place| place != Place::Nothing);
    let listed = Run::live(&["update-cracklib"], &[]);
    wants.insert(
        3,
        Want::Program {
            found: (!has_words).then(|| "there is no list of common words".to_owned()),
            run: listed,
        },
    );
    let rules = [
        ("minlen", "14"),
        ("minclass", "4"),
        ("dcredit", "-1"),
        ("lcredit", "-1"),
        ("ocredit", "-1"),
        ("ucredit", "-1"),
        ("difok", "2"),
        ("maxrepeat", "3"),
        ("maxsequence", "3"),
        ("dictcheck", "1"),
        ("enforcing", "1"),
    ];
    wants.extend(rules.map(|(key, value)| setting(PWQUALITY, Syntax::Assignment, key, value)));
    wants.push(setting(PWQUALITY, Syntax::Line, "enforce_for_root", ""));
    let is_on = says(machine, PASSWORD, "password", "pam_pwquality.so", &[]);
    wants.push(enabled((!is_on).then(|| "a new password may be any".to_owned()), &["pwquality"]));
    wants
}

fn no_former_password(machine: &Machine) -> Vec<Want> {
    let arguments = ["remember=24", "enforce_for_root"];
    let is_on = says(machine, PASSWORD, "password", "pam_pwhistory.so", &arguments);
    vec![
        // After the one that asks for the new password, before the one that takes it.
        profile(
            "/usr/share/pam-configs/incamera-pwhistory",
            "Name: incamera: a former password is not taken again\nDefault: no\nPriority: 1000\n\
             Password-Type: Primary\nPassword:\n\
             \trequisite\tpam_pwhistory.so remember=24 enforce_for_root try_first_pass use_authtok\n\
             Password-Initial:\n\trequisite\tpam_pwhistory.so remember=24 enforce_for_root\n",
        ),
        enabled((!is_on).then(|| "a former password may be taken again".to_owned()), &["incamera-pwhistory"]),
    ]
}

fn guessing_is_slow(machine: &Machine) -> Vec<Want> {
    let is_on = ["preauth", "authfail", "authsucc"]
        .iter()
        .all(|argument| says(machine, AUTH, "auth", "pam_faillock.so", &[argument]))
        && says(machine, ACCOUNT, "account", "pam_faillock.so", &[]);
    let rules = [("deny", "4"), ("unlock_time", "900"), ("root_unlock_time", "900")];
    let mut wants = rules.map(|(key, value)| setting(FAILLOCK, Syntax::Assignment, key, value)).to_vec();
    wants.extend([
        profile(
            "/usr/share/pam-configs/incamera-faillock-before",
            "Name: incamera: who guessed too often waits\nDefault: no\nPriority: 1024\n\
             Auth-Type: Primary\nAuth:\n\trequired\tpam_faillock.so preauth\n\
             Account-Type: Primary\nAccount:\n\trequired\tpam_faillock.so\n",
        ),
        profile(
            "/usr/share/pam-configs/incamera-faillock-after",
            "Name: incamera: wrong passwords are counted\nDefault: no\nPriority: 0\n\
             Auth-Type: Primary\nAuth:\n\t[default=die]\tpam_faillock.so authfail\n\
             \tsufficient\tpam_faillock.so authsucc\n",
        ),
        enabled(
            (!is_on).then(|| "passwords may be guessed as often as one likes".to_owned()),
            &["incamera-faillock-before", "incamera-faillock-after"],
        ),
    ]);
    wants
}

fn own_temporary_files(machine: &Machine) -> Vec<Want> {
    let is_on = says(machine, SESSION, "session", "pam_tmpdir.so", &[]);
    vec![
        Want::Package("libpam-tmpdir"),
        enabled((!is_on).then(|| "temporary files are in a folder that all share".to_owned()), &["tmpdir"]),
    ]
}

fn own_passwords(machine: &Machine) -> Vec<String> {
    let mut found = Vec::new();
    for (path, kind) in COMMON.iter().zip(["auth", "account", "password", "session"]) {
        if !says(machine, path, kind, "pam_unix.so", &[]) {
            found.push(format!("{path} does not use the system's own passwords. See pam-auth-update"));
        }
    }
    if found.is_empty() && !says(machine, PASSWORD, "password", "pam_unix.so", &["yescrypt"]) {
        found.push(format!("{PASSWORD} does not keep passwords as yescrypt. See pam-auth-update"));
    }
    let text = machine.read(PASSWORD).unwrap_or_default();
    if text.lines().any(|line| pam_has(line, "password", "pam_unix.so", &[]) && line.contains("remember=")) {
        found.push(format!("{PASSWORD} remembers passwords in a weak form. See pam-auth-update"));
    }
    found
}

fn su_is_closed(machine: &Machine) -> Scope {
    with_people(machine, |people| {
        let admins = people.group("sudo").map_or(&[][..], |group| &group.members);
        let may_sudo = !admins.is_empty() || !crate::sudoers::grants(machine).is_empty();
        if !may_sudo {
            return Scope::Postponed(
                "nobody but root may use sudo. Let somebody do so first, or su may be the only way to root: \
                 adduser NAME sudo"
                    .to_owned(),
            );
        }
        let found = match people.group(SU_GROUP) {
            None => Some(format!("there is no group {SU_GROUP} that nobody is in")),
            Some(group) if !group.members.is_empty() => {
                return Scope::Postponed(format!(
                    "these may become root by su: {}. Take them out of the group {SU_GROUP}, and let them use sudo",
                    group.members.join(", ")
                ));
            }
            Some(_) => None,
        };
        let trees = ["/etc/group", "/etc/group-", "/etc/gshadow", "/etc/gshadow-", "/etc/.pwd.lock"];
        let run = Run::live(&["groupadd", "--system", SU_GROUP], &[]).writing(&trees);
        Scope::Wants(vec![
            Want::Program { found, run },
            Want::Rewritten { path: "/etc/pam.d/su", how: Rewrite::SuOnlyFor(SU_GROUP) },
        ])
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use crate::apply::Outcome;
    use crate::bench::{Bench, control, printed, told};
    use crate::control::Verdict;
    use crate::machine::{Ended, Place};

    const SHADOW: &str = "root:*:19000:0:99999:7:::\nanna:$y$secret:19990:0:99999:7:::\n";

    /// Writes the modules of each profile that is switched on into the file for their type, as they stand in the profile.
    fn pam_auth_update(root: &Path, profiles: &[&str]) {
        for profile in profiles {
            let path = root.join("usr/share/pam-configs").join(profile);
            let mut kind = "";
            let text = fs::read_to_string(path).unwrap();
            for line in text.lines() {
                match line.strip_prefix('\t') {
                    Some(module) if !kind.is_empty() => {
                        let path = root.join("etc/pam.d").join(format!("common-{kind}"));
                        let before = fs::read_to_string(&path).unwrap();
                        fs::write(path, format!("{kind}\t{module}\n{before}")).unwrap();
                    }
                    Some(_) => {}
                    None => {
                        kind = match line {
                            "Auth:" => "auth",
                            "Account:" => "account",
                            "Password:" => "password",
                            "Session:" => "session",
                            _ => "",
                        }
                    }
                }
            }
        }
        fs::write(root.join("var/lib/pam/seen"), profiles.join("\n")).unwrap();
    }

    fn play(root: &Path, words: &[&str]) -> Option<Ended> {
        match words {
            ["pam-auth-update", "--enable", profiles @ ..] => pam_auth_update(root, profiles),
            ["dpkg-query", .., _] => return Some(printed("installed")),
            ["groupadd", "--system", name] => {
                let path = root.join("etc/group");
                let before = fs::read_to_string(&path).unwrap();
                fs::write(path, format!("{before}{name}:x:999:\n")).unwrap();
            }
            _ => {}
        }
        None
    }

    fn bench() -> Bench {
        let files = [
            (
                "/etc/pam.d/common-auth",
                "auth\t[success=1 default=ignore]\tpam_unix.so nullok\nauth\trequisite\tpam_deny.so\n",
            ),
            (
                "/etc/pam.d/common-account",
                "account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so\n",
            ),
            (
                "/etc/pam.d/common-password",
                "password\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt\n",
            ),
            ("/etc/pam.d/common-session", "session\trequired\tpam_unix.so\n"),
            ("/etc/pam.d/common-session-noninteractive", "session\trequired\tpam_unix.so\n"),
            ("/etc/pam.d/su", "auth       sufficient pam_rootok.so\n@include common-auth\n"),
            ("/etc/security/faillock.conf", "# deny = 3\n"),
            ("/etc/security/pwquality.conf", "# minlen = 8\n# enforce_for_root\n"),
            (
                "/usr/share/pam-configs/pwquality",
                "Name: x\nPassword:\n\trequisite\tpam_pwquality.so retry=3\n",
            ),
            (
                "/usr/share/pam-configs/tmpdir",
                "Name: x\nSession-Type: Additional\nSession:\n\toptional\tpam_tmpdir.so\n",
            ),
            ("/var/lib/pam/seen", ""),
            (super::WORDS, "words"),
            ("/etc/passwd", "root:x:0:0::/root:/bin/bash\nanna:x:1000:1000::/home/anna:/bin/bash\n"),
            ("/etc/group", "root:x:0:\nsudo:x:27:anna\nanna:x:1000:\n"),
            ("/etc/shadow", SHADOW),
        ];
        Bench::playing(&files, play)
    }

    #[test]
    fn each_is_brought_about_and_taken_back_to_the_byte() {
        for id in [
            "pam.good-passwords",
            "pam.no-former-password",
            "pam.guessing-is-slow",
            "pam.no-empty-password",
            "pam.own-temporary-files",
            "pam.su-is-closed",
        ] {
            let bench = bench();
            assert!(matches!(bench.measure(control(id)), Verdict::FallsShort { .. }), "{id}");
            assert!(matches!(bench.apply_and_undo(control(id)).0, Outcome::Done), "{id}");
            bench.apply(control(id));
            assert_eq!(bench.measure(control(id)), Verdict::Holds, "{id}");
            assert!(matches!(bench.apply(control(id)), Outcome::Held), "{id}: again changes nothing");
        }
        assert_eq!(bench().measure(control("pam.own-passwords")), Verdict::Holds);
    }

    #[test]
    fn the_list_of_common_words_is_there_before_anything_asks_for_it() {
        let bench = bench();
        bench.machine.put(super::WORDS, &Place::Nothing).unwrap();
        let (_, ran) = bench.apply_and_undo(control("pam.good-passwords"));
        let at = |words: &str| ran.iter().position(|ran| ran.starts_with(words)).unwrap();
        assert!(at("update-cracklib") < at("pam-auth-update"), "{ran:?}");
    }

    #[test]
    fn the_count_of_wrong_passwords_stands_before_and_after_the_check() {
        let bench = bench();
        bench.apply(control("pam.guessing-is-slow"));
        assert_eq!(
            bench.read("/etc/security/faillock.conf"),
            "# deny = 3\ndeny = 4\nunlock_time = 900\nroot_unlock_time = 900\n"
        );
        assert!(
            bench.read("/etc/pam.d/common-auth").contains("auth\t[default=die]\tpam_faillock.so authfail\n")
        );
        assert!(bench.read("/etc/pam.d/common-account").contains("account\trequired\tpam_faillock.so\n"));
    }

    #[test]
    fn files_that_somebody_wrote_by_hand_are_left_and_it_is_told() {
        // As pam-auth-update does where it finds lines that it did not write.
        let files =
            [("/etc/pam.d/common-auth", ""), ("/etc/pam.d/common-account", ""), ("/var/lib/pam/seen", "")];
        let bench = Bench::playing(&files, |_, _| None);
        let outcome = bench.apply(control("pam.guessing-is-slow"));
        assert!(matches!(outcome, Outcome::AfterRestart(why) if why.contains("may be guessed")));
    }

    #[test]
    fn who_has_an_empty_password_is_not_locked_out() {
        let bench = bench();
        bench.write("/etc/shadow", &SHADOW.replace("$y$secret", ""));
        let (outcome, _) = bench.apply_and_undo(control("pam.no-empty-password"));
        assert!(matches!(outcome, Outcome::Left(why) if why.contains("passwd anna")));
    }

    #[test]
    fn su_stays_where_it_may_be_the_only_way_to_root() {
        let bench = bench();
        bench.write("/etc/group", "root:x:0:\nsudo:x:27:\nanna:x:1000:\n");
        assert!(told(&bench.measure(control("pam.su-is-closed"))).contains("adduser NAME sudo"));
        bench.write("/etc/sudoers.d/anna", "anna ALL=(ALL) NOPASSWD:ALL\n");
        assert!(matches!(bench.measure(control("pam.su-is-closed")), Verdict::FallsShort { .. }));
        bench.write("/etc/group", "root:x:0:\nsudo:x:27:anna\nanna:x:1000:\nsugroup:x:999:anna\n");
        assert!(told(&bench.measure(control("pam.su-is-closed"))).contains("anna"));
    }

    #[test]
    fn a_hash_that_is_weaker_is_told() {
        let bench = bench();
        bench.write(
            "/etc/pam.d/common-password",
            "password [success=1 default=ignore] pam_unix.so md5 remember=5\n",
        );
        let verdict = bench.measure(control("pam.own-passwords"));
        assert!(told(&verdict).contains("yescrypt") && told(&verdict).contains("remembers"));
    }
}
