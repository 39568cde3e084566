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

/// It is changed as the user whose it is: what root does in a folder of somebody's can be led astray by a link.
fn tightened(account: &Account, path: &str, mode: u32, most: u32) -> Option<Want> {
    if mode & !most == 0 {
        return None;
    }
    let name = &account.user.name;
    let words = |mode: u32| {
        let mode = format!("{mode:04o}");
        ["runuser", "-u", name, "--", "chmod", &mode, "--", path].map(str::to_owned).to_vec()
    };
    let run = Run { words: words(mode & most), undo: vec![words(mode)], writes: Vec::new(), packages: false };
    Some(Want::Program { found: Some(format!("others can look into {path}")), run })
}
