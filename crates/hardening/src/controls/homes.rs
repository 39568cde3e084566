//! Homes: what people keep is their own.

use crate::change::Run;
use crate::control::{Control, Risk, Scope};
use crate::machine::{Machine, Place, join};
use crate::people::{Account, People};
use crate::want::Want;

use super::accounts::with_people;
use super::person;

/// What others may not do with a home.
const HOME: u32 = 0o750;
/// What others may not do with a file that says how one's programs start.
const START: u32 = 0o740;
const HISTORY: u32 = 0o600;
/// The most files that are looked at in a home.
const MAX_FILES: usize = 1000;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "homes.private",
        serves: &["T1"],
        rules: &[
            "accounts_user_dot_group_ownership",
            "accounts_user_dot_user_ownership",
            "accounts_user_interactive_home_directory_exists",
            "file_groupownership_home_directories",
            "file_ownership_home_directories",
            "file_permission_user_bash_history",
            "file_permission_user_init_files",
            "file_permissions_home_directories",
        ],
        title: "Everybody has a home, and nobody else can look into it or change how their programs start",
        why: "What one types and keeps is nobody else's business; and whoever can change such a file makes its owner run \
              what they like at the next login.",
        risk: Risk::None,
        scope: |_, machine| with_people(machine, |people| private(people, machine)),
    },
    Control {
        id: "homes.no-blind-trust",
        serves: &["T1", "E1"],
        rules: &["no_forward_files", "no_netrc_files", "no_rsh_trust_files"],
        title: "No home keeps a file that sends mail away, holds a password in clear, or lets other machines in",
        why: "Such files do their work for years after everybody has forgotten them.",
        risk: Risk::None,
        scope: |_, machine| {
            with_people(machine, |people| {
                let homes = people.accounts.iter().filter(|one| one.is_person() || one.user.uid == 0);
                let names = [".forward", ".netrc", ".rhosts", ".shosts"];
                let paths = homes.flat_map(|account| names.map(|name| join(&account.user.home, name)));
                let there =
                    paths.filter(|path| machine.look(path).is_ok_and(|place| place != Place::Nothing));
                person(there.map(|path| format!("there is {path}. If nobody needs it, remove it")).collect())
            })
        },
    },
];

fn private(people: &People, machine: &Machine) -> Scope {
    let (mut wants, mut found) = (Vec::new(), Vec::new());
    for account in people.accounts.iter().filter(|account| account.is_person()) {
        if let Err(trouble) = home(account, machine, &mut wants) {
            found.push(trouble);
        }
    }
    if wants.is_empty() { person(found) } else { Scope::Wants(wants) }
}

/// What is wanted of a home, or what a person must see to.
fn home(account: &Account, machine: &Machine, wants: &mut Vec<Want>) -> Result<(), String> {
    let user = &account.user;
    let is_theirs = |uid, gid| !machine.has_owners() || (uid, gid) == (user.uid, user.gid);
    match machine.look(&user.home) {
        Ok(Place::Folder { mode, uid, gid }) => {
            if !is_theirs(uid, gid) {
                return Err(format!("the home of {}, {}, belongs to somebody else", user.name, user.home));
            }
            wants.extend(tightened(account, &user.home, mode, HOME));
        }
        _ => return Err(format!("{} has no home at {}", user.name, user.home)),
    }
    for name in machine.list(&user.home).iter().filter(|name| name.starts_with('.')).take(MAX_FILES) {
        let path = join(&user.home, name);
        let Ok(Place::File { mode, uid, gid, .. }) = machine.look(&path) else { continue };
        if !is_theirs(uid, gid) {
            return Err(format!("{path} belongs to somebody else than {}", user.name));
        }
        let most = if name.ends_with("_history") { HISTORY } else { START };
        wants.extend(tightened(account, &path, mode, most));
    }
    Ok(())
}

/// It is changed as the user whose it is: what root does in a folder of somebody's can be led astray by a link. In a session of its
/// own, since what runs as the user is in the user's hands, and root's terminal is not (TIOCSTI, ioctl_tty(2)).
fn tightened(account: &Account, path: &str, mode: u32, most: u32) -> Option<Want> {
    if mode & !most == 0 {
        return None;
    }
    let name = &account.user.name;
    let words = |mode: u32| {
        let mode = format!("{mode:04o}");
        ["setsid", "--wait", "runuser", "-u", name, "--", "chmod", &mode, "--", path]
            .map(str::to_owned)
            .to_vec()
    };
    let run = Run { words: words(mode & most), undo: vec![words(mode)], writes: Vec::new(), packages: false };
    Some(Want::Program { found: Some(format!("others can look into {path}")), run })
}

#[cfg(test)]
mod tests {
    use crate::apply::Outcome;
    use crate::bench::{Bench, control, told};
    use crate::control::Verdict;
    use crate::machine::Place;

    fn bench() -> Bench {
        let bench = Bench::playing(
            &[
                ("/etc/passwd", "root:x:0:0::/root:/bin/bash\nanna:x:1000:1000::/home/anna:/bin/bash\n"),
                ("/etc/group", "root:x:0:\nanna:x:1000:\n"),
                ("/etc/shadow", ""),
                ("/home/anna/.profile", ""),
                ("/home/anna/.bash_history", ""),
                ("/home/anna/notes", ""),
            ],
            |_, _| None,
        );
        let place = |mode| Place::Folder { mode, uid: 1000, gid: 1000 };
        bench.machine.put("/home/anna", &place(0o755)).unwrap();
        bench
    }

    #[test]
    fn a_home_is_closed_by_its_owner_and_opened_again() {
        let bench = bench();
        let (_, ran) = bench.apply_and_undo(control("homes.private"));
        for words in [
            "setsid --wait runuser -u anna -- chmod 0750 -- /home/anna",
            "setsid --wait runuser -u anna -- chmod 0640 -- /home/anna/.profile",
            "setsid --wait runuser -u anna -- chmod 0600 -- /home/anna/.bash_history",
        ] {
            assert!(ran.contains(&words.to_owned()), "{words}: {ran:?}");
        }
        assert!(!ran.iter().any(|words| words.contains("notes")));
    }

    #[test]
    fn a_home_that_is_closed_is_well_and_one_that_is_not_there_is_for_a_person() {
        let bench = bench();
        for (path, mode) in [("/home/anna/.profile", 0o640), ("/home/anna/.bash_history", 0o600)] {
            bench.machine.put(path, &Place::file("", mode)).unwrap();
        }
        bench.machine.put("/home/anna", &Place::Folder { mode: 0o700, uid: 0, gid: 0 }).unwrap();
        assert_eq!(bench.measure(control("homes.private")), Verdict::Holds);
        bench.write("/etc/passwd", "anna:x:1000:1000::/home/elsewhere:/bin/bash\n");
        assert!(told(&bench.measure(control("homes.private"))).contains("no home at /home/elsewhere"));
    }

    #[test]
    fn what_trusts_blindly_is_named_and_stays() {
        let bench = bench();
        assert_eq!(bench.measure(control("homes.no-blind-trust")), Verdict::Holds);
        bench.write("/home/anna/.netrc", "machine x password y\n");
        let (outcome, _) = bench.apply_and_undo(control("homes.no-blind-trust"));
        assert!(
            matches!(outcome, Outcome::Left(why) if why.contains("/home/anna/.netrc") && !why.contains("machine"))
        );
    }
}
