//! The file systems of a machine, and a walk through them.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;

/// What a file system keeps its files in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keeps {
    /// A disk of this machine.
    Disk,
    /// Memory. It is gone with the next start.
    Memory,
    /// Somebody else's machine, or nobody knows.
    Elsewhere,
    /// Nothing: the kernel makes it up when it is read.
    Nothing,
}

/// A file system at its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mount {
    pub(super) at: PathBuf,
    pub(super) kind: String,
    pub(super) source: String,
    pub(super) keeps: Keeps,
}

const DISK: &[&str] = &[
    "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "bcachefs", "jfs", "nilfs2", "reiserfs", "vfat",
    "exfat", "msdos", "ntfs", "ntfs3", "fuseblk", "hfsplus", "udf", "overlay", "pstore", "efivarfs",
];
const MEMORY: &[&str] = &["tmpfs", "ramfs", "devtmpfs"];
const NOTHING: &[&str] = &[
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "fusectl",
    "fuse.lxcfs",
    "hugetlbfs",
    "iso9660",
    "mqueue",
    "nsfs",
    "proc",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "smackfs",
    "squashfs",
    "erofs",
    "sysfs",
    "tracefs",
    "fuse.portal",
    "fuse.gvfsd-fuse",
];

impl Mount {
    /// A line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
    fn parse(line: &str) -> Option<Self> {
        let (before, after) = line.split_once(" - ")?;
        let at = PathBuf::from(unescaped(before.split(' ').nth(4)?));
        let mut words = after.split(' ');
        let (kind, source) = (words.next()?.to_owned(), unescaped(words.next()?));
        let is = |list: &[&str]| list.contains(&kind.as_str());
        let keeps = match () {
            () if is(DISK) => Keeps::Disk,
            () if is(MEMORY) => Keeps::Memory,
            () if is(NOTHING) => Keeps::Nothing,
            () => Keeps::Elsewhere,
        };
        Some(Self { at, kind, source, keeps })
    }
}

/// All that are mounted. Of several at one place the last, which hides the others.
///
/// # Errors
/// The kernel does not tell.
pub(super) fn mounts() -> anyhow::Result<Vec<Mount>> {
    let table = fs::read_to_string("/proc/self/mountinfo").context("cannot read /proc/self/mountinfo")?;
    let mut mounts: Vec<Mount> = Vec::new();
    for mount in table.lines().filter_map(Mount::parse) {
        mounts.retain(|other| other.at != mount.at);
        mounts.push(mount);
    }
    Ok(mounts)
}

/// Spaces and the like stand as three octal digits.
pub(super) fn unescaped(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                plain.push(char::from(byte));
                plain.push_str(&part[3..]);
            }
            None => {
                plain.push('\\');
                plain.push_str(part);
            }
        }
    }
    plain
}

/// Something in a folder.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) is_file: bool,
    pub(super) is_link: bool,
    /// When it was last written, renamed, or its owner changed.
    pub(super) changed: SystemTime,
}

impl Entry {
    fn new(path: PathBuf, metadata: &fs::Metadata) -> Self {
        Self { path, is_file: metadata.is_file(), is_link: metadata.is_symlink(), changed: changed(metadata) }
    }
}

/// Whether the walk goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    On,
    Stop,
}

/// Visits everything below these folders; other file systems are left to those who name them. Follows no link.
pub(super) fn each(
    folders: &[PathBuf],
    mounts: &[Mount],
    mut visit: impl FnMut(Result<Entry, (PathBuf, io::Error)>) -> Next,
) {
    let others: HashSet<&Path> = mounts.iter().map(|mount| mount.at.as_path()).collect();
    let mut visited = HashSet::new();
    let mut waiting: Vec<PathBuf> = folders.to_vec();
    while let Some(folder) = waiting.pop() {
        let metadata = match fs::symlink_metadata(&folder) {
            Ok(metadata) => metadata,
            Err(error) => match visit(Err((folder, error))) {
                Next::On => continue,
                Next::Stop => return,
            },
        };
        // A file can be mounted on a file.
        if !metadata.is_dir() {
            match visit(Ok(Entry::new(folder, &metadata))) {
                Next::On => continue,
                Next::Stop => return,
            }
        }
        // By way of a bind mount it may have been seen before.
        if !visited.insert((metadata.dev(), metadata.ino())) {
            continue;
        }
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => match visit(Err((folder, error))) {
                Next::On => continue,
                Next::Stop => return,
            },
        };
        for entry in entries {
            let found = entry.map_err(|error| (folder.clone(), error)).and_then(|entry| {
                let path = entry.path();
                match fs::symlink_metadata(&path) {
                    Ok(metadata) => Ok((path, metadata)),
                    Err(error) => Err((path, error)),
                }
            });
            let entry = found.map(|(path, metadata)| {
                if metadata.is_dir() && !others.contains(path.as_path()) {
                    waiting.push(path.clone());
                }
                Entry::new(path, &metadata)
            });
            if visit(entry) == Next::Stop {
                return;
            }
        }
    }
}

/// The later of what was written and what the file system noted by itself, which nobody can set back.
fn changed(metadata: &fs::Metadata) -> SystemTime {
    let seconds = metadata.mtime().max(metadata.ctime());
    UNIX_EPOCH + Duration::from_secs(seconds.max(0).unsigned_abs() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_read_as_the_kernel_tells_them() {
        let line = r"29 1 8:2 / /mnt/with\040space rw,relatime shared:1 - ext4 /dev/sda2 rw";
        let mount = Mount::parse(line).expect("a mount");
        assert_eq!((mount.at, mount.keeps), (PathBuf::from("/mnt/with space"), Keeps::Disk));
        let of =
            |kind: &str| Mount::parse(&format!("1 1 0:1 / / rw - {kind} none rw")).expect("a mount").keeps;
        assert_eq!([of("tmpfs"), of("proc"), of("nfs4")], [Keeps::Memory, Keeps::Nothing, Keeps::Elsewhere]);
        assert!(Mount::parse("29 1 8:2 / /").is_none());
        assert_eq!(unescaped(r"a\134b\9"), r"a\b\9");
    }

    #[test]
    fn a_walk_sees_everything_once_and_follows_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("a")).expect("made");
        fs::write(folder.path().join("a/file"), "text").expect("written");
        std::os::unix::fs::symlink("/", folder.path().join("link")).expect("made");
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/loop")).expect("made");
        let mut seen = Vec::new();
        let here = folder.path().to_owned();
        let file = here.join("a/file");
        let mount =
            Mount { at: file.clone(), kind: "tmpfs".into(), source: "none".into(), keeps: Keeps::Memory };
        let mut alone = 0;
        each(&[file], &[mount], |entry| {
            alone += usize::from(entry.expect("readable").is_file);
            Next::On
        });
        assert_eq!(alone, 1, "a file that is a file system of its own");
        each(&[here.clone(), here], &[], |entry| {
            let entry = entry.expect("readable");
            seen.push(entry.path.file_name().expect("a name").to_string_lossy().into_owned());
            assert!(entry.changed > SystemTime::now() - Duration::from_secs(60));
            Next::On
        });
        seen.sort();
        assert_eq!(seen, ["a", "file", "link", "loop"]);
    }
}
