use super::*;
use crate::bench::Bench;
use proptest::prelude::*;

const HOME: Mount = Mount { at: "/home", of: Of::Itself, options: &["nodev", "nosuid"] };
const SHARED: Mount = Mount { at: "/dev/shm", of: Of::Shared, options: &["nodev", "nosuid", "noexec"] };
const TEMPORARY: Mount = Mount { at: "/tmp", of: Of::Memory, options: &["nodev", "nosuid", "noexec"] };

fn shown(changes: &[Change]) -> Vec<String> {
    changes.iter().map(|change| change.to_string().lines().next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_folder_is_mounted_onto_itself_at_once() {
    let bench = Bench::new();
    bench.write("/proc/self/mounts", "/dev/vda1 / ext4 rw,relatime 0 0\n");
    assert_eq!(finding(&bench.machine, &HOME).unwrap().unwrap(), "/home is no file system of its own");
    assert_eq!(
        shown(&files(&bench.machine, &HOME).unwrap()),
        ["new file /etc/systemd/system/home.mount (0644)"]
    );
    let changes = live(&bench.machine, &HOME);
    assert_eq!(shown(&changes), ["run: systemctl enable home.mount", "run: systemctl start home.mount"]);
    assert!(matches!(&changes[1], Change::Run(run) if run.undo == [["umount", "--lazy", "/home"]]));
}

#[test]
fn what_is_mounted_below_is_never_hidden() {
    let bench = Bench::new();
    let mounts = "/dev/vda1 / ext4 rw 0 0\n/dev/vdb /home/ada ext4 rw 0 0\n/dev/vdc /homes ext4 rw 0 0\n";
    bench.write("/proc/self/mounts", mounts);
    assert_eq!(shown(&live(&bench.machine, &HOME)), ["run: systemctl enable home.mount"]);
}

#[test]
fn memory_comes_with_the_next_start_and_is_tightened_where_it_is_there() {
    let bench = Bench::new();
    bench.write("/proc/self/mounts", "/dev/vda1 / ext4 rw 0 0\n");
    assert_eq!(shown(&live(&bench.machine, &TEMPORARY)), ["run: systemctl enable tmp.mount"]);
    bench.write("/proc/self/mounts", "tmpfs /tmp tmpfs rw,nosuid,nodev,size=1024k,inode64 0 0\n");
    let changes = live(&bench.machine, &TEMPORARY);
    assert_eq!(shown(&changes)[1], "run: mount --options remount,bind,nosuid,nodev,noexec /tmp");
    let back = ["mount", "--options", "remount,bind,nosuid,nodev,exec", "/tmp"];
    assert!(matches!(&changes[1], Change::Run(run) if run.undo == [back]));
}

#[test]
fn a_line_of_the_owner_is_kept_and_tightened() {
    let bench = Bench::new();
    bench.write("/etc/fstab", "LABEL=home /home ext4 defaults 0 2\n");
    bench.write("/proc/self/mounts", "/dev/vdb /home ext4 rw,relatime 0 0\n");
    assert_eq!(shown(&files(&bench.machine, &HOME).unwrap()), ["/etc/fstab"]);
    assert_eq!(
        shown(&live(&bench.machine, &HOME)),
        ["run: mount --options remount,bind,relatime,nodev,nosuid /home"]
    );
}

#[test]
fn a_unit_of_the_owner_keeps_all_but_its_options() {
    let bench = Bench::new();
    bench.write(
        "/etc/systemd/system/home.mount",
        "[Mount]\nWhat=/dev/vdb\nWhere=/home\nOptions=noatime,suid\n",
    );
    let changes = files(&bench.machine, &HOME).unwrap();
    let Some(Change::Write { after, .. }) = changes.first() else { unreachable!() };
    assert_eq!(after.text().unwrap(), "[Mount]\nWhat=/dev/vdb\nWhere=/home\nOptions=noatime,nodev,nosuid\n");
}

#[test]
fn shared_memory_has_a_line_of_its_own() {
    let bench = Bench::new();
    bench.write("/etc/fstab", "UUID=6d1f / ext4 rw 0 1");
    bench.write("/proc/self/mounts", "tmpfs /dev/shm tmpfs rw,nosuid,nodev 0 0\n");
    for change in files(&bench.machine, &SHARED).unwrap() {
        let Change::Write { path, after, .. } = change else { unreachable!() };
        bench.machine.put(&path, &after).unwrap();
    }
    let line = "UUID=6d1f / ext4 rw 0 1\ntmpfs /dev/shm tmpfs defaults,nodev,nosuid,noexec 0 0\n";
    assert_eq!(bench.read("/etc/fstab"), line);
    assert!(files(&bench.machine, &SHARED).unwrap().is_empty());
    assert_eq!(
        shown(&live(&bench.machine, &SHARED)),
        ["run: mount --options remount,bind,nosuid,nodev,noexec /dev/shm"]
    );
}

/// /var is bound onto itself, and /var/tmp in it too: the kernel repeats the second below the first, out of sight.
#[test]
fn what_is_mounted_out_of_sight_does_not_count() {
    let bench = Bench::new();
    let tree = "1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
                20 1 8:1 /var /var rw,nosuid shared:1 - ext4 /dev/vda rw\n\
                31 20 8:1 /var/tmp /var/tmp rw,nosuid,noexec shared:1 - ext4 /dev/vda rw\n\
                32 1 8:1 /var/tmp /var/tmp rw,nosuid shared:1 - ext4 /dev/vda rw\n\
                40 1 0:5 / /tmp rw - tmpfs tmpfs rw\n\
                41 40 0:6 / /tmp rw,noexec - tmpfs tmpfs rw\nbroken\n";
    bench.write("/proc/self/mountinfo", tree);
    let options = |at| super::options_at(&bench.machine, at).map(|options| options.join(","));
    assert_eq!(options("/var/tmp").as_deref(), Some("rw,nosuid,noexec"));
    assert_eq!(options("/tmp").as_deref(), Some("rw,noexec"), "the upper of two");
    assert_eq!(options("/var").as_deref(), Some("rw,nosuid"));
    assert_eq!(options("/").as_deref(), Some("rw,relatime"));
    assert_eq!(options("/home"), None);
    assert_eq!(super::met_at(&bench.machine, "/tmp").map(|met| met.kind).as_deref(), Some("tmpfs"));
}

proptest! {
    /// Against a small model of how the kernel hangs one mount on another (mount_namespaces(7)).
    #[test]
    fn what_is_in_sight_is_what_was_mounted_last_on_the_way_there(
        places in prop::collection::vec(prop::sample::select(vec!["/", "/a", "/a/b", "/a/b/c", "/d"]), 0..10),
        noise in "(\\PC{0,30}\n)?",
    ) {
        let mut tree = "1 0 8:1 / / kind1 - kind1 x rw\n".to_owned();
        let mut sight = std::collections::BTreeMap::from([("/", 1)]);
        for (at, place) in places.iter().enumerate() {
            let id = at + 2;
            let is_below = |one: &str, other: &str| other == "/" || one == other || one.starts_with(&format!("{other}/"));
            let on = sight.iter().filter(|(above, _)| is_below(place, above)).max_by_key(|(above, _)| above.len()).unwrap().1;
            tree.push_str(&format!("{id} {on} 8:1 / {place} kind{id} shared:1 - kind{id} x rw\n"));
            sight.retain(|other, _| !is_below(other, place));
            sight.insert(place, id);
        }
        let bench = Bench::new();
        bench.write("/proc/self/mountinfo", &format!("{tree}{noise}"));
        for place in ["/", "/a", "/a/b", "/a/b/c", "/d", "/e"] {
            let met = super::met_at(&bench.machine, place);
            let wanted = sight.get(place).map(|id| format!("kind{id}"));
            prop_assert_eq!(met.as_ref().map(|met| met.kind.clone()), wanted.clone());
            prop_assert_eq!(met.map(|met| met.options.join(",")), wanted);
        }
    }
}
