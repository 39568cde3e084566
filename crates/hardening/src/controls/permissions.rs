//! Permissions: who may read and change the files that say who is who, and files that belong to nobody.

use super::setting;
use crate::control::{Control, Risk, Scope};
use crate::edit::Syntax;
use crate::facts::{Facts, System};
use crate::machine::Machine;
use crate::want::{Want, is_installed};

/// The group that may read passwords' hashes. Its number is the same on every Debian and Ubuntu.
const SHADOW: u32 = 42;
/// The most that are named to a person at once.
const NAMED: usize = 10;
/// The package, and its program, that compares.
const DELIVERED: &str = "debsums";

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "permissions.accounts",
        serves: &["T1", "E1"],
        rules: &[
            "file_owner_etc_passwd",
            "file_groupowner_etc_passwd",
            "file_permissions_etc_passwd",
            "file_owner_backup_etc_passwd",
            "file_groupowner_backup_etc_passwd",
            "file_permissions_backup_etc_passwd",
            "file_owner_etc_group",
            "file_groupowner_etc_group",
            "file_permissions_etc_group",
            "file_owner_backup_etc_group",
            "file_groupowner_backup_etc_group",
            "file_permissions_backup_etc_group",
            "file_owner_etc_shells",
            "file_groupowner_etc_shells",
            "file_permissions_etc_shells",
        ],
        title: "Only root changes who may use this machine",
        why: "Who could write the list of accounts could make an account of root's rights.",
        risk: Risk::None,
        scope: |_, _| {
            let paths = ["/etc/passwd", "/etc/passwd-", "/etc/group", "/etc/group-", "/etc/shells"];
            Scope::Wants(paths.map(|path| access(path, 0o644, 0)).into())
        },
    },
    Control {
        id: "permissions.passwords",
        serves: &["T1", "E1"],
        rules: &[
            "file_owner_etc_shadow",
            "file_groupowner_etc_shadow",
            "file_permissions_etc_shadow",
            "file_owner_backup_etc_shadow",
            "file_groupowner_backup_etc_shadow",
            "file_permissions_backup_etc_shadow",
            "file_owner_etc_gshadow",
            "file_groupowner_etc_gshadow",
            "file_permissions_etc_gshadow",
            "file_owner_backup_etc_gshadow",
            "file_groupowner_backup_etc_gshadow",
            "file_permissions_backup_etc_gshadow",
            "file_owner_etc_security_opasswd",
            "file_groupowner_etc_security_opasswd",
            "file_permissions_etc_security_opasswd",
            "file_owner_etc_security_opasswd_old",
            "file_groupowner_etc_security_opasswd_old",
            "file_permissions_etc_security_opasswd_old",
        ],
        title: "Nobody but the system reads what passwords are checked against",
        why: "Who could read it could try passwords at home, as fast as their machines allow.",
        risk: Risk::None,
        scope: |facts, _| {
            // Only root reads it, whichever group it has: the judges of the two Debians want another one.
            let group = if facts.system == System::Debian13 { 0 } else { SHADOW };
            Scope::Wants(vec![
                access("/etc/shadow", 0o640, SHADOW),
                access("/etc/gshadow", 0o640, SHADOW),
                access("/etc/shadow-", 0, SHADOW),
                access("/etc/gshadow-", 0, group),
                access("/etc/security/opasswd", 0o600, 0),
                access("/etc/security/opasswd.old", 0o600, 0),
            ])
        },
    },
    Control {
        id: "permissions.writable-by-all",
        serves: &["T1"],
        rules: &["file_permissions_unauthorized_world_writable"],
        title: "No file on this machine can be changed by everybody",
        why: "Whoever comes in as anybody could change what others then read or run.",
        risk: Risk::None,
        scope: writable_by_all,
    },
    Control {
        id: "permissions.nobodys-files",
        serves: &["T1"],
        rules: &["no_files_unowned_by_user", "file_permissions_ungroupowned"],
        title: "Every file belongs to somebody",
        why: "Files of an account that is gone belong to the next one that gets its number.",
        risk: Risk::None,
        scope: nobodys_files,
    },
    Control {
        id: "permissions.as-delivered",
        serves: &["T1", "E1"],
        rules: &[],
        title: "The programs of this machine are as they were delivered",
        why: "Whoever broke in changes programs so as to come back, or to hide. A disk that fails changes them too. Somebody who is \
              careful can hide even from this.",
        risk: Risk::None,
        scope: as_delivered,
    },
];

fn access(path: &str, mode: u32, gid: u32) -> Want {
    Want::Access { path: path.to_owned(), mode, uid: 0, gids: vec![gid] }
}

fn writable_by_all(_: &Facts, machine: &Machine) -> Scope {
    // Files; and folders where anybody may also remove what is another's.
    let tests = [
        "(", "-type", "f", "-perm", "-0002", ")", "-o", "(", "-type", "d", "-perm", "-0002", "!", "-perm",
        "-1000", ")",
    ];
    findings(
        machine,
        &tests,
        "Everybody on this machine may write here. Take that away where you do not know a reason (chmod o-w FILE)",
    )
}

fn nobodys_files(_: &Facts, machine: &Machine) -> Scope {
    // Some accounts are there only while their service runs, ours among them: systemd gives them their files at the next start, and
    // until then root alone comes there (DynamicUser= in systemd.exec(5)).
    let theirs = ["/var/lib/private/*", "/var/cache/private/*", "/var/log/private/*"];
    let tests = ["(", "-nouser", "-o", "-nogroup", ")"].into_iter();
    let tests: Vec<_> = tests.chain(theirs.into_iter().flat_map(|path| ["!", "-path", path])).collect();
    findings(
        machine,
        &tests,
        "This belongs to an account that is gone. Remove it, or give it to somebody (chown NAME: FILE)",
    )
}

/// By what each package says of its own files, without those that are there to be changed.
fn as_delivered(_: &Facts, machine: &Machine) -> Scope {
    // Once a week by itself, too, with what is found in the journal.
    let weekly = setting("/etc/default/debsums", Syntax::Shell, "CRON_CHECK", "weekly");
    let wants = Scope::Wants(vec![Want::Package(DELIVERED), weekly]);
    if !is_installed(machine, DELIVERED) {
        return wants;
    }
    let Ok(ended) = machine.run(&[DELIVERED, "--changed"]) else {
        return Scope::Postponed("Programs could not be compared with what was delivered.".to_owned());
    };
    let changed: Vec<_> = ended.printed.lines().filter(|line| line.starts_with('/')).collect();
    if !changed.is_empty() {
        return Scope::Postponed(format!(
            "These are not as they were delivered. If it was not you who changed them, ask somebody who knows such machines, or \
             rent a new one: {}",
            few(&changed)
        ));
    }
    // It ends so too where a file is not there, as in images that leave out translations.
    if !matches!(ended.status, Some(0 | 2)) {
        let why = ended.complained.lines().next().unwrap_or("it ended badly");
        return Scope::Postponed(format!("Programs could not be compared with what was delivered: {why}"));
    }
    wants
}

/// The first of them, and how many more there are.
fn few(found: &[&str]) -> String {
    let more = found.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!("{}{more}", found[..found.len().min(NAMED)].join(", "))
}

/// Nothing on the disks of this machine that `find` finds by these tests. Only a person knows what to do with what there is.
fn findings(machine: &Machine, tests: &[&str], advice: &str) -> Scope {
    let mounts = machine.read("/proc/self/mounts").unwrap_or_default();
    let disks = disks(&mounts);
    // Containers have accounts and rules of their own.
    let apart = [
        "-path",
        "/var/lib/docker",
        "-o",
        "-path",
        "/var/lib/containers",
        "-o",
        "-path",
        "/var/lib/machines",
    ];
    let words = [
        &["find"],
        disks.as_slice(),
        &["-xdev", "("],
        &apart,
        &[")", "-prune", "-o", "("],
        tests,
        &[")", "-print"],
    ]
    .concat();
    let ended = match machine.run(&words) {
        Ok(ended) => ended,
        Err(error) => return Scope::Postponed(format!("The disks could not be searched: {error}")),
    };
    let found: Vec<_> = ended.printed.lines().collect();
    if !found.is_empty() {
        return Scope::Postponed(format!("{advice}: {}", few(&found)));
    }
    if !ended.is_well() {
        let why = ended.complained.lines().next().unwrap_or("it ended badly");
        return Scope::Postponed(format!("The disks could not be searched, as root can: {why}"));
    }
    Scope::Wants(Vec::new())
}

/// Where disks are mounted, each disk once: the root, and every other device. Packed disks (snaps) cannot be changed.
fn disks(mounts: &str) -> Vec<&str> {
    let mut found = vec![("", "/")];
    for line in mounts.lines() {
        let words: Vec<_> = line.split(' ').collect();
        let [device, at, kind, ..] = words[..] else { continue };
        if at == "/" {
            found[0].0 = device;
        }
        // An escaped place (proc_mounts(5), `\040`) is none that the system makes.
        let is_disk =
            device.starts_with("/dev/") && kind != "squashfs" && at.starts_with('/') && !at.contains('\\');
        if is_disk && found.iter().all(|(known, place)| *known != device && *place != at) {
            found.push((device, at));
        }
    }
    found.into_iter().map(|(_, at)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use crate::control::Verdict;
    use crate::machine::Place;
    use proptest::prelude::*;

    fn named(id: &str) -> &'static Control {
        CONTROLS.iter().find(|control| control.id == id).unwrap()
    }

    #[test]
    fn too_much_is_taken_away_and_given_back() {
        let bench = Bench::new();
        for (path, mode) in [("/etc/passwd", 0o666), ("/etc/shadow", 0o644), ("/etc/shadow-", 0o640)] {
            bench.machine.put(path, &Place::file("root:x:0:0\n", mode)).unwrap();
        }
        bench.there_and_back(named("permissions.accounts"));
        bench.there_and_back(named("permissions.passwords"));
        bench.apply(named("permissions.passwords"));
        let mode = |path: &str| match bench.machine.look(path).unwrap() {
            Place::File { mode, .. } => mode,
            _ => unreachable!(),
        };
        assert_eq!((mode("/etc/shadow"), mode("/etc/shadow-")), (0o640, 0));
    }

    #[test]
    fn what_is_found_is_named_for_a_person_and_left() {
        let bench = Bench::new();
        for control in [named("permissions.writable-by-all"), named("permissions.nobodys-files")] {
            assert_eq!(bench.measure(control), Verdict::Holds);
        }
        let many: String = (0..12).map(|at| format!("/srv/{at}\n")).collect();
        bench.answers("find / -xdev", 0, &many);
        let Verdict::Postponed { why } = bench.measure(named("permissions.nobodys-files")) else {
            unreachable!()
        };
        assert!(why.ends_with("/srv/9, and 2 more"), "{why}");
        bench.answers("find / -xdev", 1, "");
        assert!(
            matches!(bench.measure(named("permissions.nobodys-files")), Verdict::Postponed { .. }),
            "not seen is not well"
        );
        // What the server keeps is not given away while it is closed (A2).
        let ran = bench.all_ran();
        let of_services = "( -nouser -o -nogroup ) ! -path /var/lib/private/* ! -path";
        assert!(ran.iter().any(|ran| ran.contains(of_services)), "{ran:?}");
    }

    #[test]
    fn programs_that_were_changed_are_named_and_what_is_not_known_is_not_well() {
        let bench = Bench::new();
        let control = named("permissions.as-delivered");
        bench.write("/etc/default/debsums", "# never, daily, weekly\nCRON_CHECK=never\n");
        bench.there_and_back(control);
        bench.install("debsums");
        bench.apply(control);
        assert_eq!(bench.read("/etc/default/debsums"), "# never, daily, weekly\nCRON_CHECK=weekly\n");
        // Files that are not there are told apart from those that are otherwise.
        bench.answers("debsums --changed", 2, "");
        assert_eq!(bench.measure(control), Verdict::Holds);
        bench.answers("debsums --changed", 2, "/usr/bin/sudo\n");
        let Verdict::Postponed { why } = bench.measure(control) else { unreachable!() };
        assert!(why.ends_with(": /usr/bin/sudo"), "{why}");
        bench.answers("debsums --changed", 1, "");
        assert!(matches!(bench.measure(control), Verdict::Postponed { .. }));
    }

    #[test]
    fn each_disk_is_searched_once() {
        let mounts = "/dev/vda1 / ext4 rw 0 0\nproc /proc proc rw 0 0\n/dev/vda1 /home ext4 rw 0 0\n\
                      /dev/vdb /srv xfs rw 0 0\n/dev/loop0 /snap/core squashfs ro 0 0\n";
        assert_eq!(disks(mounts), ["/", "/srv"]);
    }

    proptest! {
        #[test]
        fn strange_mounts_start_no_other_search(
            mounts in "((/dev/[a-z]{1,2}|-delete|tmpfs)? ?(/|/[a-z]{1,3}|-delete|/a\\\\040b)? ?(ext4|squashfs)?( rw 0 0)?\\PC?\n){0,6}",
        ) {
            let disks = disks(&mounts);
            prop_assert_eq!(disks[0], "/");
            prop_assert!(disks.iter().all(|at| at.starts_with('/')));
        }
    }
}
