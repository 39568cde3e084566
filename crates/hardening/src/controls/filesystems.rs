//! File systems: where anybody may write, nothing can be run; where files are kept, nothing becomes root by itself.

use crate::control::{Control, Risk, Scope};
use crate::facts::Facts;
use crate::machine::{Machine, Place};
use crate::mounts::{Mount, Of, is_foreign};
use crate::want::Want;

const NO_PROGRAMS: &[&str] = &["nodev", "nosuid", "noexec"];
const NO_PRIVILEGE: &[&str] = &["nodev", "nosuid"];
/// Where containers are kept. They have devices and privileged programs of their own.
const CONTAINERS: &[&str] = &[
    "/var/lib/docker",
    "/var/lib/containers",
    "/var/lib/incus",
    "/var/lib/lxc",
    "/var/lib/lxd",
    "/var/lib/machines",
    "/var/snap",
];

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "filesystems.tmp",
        serves: &["T1", "I3", "E1"],
        rules: &[
            "partition_for_tmp",
            "mount_option_tmp_nodev",
            "mount_option_tmp_nosuid",
            "mount_option_tmp_noexec",
        ],
        title: "What programs put aside for a moment is in memory only, and cannot be run",
        why: "In /tmp anybody may write. It is where somebody who came in by a hole puts the tools for the next step.",
        risk: Risk::None,
        scope: |_, machine| own(machine, Mount { at: "/tmp", of: Of::Memory, options: NO_PROGRAMS }),
    },
    Control {
        id: "filesystems.shared-memory",
        serves: &["T1", "E1"],
        rules: &[
            "partition_for_dev_shm",
            "mount_option_dev_shm_nodev",
            "mount_option_dev_shm_nosuid",
            "mount_option_dev_shm_noexec",
        ],
        title: "Nothing in the memory that programs share can be run",
        why: "Anybody may write there too, and what lies there leaves no trace on the disk.",
        risk: Risk::None,
        scope: |_, machine| own(machine, Mount { at: "/dev/shm", of: Of::Shared, options: NO_PROGRAMS }),
    },
    Control {
        id: "filesystems.var",
        serves: &["T2", "E1"],
        rules: &["partition_for_var", "mount_option_var_nodev", "mount_option_var_nosuid"],
        title: "Among the data of services no program becomes root by itself",
        why: "Services write below /var. A file that one of them leaves there should never carry somebody else's rights.",
        risk: Risk::None,
        scope: var,
    },
    Control {
        id: "filesystems.var-tmp",
        serves: &["T2", "E1"],
        rules: &[
            "partition_for_var_tmp",
            "mount_option_var_tmp_nodev",
            "mount_option_var_tmp_nosuid",
            "mount_option_var_tmp_noexec",
        ],
        title: "What programs put aside for longer cannot be run",
        why: "In /var/tmp anybody may write, as in /tmp.",
        risk: Risk::None,
        scope: |_, machine| own(machine, Mount { at: "/var/tmp", of: Of::Itself, options: NO_PROGRAMS }),
    },
    Control {
        id: "filesystems.home",
        serves: &["T2", "E1"],
        rules: &["partition_for_home", "mount_option_home_nodev", "mount_option_home_nosuid"],
        title: "Among the files of people no program becomes root by itself",
        why: "People write below /home. What they leave there should never carry the rights of the system.",
        risk: Risk::None,
        scope: |_, machine| own(machine, Mount { at: "/home", of: Of::Itself, options: NO_PRIVILEGE }),
    },
];

/// A file system of its own, where the folder is one.
fn own(machine: &Machine, mount: Mount) -> Scope {
    if is_foreign(machine, &mount) {
        return Scope::Postponed(format!(
            "{} is a file system of its own already, but neither /etc/fstab nor systemd mounts it. Whoever set it up so should \
             give it these options: {}.",
            mount.at,
            mount.options.join(", ")
        ));
    }
    match machine.look(mount.at) {
        Ok(Place::Folder { .. }) => Scope::Wants(vec![Want::Mount(mount)]),
        Ok(Place::Nothing) => Scope::NotApplicable(format!("There is no {} on this machine.", mount.at)),
        _ => Scope::Postponed(format!("{} is no folder but a link, so that it was left as it is.", mount.at)),
    }
}

fn var(_: &Facts, machine: &Machine) -> Scope {
    if let Some(folder) = CONTAINERS.iter().find(|folder| !machine.list(folder).is_empty()) {
        return Scope::NotApplicable(format!(
            "Containers are kept in {folder}. They could not start any more if this was tightened."
        ));
    }
    own(machine, Mount { at: "/var", of: Of::ItselfLater, options: NO_PRIVILEGE })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::Outcome;
    use crate::bench::Bench;
    use crate::control::Verdict;

    fn bench() -> Bench {
        let bench = Bench::new();
        for folder in ["/tmp", "/dev/shm", "/var/tmp", "/home"] {
            bench.make_folder(folder);
        }
        bench.write("/etc/fstab", "UUID=6d1f / ext4 rw 0 1\n");
        bench.write("/proc/self/mounts", "/dev/vda1 / ext4 rw 0 0\ntmpfs /dev/shm tmpfs rw 0 0\n");
        bench
    }

    #[test]
    fn what_is_mounted_so_holds_and_is_taken_back() {
        let bench = bench();
        let all = ["/tmp", "/dev/shm", "/var", "/var/tmp", "/home"];
        let mounts = all.map(|at| format!("x {at} tmpfs rw,nosuid,nodev,noexec 0 0\n")).concat();
        bench.write("/proc/self/mounts", &mounts);
        for unit in ["var", "var-tmp", "home"] {
            bench.write(&format!("/etc/systemd/system/wanted/{unit}.mount"), "");
        }
        for control in CONTROLS {
            assert!(matches!(bench.measure(control), Verdict::FallsShort { .. }), "not at the next start");
            bench.there_and_back(control);
        }
    }

    #[test]
    fn what_needs_a_new_start_says_so() {
        let bench = bench();
        for id in ["filesystems.tmp", "filesystems.var"] {
            let control = CONTROLS.iter().find(|control| control.id == id).unwrap();
            assert!(matches!(bench.apply(control), Outcome::AfterRestart(_)), "{id}");
        }
        let text = bench.read("/etc/systemd/system/var.mount");
        assert!(
            text.contains("\n[Mount]\nWhat=/var\nWhere=/var\nType=none\nOptions=bind,nodev,nosuid\n"),
            "{text}"
        );
        assert!(!bench.ran("systemctl start var.mount"));
    }

    #[test]
    fn what_something_else_mounts_is_left_to_it() {
        let bench = bench();
        bench.write("/proc/self/mounts", "pool/home /home zfs rw 0 0\n/dev/vdb /tmp ext4 rw 0 0\n");
        for id in ["filesystems.home", "filesystems.tmp"] {
            let control = CONTROLS.iter().find(|control| control.id == id).unwrap();
            assert!(matches!(bench.measure(control), Verdict::Postponed { .. }), "{id}");
        }
    }

    #[test]
    fn containers_and_links_are_left_alone() {
        let bench = bench();
        let var = CONTROLS.iter().find(|control| control.id == "filesystems.var").unwrap();
        bench.write("/var/lib/docker/x", "");
        assert!(matches!(bench.measure(var), Verdict::NotApplicable { .. }));
        let home = CONTROLS.iter().find(|control| control.id == "filesystems.home").unwrap();
        bench.machine.put("/home", &Place::Nothing).unwrap();
        assert!(matches!(bench.measure(home), Verdict::NotApplicable { .. }));
        bench.machine.put("/home", &Place::Link { target: "/srv".into() }).unwrap();
        assert!(matches!(bench.measure(home), Verdict::Postponed { .. }));
    }
}
