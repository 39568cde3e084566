//! Logs: what happened is known until the next start, and on no disk (I3, B8).

use std::path::Path;

use crate::change::Run;
use crate::control::{Control, Risk, Scope};
use crate::edit::Syntax;
use crate::machine::{Machine, Place};
use crate::mounts;
use crate::want::Want;

use super::setting;

const LOG: &str = "/var/log";
/// Which folders programs need in it. It is not in a folder that the service can write to: root acts on what it says.
const FOLDERS: &str = "/var/lib/incamera-log-folders.conf";
const MOUNT: &str = "var-log.mount";
/// Folders whose names can be written down, as find(1) has it: not with a line of somebody else's in them, whom a program lets make
/// folders for its logs, and who would have root carry it out.
const PLAIN: &str = "[-A-Za-z0-9._/@+]*";
/// What closes logs again that programs opened, in folders that root alone may write to: elsewhere, others could put a link to another file
/// in the place of one.
const CLOSE: &str = "find /var/log -xdev -type d ( -not -uid 0 -o -perm /0022 ) -prune -o -type f -perm /0137 -exec chmod u-x,g-wx,o-rwx -- {} +";
const AFTERWARDS: &str =
    "[Unit]\nOnSuccess=incamera-log-folders-kept.service\nOnFailure=incamera-log-folders-kept.service\n";
/// The most files whose permissions are put right at once.
const MAX_FILES: usize = 2000;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "logs.journal-in-memory",
        serves: &["I3", "B8"],
        rules: &[
            "journald_compress",
            "journald_disable_forward_to_syslog",
            "logging_services_active",
            "service_systemd-journald_enabled",
        ],
        title: "The system's journal is kept in memory and handed to nobody",
        why: "One can still see why something does not work; after the next start nothing of it is left.",
        risk: Risk::None,
        scope: |_, _| {
            let path = "/etc/systemd/journald.conf";
            let said = [("Storage", "volatile"), ("ForwardToSyslog", "no"), ("Compress", "yes")];
            let mut wants =
                said.map(|(key, value)| setting(path, Syntax::Section("Journal"), key, value)).to_vec();
            wants.push(Want::File {
                // It is read after that file and after those of packages, so that what it says is so.
                path: "/etc/systemd/journald.conf.d/zz-incamera.conf",
                text: "# Written by incamera.\n[Journal]\nStorage=volatile\nForwardToSyslog=no\nForwardToWall=no\n\
                       RuntimeMaxUse=64M\n"
                    .to_owned(),
                mode: 0o644,
            });
            Scope::Wants(wants)
        },
    },
    Control {
        id: "logs.no-second-log",
        serves: &["I3", "B8"],
        rules: &["rsyslog_nolisten"],
        title: "No other program writes a log of the system, or takes one from other machines",
        why: "It would put on the disk what the journal keeps in memory only.",
        risk: Risk::None,
        scope: |_, _| {
            let units =
                ["rsyslog.service", "syslog.socket", "syslog-ng.service", "inetutils-syslogd.service"];
            Scope::Wants(units.map(Want::Masked).to_vec())
        },
    },
    Control {
        id: "logs.from-nobody-else",
        serves: &["I3", "B3"],
        rules: &["socket_systemd-journal-remote_disabled"],
        title: "The journal of no other machine is taken in",
        why: "It would be one more open door, and other people's data.",
        risk: Risk::None,
        scope: |_, _| Scope::Wants(vec![Want::Masked("systemd-journal-remote.socket")]),
    },
    Control {
        id: "logs.folder-in-memory",
        serves: &["I3", "B8", "T2"],
        rules: &[
            "mount_option_var_log_nodev",
            "mount_option_var_log_noexec",
            "mount_option_var_log_nosuid",
            "partition_for_var_log",
        ],
        title: "The folder of logs is in memory: whatever writes one, no disk holds it",
        why: "Programs that are installed later have logs too. They can write them, and find their folders again after each \
              start; nothing in these outlives it.",
        risk: Risk::None,
        scope: |_, machine| folder_in_memory(machine),
    },
    Control {
        id: "logs.private",
        serves: &["I3", "T1"],
        rules: &[
            "directory_permissions_var_log_audit",
            "file_group_ownership_var_log_audit",
            "file_groupowner_var_log_auth",
            "file_groupowner_var_log_cloud_init",
            "file_groupowner_var_log_journal",
            "file_groupowner_var_log_lastlog",
            "file_groupowner_var_log_localmessages",
            "file_groupowner_var_log_messages",
            "file_groupowner_var_log_secure",
            "file_groupowner_var_log_syslog",
            "file_groupowner_var_log_waagent",
            "file_groupowner_var_log_wbtmp",
            "file_groupownerships_var_log",
            "file_groupownerships_var_log_apt",
            "file_groupownerships_var_log_gdm",
            "file_groupownerships_var_log_gdm3",
            "file_groupownerships_var_log_landscape",
            "file_groupownerships_var_log_sssd",
            "file_owner_var_log_auth",
            "file_owner_var_log_cloud_init",
            "file_owner_var_log_journal",
            "file_owner_var_log_lastlog",
            "file_owner_var_log_localmessages",
            "file_owner_var_log_messages",
            "file_owner_var_log_secure",
            "file_owner_var_log_syslog",
            "file_owner_var_log_waagent",
            "file_owner_var_log_wbtmp",
            "file_ownership_var_log_audit_stig",
            "file_ownerships_var_log",
            "file_ownerships_var_log_apt",
            "file_ownerships_var_log_gdm",
            "file_ownerships_var_log_gdm3",
            "file_ownerships_var_log_landscape",
            "file_ownerships_var_log_sssd",
            "file_permissions_var_log_apt",
            "file_permissions_var_log_audit",
            "file_permissions_var_log_auth",
            "file_permissions_var_log_cloud-init",
            "file_permissions_var_log_gdm",
            "file_permissions_var_log_gdm3",
            "file_permissions_var_log_lastlog",
            "file_permissions_var_log_localmessages",
            "file_permissions_var_log_messages",
            "file_permissions_var_log_secure",
            "file_permissions_var_log_sssd",
            "file_permissions_var_log_syslog",
            "file_permissions_var_log_waagent",
            "file_permissions_var_log_wbtmp",
            "permissions_local_var_log",
        ],
        title: "What is in the folder of logs can be read by the one who wrote it and by administrators",
        why: "Until the next start it says who administered this machine, and from where.",
        risk: Risk::None,
        scope: |_, machine| private(machine),
    },
];

fn unit(path: &'static str, text: &str) -> Want {
    Want::File { path, text: format!("# Written by incamera.\n{text}"), mode: 0o644 }
}

fn folder_in_memory(machine: &Machine) -> Scope {
    let is = mounts::met_at(machine, LOG).map(|met| met.kind);
    if is.as_deref().is_some_and(|kind| kind != "tmpfs") {
        return Scope::Postponed(format!(
            "{LOG} is a disk of its own here. Take its line out of /etc/fstab, start the machine anew, and run this again"
        ));
    }
    let is_known = machine.look(FOLDERS).is_ok_and(|place| place != Place::Nothing);
    // Its own directives for a line of tmpfiles.d(5), in words of find(1).
    let line = "d \"%p\" 0%m %U %G -\\n";
    let listing = |to| {
        let journal = format!("{LOG}/journal");
        let words = [
            "find",
            LOG,
            "-mindepth",
            "1",
            "-xdev",
            "-path",
            &journal,
            "-prune",
            "-o",
            "-type",
            "d",
            "-regex",
            PLAIN,
            "-fprintf",
            to,
            line,
        ];
        words.map(str::to_owned).to_vec()
    };
    let listed = Run {
        words: listing(FOLDERS),
        undo: vec![["rm", "--force", FOLDERS].map(str::to_owned).to_vec()],
        writes: Vec::new(),
        packages: false,
    };
    let again = listing(&format!("{FOLDERS}.new")).join(" ");
    // What systemd.service(5) and systemd.unit(5) read otherwise than it stands is written twice.
    let quoted = line.replace('%', "%%").replace('\\', "\\\\").replace('"', "\\\"");
    let again = again.replace(line, &format!("\"{quoted}\""));
    Scope::Wants(vec![
        Want::Program { found: (!is_known).then(|| format!("the folders in {LOG} are not written down")), run: listed },
        unit(
            "/etc/systemd/system/var-log.mount",
            "[Unit]\nDescription=Logs, in memory\nBefore=local-fs.target systemd-journal-flush.service\n\n\
             [Mount]\nWhat=tmpfs\nWhere=/var/log\nType=tmpfs\nOptions=mode=0755,nodev,nosuid,noexec,size=64M,nr_inodes=16k\n\n\
             [Install]\nWantedBy=local-fs.target\n",
        ),
        unit(
            "/etc/systemd/system/incamera-log-folders.service",
            &format!(
                "[Unit]\nDescription=Folders of logs, made again in memory\nDefaultDependencies=no\n\
                 RequiresMountsFor=/var/log /var/lib\nAfter=local-fs.target\nBefore=sysinit.target shutdown.target\n\
                 Conflicts=shutdown.target\n\n\
                 [Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=systemd-tmpfiles --create {FOLDERS}\n\n\
                 [Install]\nWantedBy=sysinit.target\n"
            ),
        ),
        unit(
            "/etc/systemd/system/incamera-log-folders-kept.service",
            &format!(
                // Packages come by dozens: no limit of starts ends the watch.
                "[Unit]\nDescription=Folders of logs, written down after packages came or went, and logs closed to others\n\
                 StartLimitIntervalSec=0\nRequires=incamera-log-folders.service\nAfter=incamera-log-folders.service\n\n\
                 [Service]\nType=oneshot\nExecStart={again}\nExecStartPost=mv --force {FOLDERS}.new {FOLDERS}\n\
                 ExecStartPost={CLOSE}\n"
            ),
        ),
        // Each run of these opens a log to others, or makes one that is.
        unit("/etc/systemd/system/apt-daily-upgrade.service.d/incamera-logs.conf", AFTERWARDS),
        unit("/etc/systemd/system/logrotate.service.d/incamera-logs.conf", AFTERWARDS),
        unit(
            "/etc/systemd/system/incamera-log-folders-kept.path",
            "[Unit]\nDescription=Packages came or went\n\n[Path]\nPathChanged=/var/lib/dpkg/status\n\n\
             [Install]\nWantedBy=multi-user.target\n",
        ),
        Want::File {
            // Of two files of tmpfiles.d(5) that say the same, the first in the alphabet counts.
            path: "/etc/tmpfiles.d/00-incamera-log.conf",
            text: "# Written by incamera.\nf /var/log/alternatives.log 0640 root adm -\nf /var/log/dpkg.log 0640 root adm -\n\
                   f /var/log/unattended-upgrades/unattended-upgrades-dpkg.log 0640 root adm -\n\
                   f /var/log/unattended-upgrades/unattended-upgrades-shutdown.log 0640 root adm -\n\
                   z /var/log/btmp 0640 root utmp -\nz /var/log/lastlog 0640 root utmp -\nz /var/log/wtmp 0640 root utmp -\n"
                .to_owned(),
            mode: 0o644,
        },
        Want::Program {
            found: (is.as_deref() != Some("tmpfs")).then(|| format!("{LOG} is on the disk")),
            run: Run::live(&["systemctl", "enable", "--now", MOUNT], &[&["umount", "--lazy", LOG]])
                .writing(&["/etc/systemd/system"]),
        },
        Want::Options { at: LOG, options: &["nodev", "nosuid", "noexec"] },
        Want::Active("incamera-log-folders.service"),
        Want::Active("incamera-log-folders-kept.path"),
        Want::Program {
            found: (is.as_deref() != Some("tmpfs")).then(|| format!("{LOG} is empty in memory")),
            run: Run::live(&["systemd-tmpfiles", "--create", "--prefix", LOG], &[]),
        },
    ])
}

fn private(machine: &Machine) -> Scope {
    let words = ["find", LOG, "-xdev", "-type", "f", "-perm", "/0137", "-printf", "%m %p\\0"];
    let ended = machine.run(&words);
    let Some(ended) = ended.ok().filter(|ended| ended.is_well()) else {
        return Scope::Wants(vec![Want::Unknown(format!("{LOG} cannot be searched"))]);
    };
    let open = ended.printed.split('\0').filter_map(|file| file.split_once(' ')).take(MAX_FILES);
    let open: Vec<(&str, &str)> = open.collect();
    if open.is_empty() {
        return Scope::Wants(Vec::new());
    }
    // Who may write to a folder could put a link to another file in the place of a log before its mode is set.
    let (theirs, open): (Vec<_>, Vec<_>) = open.into_iter().partition(|(_, path)| is_theirs(machine, path));
    let left = theirs.iter().map(|(_, path)| {
        Want::Finding(format!(
            "{path} can be read or changed by others. It is in a folder of another account, which has to close it"
        ))
    });
    let left: Vec<_> = left.collect();
    if open.is_empty() {
        return Scope::Wants(left);
    }
    let mut run = Run::live(&["chmod", "u-x,g-wx,o-rwx", "--"], &[]);
    run.words.extend(open.iter().map(|(_, path)| (*path).to_owned()));
    // What is in memory is gone with it; and a log may have been taken away meanwhile.
    if mounts::met_at(machine, LOG).map(|met| met.kind).as_deref() != Some("tmpfs") {
        let back = |(mode, path): &(&str, &str)| ["chmod", mode, "--", path].map(str::to_owned).to_vec();
        run.undo = open.iter().map(back).collect();
    }
    let found = format!("{} can be read or changed by others", open[0].1);
    Scope::Wants([vec![Want::Program { found: Some(found), run }], left].concat())
}

/// Whether somebody else than root may write to a folder between that of logs and a file in it.
fn is_theirs(machine: &Machine, path: &str) -> bool {
    let folders = Path::new(path).ancestors().skip(1).take_while(|folder| *folder != Path::new(LOG));
    folders.map(|folder| machine.look(&folder.to_string_lossy())).any(|place| match place {
        Ok(Place::Folder { mode, uid, .. }) => mode & 0o022 != 0 || machine.has_owners() && uid != 0,
        Ok(Place::Nothing) => false,
        _ => true,
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

    const DISK: &str = "/dev/vda1 / ext4 rw 0 0\n";
    const MEMORY: &str = "tmpfs /var/log tmpfs rw,nosuid,nodev,noexec 0 0\n";

    fn play(root: &Path, words: &[&str]) -> Option<Ended> {
        let mounts = root.join("proc/self/mounts");
        match words {
            ["find", .., "-fprintf", to, _] => {
                fs::write(root.join(to.trim_start_matches('/')), "d \"/var/log/apt\" 0755 0 0 -\n")
            }
            ["rm", "--force", path] => fs::remove_file(root.join(path.trim_start_matches('/'))),
            ["systemctl", "enable", "--now", "var-log.mount"] => fs::write(mounts, format!("{DISK}{MEMORY}")),
            ["umount", "--lazy", "/var/log"] => fs::write(mounts, DISK),
            ["systemctl", "is-enabled", _] => return Some(printed("enabled\n")),
            _ => Ok(()),
        }
        .unwrap();
        None
    }

    fn bench(mounts: &str) -> Bench {
        let files = [
            ("/proc/self/mounts", mounts),
            ("/var/lib/dpkg/status", ""),
            ("/etc/systemd/journald.conf", "[Journal]\n#Storage=auto\n#Compress=yes\n"),
            ("/etc/systemd/system/x.service", ""),
            ("/etc/tmpfiles.d/x.conf", ""),
            ("/var/log/apt/term.log", "old"),
        ];
        Bench::playing(&files, play)
    }

    #[test]
    fn the_journal_is_in_memory_and_what_others_say_of_it_is_overruled() {
        let bench = bench(DISK);
        let (outcome, ran) = bench.apply_and_undo(control("logs.journal-in-memory"));
        assert!(matches!(outcome, Outcome::Done));
        assert!(ran.contains(&"systemctl try-restart systemd-journald.service".to_owned()));
        bench.apply(control("logs.journal-in-memory"));
        let text = bench.read("/etc/systemd/journald.conf");
        for line in ["\nStorage=volatile\n", "\nForwardToSyslog=no\n", "\nCompress=yes\n"] {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn the_folder_of_logs_comes_into_memory_and_out_of_it() {
        let bench = bench(DISK);
        let folder = control("logs.folder-in-memory");
        let (outcome, ran) = bench.apply_and_undo(folder);
        assert!(matches!(outcome, Outcome::Done), "{outcome:?}");
        let at = |words: &str| {
            ran.iter().position(|ran| ran.starts_with(words)).unwrap_or_else(|| panic!("{words}: {ran:?}"))
        };
        // The folders are written down before they are hidden, and made again after that.
        assert!(at("find /var/log") < at("systemctl enable --now var-log.mount"));
        assert!(at("systemctl enable --now var-log.mount") < at("systemd-tmpfiles --create"));
        assert_eq!(bench.read("/proc/self/mounts"), DISK);
        bench.apply(folder);
        assert_eq!(bench.measure(folder), Verdict::Holds);
    }

    #[test]
    fn the_unit_writes_down_in_the_words_of_find_what_tmpfiles_reads() {
        let bench = bench(DISK);
        bench.apply(control("logs.folder-in-memory"));
        let unit = bench.read("/etc/systemd/system/incamera-log-folders-kept.service");
        assert!(unit.contains("\nStartLimitIntervalSec=0\n"), "however many packages come");
        let line = unit.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
        assert_eq!(
            line,
            "ExecStart=find /var/log -mindepth 1 -xdev -path /var/log/journal -prune -o -type d -regex \
             [-A-Za-z0-9._/@+]* -fprintf /var/lib/incamera-log-folders.conf.new \"d \\\"%%p\\\" 0%%m %%U %%G -\\\\n\""
        );
    }

    #[test]
    fn a_log_that_a_program_opened_is_closed_and_none_where_others_may_write_i3_e1() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        let set = |path: &str, mode| fs::set_permissions(at(path), fs::Permissions::from_mode(mode)).unwrap();
        for (name, mode) in [("apt", 0o755), ("theirs", 0o775)] {
            fs::create_dir(at(name)).unwrap();
            set(name, mode);
        }
        for path in ["dpkg.log", "apt/history.log", "theirs/x.log"] {
            fs::write(at(path), "").unwrap();
            set(path, 0o664);
        }
        let bench = bench(DISK);
        bench.apply(control("logs.folder-in-memory"));
        let unit = bench.read("/etc/systemd/system/incamera-log-folders-kept.service");
        let line = unit.lines().find_map(|line| line.strip_prefix("ExecStartPost=find ")).unwrap();
        let uid = fs::metadata(folder.path()).unwrap().uid();
        let line = line
            .replace("/var/log", folder.path().to_str().unwrap())
            .replace("-uid 0", &format!("-uid {uid}"));
        assert!(std::process::Command::new("find").args(line.split(' ')).status().unwrap().success());
        let mode = |path: &str| fs::metadata(at(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(["dpkg.log", "apt/history.log", "theirs/x.log"].map(mode), [0o640, 0o640, 0o664]);
        for name in ["apt-daily-upgrade", "logrotate"] {
            let unit = bench.read(&format!("/etc/systemd/system/{name}.service.d/incamera-logs.conf"));
            assert!(unit.contains("OnSuccess=incamera-log-folders-kept.service\n"), "{unit}");
        }
    }

    #[test]
    fn a_folder_with_a_line_for_root_in_its_name_is_not_written_down_e1() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "apt",
            "postgresql-15.main@a_b",
            "x\"\nf /etc/cron.d/x 0644 root root - y",
            "a b",
            "%t",
            "\u{1b}[2J",
        ] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let found = std::process::Command::new("find")
            .arg(folder.path())
            .args(["-mindepth", "1", "-type", "d", "-regex", super::PLAIN, "-printf", "%f\n"])
            .output()
            .unwrap();
        let found = String::from_utf8(found.stdout).unwrap();
        let mut found: Vec<_> = found.lines().collect();
        found.sort_unstable();
        assert_eq!(found, ["apt", "postgresql-15.main@a_b"]);
    }

    #[test]
    fn a_log_in_a_folder_that_others_may_write_to_is_named_and_left_e1() {
        let open = |_: &Path, words: &[&str]| match words {
            ["find", .., "-printf", _] => {
                Some(printed("666 /var/log/theirs/x.log\x00644 /var/log/ours/y.log\x00"))
            }
            _ => None,
        };
        let bench = Bench::playing(&[("/proc/self/mounts", DISK), ("/var/log/ours/y.log", "")], open);
        bench.make_folder("/var/log/theirs");
        bench.machine.put("/var/log/theirs", &Place::Folder { mode: 0o775, uid: 0, gid: 0 }).unwrap();
        let (_, ran) = bench.apply_and_undo(control("logs.private"));
        assert!(ran.contains(&"chmod u-x,g-wx,o-rwx -- /var/log/ours/y.log".to_owned()), "{ran:?}");
        assert!(!bench.all_ran().iter().any(|ran| ran.starts_with("chmod") && ran.contains("theirs")));
        let Verdict::FallsShort { found } = bench.measure(control("logs.private")) else { panic!() };
        assert!(found.iter().any(|found| found.contains("/var/log/theirs/x.log")), "{found:?}");
    }

    #[test]
    fn a_disk_of_its_own_for_logs_is_for_its_owner_to_take_out() {
        let bench = bench("/dev/vda1 / ext4 rw 0 0\n/dev/vdb1 /var/log ext4 rw 0 0\n");
        assert!(told(&bench.measure(control("logs.folder-in-memory"))).contains("disk of its own"));
    }

    #[test]
    fn logs_that_others_can_read_are_closed_and_opened_again_only_on_the_disk() {
        let open = |root: &Path, words: &[&str]| match words {
            ["find", .., "-printf", _] => Some(printed("664 /var/log/wtmp\x00644 /var/log/a b.log\x00")),
            _ => play(root, words),
        };
        for (mounts, is_undone) in [(DISK, true), (MEMORY, false)] {
            let bench = Bench::playing(&[("/proc/self/mounts", mounts)], open);
            let (_, ran) = bench.apply_and_undo(control("logs.private"));
            assert!(
                ran.contains(&"chmod u-x,g-wx,o-rwx -- /var/log/wtmp /var/log/a b.log".to_owned()),
                "{ran:?}"
            );
            let back = bench.all_ran().contains(&"chmod 664 -- /var/log/wtmp".to_owned());
            assert_eq!(back, is_undone);
        }
        assert_eq!(bench(DISK).measure(control("logs.private")), Verdict::Holds);
    }

    #[test]
    fn no_other_program_keeps_a_log() {
        let bench = bench(DISK);
        let Verdict::FallsShort { found } = bench.measure(control("logs.no-second-log")) else { panic!() };
        assert!(found.iter().any(|found| found.contains("rsyslog.service")));
    }
}
