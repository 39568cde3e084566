//! Accounts: everybody has a name of their own and a password, and an open screen does not stay open.

use crate::change::Run;
use crate::control::{Control, Risk, Scope};
use crate::edit::Syntax;
use crate::machine::{Machine, Place};
use crate::people::{Account, Password, People};
use crate::rewrite::Rewrite;
use crate::want::Want;

use super::{person, setting};

const LOGIN_DEFS: &str = "/etc/login.defs";
/// Days that a password may be kept.
const MOST: u64 = 365;
/// Days that it must be kept, so that nobody comes back to the former one at once.
const LEAST: u64 = 1;
/// Days that must be left until the next change of a password when the limit comes: nobody shall be surprised by it.
const NOTICE: u64 = 30;
/// An age, in days, that nobody lives to see: Debian's way to say never.
const NEVER: u64 = 36_500;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "accounts.told-apart",
        serves: &["T1", "E1"],
        rules: &[
            "account_unique_id",
            "account_unique_name",
            "accounts_no_uid_except_zero",
            "accounts_root_gid_zero",
            "ensure_shadow_group_empty",
            "gid_passwd_group_same",
            "group_unique_id",
            "group_unique_name",
            "groups_no_zero_gid_except_root",
        ],
        title: "Every account and every group has a name and a number of its own, and only root is root",
        why: "The system knows people by numbers. Two who share one can read each other's files, and whoever shares root's \
              may do everything.",
        risk: Risk::None,
        scope: |_, machine| of_people(machine, told_apart),
    },
    Control {
        id: "accounts.passwords-are-kept",
        serves: &["T1"],
        rules: &[
            "accounts_password_all_shadowed",
            "accounts_password_last_change_is_in_past",
            "ensure_root_access_controlled",
            "no_empty_passwords_etc_shadow",
        ],
        title: "Whoever can sign in has a password, and it is where only root can read it",
        why: "An account with an empty password lets in whoever knows its name.",
        risk: Risk::None,
        scope: |_, machine| {
            let today = today(machine);
            of_people(machine, |people| passwords_are_kept(people, today))
        },
    },
    Control {
        id: "accounts.services-sign-in-nowhere",
        serves: &["T1", "E1"],
        rules: &["no_invalid_shell_accounts_unlocked", "no_shelllogin_for_systemaccounts"],
        title: "Nobody can sign in as one of the system's own accounts",
        why: "They are for programs. A program that was taken over then has no place to type commands.",
        risk: Risk::None,
        scope: |_, machine| with_people(machine, services_sign_in_nowhere),
    },
    Control {
        id: "accounts.shells",
        serves: &["T1"],
        rules: &["no_nologin_in_shells"],
        title: "What turns people away is not counted among the programs they may sign in with",
        why: "Some services take whoever has a listed program for a person.",
        risk: Risk::None,
        scope: |_, _| Scope::Wants(vec![Want::Rewritten { path: "/etc/shells", how: Rewrite::NoNologin }]),
    },
    Control {
        id: "accounts.strong-hash",
        serves: &["T1"],
        rules: &["set_password_hashing_algorithm_logindefs"],
        title: "Passwords are kept in a form that takes long to guess",
        why: "Whoever steals the file of passwords should need years for each, not minutes.",
        risk: Risk::None,
        scope: |_, _| {
            Scope::Wants(vec![
                words(LOGIN_DEFS, "ENCRYPT_METHOD", "YESCRYPT"),
                // For programs that make the older kind nevertheless.
                words(LOGIN_DEFS, "SHA_CRYPT_MIN_ROUNDS", "65536"),
                words(LOGIN_DEFS, "SHA_CRYPT_MAX_ROUNDS", "65536"),
            ])
        },
    },
    Control {
        id: "accounts.password-age",
        serves: &["T1"],
        rules: &[
            "accounts_maximum_age_login_defs",
            "accounts_minimum_age_login_defs",
            "accounts_password_set_max_life_existing",
            "accounts_password_set_min_life_existing",
            "accounts_password_warn_age_login_defs",
            "accounts_set_post_pw_existing",
        ],
        title: "A password is changed once a year",
        why: "A password that somebody learned without being noticed does not help them for ever.",
        risk: Risk::MayLockOut,
        scope: |_, machine| {
            let today = today(machine);
            with_people(machine, |people| password_age(people, today))
        },
    },
    Control {
        id: "accounts.keys-do-not-age",
        serves: &["T4"],
        rules: &[],
        title: "Whoever signs in with a key alone is never asked to change a password that is not there",
        why: "An account without a password whose password is too old lets nobody in any more, not even with the right key.",
        risk: Risk::None,
        scope: |_, machine| with_people(machine, keys_do_not_age),
    },
    Control {
        id: "accounts.files-for-oneself",
        serves: &["T1"],
        rules: &[
            "accounts_umask_etc_bashrc",
            "accounts_umask_etc_login_defs",
            "accounts_umask_etc_profile",
            "accounts_umask_root",
        ],
        title: "A new file can be read by whoever made it, and by nobody else who has not been let in on it",
        why: "What one forgets to protect is protected.",
        risk: Risk::None,
        scope: |_, machine| files_for_oneself(machine),
    },
    Control {
        id: "accounts.idle-screens",
        serves: &["T1"],
        rules: &["accounts_tmout"],
        title: "A command line at which nobody types for a quarter of an hour is closed",
        why: "A laptop that was left open on a table is otherwise an open door to the server.",
        risk: Risk::None,
        scope: |_, _| {
            // Only bash knows it, and a second reading of the file must not trip over the first.
            let text = "# Written by incamera.\nif [ -n \"${BASH_VERSION-}\" ] && [ \"${TMOUT-}\" != 900 ]; then\n    \
                        typeset -xr TMOUT=900\nfi\n";
            let path = "/etc/profile.d/incamera-idle.sh";
            Scope::Wants(vec![Want::File { path, text: text.to_owned(), mode: 0o644 }])
        },
    },
    Control {
        id: "accounts.path-of-root",
        serves: &["T1", "E1"],
        rules: &[
            "accounts_root_path_dirs_no_write",
            "no_dirs_unowned_by_root",
            "root_path_all_dirs",
            "root_path_no_dot",
        ],
        title: "Only root can change what root's commands do",
        why: "Whoever can put a program into a folder where root's commands are looked for makes root run it.",
        risk: Risk::None,
        scope: |_, machine| path_of_root(machine),
    },
];

/// What is wanted of people; nothing where who they are cannot be read.
pub(super) fn with_people(machine: &Machine, scope: impl FnOnce(&People) -> Scope) -> Scope {
    match People::read(machine) {
        Ok(people) => scope(&people),
        Err(trouble) => Scope::Wants(vec![Want::Unknown(trouble.to_string())]),
    }
}

fn of_people(machine: &Machine, found: impl FnOnce(&People) -> Vec<String>) -> Scope {
    with_people(machine, |people| person(found(people)))
}

fn words(path: &'static str, key: &str, value: &str) -> Want {
    setting(path, Syntax::Words, key, value)
}

/// Days since 1970; none where the machine does not say.
fn today(machine: &Machine) -> Option<u64> {
    machine.said(&["date", "+%s"])?.parse::<u64>().ok().map(|seconds| seconds / 86_400)
}

fn told_apart(people: &People) -> Vec<String> {
    let mut found = Vec::new();
    let accounts = &people.accounts;
    for (at, Account { user, .. }) in accounts.iter().enumerate() {
        let before = accounts[..at].iter().map(|other| &other.user);
        for other in before {
            if other.name == user.name {
                found.push(format!("there are two accounts named {}", user.name));
            } else if other.uid == user.uid {
                found.push(format!("{} and {} have one number, {}", other.name, user.name, user.uid));
            }
        }
        if people.groups.iter().all(|group| group.gid != user.gid) {
            found.push(format!("the group {} of {} does not exist", user.gid, user.name));
        }
        match (user.name.as_str(), user.uid, user.gid) {
            ("root", 0, 0) => {}
            ("root", ..) => found.push("root does not have the number 0".to_owned()),
            (name, 0, _) => found.push(format!("{name} may do everything that root may")),
            (name, _, 0) => found.push(format!("{name} is in root's group")),
            _ => {}
        }
    }
    for (at, group) in people.groups.iter().enumerate() {
        for other in &people.groups[..at] {
            if other.name == group.name {
                found.push(format!("there are two groups named {}", group.name));
            } else if other.gid == group.gid {
                found.push(format!("the groups {} and {} have one number", other.name, group.name));
            }
        }
    }
    if let Some(shadow) = people.group("shadow") {
        let first = accounts.iter().filter(|account| account.user.gid == shadow.gid);
        let members = shadow.members.iter().chain(first.map(|account| &account.user.name));
        found.extend(
            members.map(|name| format!("{name} can read everybody's passwords, as one of the group shadow")),
        );
    }
    found
}

fn passwords_are_kept(people: &People, today: Option<u64>) -> Vec<String> {
    let mut found = Vec::new();
    for account in &people.accounts {
        let name = &account.user.name;
        if !account.is_shadowed {
            found.push(format!("the password of {name} is in a file that everybody can read. Run: pwconv"));
        }
        if account.password() == Password::Empty {
            found.push(format!("{name} has an empty password. Run: passwd {name}"));
        }
        let changed = account.shadow.as_ref().and_then(|shadow| shadow.changed);
        if account.password() == Password::Set
            && changed.zip(today).is_some_and(|(changed, today)| changed > today)
        {
            found.push(format!(
                "the password of {name} was changed on a day that has not come yet. Run: passwd {name}"
            ));
        }
    }
    found
}

fn services_sign_in_nowhere(people: &People) -> Scope {
    const TURNED_AWAY: [&str; 6] =
        ["/usr/sbin/nologin", "/sbin/nologin", "/bin/sync", "/usr/bin/sync", "/sbin/shutdown", "/sbin/halt"];
    let (mut wants, mut found) = (Vec::new(), Vec::new());
    for account in &people.accounts {
        let user = &account.user;
        let is_service = user.uid != 0 && !user.is_person();
        if !is_service || TURNED_AWAY.contains(&user.shell.as_str()) {
            continue;
        }
        if user.has_shell() {
            found.push(format!(
                "{} can be signed in as, with {}. If no program of yours needs that, run: usermod --shell /usr/sbin/nologin {}",
                user.name, user.shell, user.name
            ));
        } else {
            let run = Run::live(&["usermod", "--shell", "/usr/sbin/nologin", &user.name], &[]);
            wants.push(Want::Program {
                found: Some(format!("{} is turned away by another program than nologin", user.name)),
                run: run.writing(&["/etc/passwd", "/etc/passwd-"]),
            });
        }
    }
    if wants.is_empty() { person(found) } else { Scope::Wants(wants) }
}

fn aged(name: &str, words: &[&str], found: String) -> Want {
    let words: Vec<_> = ["chage"].iter().chain(words).copied().chain([name]).collect();
    Want::Program {
        found: Some(found),
        run: Run::live(&words, &[]).writing(&["/etc/shadow", "/etc/shadow-"]),
    }
}

fn password_age(people: &People, today: Option<u64>) -> Scope {
    let Some(today) = today else {
        return Scope::Wants(vec![Want::Unknown("the date cannot be asked for".to_owned())]);
    };
    let mut wants = vec![
        words(LOGIN_DEFS, "PASS_MAX_DAYS", "365"),
        words(LOGIN_DEFS, "PASS_MIN_DAYS", "1"),
        words(LOGIN_DEFS, "PASS_WARN_AGE", "7"),
    ];
    let mut old = Vec::new();
    for account in people.accounts.iter().filter(|account| account.password() == Password::Set) {
        let (Some(shadow), name) = (&account.shadow, &account.user.name) else { continue };
        let is_well = shadow.most.is_some_and(|most| (1..=MOST).contains(&most))
            && shadow.least.is_some_and(|least| (LEAST..=MOST).contains(&least))
            && shadow.grace.is_none();
        if is_well {
            continue;
        }
        if shadow.changed.is_none_or(|changed| changed + MOST < today + NOTICE) {
            old.push(format!(
                "the password of {name} is about a year old, or older. Change it first: passwd {name}"
            ));
        }
        let words = ["--mindays", "1", "--maxdays", "365", "--warndays", "7", "--inactive", "-1"];
        wants.push(aged(name, &words, format!("the password of {name} may be kept for ever")));
    }
    if old.is_empty() { Scope::Wants(wants) } else { person(old) }
}

fn keys_do_not_age(people: &People) -> Scope {
    let without = people.accounts.iter().filter(|account| {
        account.password() == Password::None && (account.is_person() || account.user.uid == 0)
    });
    let wants = without.filter_map(|account| {
        let (shadow, name) = (account.shadow.as_ref()?, &account.user.name);
        let ages = shadow.most.is_some_and(|most| most < NEVER) || shadow.grace.is_some();
        let found = format!("{name} has no password, and will not be let in once that is too old");
        ages.then(|| aged(name, &["--maxdays", "-1", "--inactive", "-1"], found))
    });
    Scope::Wants(wants.collect())
}

/// Whether a line of shell sets a mask by which others may read, or one that is not understood.
fn lets_others_read(line: &str) -> bool {
    let said = line.split([';', '&', '|']).take_while(|command| !command.trim_start().starts_with('#'));
    said.map(str::split_whitespace).any(|mut words| {
        if words.by_ref().all(|word| word != "umask") {
            return false;
        }
        match words.next() {
            // It is asked for, not set.
            None | Some("-S" | "-p") => false,
            Some(word) if word.starts_with('#') => false,
            Some(mask) => u32::from_str_radix(mask, 8).map_or(true, |mask| mask & 0o027 != 0o027),
        }
    })
}

fn files_for_oneself(machine: &Machine) -> Scope {
    let lax = ["/root/.bashrc", "/root/.profile"]
        .into_iter()
        .filter(|path| machine.read(path).unwrap_or_default().lines().any(lets_others_read));
    let found: Vec<_> = lax
        .map(|path| {
            format!(
                "{path} has a line with umask that lets others read, or that is not understood. Take it out"
            )
        })
        .collect();
    if !found.is_empty() {
        return person(found);
    }
    Scope::Wants(vec![
        words(LOGIN_DEFS, "UMASK", "027"),
        setting("/etc/bash.bashrc", Syntax::Line, "umask 027", ""),
        Want::File {
            path: "/etc/profile.d/incamera-umask.sh",
            text: "# Written by incamera.\numask 027\n".to_owned(),
            mode: 0o644,
        },
    ])
}

fn path_of_root(machine: &Machine) -> Scope {
    const DEFAULT: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let text = machine.read(LOGIN_DEFS).unwrap_or_default();
    let said = crate::edit::get(&text, Syntax::Words, "ENV_SUPATH").unwrap_or_default();
    let path = said.last().and_then(|said| said.strip_prefix("PATH=")).unwrap_or(DEFAULT);
    let strange: Vec<_> =
        path.split(':').filter(|part| !part.starts_with('/') || part.contains("..")).collect();
    if !strange.is_empty() {
        let found = format!(
            "root's commands are looked for where one happens to be. Put ENV_SUPATH in {LOGIN_DEFS} right"
        );
        return person(vec![found]);
    }
    let folders = path.split(':').filter(|part| matches!(machine.look(part), Ok(Place::Folder { .. })));
    Scope::Wants(
        folders
            .map(|folder| Want::Access { path: folder.to_owned(), mode: 0o755, uid: 0, gids: vec![0] })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use crate::apply::Outcome;
    use crate::bench::{Bench, control, printed, told};
    use crate::control::Verdict;
    use proptest::prelude::*;

    const PASSWD: &str = "root:x:0:0::/root:/bin/bash\nsync:x:4:65534::/bin:/bin/sync\nanna:x:1000:1000::/home/anna:/bin/bash\n";
    const GROUP: &str = "root:x:0:\nshadow:x:42:\nnogroup:x:65534:\nanna:x:1000:\n";
    const SHADOW: &str =
        "root:*:19000:0:99999:7:::\nsync:*:19000:0:99999:7:::\nanna:$y$secret:19990:0:99999:7:::\n";

    fn bench(passwd: &str, group: &str, shadow: &str) -> Bench {
        let files = [("/etc/passwd", passwd), ("/etc/group", group), ("/etc/shadow", shadow)];
        // It is day 20000 since 1970.
        Bench::playing(&files, |_, words| (words == ["date", "+%s"]).then(|| printed("1728000100\n")))
    }

    #[test]
    fn people_are_told_apart_and_each_way_not_to_is_named() {
        let told_apart = control("accounts.told-apart");
        assert_eq!(bench(PASSWD, GROUP, SHADOW).measure(told_apart), Verdict::Holds);
        for (passwd, group, why) in [
            ("anna:x:1000:1000::/:/bin/sh\n", "", "two accounts named anna"),
            ("bo:x:1000:1000::/:/bin/sh\n", "", "anna and bo have one number"),
            ("bo:x:0:1000::/:/bin/sh\n", "", "bo may do everything that root may"),
            ("bo:x:1001:0::/:/bin/sh\n", "", "bo is in root's group"),
            ("bo:x:1001:77::/:/bin/sh\n", "", "the group 77 of bo does not exist"),
            ("bo:x:1001:42::/:/bin/sh\n", "", "bo can read everybody's passwords"),
            ("", "anna:x:1001:\n", "two groups named anna"),
            ("", "bo:x:1000:\n", "the groups anna and bo have one number"),
        ] {
            let bench = bench(&format!("{PASSWD}{passwd}"), &format!("{GROUP}{group}"), SHADOW);
            let verdict = bench.measure(told_apart);
            assert!(told(&verdict).contains(why), "{verdict:?}");
        }
    }

    #[test]
    fn a_strange_line_is_unknown_and_never_guessed_at() {
        let verdict =
            bench(&format!("{PASSWD}+::::::\n"), GROUP, SHADOW).measure(control("accounts.told-apart"));
        assert!(
            matches!(&verdict, Verdict::Unknown { why } if why.contains("line 4 of /etc/passwd")),
            "{verdict:?}"
        );
    }

    #[test]
    fn an_empty_password_is_for_its_owner_to_set() {
        let kept = control("accounts.passwords-are-kept");
        assert_eq!(bench(PASSWD, GROUP, SHADOW).measure(kept), Verdict::Holds);
        let empty = bench(PASSWD, GROUP, &SHADOW.replace("$y$secret", ""));
        assert!(told(&empty.measure(kept)).contains("passwd anna"));
        let future = bench(PASSWD, GROUP, &SHADOW.replace("19990", "20001"));
        assert!(told(&future.measure(kept)).contains("has not come yet"));
        let open = bench(&PASSWD.replace("anna:x", "anna:$y$secret"), GROUP, SHADOW);
        let verdict = open.measure(kept);
        assert!(told(&verdict).contains("pwconv") && !told(&verdict).contains("secret"));
    }

    #[test]
    fn a_password_may_be_kept_for_a_year_and_no_hash_is_told() {
        let bench = bench(PASSWD, GROUP, SHADOW);
        let verdict = bench.measure(control("accounts.password-age"));
        assert!(!format!("{verdict:?}").contains("secret"));
        let (outcome, ran) = bench.apply_and_undo(control("accounts.password-age"));
        assert!(
            matches!(outcome, Outcome::AfterRestart(why) if why.contains("anna")),
            "the played chage does nothing"
        );
        assert!(
            ran.contains(&"chage --mindays 1 --maxdays 365 --warndays 7 --inactive -1 anna".to_owned()),
            "{ran:?}"
        );
        assert!(!ran.iter().any(|words| words.starts_with("chage") && words.ends_with("root")));
    }

    #[test]
    fn an_old_password_is_changed_by_its_owner_before_it_can_lock_out() {
        for changed in ["19600", "19664", "0", ""] {
            let bench = bench(PASSWD, GROUP, &SHADOW.replace("19990", changed));
            let (outcome, ran) = bench.apply_and_undo(control("accounts.password-age"));
            assert!(matches!(outcome, Outcome::Left(why) if why.contains("passwd anna")), "{changed}");
            assert!(!ran.iter().any(|words| words.starts_with("chage")));
        }
        let fresh = bench(PASSWD, GROUP, &SHADOW.replace("19990:0:99999", "19990:1:365"));
        fresh.apply(control("accounts.password-age"));
        assert_eq!(fresh.measure(control("accounts.password-age")), Verdict::Holds);
    }

    #[test]
    fn a_key_without_a_password_never_grows_old() {
        let keys = control("accounts.keys-do-not-age");
        assert_eq!(bench(PASSWD, GROUP, SHADOW).measure(keys), Verdict::Holds);
        let bench = bench(PASSWD, GROUP, &SHADOW.replace("$y$secret:19990:0:99999", "!:19990:0:365"));
        let (_, ran) = bench.apply_and_undo(keys);
        assert!(ran.contains(&"chage --maxdays -1 --inactive -1 anna".to_owned()), "{ran:?}");
        // Nothing is asked of it by the other control, which is about passwords.
        let (_, ran) = bench.apply_and_undo(control("accounts.password-age"));
        assert!(!ran.iter().any(|words| words.starts_with("chage")));
    }

    #[test]
    fn services_are_turned_away_by_nologin_and_those_with_a_shell_are_named() {
        let services = control("accounts.services-sign-in-nowhere");
        let with = |shell: &str| bench(&format!("{PASSWD}db:x:110:65534::/:{shell}\n"), GROUP, SHADOW);
        assert_eq!(with("/usr/sbin/nologin").measure(services), Verdict::Holds);
        let (_, ran) = with("/bin/false").apply_and_undo(services);
        assert!(ran.contains(&"usermod --shell /usr/sbin/nologin db".to_owned()), "{ran:?}");
        let (outcome, ran) = with("/bin/bash").apply_and_undo(services);
        assert!(matches!(outcome, Outcome::Left(why) if why.contains("db can be signed in as")));
        assert!(!ran.iter().any(|words| words.starts_with("usermod")), "a program may need it");
    }

    #[test]
    fn masks_and_idle_screens_are_set_and_taken_back() {
        let bench = bench(PASSWD, GROUP, SHADOW);
        bench.write("/etc/bash.bashrc", "if true; then\n  umask 077; echo x\nfi\n");
        bench.write("/etc/login.defs", "UMASK\t\t022\n");
        for id in ["accounts.files-for-oneself", "accounts.idle-screens"] {
            assert!(matches!(bench.apply_and_undo(control(id)).0, Outcome::Done), "{id}");
        }
        bench.apply(control("accounts.files-for-oneself"));
        assert_eq!(bench.read("/etc/bash.bashrc"), "if true; then\n  umask 077; echo x\nfi\numask 027\n");
        bench.write("/root/.bashrc", "umask 022\n");
        assert!(told(&bench.measure(control("accounts.files-for-oneself"))).contains("/root/.bashrc"));
    }

    proptest! {
        #[test]
        fn a_mask_is_found_however_it_is_written(
            mask in 0_u32..0o1000, before in "( |\t|true; |test -t 0 && )?", after in "( |; x| # mine|\t)?",
            comment in "[ \t]{0,2}#+ ?[a-z ]{0,8}", other in "[a-z]{1,4} [0-7]{3}",
        ) {
            let line = format!("{before}umask {mask:03o}{after}");
            prop_assert_eq!(super::lets_others_read(&line), mask & 0o027 != 0o027, "{}", line);
            let strange = format!("{before}umask u=rwx,g=rx,o=rx{after}");
            prop_assert!(super::lets_others_read(&strange));
            for line in [format!("{comment}{line}"), format!("{before}umask{after}"), format!("{before}{other}")] {
                prop_assert!(!super::lets_others_read(&line), "{}", line);
            }
        }
    }

    #[test]
    fn a_relative_place_in_the_path_of_root_is_for_a_person() {
        let bench = bench(PASSWD, GROUP, SHADOW);
        for (said, is_well) in [("/usr/sbin:/usr/bin", true), ("/usr/sbin:", false), (".:/usr/bin", false)] {
            bench.write("/etc/login.defs", &format!("ENV_SUPATH\tPATH={said}\n"));
            let verdict = bench.measure(control("accounts.path-of-root"));
            assert_eq!(verdict == Verdict::Holds, is_well, "{said} {verdict:?}");
        }
    }
}
